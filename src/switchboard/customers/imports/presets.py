"""Exports of known shops: recognised by their columns."""

import unicodedata
from dataclasses import dataclass

from switchboard.customers.imports.records import Mapped
from switchboard.foundation.errors import Invalid


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How a known export is read.

    `columns`: field → ways to get it, the first whose columns are all there is taken. `signs`: groups of names of which
    each must have one in the file.
    """

    name: str
    title: str
    signs: tuple[tuple[str, ...], ...]
    columns: dict[str, tuple[tuple[str, ...], ...]]
    order_on_first_row: bool = False
    """What belongs to the order stands only on its first row."""
    in_utc: bool = False
    """Its moments are in UTC and do not say so."""
    cancelled_prefix: str = ""
    """An order_id that begins so is a cancellation: money back, never an order."""


VOID = frozenset({
    "cancelled", "canceled", "voided", "void", "failed", "trash", "draft", "checkout-draft", "expired", "storniert",
    "abgebrochen", "fehlgeschlagen", "annulé", "annulée", "annule", "annulee", "échoué", "échouée", "echoue",
    "cancelado", "cancelada", "anulado", "anulada", "fallido", "fallida", "annullato", "annullata", "geannuleerd",
    "anulowane", "anulowano",
})  # fmt: skip
"""Values of status, in any file, of an order that did not happen: its lines are worth nothing."""

_ONLINE_RETAIL = Preset(
    name="online_retail",
    title="UCI Online Retail",
    signs=(
        ("invoiceno", "invoice"),
        ("stockcode",),
        ("quantity",),
        ("invoicedate", "invoicets"),
        ("unitprice", "price"),
        ("customerid",),
    ),
    columns={
        "order_id": (("InvoiceNo",), ("Invoice",)),
        "customer_id": (("CustomerID",),),
        "placed_at": (("InvoiceDate",), ("invoice_ts",)),
        "product_id": (("StockCode",),),
        "product": (("Description",),),
        "quantity": (("Quantity",),),
        "unit_price": (("UnitPrice",), ("Price",)),
        "country": (("Country",),),
    },
    cancelled_prefix="C",
)
_SHOPIFY = Preset(
    name="shopify",
    title="Shopify orders export",
    signs=(("name",), ("lineitemquantity",), ("lineitemprice",), ("createdat", "paidat")),
    columns={
        "order_id": (("Name",),),
        "customer_id": (("Customer ID",), ("Email",)),
        "placed_at": (("Created at",), ("Paid at",)),
        "product_id": (("Lineitem sku",),),
        "product": (("Lineitem name",),),
        "quantity": (("Lineitem quantity",),),
        "unit_price": (("Lineitem price",),),
        "discount": (("Lineitem discount",),),
        "order_discount": (("Discount Amount",),),
        "order_refund": (("Refunded Amount",),),
        "currency": (("Currency",),),
        "country": (("Shipping Country",), ("Billing Country",)),
        "email": (("Email",),),
        "name": (("Billing Name",), ("Shipping Name",)),
        "phone": (("Phone",), ("Billing Phone",)),
        "status": (("Financial Status",),),
        "cancelled_at": (("Cancelled at",),),
    },
    order_on_first_row=True,
)
_WOOCOMMERCE = Preset(
    name="woocommerce",
    title="WooCommerce orders export",
    signs=(
        ("ordernumber", "orderid"),
        ("orderdate",),
        ("orderstatus", "status"),
        ("itemcost", "itemprice", "itemtotal", "orderlinesubtotal"),
        ("emailbilling", "billingemail", "customeruserid", "customerid"),
    ),
    columns={
        "order_id": (("Order Number",), ("Order ID",)),
        "line_id": (("Item #",),),
        "customer_id": (("Customer User ID",), ("Customer ID",), ("Email (Billing)",), ("Billing Email",)),
        "placed_at": (("Order Date",),),
        "product_id": (("SKU",), ("Item SKU",), ("Product ID",)),
        "product": (("Item Name",), ("Product Name",), ("Name",)),
        "category": (("Category",), ("Product Categories",)),
        "quantity": (("Quantity",), ("Item Quantity",), ("Qty",)),
        "unit_price": (("Item Cost",), ("Item Price",)),
        "total": (("Order Line Subtotal",), ("Item Total",)),
        "order_discount": (("Cart Discount Amount",), ("Cart Discount",)),
        "order_refund": (("Order Refund Amount",), ("Refunded Total",)),
        "currency": (("Order Currency",), ("Currency",)),
        "country": (("Country Code (Billing)",), ("Billing Country",), ("Country (Billing)",)),
        "email": (("Email (Billing)",), ("Billing Email",)),
        "name": (("First Name (Billing)", "Last Name (Billing)"), ("Billing First Name", "Billing Last Name")),
        "phone": (("Phone (Billing)",), ("Billing Phone",)),
        "status": (("Order Status",), ("Status",)),
    },
    order_on_first_row=True,
)
_COMPLETE_JOURNEY = Preset(
    name="complete_journey",
    title="Complete Journey transactions",
    signs=(("householdid",), ("basketid",), ("salesvalue",), ("retaildisc",), ("coupondisc",), ("couponmatchdisc",)),
    columns={
        "order_id": (("basket_id",),),
        "customer_id": (("household_id",),),
        "placed_at": (("transaction_timestamp",),),
        "product_id": (("product_id",),),
        "category": (
            ("department", "product_category", "product_type"),
            ("department", "product_category"),
            ("department",),
        ),
        "quantity": (("quantity",),),
        "total": (("sales_value", "retail_disc", "coupon_match_disc"),),  # the maker's coupon is not the shop's
        "discount": (("retail_disc", "coupon_match_disc"),),
    },
    in_utc=True,
)

PRESETS = {preset.name: preset for preset in (_ONLINE_RETAIL, _SHOPIFY, _WOOCOMMERCE, _COMPLETE_JOURNEY)}


def simple(name: str) -> str:
    """A column's name without case, spaces, marks and accents, as names are compared."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    return "".join(letter for letter in plain.lower() if letter.isalnum())


def recognised(columns: tuple[str, ...], asked: str | None) -> Preset | None:
    """The preset asked for (Invalid when there is none of that name, None for `none`), else the one that fits."""
    if asked == "none":
        return None
    if asked:
        if asked not in PRESETS:
            raise Invalid(f"There is no preset {asked}: choose one of {', '.join(PRESETS)} or none.", field="preset")
        return PRESETS[asked]
    names = {simple(column) for column in columns}
    return next(
        (preset for preset in PRESETS.values() if all(names & set(sign) for sign in preset.signs)),
        None,
    )


def columns_of(preset: Preset, columns: tuple[str, ...]) -> tuple[Mapped, ...]:
    """What of the preset the file has."""
    by_name = {simple(column): column for column in reversed(columns)}
    found: list[Mapped] = []
    for name, ways in preset.columns.items():
        for way in ways:
            if all(simple(part) in by_name for part in way):
                found.append(Mapped(field=name, columns=tuple(by_name[simple(part)] for part in way), how="preset"))
                break
    return tuple(found)


def preset_of(name: str | None) -> Preset:
    """The preset of a plan; without one, a preset that changes nothing."""
    return PRESETS[name] if name else Preset(name="", title="", signs=(), columns={})
