"""What callers can ask of customers: one of them, or lists."""

import asyncio
import random
from datetime import datetime

import numpy as np

from switchboard.accounts import audit, searched, tenants
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import (
    answers,
    expecting,
    lists,
    moments,
    past_filters,
    qualities,
    records,
    rosters,
    runs,
    searching,
)
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.segments import segment_named
from switchboard.intelligence.snapshots import roster_of
from switchboard.intelligence.views import view, view_in
from switchboard.intelligence.working_out import Outcome

DRAWS = 20


@operation(
    "intelligence.profile",
    title="Customer profile",
    permission="customers:read",
    reads=True,
    tool="get_customer_profile",
)
async def profile(work: Work, asked: records.CustomerAsked) -> records.Profile:
    """One customer: archetype, fuzzy segment memberships on every axis with their strength, figures, newest orders."""
    await audit.about(work, asked.customer_id)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of)
    return answers.profile(await view(work, asked.customer_id, moment), workspace)


@operation("intelligence.orders", title="A customer's orders", permission="customers:read", reads=True)
async def orders(work: Work, asked: records.OrdersAsked) -> records.Orders:
    """A customer's orders, newest first, with their lines; goes on where the profile's twenty end."""
    await audit.about(work, asked.customer_id)
    as_of = await runs.until(work, asked.as_of)
    found, cursor = await people.orders_of(work, asked.customer_id, as_of, asked.cursor, asked.limit)
    return records.Orders(orders=found, next_cursor=cursor, as_of=as_of)


@operation(
    "intelligence.churn_risk", title="Churn risk", permission="customers:read", reads=True, tool="predict_churn_risk"
)
@may_take_long
async def churn_risk(work: Work, asked: records.ChurnAsked) -> records.ChurnRisk:
    """The churn score of a customer (0 to 1), its level, the factors it sums up, and at most three things to do.

    Beside it the probability of no purchase within horizon_days, by a model fitted on this shop.
    """
    await audit.about(work, asked.customer_id)
    moment = await moments.asked(work, asked.as_of)
    seen = await view(work, asked.customer_id, moment, orders=0)
    expected = await expecting.expected(work, seen, moment, asked.horizon_days)
    return answers.churn_risk(seen, expected, await qualities.newest(work, asked.horizon_days, seen.as_of))


@operation("intelligence.next_purchase", title="Next purchase", permission="customers:read", reads=True)
@may_take_long
async def next_purchase(work: Work, asked: records.ChurnAsked) -> records.NextPurchase:
    """When a customer buys next: the expected day, the days between which four of five do, and how likely it is."""
    await audit.about(work, asked.customer_id)
    moment = await moments.asked(work, asked.as_of)
    seen = await view(work, asked.customer_id, moment, orders=0)
    expected = await expecting.expected(work, seen, moment, asked.horizon_days)
    return answers.next_purchase(seen, expected, await qualities.newest(work, asked.horizon_days, seen.as_of))


@operation("intelligence.random_customer", title="A random customer", permission="customers:read", reads=True)
async def random_customer(work: Work, asked: records.Asked) -> records.Profile:
    """The profile of some customer, for trying things out."""
    of = await rosters.of_run(work, (await runs.served(work)).number)
    for _ in range(DRAWS):
        key = int(random.choice(of.roster.persons))  # noqa: S311 - any will do
        found = (await people.ids_of(work, [key])).get(key)
        if found is not None:
            return await profile.run(work, records.CustomerAsked(customer_id=found, as_of=asked.as_of))
    raise Conflict(runs.NOT_SEGMENTED, code="not_segmented")  # they have all been removed since


@operation(
    "intelligence.search", title="Search customers", permission="customers:search", reads=True, tool="search_customers"
)
@may_take_long
async def search(work: Work, asked: records.SearchAsked) -> records.Customers:
    """Customers of an archetype, with certain dominant segments or a risk level, by a filter, a place or text.

    Newest order first, unless asked otherwise. A text is looked for in ids, then contacts, then products, categories
    and attributes.
    """
    given = await _search(work, asked)
    if asked.search_id is not None:
        count = given.total if given.total is not None else given.total_at_least
        await searched.typed(work, asked.search_id, asked.text or "", count)
    return given


