from datetime import UTC, datetime

import pytest

from switchboard.console.bars import compared, stacked
from switchboard.console.words import ago, day, days, figure, moment, money, number, percent, plain
from switchboard.intelligence.records import Trait


@pytest.mark.parametrize(
    ("amount", "currency", "reads"),
    [
        (1234.5, "EUR", "€1,234.50"),
        (-3, "USD", "\N{MINUS SIGN}$3.00"),
        (-0.001, "USD", "$0.00"),
        (1_000_000, "JPY", "¥1,000,000"),
        (12, "CHF", "CHF\N{NO-BREAK SPACE}12.00"),
        (None, "EUR", "\N{EN DASH}"),
    ],
)
def test_money_reads_in_its_currency(amount: float | None, currency: str, reads: str):
    assert money(amount, currency) == reads


def test_numbers_are_grouped():
    assert number(1_234_567) == "1,234,567"
    assert number(-2.5, 1) == "\N{MINUS SIGN}2.5"
    assert percent(0.2744) == "27.4%"


def test_moments_are_of_the_shops_zone():
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    assert moment(at, "Europe/Berlin") == "1 January 2026, 00:30"
    assert day(at, "America/New_York") == "31 Dec 2025"


def test_days_read_as_one_says_them():
    assert [days(1), days(12), days(None)] == ["1 day", "12 days", "\N{EN DASH}"]
    assert [ago(0), ago(1), ago(None)] == ["today", "1 day ago", "\N{EN DASH}"]


def test_names_and_figures_read_plainly():
    assert plain("very_large_baskets") == "Very large baskets"
    assert figure(0.305, "share", "EUR") == "30.5%"
    assert figure(1933.2, "currency", "GBP") == "£1,933"
    assert figure(1.611, "orders", "GBP") == "1.61 orders"


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
