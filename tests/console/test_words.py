import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import switchboard
from switchboard.console.bars import compared, stacked
from switchboard.console.drawings import as_written, draw
from switchboard.console.pages.settings import LOCALES
from switchboard.console.pages.trail import BESIDE
from switchboard.console.words import browser, in_browser, plain, sentence, words_of
from switchboard.foundation.charts import Charts, Definition
from switchboard.foundation.operations import OPERATIONS
from switchboard.house import DECLARED
from switchboard.intelligence.operations import custom as operations
from switchboard.intelligence.records import Trait

ENGLISH = words_of("en-GB", "Europe/Berlin", "EUR")
assert operations in DECLARED
GERMAN = words_of("de", "Europe/Berlin", "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "reads"),
    [
        (1234.5, None, "€1,234.50"),
        (-3, "USD", "\N{MINUS SIGN}US$3.00"),
        (-0.001, "GBP", "£0.00"),
        (1_000_000, "JPY", "JP¥1,000,000"),
        (12, "CHF", "CHF\N{NO-BREAK SPACE}12.00"),
        (None, "EUR", "\N{EN DASH}"),
    ],
)
def test_money_reads_in_its_currency(amount: float | None, currency: str | None, reads: str):
    assert ENGLISH.money(amount, currency) == reads


@pytest.mark.parametrize(
    ("told", "reads"),
    [
        ("1,234 customers brought 27.4% of it.", "1.234 customers brought 27,4\xa0% of it."),
        ("They brought 12,345 EUR, -30% of 1.50 USD.", "They brought 12.345\xa0€, \N{MINUS SIGN}30\xa0% of 1,50\xa0$."),
        ("12.4k · 8% of 3.1M, 950 GBP", "12,4k · 8\xa0% of 3,1M, 950\xa0£"),
        ("Bag 12.5 kg, 2011-12-10, v1.2.3, 90 days, 1,000 SKU", "Bag 12.5 kg, 2011-12-10, v1.2.3, 90 days, 1.000 SKU"),
    ],
)
def test_figures_in_a_sentence_are_written_as_the_workspace_writes(told: str, reads: str):
    assert GERMAN.rewritten(told) == reads


@pytest.mark.parametrize(
    ("told", "reads"),
    [
        ("there is no customer 'c1'; find them with search_customers", "There is no customer 'c1'."),
        ("no snapshots; intelligence.snapshots lists those there are", "No snapshots."),
        ("rename it with intelligence.save_archetype", "Rename it with “Save an archetype”."),
        ("send it again (customers.begin_upload says where)", "Send it again."),
        ("it costs more (1 EUR)", "It costs more (1 EUR)."),
        ("kind: say which; the fields are: kind, days", "Kind: say which."),
        ("there is no customer 'keys.add'", "There is no customer 'keys.add'."),
        ("“jobs_schedules” answered in 3 ms", "“jobs_schedules” answered in 3 ms."),
        ("bad-2.csv: the file is empty", "bad-2.csv: the file is empty."),
        ("orders.csv.gz can not be read!", "orders.csv.gz can not be read!"),
        ("try again", "Try again."),
    ],
)  # fmt: skip
def test_an_error_is_a_sentence_without_names_that_only_programs_know(told: str, reads: str):
    assert sentence(told) == reads


def test_what_the_trail_tells_of_beside_operations_has_a_title():
    source = "\n".join(path.read_text() for path in Path(switchboard.__file__).parent.rglob("*.py"))
    beside = set(re.findall(r'(?:SIGN_IN|USED|REQUEST|ACTED|OPERATION) = "(\w+\.\w+)"', source))
    beside |= set(re.findall(r'_tell\(ground, .*, "(\w+\.\w+)", began', source))

    assert len(beside) > 6
    assert beside == set(BESIDE)
    assert not beside & set(OPERATIONS)


def test_locales_are_offered_by_their_names():
    names = [name for _, name in LOCALES]

    assert names == sorted(names)
    assert {"de", "en-GB", "de-CH", "pt-BR", "zh-Hant", "ca-ES"} <= dict(LOCALES).keys()
    assert [code for code, name in LOCALES if name == code or not name] == []
    assert len(LOCALES) < 650


def test_numbers_are_grouped():
    assert ENGLISH.number(1_234_567) == "1,234,567"
    assert ENGLISH.number(-2.5, 1) == "\N{MINUS SIGN}2.5"
    assert ENGLISH.percent(0.2744) == "27.4%"


