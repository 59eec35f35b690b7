"""Typed rows become documents with their lines, products, categories and customers.

A document is a distinct order_id, else a customer at a moment. Its customer is the one its first row with a customer
names: rows without one belong to it too, rows that name another are wrong; so are rows in another currency. Of rows
with the same order_id and line_id the last counts. Amounts of the order (discount, refund) are spread over its lines
by value, to the last 1/10,000. A void order (cancelled, failed) keeps its lines, worth nothing.
"""

from dataclasses import dataclass

from switchboard.customers.imports.orders import MOST_WORTH, absent
from switchboard.customers.imports.pricing import priced_lines
from switchboard.customers.imports.records import Plan
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.values import in_utc
from switchboard.customers.imports.work import Work

RATE_DAYS = 7
"""A rate serves for its own day and as many after it."""
EARLIER = 20  # names of a product
FIRST_ROW = ("customer", "placed", "currency", "country", "email", "name", "phone", "order_discount", "order_refund")
CONTACT = ("email", "name", "phone")


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What makes rows one document."""

    columns: tuple[str, ...]

    def list(self, table: str = "") -> str:
        return ", ".join(f"{table}{column}" for column in self.columns)

    def same(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.{column} IS NOT DISTINCT FROM {other}.{column}" for column in self.columns)


def grouped(work: Work, plan: Plan) -> None:
    """Makes the tables of `Staged` from `row`; `dropped(rid, reason)` are rows left out on the way."""
    work.run("CREATE TABLE dropped (rid BIGINT, reason VARCHAR)")
    keys = _keys(work, plan)
    _drop_superseded(work, plan)
    _group(work, plan, keys)
    if _drop_conflicts(work, plan, keys):
        _group(work, plan, keys)
    _products(work, plan)
    _number(work, plan)
    _drop_without_rate(work, plan, keys)
    finish_orders(work, plan, keys)


def finish_orders(work: Work, plan: Plan, keys: Keys) -> None:
    """Makes document, line and customer from `row`, the orders in `priced` and the products in `named`."""
    work.run(priced_lines(plan, keys.same("g", "d"), _good(work, plan)))
    _finish(work, plan, keys)


def _good(work: Work, plan: Plan) -> str:
    """The rows that count, with all columns a file may have."""
    missing = "".join(f", NULL::{kind} AS {name}" for name, kind in absent(plan).items())
    left_out = " AND rowid NOT IN (SELECT rid FROM dropped)" if work.number("SELECT count(*) FROM dropped") else ""
    return f"(SELECT rowid AS rid, *{missing} FROM row WHERE reasons IS NULL{left_out})"  # noqa: S608 - words of our own


def fill_orders(work: Work, plan: Plan) -> None:
    """What belongs to an order stands on one of its rows only: on the first that has it; the others take it over."""
    there = [name for name in FIRST_ROW if name not in absent(plan)]
    firsts = ", ".join(f"arg_min({name}, rowid) AS {name}" for name in there)
    work.run(
        f"CREATE TABLE first_row AS SELECT order_key, {firsts}, bool_or(void) AS void, bool_or(refunded) AS refunded "  # noqa: S608 - names of our own
        "FROM row WHERE order_key IS NOT NULL GROUP BY order_key"
    )
    filled = ", ".join(f"coalesce(row.{name}, f.{name}) AS {name}" for name in there)
    lacks = "CASE WHEN coalesce(row.placed, f.placed) IS NULL THEN 'placed_at: missing' END"
    work.run(
        f"CREATE TABLE filled AS SELECT row.* REPLACE ({filled}, row.void OR coalesce(f.void, false) AS void, "  # noqa: S608 - names of our own
        f"row.refunded OR coalesce(f.refunded, false) AS refunded, coalesce(reasons, {lacks}) AS reasons) "
        "FROM row LEFT JOIN first_row f USING (order_key) ORDER BY row.rowid"
    )
    work.run("DROP TABLE row; DROP TABLE first_row; ALTER TABLE filled RENAME TO row")


def _keys(work: Work, plan: Plan) -> Keys:
    if not plan.has("order_id"):
        return Keys(columns=("customer", "placed"))
    if not work.number("SELECT count(*) FROM row WHERE reasons IS NULL AND order_key IS NULL"):
        return Keys(columns=("order_key",))
    columns = (
        "*, CASE WHEN order_key IS NULL THEN customer END AS by_customer, CASE WHEN order_key IS NULL THEN placed END"
    )
    work.run(f"CREATE TABLE keyed AS SELECT {columns} AS by_moment FROM row")  # noqa: S608 - names of our own
    work.run("DROP TABLE row; ALTER TABLE keyed RENAME TO row")
    return Keys(columns=("order_key", "by_customer", "by_moment"))


def _drop_superseded(work: Work, plan: Plan) -> None:
    if plan.has("line_id") and plan.has("order_id"):
        work.run(
            "INSERT INTO dropped SELECT rowid, NULL FROM row WHERE reasons IS NULL AND line_id IS NOT NULL "
            "AND order_key IS NOT NULL QUALIFY rowid < max(rowid) OVER (PARTITION BY order_key, line_id)"
        )


def _group(work: Work, plan: Plan, keys: Keys) -> None:
    optional = [name for name in (*CONTACT, "country") if plan.has(name)]
    last = "".join(f", arg_max({name}, rid) AS {name}" for name in optional)
    least, most = ("min(currency)", "max(currency)") if plan.has("currency") else ("NULL::VARCHAR", "NULL::VARCHAR")
    void = "bool_or(void)" if plan.has("status") or plan.has("cancelled_at") else "false"
    work.run(
        f"CREATE OR REPLACE TABLE found AS SELECT {keys.list()}, min(rid) AS first, min(placed) AS moment, "  # noqa: S608 - names of our own
        f"min(customer) AS owner, max(customer) AS other_customer, {least} AS money, {most} AS other_currency{last}, "
        f"{void} AS is_void, sum(abs(worth)) AS size FROM {_good(work, plan)} GROUP BY {keys.list()}"
    )


def _drop_conflicts(work: Work, plan: Plan, keys: Keys) -> bool:
    """Rows that name another customer or currency than the first row of their order that names one."""
    before = work.number("SELECT count(*) FROM dropped")
    reasons = {
        "customer": ("owner", "customer_id: the order already belongs to another customer"),
        "currency": ("money", "currency: the order already is in another currency"),
    }
    for name, (least, reason) in reasons.items():
        if plan.has("customer_id" if name == "customer" else "currency") and work.number(
            f"SELECT count(*) FROM found WHERE other_{name} <> {least}"  # noqa: S608 - names of our own
        ):
            work.run(
                f"INSERT INTO dropped SELECT rid, {literal(reason)} FROM (SELECT g.rid, g.{name} AS own, "  # noqa: S608 - names of our own
                f"arg_min(g.{name}, g.rid) OVER (PARTITION BY f.first) AS theirs FROM {_good(work, plan)} g "
                f"JOIN found f ON {keys.same('g', 'f')} WHERE f.other_{name} <> f.{least}) WHERE own <> theirs"
            )
    return work.number("SELECT count(*) FROM dropped") > before


def _products(work: Work, plan: Plan) -> None:
    last = [
        f"arg_max({name}, rid)" if plan.has(field) else "NULL::VARCHAR"
        for name, field in (("product", "product"), ("category", "category"))
    ]
    work.run(
        f"CREATE TABLE named AS SELECT row_number() OVER (ORDER BY min(rid))::INTEGER AS product_no, product_id, "  # noqa: S608 - names of our own
        f"{last[0]} AS name, {last[1]} AS written, NULL::VARCHAR AS earlier FROM {_good(work, plan)} "
        "WHERE product_id IS NOT NULL GROUP BY product_id"
    )
    if plan.has("product"):
        _earlier_names(work, plan)


def _earlier_names(work: Work, plan: Plan) -> None:
    """The names that other rows of the file have for a product, as JSON, the newest last."""
    good = _good(work, plan)
    work.run(
        "CREATE TABLE other_name AS SELECT product_id, product, max(rid) AS rid "  # noqa: S608 - names of our own
        f"FROM {good} SEMI JOIN (SELECT product_id FROM {good} GROUP BY product_id "
        "HAVING min(product) <> max(product)) USING (product_id) WHERE product IS NOT NULL GROUP BY ALL"
    )
    work.run(
        f"UPDATE named SET earlier = e.names FROM (SELECT o.product_id, to_json(list(o.product ORDER BY o.rid)"  # noqa: S608 - a number of our own
        f"[-{EARLIER}:])::VARCHAR AS names FROM other_name o JOIN named n USING (product_id) WHERE o.product <> n.name "
        "GROUP BY o.product_id) e WHERE named.product_id = e.product_id"
    )


def categorised(work: Work, mark: str) -> None:
    """The tables product and category from `named`: levels cut at the mark, written again with " > "."""
    trimmed = f"list_transform(string_split(written, {literal(mark)}), lambda level: trim(level))"
    levels = f"list_filter({trimmed}, lambda level: level <> '')"
    cut = levels if mark else "[written]"
    work.run(
        f"CREATE TABLE levelled AS SELECT written, list_aggregate({cut}, 'string_agg', ' > ') AS path, "  # noqa: S608 - the mark is a literal
        f"({cut})[1] AS top FROM (SELECT DISTINCT written FROM named WHERE written IS NOT NULL)"
    )
    work.run(
        "CREATE TABLE category AS SELECT row_number() OVER (ORDER BY path)::INTEGER AS category_no, path, "
        "min(top) AS top FROM levelled WHERE path IS NOT NULL GROUP BY path"
    )
    work.run(
        "CREATE TABLE product AS SELECT product_no, product_id, name, category_no, earlier FROM named "
        "LEFT JOIN levelled USING (written) LEFT JOIN category USING (path) ORDER BY product_no"
    )


def _number(work: Work, plan: Plan) -> None:
    """Documents with their moment, day and rate: a customer's side by side, each in the order of its first row.

    So they lie once they are stored, and whoever reads one person's orders reads one place, not one for each.
    """
    zone = literal(work.settings.zone)
    utc = "moment" if plan.dates.zoned or work.settings.zone == "UTC" else in_utc("moment")
    wall = f"timezone({zone}, timezone('UTC', moment))" if plan.dates.zoned else "moment"
    own = literal(work.settings.currency)
    numbered = (
        "SELECT row_number() OVER () AS document_no, * FROM ("  # noqa: S608 - literals
        f"SELECT * EXCLUDE (moment, other_customer, other_currency), {utc} AS placed_at, "
        f"date_diff('day', DATE '1970-01-01', ({wall})::DATE)::INTEGER AS day, coalesce(money, {own}) AS currency "
        "FROM found ORDER BY owner, first)"
    )
    if plan.has("currency") and work.number(f"SELECT count(*) FROM found WHERE money <> {own}"):  # noqa: S608 - a literal
        _rates(work)
        rate = f"CASE WHEN d.currency = {own} THEN 1 WHEN d.day - r.day <= {RATE_DAYS} THEN r.rate END::DECIMAL(18, 12)"
        work.run(
            f"CREATE TABLE priced AS SELECT d.*, {rate} AS rate FROM ({numbered}) d "  # noqa: S608 - literals
            "ASOF LEFT JOIN rates r ON d.currency = r.currency AND d.day >= r.day"
        )
    else:
        work.run(f"CREATE TABLE priced AS SELECT *, 1::DECIMAL(18, 12) AS rate FROM ({numbered})")  # noqa: S608 - literals
    work.run("DROP TABLE found")


def _rates(work: Work) -> None:
    work.run("CREATE TABLE rates (currency VARCHAR, day INTEGER, rate DECIMAL(18, 12))")
    for rate in work.settings.rates:
        work.database.execute(
            "INSERT INTO rates VALUES (?, date_diff('day', DATE '1970-01-01', ?::DATE), ?)",
            [rate.currency, rate.day, rate.rate],
        )


def _drop_without_rate(work: Work, plan: Plan, keys: Keys) -> None:
    """Orders in a currency without a rate, or too large in the workspace's; the others are numbered again."""
    wrong = f"d.rate IS NULL OR d.size::DOUBLE * d.rate::DOUBLE > {MOST_WORTH}"
    if not work.number(f"SELECT count(*) FROM priced d WHERE {wrong}"):  # noqa: S608 - numbers
        return
    reason = (
        "CASE WHEN d.rate IS NULL THEN 'currency: no rate for ' || d.currency || "
        f"' within {RATE_DAYS} days (customers.set_rates keeps one)' "
        "ELSE 'unit_price: out of range' END"
    )
    work.run(
        f"INSERT INTO dropped SELECT g.rid, {reason} FROM {_good(work, plan)} g JOIN priced d ON {keys.same('g', 'd')} "  # noqa: S608 - names of our own
        f"WHERE {wrong}"
    )
    work.run(
        f"CREATE OR REPLACE TABLE priced AS SELECT * REPLACE (row_number() OVER (ORDER BY document_no) AS document_no) "  # noqa: S608 - numbers
        f"FROM priced d WHERE NOT ({wrong})"
    )


