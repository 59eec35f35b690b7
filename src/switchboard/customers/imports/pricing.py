"""What a line is worth: gross, discount and refund in the workspace's currency, in SQL."""

from switchboard.customers.imports.records import Plan


def priced_lines(plan: Plan, same_document: str, good: str) -> str:
    """Makes `marked`: the lines sorted by document and their order in the file, with `mark`, a hash of each.

    Amounts are worked out in the order's currency, then multiplied by the rate and rounded half away from zero.
    """
    discounted = plan.has("discount") or plan.has("order_discount")
    discount = "CASE WHEN g.back OR d.is_void THEN 0 ELSE coalesce(g.discount, 0) END" if discounted else "0"
    lines = (
        "SELECT d.document_no, g.rid, g.line_id, g.product_id, g.quantity, g.unit_price, d.rate, d.is_void, "  # noqa: S608 - names of our own
        f"CASE WHEN g.back OR d.is_void THEN 0 ELSE worth END AS gross, {discount} AS discount, "
        f"{_refund(plan)} AS refund, g.order_discount, g.order_refund FROM {good} g JOIN priced d ON {same_document}"
    )
    if plan.has("order_discount"):
        lines = _spread(lines, "discount", "gross - discount")
    if plan.has("order_refund"):
        lines = _spread(lines, "refund", "gross - discount - refund")
    money = {name: _converted(name, plan) for name in ("gross", "discount", "refund")}
    if not discounted:
        money["discount"] = "NULL::BIGINT"
    amounts = ", ".join(f"{sql} AS {name}" for name, sql in money.items())
    return (
        "CREATE TABLE marked AS SELECT document_no, line_id, product_no, quantity, unit_price, gross, discount, "  # noqa: S608 - names of our own
        "refund, hash(line_id, product_id, quantity, unit_price, gross, discount, refund) AS mark FROM ("
        f"SELECT document_no, rid, line_id, l.product_id, product_no, quantity, unit_price, {amounts} "
        f"FROM ({lines}) l LEFT JOIN named ON l.product_id = named.product_id) ORDER BY document_no, rid"
    )


def _refund(plan: Plan) -> str:
    """The refund column, and what was given back for a return: its value less its discount."""
    given = "coalesce(g.refund, 0)" if plan.has("refund") else "0"
    back = "greatest(-worth - coalesce(g.discount, 0), 0)" if plan.has("discount") else "-worth"
    whole = ""
    if plan.has("status") and not (plan.has("refund") or plan.has("order_refund")):
        whole = "WHEN g.refunded THEN greatest(worth - coalesce(g.discount, 0), 0) "
    return f"CASE WHEN d.is_void THEN 0 WHEN g.back THEN {given} + {back} {whole}ELSE {given} END"


def _converted(amount: str, plan: Plan) -> str:
    if not plan.has("currency"):
        return amount
    return f"CASE WHEN rate = 1 THEN {amount} ELSE round({amount}::DECIMAL(19, 0) * rate)::BIGINT END"


def _spread(lines: str, name: str, room: str) -> str:
    """An amount of the whole order added to its lines by the room they have, never more than that.

    What the lines have of it already counts towards it. Cumulative division leaves nothing over.
    """
    document = "OVER (PARTITION BY document_no)"
    there = (
        f"SELECT *, greatest({room}, 0)::HUGEINT AS room, sum(greatest({room}, 0)) {document} AS whole, "  # noqa: S608 - names of our own
        f"greatest(coalesce(max(order_{name}) {document}, 0) - sum({name}) {document}, 0) AS left_over FROM ({lines})"
    )
    capped = (
        "SELECT *, least(left_over, whole) AS amount, "  # noqa: S608 - names of our own
        f"sum(room) OVER (PARTITION BY document_no ORDER BY rid) AS so_far FROM ({there})"
    )
    share = "(amount * so_far // whole - amount * (so_far - room) // whole)::BIGINT"
    return (
        f"SELECT * EXCLUDE (room, whole, left_over, amount, so_far) REPLACE ("  # noqa: S608 - names of our own
        f"{name} + CASE WHEN whole > 0 AND NOT is_void THEN {share} ELSE 0 END AS {name}) "
        f"FROM ({capped})"
    )
