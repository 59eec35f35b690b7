"""A row of an orders file as typed fields: what is read, and what makes a row wrong."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from switchboard.customers.imports.presets import VOID, preset_of
from switchboard.customers.imports.records import Plan, Settings
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.typed import Check, Typed, cells, id_checks, id_field, moment_cell, text_field
from switchboard.customers.imports.values import is_number, moment, number, scaled

MOST = 10**9
"""Largest quantity and price, in units; other amounts are below ten times, a line's value a hundred times as much."""
MOST_WORTH = 10**11 * 10_000
EARLIEST = "TIMESTAMP '1990-01-01'"

KEEP = (
    *("order_key", "line_id", "customer", "placed", "product_id", "product", "category", "quantity", "unit_price"),
    *("worth", "back", "discount", "refund", "currency", "country", "email", "name", "phone", "void", "refunded"),
    *("order_discount", "order_refund"),
)
OPTIONAL = {
    **dict.fromkeys(("line_id", "product", "category", "currency", "country", "email", "name", "phone"), "VARCHAR"),
    **dict.fromkeys(("discount", "refund", "order_discount", "order_refund"), "BIGINT"),
}
"""Of those the ones that a file may have or not, with their types."""
AMOUNTS = ("quantity", "unit_price", "total", "discount", "refund", "order_discount", "order_refund")
SCALED = frozenset({*AMOUNTS, "worth"})
"""The fields of a row that are integers of 1/10,000."""


def typed_orders(plan: Plan, settings: Settings) -> Typed:
    """The fields of `row`: amounts as integers of 1/10,000, `placed` as the file's clock shows it or in UTC if zoned.

    `worth` is the line's value before discount, below zero where it goes `back` (a negative quantity or total, or a
    cancellation). An empty quantity is one. Discounts of what goes back, and refunds, are kept without their sign.
    """
    fields = {
        "order_key": id_field(plan, "order_id"),
        "line_id": id_field(plan, "line_id"),
        "customer": _customer(plan),
        "placed": moment(moment_cell(plan, "placed_at"), plan.dates),
        "product": text_field(plan, "product"),
        "product_id": f"coalesce({id_field(plan, 'product_id')}, left({text_field(plan, 'product')}, 200))",
        "category": text_field(plan, "category", " > "),
        "currency": f"upper({text_field(plan, 'currency')})",
        **{name: text_field(plan, name) for name in ("country", "email", "name", "phone")},
        "state": f"replace(lower({text_field(plan, 'status')}), 'wc-', '')",
        "cancelled_at": text_field(plan, "cancelled_at"),
        **{f"{name}_given": _amount(plan, name) for name in AMOUNTS},
    }
    return Typed(fields=fields, derived=derived(plan), checks=_checks(plan, settings), keep=KEEP)


def absent(plan: Plan) -> dict[str, str]:
    """The optional columns the file does not have, with their types; kept, they would take half of the memory."""
    return {name: kind for name, kind in OPTIONAL.items() if not plan.has(name)}


def _customer(plan: Plan) -> str:
    """An e-mail that stands in for an id is compared without case."""
    sql = id_field(plan, "customer_id")
    is_email = plan.column("customer_id") == plan.column("email") or "mail" in plan.column("customer_id")[0].lower()
    return f"lower({sql})" if is_email else sql


def _amount(plan: Plan, field: str) -> str:
    given = cells(plan, field)
    if not given:
        return "NULL::BIGINT"
    if len(given) == 1:
        return scaled(number(given[0], plan.decimal_mark))
    # An empty part of a sum is nothing; an unreadable one makes the sum unreadable.
    parts = " + ".join(
        f"CASE WHEN {one} IS NULL THEN 0 ELSE {scaled(number(one, plan.decimal_mark))} END" for one in given
    )
    none = " AND ".join(f"{one} IS NULL" for one in given)
    return f"CASE WHEN NOT ({none}) THEN {parts} END"


