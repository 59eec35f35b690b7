"""What callers can ask of subscriptions: who takes one, who cancels one, whose payment fails."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np

from switchboard.accounts import audit, tenants
from switchboard.customers import profiles as people
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import subscription_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.looking import Seen, look
from switchboard.intelligence.months import day_of
from switchboard.intelligence.present import present
from switchboard.intelligence.questions.parts import first_row, next_cursor
from switchboard.intelligence.remembering import Memory
from switchboard.intelligence.subscriptions import telling
from switchboard.intelligence.subscriptions.activity import events_of
from switchboard.intelligence.subscriptions.outlook import AT_RISK, Outlook, Question, outlook

OUTLOOKS = Memory[Outlook]()
QUESTIONS: tuple[Question, ...] = ("conversion", "cancellation", "payment_failure")
NOT_THEM = "It can not happen to them: it is told of {}."


@dataclass(frozen=True, kw_only=True)
class _Page:
    """Customers of a page with what speaks of each, and all that were found."""

    of: Outlook
    customers: tuple[records.Likely, ...]
    first: int
    shown: int
    as_of: datetime


@operation(
    "intelligence.subscription_conversion", title="Subscription conversion", permission="customers:search", reads=True
)
@answered_ahead
async def subscription_conversion(work: Work, asked: records.SubscriptionsAsked) -> records.Conversion:
    """How likely customers take a subscription; where none was ever taken, whose routine one would fit."""
    page = await _page(work, asked, "conversion")
    routine, total = tuple[records.Routine, ...](), len(page.of.persons)
    if page.of.missing and asked.as_of is None:
        routine, total = await _routine(work, page.first, asked.limit)
    shown = len(routine) if page.of.missing else page.shown
    return records.Conversion(
        **dict(_told(page, asked, "conversion", (total, shown))), routine=routine,
        based_on="routine" if page.of.missing else "events",
    )  # fmt: skip


@operation("intelligence.cancellation_risk", title="Cancellation risk", permission="customers:search", reads=True)
@answered_ahead
async def cancellation_risk(work: Work, asked: records.SubscriptionsAsked) -> records.Outlooks:
    """How likely customers with a subscription cancel it, calibrated on the shop's own past."""
    page = await _page(work, asked, "cancellation")
    return _told(page, asked, "cancellation", (len(page.of.persons), page.shown))


@operation("intelligence.payment_failure_risk", title="Payment failure risk", permission="customers:search", reads=True)
@answered_ahead
async def payment_failure_risk(work: Work, asked: records.SubscriptionsAsked) -> records.Outlooks:
    """How likely a payment of customers with a subscription fails, calibrated on the shop's own past."""
    page = await _page(work, asked, "payment_failure")
    return _told(page, asked, "payment_failure", (len(page.of.persons), page.shown))


@operation("intelligence.subscription_outlook", title="Subscription outlook", permission="customers:read", reads=True)
async def subscription_outlook(work: Work, asked: records.OutlookAsked) -> records.SubscriptionOutlook:
    """Whether a customer takes a subscription, cancels it, or has a payment that fails: how likely, and what speaks."""
    await audit.about(work, asked.customer_id)
    zone = (await tenants.current(work)).zone

    def read(lines: duckdb.DuckDBPyConnection, at: AsOf) -> tuple[bool, tuple[str, ...]]:
        events = events_of(lines, at, zone)
        subscribes = bool(np.isin(person.key, events.subscribers(at.day + 1)))
        return subscribes, telling.reasons(lines, at, events, [person.key])[person.key]

    person = await people.find(work, asked.customer_id, orders=0)
    seen = await look(work, asked.as_of, read)
    (subscribes, reasons), found = seen.found, dict[Question, records.Chance]()
    for question in QUESTIONS:
        of = (await _outlook(work, asked, question)).found
        row = np.flatnonzero(of.persons == person.key)
        found[question] = records.Chance(
            probability=float(of.probability[row[0]]) if len(row) else None,
            reasons=reasons if len(row) else () if of.missing else (NOT_THEM.format(AT_RISK[question]),),
            not_enough_data=of.missing,
        )
    return records.SubscriptionOutlook(
        customer_id=person.customer_id, subscribes=subscribes, horizon_days=asked.horizon_days, as_of=seen.as_of,
        conversion=found["conversion"], cancellation=found["cancellation"], payment_failure=found["payment_failure"],
    )  # fmt: skip


async def _outlook(
    work: Work, asked: records.SubscriptionsAsked | records.OutlookAsked, question: Question
) -> Seen[Outlook]:
    zone = (await tenants.current(work)).zone
    return await OUTLOOKS.look(
        work, asked.as_of, lambda lines, at: outlook(lines, at, question, asked.horizon_days, zone),
        depends_on=(question, asked.horizon_days, str(zone)),
    )  # fmt: skip


async def _page(work: Work, asked: records.SubscriptionsAsked, question: Question) -> _Page:
    first, zone = first_row(asked.cursor), (await tenants.current(work)).zone
    seen = await _outlook(work, asked, question)
    of = seen.found
    rows = telling.order_of(of.probability, of.persons)[first : first + asked.limit]
    persons = of.persons[rows].tolist()
    ids = await people.ids_of(work, persons)
    told = dict[int, tuple[str, ...]]()
    if persons:
        told = (
            await look(
                work, asked.as_of,
                lambda lines, at: telling.reasons(lines, at, events_of(lines, at, zone), persons),
            )
        ).found  # fmt: skip
    customers = tuple(
        records.Likely(customer_id=ids[person], probability=float(p), reasons=told[person])
        for person, p in zip(persons, of.probability[rows], strict=True)
        if person in ids
    )
    return _Page(of=of, customers=customers, first=first, shown=len(rows), as_of=seen.as_of)


async def _routine(work: Work, first: int, limit: int) -> tuple[tuple[records.Routine, ...], int]:
    """A page of those whose routine a subscription would fit, and how many they are."""
    rows, total = (await present(work, None, lambda served, _: telling.routine(served, first, limit))).found
    ids = await people.ids_of(work, [each.person for each in rows])
    return tuple(
        records.Routine(
            customer_id=ids[each.person], fit=each.fit, repeat_share=each.repeat_share, usual_gap_days=each.gap_days,
            orders=each.orders,
            reason=f"{each.orders} orders, every {each.gap_days:,.0f} days in the mean; {each.repeat_share:.0%} of the"
            " products of their later orders were bought before.",
        )
        for each in rows
        if each.person in ids
    ), total  # fmt: skip


def _told(
    page: _Page, asked: records.SubscriptionsAsked, question: Question, counts: tuple[int, int]
) -> records.Outlooks:  # fmt: skip
    """All that is told of a page; `counts` are those of the list and of the page."""
    of, tested = page.of, page.of.tested
    return records.Outlooks(
        customers=page.customers, total=counts[0], next_cursor=next_cursor(page.first, counts[1], counts[0]),
        horizon_days=asked.horizon_days, population=AT_RISK[question], at_risk=of.at_risk,
        expected=None if of.missing else float(of.probability.sum()), happened=of.happened,
        quality=None if tested is None else records.OutlookQuality(
            since=day_of(tested.since), customers=tested.customers, happened_share=tested.happened_share,
            auc=tested.auc, calibration_error=tested.calibration_error, brier=tested.brier,
        ),
        not_enough_data=of.missing, as_of=page.as_of,
    )  # fmt: skip
