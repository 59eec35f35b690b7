"""Rows become orders: what one is, what its lines are worth, and that the same file says the same twice."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from switchboard.customers.imports.records import Rate
from tests.customers.imports.importing import HEADER, Given, imported


def test_scattered_lines_of_an_order_are_one_document_at_its_first_moment(tmp_path: Path):
    rows = ["1,C1,2024-01-02 10:00,Tea,1,1", "2,C2,2024-01-01,Tea,1,1", "1,C1,2024-01-01 09:00,Cup,2,3"]
    came = imported("\n".join([HEADER, *rows]), tmp_path)
    assert came.column("document", "order_key") == ["1", "2"]
    assert came["document"][0]["placed_at"] == datetime(2024, 1, 1, 9)  # noqa: DTZ001 - UTC, as the table has it
    assert [(line["document_no"], line["ordinal"], line["unit_price"]) for line in came["line"]] == [
        (1, 1, 10_000),
        (1, 2, 30_000),
        (2, 1, 10_000),
    ]


def test_without_order_ids_a_customer_at_a_moment_is_an_order(tmp_path: Path):
    rows = ["C1,2024-01-01 10:00,1", "C2,2024-01-01 10:00,2", "C1,2024-01-01 10:00,4", "C1,2024-01-02,8"]
    came = imported("\n".join(["customer_id,placed_at,unit_price", *rows]), tmp_path)
    assert [(row["customer"], row["gross"]) for row in came["document"]] == [
        ("C1", 50_000),
        ("C1", 80_000),
        ("C2", 20_000),
    ]
    assert came.column("document", "order_key") == [None, None, None]


def test_a_row_without_order_id_in_a_file_that_has_them_is_grouped_by_customer_and_moment(tmp_path: Path):
    rows = ["1,C1,2024-01-01,Tea,1,1", ",C1,2024-01-01,Tea,1,2", ",C1,2024-01-01,Cup,1,4", ",,2024-01-01,Cup,1,8"]
    came = imported("\n".join([HEADER, *rows]), tmp_path)
    assert [(row["order_key"], row["customer"], row["gross"]) for row in came["document"]] == [
        ("1", "C1", 10_000),
        (None, "C1", 60_000),
        (None, None, 80_000),
    ]


def test_a_guests_order_has_no_customer_and_is_kept(tmp_path: Path):
    came = imported(f"{HEADER}\n1,,2024-01-01,Tea,1,1\n2,NULL,2024-01-01,Tea,1,1\n3,C1,2024-01-01,Tea,1,1\n", tmp_path)
    assert came.column("document", "customer") == ["C1", None, None]
    assert came.column("customer", "customer") == ["C1"]


def test_a_customers_orders_stand_side_by_side_in_the_order_of_the_file(tmp_path: Path):
    rows = [f"{n},C{n % 3},2024-01-{20 - n:02},Tea,1,1" for n in range(1, 10)]
    came = imported("\n".join([HEADER, *rows]), tmp_path)
    assert came.column("document", "order_key") == ["3", "6", "9", "1", "4", "7", "2", "5", "8"]
    assert came.column("document", "customer_no") == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_a_line_without_a_customer_belongs_to_its_orders_customer(tmp_path: Path):
    came = imported(f"{HEADER}\n1,,2024-01-01,Tea,1,1\n1,C1,2024-01-01,Cup,1,1\n", tmp_path)
    assert came.column("document", "customer") == ["C1"]
    assert came.column("document", "lines") == [2]


def test_a_negative_quantity_is_a_refund_and_never_an_order(tmp_path: Path):
    came = imported(f"{HEADER},discount\n1,C1,2024-01-01,Tea,-3,2.50,0.50\n", tmp_path)
    row = came["document"][0]
    assert (row["is_order"], row["gross"], row["discount"], row["refund"]) == (False, 0, 0, 70_000)


def test_a_refund_column_is_of_the_whole_line_whatever_its_sign(tmp_path: Path):
    came = imported(f"{HEADER},refund\n1,C1,2024-01-01,Tea,2,5,-4\n2,C1,2024-01-01,Tea,2,5,4\n", tmp_path)
    assert came.column("document", "refund") == [40_000, 40_000]
    assert came.column("document", "gross") == [100_000, 100_000]


def test_without_a_discount_column_the_discount_is_unknown_not_zero(tmp_path: Path):
    came = imported(f"{HEADER}\n1,C1,2024-01-01,Tea,1,1\n", tmp_path)
    assert came.column("line", "discount") == [None]
    assert came.column("document", "discount") == [None]


def test_discounts_written_below_zero_are_discounts(tmp_path: Path):
    came = imported(f"{HEADER},discount\n1,C1,2024-01-01,Tea,1,10,-2\n2,C1,2024-01-01,Tea,1,10,0\n", tmp_path)
    assert came.plan.negated == ("discount",)
    assert came.column("document", "discount") == [20_000, 0]


def test_a_line_that_costs_nothing_is_kept(tmp_path: Path):
    came = imported(
        f"{HEADER}\n1,C1,2024-01-01,Gift,1,0\n1,C1,2024-01-01,Tea,1,1\n2,C1,2024-01-01,Gift,1,0\n", tmp_path
    )
    assert came.column("document", "is_order") == [True, False]
    assert came.column("document", "lines") == [2, 1]


def test_a_missing_quantity_is_one(tmp_path: Path):
    came = imported("customer_id,placed_at,unit_price\nC1,2024-01-01,2.5\n", tmp_path)
    assert (came["line"][0]["quantity"], came["line"][0]["gross"]) == (10_000, 25_000)


def test_a_total_is_the_value_where_there_is_no_price(tmp_path: Path):
    came = imported("customer_id,placed_at,quantity,total\nC1,2024-01-01,3,10\nC2,2024-01-01,2,-5\n", tmp_path)
    assert came.column("line", "gross") == [100_000, 0]
    assert came.column("line", "refund") == [0, 50_000]
    assert came.column("line", "unit_price") == [33_333, 25_000]


def test_a_total_that_is_not_quantity_times_price_is_left_out_and_told(tmp_path: Path):
    came = imported("customer_id,placed_at,quantity,unit_price,total\nC1,2024-01-01,3,10,99\n", tmp_path)
    assert came.column("line", "gross") == [300_000]
    assert "total is not quantity times price" in came.plan.warnings[0]


def test_a_void_order_is_kept_and_worth_nothing(tmp_path: Path):
    came = imported(f"{HEADER},status\n1,C1,2024-01-01,Tea,2,5,Cancelled\n2,C1,2024-01-01,Tea,2,5,paid\n", tmp_path)
    assert came.column("document", "is_order") == [False, True]
    assert came.column("document", "gross") == [0, 100_000]


def test_of_rows_with_the_same_line_id_the_last_counts(tmp_path: Path):
    rows = ["1,a,C1,2024-01-01,1", "1,b,C1,2024-01-01,2", "1,a,C1,2024-01-01,4", "2,a,C1,2024-01-01,8"]
    came = imported("\n".join(["order_id,line_id,customer_id,placed_at,unit_price", *rows]), tmp_path)
    assert (came.counts.rows, came.counts.accepted, came.counts.duplicates) == (4, 3, 1)
    assert came.column("document", "gross") == [60_000, 80_000]


def test_equal_lines_without_line_id_are_lines_of_their_own(tmp_path: Path):
    came = imported(f"{HEADER}\n1,C1,2024-01-01,Tea,1,1\n1,C1,2024-01-01,Tea,1,1\n", tmp_path)
    assert came.column("line", "ordinal") == [1, 2]
    assert came.counts.duplicates == 0


def test_money_is_exact_and_rounded_half_away_from_zero(tmp_path: Path):
    came = imported(f"{HEADER}\n1,C1,2024-01-01,Tea,3,0.3333\n2,C1,2024-01-01,Tea,0.5,0.0001\n", tmp_path)
    assert came.column("line", "gross") == [9999, 1]


def test_amounts_are_in_the_workspaces_currency_at_the_rate_of_the_orders_day(tmp_path: Path):
    rates = tuple(
        Rate(currency="USD", day=day, rate=rate)
        for day, rate in ((date(2024, 1, 1), Decimal("0.5")), (date(2024, 1, 3), Decimal("0.9123")))
    )
    rows = ["1,C1,2024-01-02 23:59,Tea,1,10,USD,2", "2,C1,2024-01-03,Tea,1,0.0001,USD,0", "3,C1,2024-01-03,Tea,1,10,,1"]
    came = imported("\n".join([f"{HEADER},currency,discount", *rows]), tmp_path, Given(rates=rates))
    assert came.column("document", "gross") == [50_000, 1, 100_000]
    assert came.column("document", "discount") == [10_000, 0, 10_000]
    assert came.column("document", "currency") == ["USD", "USD", "EUR"]
    assert came.column("line", "unit_price") == [100_000, 1, 100_000]


@pytest.mark.parametrize(
    ("written", "utc", "day"),
    [
        ("2024-01-01 00:30", datetime(2023, 12, 31, 23, 30), date(2024, 1, 1)),  # noqa: DTZ001 - as the table has it
        ("2024-01-01T23:30:00Z", datetime(2024, 1, 1, 23, 30), date(2024, 1, 2)),  # noqa: DTZ001 - as the table has it
        ("2024-03-31 02:30", datetime(2024, 3, 31, 1, 30), date(2024, 3, 31)),  # noqa: DTZ001 - the hour that is not
    ],
)
def test_a_time_without_a_zone_is_the_workspaces_and_days_are_too(
    written: str, utc: datetime, day: date, tmp_path: Path
):
    came = imported(f"{HEADER}\n1,C1,{written},Tea,1,1\n", tmp_path, Given(zone="Europe/Berlin"))
    assert came["document"][0]["placed_at"] == utc
    assert came["document"][0]["day"] == (day - date(1970, 1, 1)).days


def test_the_last_name_and_category_of_a_product_win_and_its_earlier_names_stay(tmp_path: Path):
    rows = [
        "1,C1,2024-01-01,P1,Tea,Food > Hot drinks,1",
        "2,C1,2024-01-01,P1,Green tea,Food>Tea,1",
        "3,C1,2024-01-01,P1,,,1",
    ]
    came = imported(
        "\n".join(["order_id,customer_id,placed_at,product_id,product,category,unit_price", *rows]), tmp_path
    )
    assert came["product"] == [
        {"product_no": 1, "product_id": "P1", "name": "Green tea", "category_no": 1, "earlier": '["Tea"]'}
    ]
    assert came["category"] == [{"category_no": 1, "path": "Food > Tea", "top": "Food"}]


def test_a_category_is_cut_at_slashes_only_where_no_arrow_is(tmp_path: Path):
    came = imported(
        "customer_id,placed_at,product_id,category,unit_price\nC1,2024-01-01,1,Home/Kitchen / Pans,1\n", tmp_path
    )
    assert (came["category"][0]["path"], came["category"][0]["top"]) == ("Home > Kitchen > Pans", "Home")


def test_names_and_categories_may_come_from_a_second_file(tmp_path: Path):
    products = b"product_id;product;department;kind\n7;Tea;FOOD/HOT;x\n"
    came = imported(
        "customer_id,placed_at,product_id,unit_price\nC1,2024-01-01,7,1\n", tmp_path, Given(products=products)
    )
    assert came.column("product", "name") == ["Tea"]
    assert came.column("category", "top") == ["FOOD"]


def test_contact_of_the_buyer_is_the_last_the_file_has(tmp_path: Path):
    rows = ["1,C1,2024-01-01,1,a@x.eu,Ann", "2,C1,2024-01-02,1,,Ann B", "3,,2024-01-02,1,guest@x.eu,Gus"]
    came = imported("\n".join(["order_id,customer_id,placed_at,unit_price,email,name", *rows]), tmp_path)
    buyer = {"customer": "C1", "email": "a@x.eu", "name": "Ann B", "phone": None, "country": None}
    assert came["customer"] == [{"customer_no": 1, **buyer}]


def test_the_same_order_has_the_same_content_whatever_the_file(tmp_path: Path):
    rows = ["1,C1,2024-01-01,Tea,1,2.50", "1,C1,2024-01-01,Cup,2,3", "2,C2,2024-01-02,Tea,1,2.50"]
    one = imported("\n".join([HEADER, *rows]), tmp_path)
    other = imported(
        "\n".join([HEADER.replace(",", ";"), *(row.replace(",", ";") for row in reversed(rows))]), tmp_path
    )
    assert {(row["order_key"], row["content"]) for row in one["document"]} == {
        (row["order_key"], row["content"]) for row in other["document"]
    }
    changed = imported("\n".join([HEADER, *rows]).replace("Cup,2,3", "Cup,2,4"), tmp_path)
    same = [
        mine["content"] == theirs["content"] for mine, theirs in zip(one["document"], changed["document"], strict=True)
    ]
    assert same == [False, True]


def test_an_amount_of_the_order_is_spread_over_its_lines_to_the_last_bit(tmp_path: Path):
    text = (
        "order_id,customer_id,placed_at,product,unit_price,order_discount,order_refund\n"
        "1,C1,2024-01-01,a,1,0.0002,9\n1,C1,2024-01-01,b,1,0.0002,9\n1,C1,2024-01-01,c,1,0.0002,9\n"
    )
    came = imported(text, tmp_path)
    assert came.column("document", "discount") == [2]
    assert came.column("document", "refund") == [29_998]
    assert sorted(map(str, came.column("line", "discount"))) == ["0", "1", "1"]