def derived(plan: Plan) -> dict[str, str]:
    """What follows from a line's amounts as they were given, in SQL by name."""
    prefix = preset_of(plan.preset).cancelled_prefix
    cancelled = f"starts_with(order_key, {literal(prefix)})" if prefix else "false"
    pieces = "coalesce(quantity_given, 10000)"
    exact = _divided(f"abs({pieces})::HUGEINT * unit_price_given", "10000")
    product = (
        f"CASE WHEN {pieces} % 10000 = 0 AND {pieces} BETWEEN 0 AND 1000000000 AND unit_price_given < 1000000000000 "
        f"THEN {pieces} // 10000 * unit_price_given ELSE {exact} END"
    )
    value = f"coalesce(total_given, {product})" if plan.has("total") else product
    back = (
        f"({cancelled} OR {pieces} < 0 OR total_given < 0)" if plan.has("total") else f"({cancelled} OR {pieces} < 0)"
    )
    sign = "-" if "discount" in plan.negated else ""
    each = _divided("abs(total_given)::HUGEINT * 10000", f"greatest(abs({pieces}), 1)")
    void = ", ".join(literal(state) for state in sorted(VOID))
    return {
        "quantity": pieces,
        "unit_price": f"coalesce(unit_price_given, {each})" if plan.has("total") else "unit_price_given",
        "worth": f"CASE WHEN {back} THEN -abs({value}) ELSE {value} END",
        "back": f"coalesce({back}, false)",
        "discount": f"CASE WHEN {back} THEN abs(discount_given) ELSE {sign}discount_given END",
        "refund": "abs(refund_given)",
        "void": f"coalesce(list_contains([{void}], state), false) OR cancelled_at IS NOT NULL",
        "refunded": "coalesce(state = 'refunded', false)",
        "order_discount": "abs(order_discount_given)",
        "order_refund": "abs(order_refund_given)",
    }


def _divided(product: str, divisor: str) -> str:
    """A HUGEINT, not below zero, divided and rounded half up; NULL when out of range."""
    return f"try_cast(({product} + {divisor} // 2) // {divisor} AS BIGINT)"


def _checks(plan: Plan, settings: Settings) -> tuple[Check, ...]:
    day_after = settings.now + timedelta(days=1)
    zone = ZoneInfo("UTC") if plan.dates.zoned else ZoneInfo(settings.zone)
    placed_at = moment_cell(plan, "placed_at")
    checks: list[Check] = [*moment_checks("placed_at", placed_at, "placed", day_after.astimezone(zone))]
    if preset_of(plan.preset).order_on_first_row:
        checks = [check for check in checks if not check[1].endswith("missing")]  # asked once the rows are filled
    for name in AMOUNTS:
        checks += _amount_checks(plan, name)
    prices = [name for name in ("unit_price", "total") if plan.has(name)]
    checks += [
        (" AND ".join(f"{cells(plan, name)[0]} IS NULL" for name in prices), f"{prices[0]}: missing"),
        ("unit_price_given < 0", "unit_price: negative (a refund has a negative quantity or an amount in refund)"),
        ("discount < 0", "discount: negative (a surcharge belongs into the price)"),
        (f"abs(worth) > {MOST_WORTH} OR (worth IS NULL AND unit_price_given >= 0)", "unit_price: out of range"),
        *id_checks(
            {"order_id": "order_key", "line_id": "line_id", "customer_id": "customer", "product_id": "product_id"}
        ),
    ]
    if plan.has("currency"):
        checks.append(("NOT regexp_full_match(currency, '[A-Z]{3}')", "currency: not a code of three letters"))
    return tuple(checks)


def moment_checks(field: str, given: str, value: str, latest: datetime) -> list[Check]:
    """`latest` on the clock the value is on."""
    limit = f"TIMESTAMP '{latest.replace(tzinfo=None).isoformat(sep=' ')}'"
    return [
        (f"{given} IS NULL", f"{field}: missing"),
        (f"{given} IS NOT NULL AND {value} IS NULL", f"{field}: unreadable date"),
        (f"{value} < {EARLIEST}", f"{field}: before 1990"),
        (f"{value} > {limit}", f"{field}: in the future"),
    ]


def _amount_checks(plan: Plan, name: str) -> list[Check]:
    given = cells(plan, name)
    if not given:
        return []
    written = " OR ".join(f"{one} IS NOT NULL" for one in given)
    huge = " OR ".join(
        f"({is_number(one)} AND abs(try_cast(replace({one}, ',', '.') AS DOUBLE)) >= 1e10)" for one in given
    )
    unreadable = f"({written}) AND {name}_given IS NULL"
    most = (MOST if name in {"quantity", "unit_price"} else 10 * MOST) * 10_000
    return [
        (f"{unreadable} AND NOT coalesce({huge}, false)", f"{name}: unreadable number"),
        (f"({unreadable} AND ({huge})) OR abs({name}_given) > {most}", f"{name}: out of range"),
    ]
