"""Wrong rows are quarantined with their line, every reason and their text; nothing is lost."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from switchboard.customers.imports.records import Rate
from tests.customers.imports.importing import HEADER, Given, imported

pytestmark = pytest.mark.slow

GOOD = "1,C1,2024-01-01,Tea,1,2.50"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,C1,,Tea,1,2.50", "placed_at: missing"),
        ("2,C1,yesterday,Tea,1,2.50", "placed_at: unreadable date"),
        ("2,C1,2024-02-30,Tea,1,2.50", "placed_at: unreadable date"),
        ("2,C1,0204-01-01,Tea,1,2.50", "placed_at: before 1990"),
        ("2,C1,2024-06-03,Tea,1,2.50", "placed_at: in the future"),
        ("2,C1,2024-01-01,Tea,one,2.50", "quantity: unreadable number"),
        ("2,C1,2024-01-01,Tea,1,2.50.3", "unit_price: unreadable number"),
        ("2,C1,2024-01-01,Tea,1,", "unit_price: missing"),
        (
            "2,C1,2024-01-01,Tea,1,-2.50",
            "unit_price: negative (a refund has a negative quantity or an amount in refund)",
        ),
        ("2,C1,2024-01-01,Tea,99999999999999999999,1", "quantity: out of range"),
        ("2,C1,2024-01-01,Tea,2000000000,1", "quantity: out of range"),
        ("2,C1,2024-01-01,Tea,1,1e12", "unit_price: out of range"),
        ("2,C1,2024-01-01,Tea,900000000,900000000", "unit_price: out of range"),
        ("2,C1,2024-01-01,Tea,1", "row: too few fields"),
        ("2,C1,2024-01-01,Tea,1,2.50,more", "row: too many fields"),
        (",,,,,", "row: empty"),
        (HEADER, "row: the header again"),
        ('2,"a "b" c",2024-01-01,Tea,1,2.50', "row: a quote inside a quoted value is not doubled"),
        (f"{'9' * 300},C1,2024-01-01,Tea,1,2.50", "order_id: longer than 255 characters"),
    ],
)
def test_a_wrong_row_is_quarantined_with_its_line_reason_and_text(row: str, reason: str, tmp_path: Path):
    came = imported(f"{HEADER}\n{GOOD}\n{row}\n3,C1,2024-01-01,Tea,1,2.50\n", tmp_path)
    assert came.quarantine == [(3, reason, row)]
    assert came.counts.reasons == {reason: 1}
    assert (came.counts.rows, came.counts.accepted, came.counts.quarantined) == (3, 2, 1)
    assert came.column("document", "order_key") == ["1", "3"]


def test_all_reasons_of_a_row_are_told(tmp_path: Path):
    came = imported(f"{HEADER}\n{GOOD}\n2,C1,never,Tea,one,free\n", tmp_path)
    assert came.reasons() == ["placed_at: unreadable date; quantity: unreadable number; unit_price: unreadable number"]
    assert came.counts.reasons == {
        "placed_at: unreadable date": 1,
        "quantity: unreadable number": 1,
        "unit_price: unreadable number": 1,
    }


def test_a_reason_with_a_semicolon_is_counted_as_one(tmp_path: Path):
    came = imported(f"{HEADER}\n{GOOD}\n4111 1111 1111 1111,C1,never,Tea,1,2.50\n", tmp_path)
    assert came.counts.reasons == {"order_id: a card's number; use another": 1, "placed_at: unreadable date": 1}
    assert sorted(came.reasons()[0].split("; ")) == [
        "order_id: a card's number", "placed_at: unreadable date", "use another"
    ]  # fmt: skip


def test_a_good_file_leaves_no_quarantine_and_no_scratch(tmp_path: Path):
    came = imported(f"{HEADER}\n{GOOD}\n", tmp_path)
    assert came.quarantine == []
    assert not (tmp_path / "quarantine.csv").exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_lines_are_those_of_the_users_file_past_titles_blank_lines_and_quoted_line_breaks(tmp_path: Path):
    text = (
        f'Orders of May\n\n{HEADER}\n\n1,C1,2024-01-01,"Tea,\ngreen\n\nand fine",1,2.50\nwrong\n\n'
        '2,C1,2024-01-01,"two\nlines",one,2.50\n3,C1,2024-01-01,Tea,1,2.50\n4,C1,x,Tea,1,2.50'
    )
    came = imported(text, tmp_path)
    assert came.quarantine == [
        (9, "row: too few fields", "wrong"),
        (11, "quantity: unreadable number", '2,C1,2024-01-01,"two\nlines",one,2.50'),
        (14, "placed_at: unreadable date", "4,C1,x,Tea,1,2.50"),
    ]
    assert came.column("document", "order_key") == ["1", "3"]


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path):
    came = imported(f'{HEADER}\n{GOOD}\n2,"C1,2024-01-01,Tea,1,2.50\n3,C1,2024-01-01,12" disc,1,2.50\n', tmp_path)
    assert came.quarantine == [(3, "row: a quote that is never closed", '2,"C1,2024-01-01,Tea,1,2.50')]
    assert came.column("product", "name") == ["Tea", '12" disc']


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_an_endless_line_takes_neither_memory_nor_the_lines_after_it(ending: str, tmp_path: Path):
    long = "x" * (10 << 20)
    lines = {
        "csv": f"{HEADER}\n{GOOD}\n2,C1,{long}\n3,C1,bad,Tea,1,2.50\n",
        "jsonl": f'{{"customer_id": "C1", "placed_at": "2024-01-01", "unit_price": 1}}\n{{"customer_id": "{long}"}}\n'
        '{"customer_id": "C1", "placed_at": "bad", "unit_price": 1}\n',
    }
    came = imported(lines[ending], tmp_path, name=f"file.{ending}")
    first = 3 if ending == "csv" else 2
    assert [(line, reason) for line, reason, _ in came.quarantine] == [
        (first, "row: longer than 1 MiB"),
        (first + 1, "placed_at: unreadable date"),
    ]
    assert len(came.quarantine[0][2]) < 2000


def test_a_line_of_json_that_is_no_object_is_quarantined(tmp_path: Path):
    good = '{"customer_id": "C1", "placed_at": "2024-01-01", "unit_price": 2.5}'
    came = imported(f"{good}\n\nnot json\n[1]\n{good[:-1]}\n{good}\n", tmp_path)
    assert [(line, row) for line, _, row in came.quarantine] == [(3, "not json"), (4, "[1]"), (5, good[:-1])]
    assert set(came.reasons()) == {"row: no JSON object, or none of the columns is in it"}
    assert came.counts.accepted == 2


def test_a_row_of_another_customer_does_not_join_an_order(tmp_path: Path):
    rows = ["1,,2024-01-01,Tea,1,1", "1,C2,2024-01-01,Tea,1,2", "1,C1,2024-01-01,Tea,1,4", "1,C2,2024-01-01,Tea,1,8"]
    came = imported("\n".join([HEADER, *rows]), tmp_path)
    assert came.quarantine == [(4, "customer_id: the order already belongs to another customer", rows[2])]
    assert came.column("document", "customer") == ["C2"]
    assert came.sum("document", "gross") == 11


def test_a_row_in_another_currency_does_not_join_an_order(tmp_path: Path):
    rates = (Rate(currency="USD", day=date(2024, 1, 1), rate=Decimal("0.9")),)
    rows = ["1,C1,2024-01-01,Tea,1,10,USD", "1,C1,2024-01-01,Tea,1,20,EUR"]
    came = imported("\n".join([f"{HEADER},currency", *rows]), tmp_path, Given(rates=rates))
    assert came.quarantine == [(3, "currency: the order already is in another currency", rows[1])]
    assert came.sum("document", "gross") == 9


@pytest.mark.parametrize(
    ("day", "reason"), [("2024-01-08", None), ("2024-01-09", "no rate"), ("2023-12-31", "no rate")]
)
def test_a_rate_serves_for_seven_days_after_its_own(day: str, reason: str | None, tmp_path: Path):
    rates = (Rate(currency="USD", day=date(2024, 1, 1), rate=Decimal("0.5")),)
    came = imported(f"{HEADER},currency\n1,C1,{day},Tea,1,10,usd\n", tmp_path, Given(rates=rates))
    if reason:
        assert came.reasons() == ["currency: no rate for USD within 7 days (customers.set_rates keeps one)"]
        assert came["document"] == []
    else:
        assert came.column("document", "gross") == [50_000]


def test_an_order_without_a_rate_leaves_the_numbers_of_the_others_dense(tmp_path: Path):
    rows = ["1,C1,2024-01-01,Tea,1,10,USD", "2,C1,2024-01-01,Tea,1,20,EUR", "3,C1,2024-01-01,Tea,1,20,EUR"]
    came = imported("\n".join([f"{HEADER},currency", *rows]), tmp_path)
    assert came.column("document", "document_no") == [1, 2]
    assert came.column("line", "document_no") == [1, 2]


@pytest.mark.parametrize("currency", ["Euro", "€€", "12", "EURO"])
def test_a_currency_is_a_code_of_three_letters(currency: str, tmp_path: Path):
    came = imported(f"{HEADER},currency\n1,C1,2024-01-01,Tea,1,10,{currency}\n", tmp_path)
    assert came.reasons() == ["currency: not a code of three letters"]


def test_a_surcharge_is_no_discount(tmp_path: Path):
    rows = ["1,C1,2024-01-01,Tea,1,10,-1", "2,C1,2024-01-01,Tea,1,10,1"]
    came = imported("\n".join([f"{HEADER},discount", *rows]), tmp_path)
    assert came.quarantine == [(2, "discount: negative (a surcharge belongs into the price)", rows[0])]


def test_wrong_rows_of_parquet_are_told_by_their_row_number(tmp_path: Path):
    file = tmp_path / "orders.parquet"
    with duckdb.connect() as database:
        rows = "VALUES ('C1', DATE '2024-01-01', 2.5), ('C2', DATE '0204-01-01', 3)"
        database.sql(f"FROM ({rows}) AS t(customer_id, placed_at, unit_price)").write_parquet(str(file))
    came = imported(file.read_bytes(), tmp_path, name="orders")
    assert came.quarantine == [
        (2, "placed_at: before 1990", '{"customer_id":"C2","placed_at":"0204-01-01","unit_price":3.0}')
    ]
    assert came.sum("document", "gross") == Decimal("2.5")


def test_a_quote_that_is_never_closed_in_the_first_row_hides_no_other(tmp_path: Path):
    came = imported(f'{HEADER}\n1,C1,2024-01-01,"Tea,1,2\n2,C1,2024-01-02,Tea,1,2\n3,C1,2024-01-03,Tea,1,2\n', tmp_path)
    assert came.quarantine == [(2, "row: a quote that is never closed", '1,C1,2024-01-01,"Tea,1,2')]
    assert came.counts.orders == 2


def test_a_wrong_row_is_no_formula_to_a_spreadsheet(tmp_path: Path):
    came = imported(f"{HEADER}\n=1+1,C1,soon,Tea,1,2\n2,C1,2024-01-02,Tea,1,2\n", tmp_path)
    assert came.quarantine == [(2, "placed_at: unreadable date", "'=1+1,C1,soon,Tea,1,2")]
