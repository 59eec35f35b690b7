"""Exports of known shops are recognised and read as they are meant."""

from datetime import date, datetime
from pathlib import Path

import pytest

from switchboard.foundation.errors import Invalid
from tests.customers.imports.importing import Given, imported

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Billing Name,Billing Country,Cancelled at,Refunded Amount,Phone,Id
#1001,Ann@x.eu,paid,2024-01-15 10:05:00 +0100,EUR,37.00,5.00,42.00,3.00,2024-01-15 10:04:36 +0100,2,Tea,10.00,T-1,0.00,Ann A,DE,,0.00,+49 1,11
#1001,Ann@x.eu,,,,,,,,,1,Cup,20.00,,0.00,,,,,,
#1002,bob@x.eu,partially_refunded,2024-01-16 10:00:00 +0100,EUR,20.00,5.00,25.00,0.00,2024-01-16 10:00:00 +0100,1,Cup,20.00,,0.00,Bob,AT,,7.50,,12
#1003,bob@x.eu,voided,,EUR,20.00,5.00,25.00,0.00,2024-01-17 10:00:00 +0100,1,Cup,20.00,,0.00,Bob,AT,2024-01-17 11:00:00 +0100,0.00,,13
"""  # noqa: E501 - rows of an export

WOOCOMMERCE = """\
Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),Country Code (Billing),Cart Discount Amount,Order Refund Amount,SKU,Item #,Item Name,Quantity,Item Cost
501,Completed,2024-01-15 10:04,Ann,Archer,ann@x.eu,DE,3.00,0,T-1,1,Tea,2,10.00
501,Completed,2024-01-15 10:04,Ann,Archer,ann@x.eu,DE,3.00,0,C-1,2,Cup,1,10.00
502,Cancelled,2024-01-16 10:04,Bob,Baker,bob@x.eu,AT,0,0,C-1,1,Cup,1,10.00
"""  # noqa: E501 - rows of an export

RETAIL = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850.0,United Kingdom
536366,22633,HAND WARMER UNION JACK,6,12/1/2010 8:28,1.85,17850.0,United Kingdom
C536379,D,Discount,-1,12/14/2010 9:41,27.5,14527.0,United Kingdom
536370,22728,ALARM CLOCK BAKELIKE PINK,24,12/1/2010 8:45,3.75,,France
"""


def test_shopify_fills_what_stands_on_the_first_row_of_an_order_only(tmp_path: Path):
    came = imported(SHOPIFY, tmp_path)
    assert came.plan.preset == "shopify"
    assert came.quarantine == []
    first = came["document"][0]
    assert (first["order_key"], first["customer"], first["country"], first["lines"]) == ("#1001", "ann@x.eu", "DE", 2)
    assert first["placed_at"] == datetime(2024, 1, 15, 9, 4, 36)  # noqa: DTZ001 - UTC, as the table has it
    assert came["customer"][0] == {
        "customer_no": 1,
        "customer": "ann@x.eu",
        "email": "Ann@x.eu",
        "name": "Ann A",
        "phone": "+49 1",
        "country": "DE",
    }


def test_shopify_spreads_discounts_and_refunds_of_the_order_and_voids_what_was_cancelled(tmp_path: Path):
    came = imported(SHOPIFY, tmp_path)
    assert came.column("document", "gross") == [400_000, 200_000, 0]
    assert came.column("document", "discount") == [30_000, 0, 0]
    assert came.column("document", "refund") == [0, 75_000, 0]
    assert came.column("document", "is_order") == [True, True, False]
    assert [line["discount"] for line in came["line"]][:2] == [15_000, 15_000]


def test_woocommerce_is_recognised(tmp_path: Path):
    came = imported(WOOCOMMERCE, tmp_path)
    assert came.plan.preset == "woocommerce"
    assert came.column("document", "gross") == [300_000, 0]
    assert came.column("document", "discount") == [30_000, 0]
    assert came.column("customer", "name") == ["Ann Archer", "Bob Baker"]
    assert came.column("customer", "customer") == ["ann@x.eu", "bob@x.eu"]


def test_online_retail_cancellations_are_refunds_and_its_dates_month_first(tmp_path: Path):
    came = imported(RETAIL, tmp_path)
    assert came.plan.preset == "online_retail"
    assert came.plan.dates.order == "month_first"
    assert came.column("document", "customer") == ["14527", "17850", "17850", None]
    assert came.column("document", "is_order") == [False, True, True, True]
    assert came.column("document", "refund") == [275_000, 0, 0, 0]


def test_complete_journeys_net_is_its_sales_value(tmp_path: Path):
    text = (
        "household_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,"
        "transaction_timestamp,department,product_category\n"
        "900,31,1095275,2,0.50,0.10,0.05,0.01,2017-01-01 11:53:26,PASTRY,ROLLS/BUNS\n"
    )
    came = imported(text, tmp_path)
    assert came.plan.preset == "complete_journey"
    line = came["line"][0]
    assert (line["gross"], line["discount"], line["unit_price"]) == (6100, 1100, 3050)
    assert came["category"][0] == {"category_no": 1, "path": "PASTRY > ROLLS/BUNS", "top": "PASTRY"}


def test_complete_journeys_moments_are_in_utc(tmp_path: Path):
    text = (
        "household_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,"
        "transaction_timestamp\n900,31,1095275,2,0.50,0.10,0.05,0.01,2018-01-01 04:01:20\n"
    )
    came = imported(text, tmp_path, Given(zone="America/New_York"))
    assert came["document"][0]["placed_at"] == datetime(2018, 1, 1, 4, 1, 20)  # noqa: DTZ001 - UTC, as the table has it
    assert came["document"][0]["day"] == (date(2017, 12, 31) - date(1970, 1, 1)).days


def test_a_preset_can_be_refused_or_named(tmp_path: Path):
    assert imported(RETAIL, tmp_path, Given(preset="none")).plan.preset is None
    with pytest.raises(Invalid, match="There is no preset shopfy: choose one of online_retail, shopify"):
        imported(RETAIL, tmp_path, Given(preset="shopfy"))