def test_how_far_a_job_is_reads_as_so_much_of_so_much():
    stored = {"step": "storing", "rows": 1_234, "rows_total": 50_000, "bytes_read": 900, "bytes_total": 0}
    assert GERMAN.reached(stored) == {"Step": "storing", "Rows": "1.234 of 50.000", "Bytes read": "900"}
    assert ENGLISH.reached({"step": "measuring", "done": 3, "total": 4}) == {"Step": "measuring", "Done": "3 of 4"}
    assert ENGLISH.reached({"step": "waiting for a worker"}) == {"Step": "waiting for a worker"}
    assert ENGLISH.reached({"customers": 12_000, "run_id": "a"}) == {"Customers": "12,000", "Run id": "a"}
    assert ENGLISH.reached({}) == {}


def test_another_locale_writes_its_own_way():
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    assert GERMAN.number(1_234_567.5, 1) == "1.234.567,5"
    assert GERMAN.percent(0.2744) == "27,4\N{NO-BREAK SPACE}%"
    assert GERMAN.money(1234.5) == "1.234,50\N{NO-BREAK SPACE}€"
    assert GERMAN.moment(at) == "1. Januar 2026, 00:30"
    assert words_of("en-US", "America/New_York", "USD").money(-3) == "\N{MINUS SIGN}$3.00"


def test_moments_are_of_the_shops_zone():
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    assert ENGLISH.moment(at) == "1 January 2026, 00:30"
    assert words_of("en-GB", "America/New_York", "EUR").day(at) == "31 Dec 2025"


def test_days_read_as_one_says_them():
    assert [ENGLISH.days(1), ENGLISH.days(12), ENGLISH.days(None)] == ["1 day", "12 days", "\N{EN DASH}"]
    assert [ENGLISH.ago(0), ENGLISH.ago(1), ENGLISH.ago(None)] == ["today", "1 day ago", "\N{EN DASH}"]


def test_names_and_figures_read_plainly():
    assert plain("very_large_baskets") == "Very large baskets"
    assert ENGLISH.figure(0.305, "share") == "30.5%"
    assert ENGLISH.figure(1933.2, "currency", "GBP") == "£1,933"
    assert ENGLISH.figure(1.611, "orders") == "1.61 orders"


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("Pricee is taken for unit_price: --map unit_price=COLUMN if it is not.",
         "Pricee is taken for unit_price: choose another column for “Unit price” if it is not."),
        ("Name another with --map placed_at=COLUMN.", "Name another by choosing the column of “Placed at”."),
        ("Did you mean --map total=Line total? Its columns are a, b.",
         "Did you mean “Line total” for “Total”? Its columns are a, b."),
        ("It is not used. --map total=Sum (net) uses it.", "It is not used. “Sum (net)” for “Total” uses it."),
        ("say which with --date-order.", "say which below “How the file is written”."),
        ("A file without a command", "A file without a command"),
    ],
)  # fmt: skip
def test_what_a_command_line_would_say_of_columns_is_said_for_a_page(said: str, reads: str):
    assert in_browser(said) == reads


@pytest.mark.parametrize(
    ("agent", "reads"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
         "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
         "Safari on an iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.6; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox on a Mac"),
        ("curl/8.9.1", "curl/8.9.1"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_reads_as_people_call_it(agent: str, reads: str):
    assert browser(agent) == reads


def test_pieces_of_a_bar_fill_it_in_order():
    pieces = stacked({"new": 0.25, "growing": 0.001, "established": 0.749}, "established")

    assert [(piece.at, piece.width, piece.shade) for piece in pieces] == [
        (0, 25, "s1"), (25, 0, "s2"), (25.1, 74.9, "s3"),
    ]  # fmt: skip
    assert [piece.is_largest for piece in pieces] == [False, False, True]


def test_the_larger_of_two_means_fills_the_bar():
    trait = Trait(feature="orders", unit="orders", mean=3, shop_mean=12, lift=0.25)

    pair = compared(trait)

    assert (pair.here, pair.shop) == (25, 100)


MONTHS: Definition = {
    "description": "Sales by month",
    "data": {"values": [{"at": "2025-03-01T00:00", "sold": 0.5}, {"at": "2025-05-01T00:00", "sold": 2.5}]},
    "mark": "line",
    "encoding": {
        "x": {"field": "at", "type": "temporal", "axis": {"format": "%B"}},
        "y": {"field": "sold", "type": "quantitative"},
    },
}


@pytest.mark.slow
async def test_a_chart_writes_as_the_workspace_does(charts: Charts):
    english, german = [await draw(charts, lambda _: MONTHS, 400, words) for words in (ENGLISH, GERMAN)]

    assert (english.wide or "").count(">1.5<") == (german.wide or "").count(">1,5<") == 1
    assert ">March<" in (english.wide or "")
    assert ">März<" in (german.wide or "")


def test_every_locale_that_can_be_chosen_writes_charts():
    written = [as_written(MONTHS, words_of(name, "UTC", "EUR"))["config"] for name, _ in LOCALES]

    assert len(written) == len(LOCALES)
    assert all(written)
