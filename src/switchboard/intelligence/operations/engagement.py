"""What callers can ask of how customers' buying moves, and of who may buy for a business."""

import numpy as np

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import engagement_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import Seen
from switchboard.intelligence.questions import business, engagement
from switchboard.intelligence.questions.engagement import Compared, Flags
from switchboard.intelligence.questions.parts import first_row, money, next_cursor, share
from switchboard.intelligence.remembering import Memory

COMPARED, JUDGED = Memory[Compared](), Memory[business.Buyers]()


@operation("intelligence.declining_engagement", title="Declining customers", permission="customers:search", reads=True)
@may_take_long
@answered_ahead
async def declining_engagement(work: Work, asked: records.MovedAsked) -> records.Moving:
    """Customers whose orders of the last 90 days fell against the 90 before by more than chance; how many."""
    first = first_row(asked.cursor)
    seen = await COMPARED.look(work, asked.as_of, engagement.compared)
    return await _moving(work, seen, seen.found.declining, (first, asked.limit))


@operation("intelligence.momentum", title="Momentum", permission="customers:search", reads=True)
@may_take_long
@answered_ahead
async def momentum(work: Work, asked: records.MovedAsked) -> records.Momentum:
    """Customers whose orders of the last 90 days rose by more than chance, and the balance with those that fell."""
    first = first_row(asked.cursor)
    seen = await COMPARED.look(work, asked.as_of, engagement.compared)
    told = await _moving(work, seen, seen.found.growing, (first, asked.limit))
    return records.Momentum(**dict(told), balance=engagement.balance(seen.found))


@operation("intelligence.business_buyers", title="Business buyers", permission="customers:search", reads=True)
@may_take_long
@answered_ahead
async def business_buyers(work: Work, asked: records.BusinessAsked) -> records.BusinessBuyers:
    """Customers who may buy for a business, by the size, lines and hours of their orders; signs, never a certainty."""
    first, zone = first_row(asked.cursor), (await tenants.current(work)).zone
    seen = await JUDGED.look(
        work, asked.as_of, lambda lines, at: business.buyers(lines, at, zone, asked.least_orders),
        depends_on=(str(zone), asked.least_orders),
    )  # fmt: skip
    of, rows = seen.found, seen.found.found
    shown = rows[first : first + asked.limit].tolist()
    ids = await people.ids_of(work, of.persons[shown].tolist())
    there = [(row, ids[int(of.persons[row])]) for row in shown if int(of.persons[row]) in ids]
    net, typical = money(of.net[rows].sum()), of.typical
    return records.BusinessBuyers(
        customers=tuple(_business(of, row, customer_id, seen.currency) for row, customer_id in there),
        total=len(rows), next_cursor=next_cursor(first, len(shown), len(rows)), judged=len(of.persons),
        net=net, net_share=share(net, of.net_of_all) if of.net_of_all > 0 else None,
        typical_order=money(typical.order) if typical else None, typical_lines=typical.lines if typical else None,
        office_share=typical.office if typical else None, rule=business.RULE,
        missing=None if "office_hours" in of.signs else business.NO_TIMES,
        currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip


async def _moving(work: Work, seen: Seen[Compared], which: Flags, page: tuple[int, int]) -> records.Moving:
    """All that is told of those whose orders went one way, and a page of them."""
    of, (first, limit) = seen.found, page
    rows = engagement.order_of(of, which)
    shown = rows[first : first + limit].tolist()
    ids = await people.ids_of(work, of.persons[shown].tolist())
    there = [(row, ids[int(of.persons[row])]) for row in shown if int(of.persons[row]) in ids]
    return records.Moving(
        customers=tuple(_moved(of, row, customer_id, seen.currency) for row, customer_id in there),
        total=len(rows), next_cursor=next_cursor(first, len(shown), len(rows)), share=share(len(rows), len(of)),
        chance_share=engagement.chance_share(of), net_change=money((of.net - of.net_before)[rows].sum()),
        compared=len(of), orders=int(of.now.sum()), orders_before=int(of.before.sum()),
        since=of.times.since, before_since=of.times.before_since, until=of.times.until,
        rule=engagement.RULE, missing=None if len(of) else engagement.TOO_SHORT,
        currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip


def _moved(of: Compared, row: int, customer_id: str, currency: str) -> records.Moved:
    now, before, net, net_before = int(of.now[row]), int(of.before[row]), money(of.net[row]), money(of.net_before[row])
    p = float(np.minimum(of.fewer, of.more)[row])
    return records.Moved(
        customer_id=customer_id, orders=now, orders_before=before, net=net, net_before=net_before, p_value=p,
        reason=f"{now} orders after {before}, {net:,.2f} {currency} after {net_before:,.2f}; chance brings that in"
        f" {p:.1%} of cases.",
    )  # fmt: skip


def _business(of: business.Buyers, row: int, customer_id: str, currency: str) -> records.BusinessBuyer:
    is_known = "office_hours" in of.signs
    return records.BusinessBuyer(
        customer_id=customer_id, score=float(of.score[row]),
        signs=tuple(sign for sign, shows in of.signs.items() if shows[row]),
        reasons=business.why(of, row, currency), orders=int(of.orders[row]), mean_order=money(of.mean_order[row]),
        lines_per_order=float(of.lines[row]), net=money(of.net[row]),
        office_share=float(of.office[row] / of.orders[row]) if is_known else None,
    )  # fmt: skip
