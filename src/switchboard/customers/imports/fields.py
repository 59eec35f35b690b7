"""The fields a file may have, and what exports call them."""

from dataclasses import dataclass
from typing import Literal

from switchboard.customers.imports.languages import names_abroad
from switchboard.customers.imports.records import Kind

What = Literal["id", "text", "amount", "moment", "currency", "category", "flag"]


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    what: What
    also: tuple[str, ...] = ()
    """Other names, the usual ones first; compared without case, spaces, marks and accents."""


def _field(name: str, what: What, also: str = "") -> Field:
    english = tuple(part.strip() for part in also.split(",") if part.strip())
    return Field(name=name, what=what, also=english + names_abroad(name))


CONTACT = (
    _field(
        "email",
        "text",
        "e-mail, mail, email address, customer email, customer email address, client email, user email, buyer email, "
        "billing email, email (billing)",
    ),
    _field("name", "text", "customer name, full name, billing name, buyer name, contact name"),
    _field("phone", "text", "phone number, telephone, mobile, mobile phone, billing phone, phone (billing)"),
    _field(
        "country",
        "text",
        "country code, billing country, shipping country, ship country, country code (billing), country/region, "
        "default address country code",
    ),
)
CUSTOMER_ID = _field(
    "customer_id",
    "id",
    "customerid, customer number, customer no, customer, client id, client number, user id, household id, member id, "
    "buyer id, account id, cust id, shopper id, customer user id, customer code, customer ref, customer nr, "
    "customer unique id, cust no, "
    "cust number, client no, client, buyer, shopper, member, account number, account no",
)

ORDERS = (
    _field(
        "order_id",
        "id",
        "order number, order no, order nr, order, invoice no, invoice number, invoice id, invoice, basket id, "
        "transaction id, transaction number, receipt number, receipt id, receipt, sales order, document number, "
        "amazon order id",
    ),
    _field("line_id", "id", "line item id, order line id, order item id, line number, line no, lineitem id"),
    CUSTOMER_ID,
    _field(
        "placed_at",
        "moment",
        "order date, date, created at, invoice date, invoice ts, transaction timestamp, transaction date, paid at, "
        "order time, ordered at, order datetime, datetime, timestamp, purchase date, order purchase timestamp, "
        "created (utc), date (utc), created date (utc), "
        "processed at, sale date, created, order created at, purchased at, time",
    ),
    _field(
        "product_id",
        "id",
        "sku, stock code, item id, lineitem sku, item sku, article id, article number, article no, item number, "
        "product code, product number, item code, variant id, variant sku, asin, ean, upc, gtin",
    ),
    _field(
        "product", "text", "product name, description, item name, lineitem name, product title, title, item, article"
    ),
    _field(
        "category",
        "category",
        "product category, category name, category path, department, product type, product group, collection",
    ),
    _field(
        "quantity",
        "amount",
        "qty, lineitem quantity, item quantity, units, pieces, quantity ordered, quantity purchased, quantity sold, "
        "ordered quantity, order quantity, number of items",
    ),
    _field(
        "unit_price",
        "amount",
        "price, lineitem price, item price, item cost, price per unit, product price, selling price, sale price",
    ),
    _field(
        "total",
        "amount",
        "line total, sales value, line amount, extended price, gross sales, item total, amount, sales, revenue, "
        "order total, gross, value, total price, total amount, grand total, "
        "grand total (purchased), grand total (base), "
        "net sales, invoice total, order amount, order value",
    ),
    _field("discount", "amount", "discount amount, lineitem discount, line discount, item discount, rebate"),
    _field("refund", "amount", "refunded amount, refund amount, amount refunded, refunded, line refund, item refund"),
    _field("currency", "currency", "currency code, order currency, presentment currency, iso currency"),
    *CONTACT,
    _field("status", "text", "order status, financial status, state"),
    _field("cancelled_at", "text", "canceled at, cancellation date"),
    _field("order_discount", "amount"),
    _field("order_refund", "amount"),
)
CUSTOMERS = (
    CUSTOMER_ID,
    *CONTACT,
    _field(
        "region",
        "text",
        "state, province, state / region, state code, province code, county, default address province code",
    ),
    _field("city", "text", "town, default address city, billing city"),
    _field("street", "text", "address, address 1, address1, street address, address line 1, default address address1"),
    _field("postal_code", "text", "zip, zip code, postcode, post code, plz, default address zip"),
    _field(
        "created_at",
        "moment",
        "created, create date, signup date, signed up at, registered at, registration date, "
        "customer since, profile created on",
    ),
    _field(
        "updated_at",
        "moment",
        "last updated, last changed, updated, updated on, last modified, last modified date, "
        "modified at, date modified, as of",
    ),
    _field(
        "consent_email",
        "flag",
        "accepts marketing, accepts email marketing, email consent, email opt in, newsletter, subscribed, "
        "marketing consent, email marketing consent",
    ),
    _field("consent_sms", "flag", "accepts sms marketing, sms consent, sms opt in, sms marketing consent"),
    _field("email_verified", "flag", "verified email, email confirmed, email is verified, verified e-mail"),
    _field("phone_verified", "flag", "verified phone, phone confirmed, phone is verified, mobile verified"),
    _field(
        "consent_at",
        "moment",
        "consent date, consent time, consent timestamp, opt in date, opt in time, opted in at, subscribed at, "
        "email consent date, marketing consent date, consent updated at, email marketing consent timestamp",
    ),
)
EVENTS = (
    _field("event_id", "id", "id, uuid, message id"),
    CUSTOMER_ID,
    CONTACT[0],
    _field("kind", "text", "event, event name, event type, type, action, activity"),
    _field("at", "moment", "timestamp, time, date, datetime, occurred at, created at, event time, event timestamp"),
    _field("properties", "text", "props, event properties, data, payload, attributes"),
)
PRODUCTS = tuple(field for field in ORDERS if field.name in {"product_id", "product", "category"})

FIELDS: dict[Kind, tuple[Field, ...]] = {
    "orders": ORDERS,
    "customers": CUSTOMERS,
    "events": EVENTS,
    "products": PRODUCTS,
}

REQUIRED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "orders": (("customer_id",), ("placed_at",), ("unit_price", "total")),
    "customers": (("customer_id", "email"),),
    "events": (("kind",), ("at",), ("customer_id", "email")),
    "products": (("product_id",),),
}
"""Of each group at least one must be there."""


def what_of(kind: Kind, name: str) -> What:
    return next(field.what for field in FIELDS[kind] if field.name == name)