def _finish(work: Work, plan: Plan, keys: Keys) -> None:
    """The tables document, line and customer."""
    key = "order_key" if "order_key" in keys.columns else "NULL::VARCHAR"
    country = "country" if plan.has("country") else "NULL::VARCHAR"
    work.run(
        "CREATE TABLE totals AS SELECT document_no, max(gross) > 0 AS is_order, sum(gross)::BIGINT AS gross, "
        "sum(discount)::BIGINT AS discount, sum(refund)::BIGINT AS refund, count(*)::INTEGER AS lines, "
        "sum(mark) AS marks FROM marked GROUP BY document_no"
    )
    last = ", ".join(
        f"arg_max({name}, document_no) AS {name}" if plan.has(name) else f"NULL::VARCHAR AS {name}"
        for name in (*CONTACT, "country")
    )
    work.run(
        "CREATE TABLE customer AS SELECT row_number() OVER (ORDER BY owner)::INTEGER AS customer_no, "  # noqa: S608 - names of our own
        f"owner AS customer, {last} FROM priced WHERE owner IS NOT NULL GROUP BY owner"
    )
    head = f"hash({key}, owner, epoch_us(placed_at), currency, {country}, is_void)"
    work.run(
        f"CREATE TABLE document AS SELECT document_no, {key} AS order_key, customer_no, owner AS customer, "  # noqa: S608 - names of our own
        f"placed_at, day, currency, rate, {country} AS country, is_order, gross, discount, refund, lines, "
        f"((marks + {head} & 18446744073709551615::HUGEINT) - 9223372036854775808::HUGEINT)::BIGINT AS content "
        "FROM priced JOIN totals USING (document_no) "
        "LEFT JOIN (SELECT customer_no, customer FROM customer) buyer ON owner = buyer.customer"
    )
    work.run(
        "CREATE VIEW line AS SELECT document_no, row_number() OVER (PARTITION BY document_no ORDER BY rowid)::INTEGER "
        "AS ordinal, line_id, product_no, quantity, unit_price, gross, discount, refund FROM marked"
    )
    work.run("DROP TABLE totals; DROP TABLE priced")
