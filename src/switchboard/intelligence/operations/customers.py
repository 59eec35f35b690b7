"""What callers can ask of customers: one of them, or lists."""

import asyncio
import random
from datetime import datetime

from switchboard.accounts import audit, tenants
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, lists, moments, packing, records, runs
from switchboard.intelligence.segments import segment_named
from switchboard.intelligence.views import view, view_in
from switchboard.intelligence.working_out import Outcome


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
    currency = (await tenants.current(work)).currency
    shown = tuple(answers.order(each, currency) for each in found)
    return records.Orders(orders=shown, next_cursor=cursor, as_of=as_of)


@operation(
    "intelligence.churn_risk", title="Churn risk", permission="customers:read", reads=True, tool="predict_churn_risk"
)
async def churn_risk(work: Work, asked: records.CustomerAsked) -> records.ChurnRisk:
    """The churn score of a customer (0 to 1), its level, the factors it sums up, and at most three things to do."""
    await audit.about(work, asked.customer_id)
    moment = await moments.asked(work, asked.as_of)
    return answers.churn_risk(await view(work, asked.customer_id, moment))


@operation("intelligence.random_customer", title="A random customer", permission="customers:read", reads=True)
async def random_customer(work: Work, asked: records.Asked) -> records.Profile:
    """The profile of some customer, for trying things out."""
    found = await people.any_customer_id(work, random.random())  # noqa: S311 - any will do
    if found is None:
        raise Conflict(runs.NOT_SEGMENTED, code="not_segmented")
    return await profile.run(work, records.CustomerAsked(customer_id=found, as_of=asked.as_of))


@operation(
    "intelligence.search", title="Search customers", permission="customers:search", reads=True, tool="search_customers"
)
async def search(work: Work, asked: records.SearchAsked) -> records.Customers:
    """Customers of an archetype, with certain dominant segments or a risk level, or by text; newest order first."""
    run = await runs.served(work)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of)
    if moment is not None and moment != run.as_of:
        return await _of_the_past(work, run, moment, asked)
    found = await finding.search(work, asked.text, _tags(work, run, asked), asked.cursor, asked.limit)
    if any(each.archetype_id and run.archetype(each.archetype_id) is None for each in found.people):
        run = await runs.served(work, at_least=run.number + 1)  # it came in the last five seconds
    if asked.detail == "full":
        whole = [await view(work, each.customer_id, None) for each in found.people]
        customers = tuple(answers.profile(each, workspace) for each in whole)
    else:
        customers = tuple(answers.customer(each, run, workspace) for each in found.people)
    return records.Customers(
        customers=customers, total=found.total, total_at_least=found.total_at_least,
        next_cursor=found.next_cursor, as_of=run.as_of,
    )  # fmt: skip


async def _of_the_past(work: Work, run: runs.Run, moment: datetime, asked: records.SearchAsked) -> records.Customers:
    """The same of everything worked out for a moment; ids and contacts are those of today."""
    _check(asked)
    after, text = finding.read_cursor(asked.cursor), (asked.text or "").strip()
    of = await runs.in_the_past(work, run, moment)
    if asked.archetype_id is not None and asked.archetype_id not in of.result.placement.ids:
        raise _no_archetype(asked.archetype_id)
    rows = await asyncio.to_thread(lists.chosen, of.result, asked.archetype_id, asked.segment_filter, asked.risk_level)
    if text:
        rows = rows[await finding.among(work, text, of.result.features.persons[rows])]
    page = await asyncio.to_thread(lists.page, of.result, rows, after, asked.limit)
    return records.Customers(
        customers=await _then(work, of, moment, page.rows, asked.detail),
        total=len(rows),
        next_cursor=finding.written_cursor(page.following) if page.following else None,
        as_of=moment,
    )


async def _then(
    work: Work, of: Outcome, moment: datetime, rows: lists.Rows, detail: str
) -> tuple[records.Customer | records.Profile, ...]:
    """The customers in these rows; who has been removed since is left out."""
    keys = of.result.features.persons[rows].tolist()
    ids = await people.ids_of(work, keys)
    there = [(row, ids[key]) for row, key in zip(rows.tolist(), keys, strict=True) if key in ids]
    if detail == "brief":
        return tuple(answers.customer_then(customer_id, of.result, row) for row, customer_id in there)
    workspace = await tenants.current(work)
    whole = [await view_in(work, of, moment, row, customer_id) for row, customer_id in there]
    return tuple(answers.profile(each, workspace) for each in whole)


def _tags(work: Work, run: runs.Run, asked: records.SearchAsked) -> list[int]:
    """What those asked for are found by; raise where an archetype, axis or segment is unknown."""
    mine = work.caller.workspace
    tags: list[int] = []
    if asked.archetype_id is not None:
        if run.archetype(asked.archetype_id) is None:
            raise _no_archetype(asked.archetype_id)
        tags.append(packing.tag_of_archetype(mine, asked.archetype_id))
    _check(asked)
    tags += [packing.tag_of_segment(mine, axis, name) for axis, name in asked.segment_filter.items()]
    if asked.risk_level is not None:
        tags.append(packing.tag_of_level(mine, asked.risk_level))
    return tags


def _check(asked: records.SearchAsked) -> None:
    """Raise Invalid where an axis or a segment is unknown."""
    for axis, segment_name in asked.segment_filter.items():
        try:
            segment_named(axis, segment_name)
        except Invalid as wrong:
            raise Invalid(str(wrong), field="segment_filter") from None


def _no_archetype(archetype_id: str) -> NotFound:
    return NotFound(f"there is no archetype {archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")