async def _search(work: Work, asked: records.SearchAsked) -> records.Customers:
    if await runs.served_or_none(work) is None and searching.needs_no_run(asked):
        return await _before_any_run(work, asked)
    run = await runs.served(work)
    moment = await moments.asked(work, asked.as_of)
    _check(asked)
    if moment is not None and moment != run.as_of:
        return await _of_the_past(work, run, moment, asked)
    if asked.archetype_id is not None and run.archetype(asked.archetype_id) is None:
        raise _no_archetype(asked.archetype_id)
    found = await searching.found(work, run, asked)
    newest = max((each.run or 0 for each in found.page.people), default=0)
    if newest > run.number:  # of the last five seconds
        run = await runs.served(work, at_least=newest)
        found = await searching.found(work, run, asked)
    workspace, page = await tenants.current(work), found.page
    if asked.detail == "full":
        whole = [await view(work, each.customer_id, None) for each in page.people]
        customers = tuple(answers.profile(each, workspace) for each in whole)
    else:
        customers = tuple(answers.customer(each, run, workspace) for each in page.people)
    return records.Customers(
        customers=customers, total=page.total, total_at_least=page.total_at_least, next_cursor=page.next_cursor,
        as_of=run.as_of, facts_as_of=found.facts_as_of, matched_by=found.matched_by,
    )  # fmt: skip


async def _before_any_run(work: Work, asked: records.SearchAsked) -> records.Customers:
    """The people whom a text, a filter or a place finds while nothing is segmented yet."""
    found, workspace = await searching.found(work, None, asked), await tenants.current(work)
    page = found.page
    return records.Customers(
        customers=tuple(answers.customer(each, None, workspace) for each in page.people), total=page.total,
        total_at_least=page.total_at_least, next_cursor=page.next_cursor, as_of=workspace.as_of(work.now),
        facts_as_of=found.facts_as_of, matched_by=found.matched_by,
    )  # fmt: skip


async def _of_the_past(work: Work, run: runs.Run, moment: datetime, asked: records.SearchAsked) -> records.Customers:
    """The same of everything worked out for a moment; ids and contacts are those of today."""
    after, text = finding.read_cursor(asked.cursor), (asked.text or "").strip()
    outcome = await runs.in_the_past(work, run, moment)
    if asked.archetype_id is not None and asked.archetype_id not in outcome.result.placement.ids:
        raise _no_archetype(asked.archetype_id)
    of = await asyncio.to_thread(lambda: lists.listing(roster_of(outcome.result)))
    kept = lists.chosen(of, asked.archetype_id, asked.segment_filter, asked.risk_level)
    filters = await searching.filters_of(work, asked)
    if filters:
        kept = kept & await past_filters.found(work, outcome, moment, filters)
    if text:
        rows = np.flatnonzero(kept)
        kept = np.zeros(len(of), np.bool_)
        kept[rows[await finding.among(work, text, of.roster.persons[rows])]] = True
    page = lists.page(of, kept, after, asked.limit)
    return records.Customers(
        customers=await _then(work, outcome, moment, page.rows, asked.detail),
        total=int(np.count_nonzero(kept)),
        next_cursor=finding.written_cursor(page.following) if page.following else None,
        as_of=moment,
        as_of_today=(*(past_filters.AS_OF_TODAY if filters else ()), *(("ids and contacts",) if text else ())),
    )


async def _then(
    work: Work, of: Outcome, moment: datetime, rows: lists.Rows, detail: str
) -> tuple[records.Customer | records.Profile, ...]:
    """The customers in these rows; who has been removed since is left out."""
    if detail == "brief":
        return await brief_then(work, of, rows)
    workspace = await tenants.current(work)
    there = await _ids_then(work, of, rows)
    whole = [await view_in(work, of, moment, row, customer_id) for row, customer_id in there]
    return tuple(answers.profile(each, workspace) for each in whole)


async def brief_then(work: Work, of: Outcome, rows: lists.Rows) -> tuple[records.Customer, ...]:
    """The customers in these rows as lists show them."""
    return tuple(answers.customer_then(each, of.result, row) for row, each in await _ids_then(work, of, rows))


async def _ids_then(work: Work, of: Outcome, rows: lists.Rows) -> list[tuple[int, str]]:
    keys = of.result.features.persons[rows].tolist()
    ids = await people.ids_of(work, keys)
    return [(row, ids[key]) for row, key in zip(rows.tolist(), keys, strict=True) if key in ids]


def _check(asked: records.SearchAsked) -> None:
    """Raise Invalid where an axis or a segment is unknown, or where there is but one order."""
    if asked.sort != "newest" and ((asked.text or "").strip() or asked.as_of is not None):
        raise Invalid(
            "sort: with a text, and of a past moment, the newest order comes first; leave out the one or the other",
            field="sort",
        )
    for axis, segment_name in asked.segment_filter.items():
        try:
            segment_named(axis, segment_name)
        except Invalid as wrong:
            raise Invalid(str(wrong), field="segment_filter") from None


def _no_archetype(archetype_id: str) -> NotFound:
    return NotFound(f"there is no archetype {archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")
