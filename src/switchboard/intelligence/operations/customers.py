"""What callers can ask of customers: one of them, or lists."""

import random

from switchboard.accounts import audit, tenants
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, moments, packing, records, runs
from switchboard.intelligence.segments import segment_named
from switchboard.intelligence.views import view


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
    found = await people.any_customer_id(work, random.getrandbits(20))
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


def _tags(work: Work, run: runs.Run, asked: records.SearchAsked) -> list[int]:
    """What those asked for are found by; raise where an archetype, axis or segment is unknown."""
    mine = work.caller.workspace
    tags: list[int] = []
    if asked.archetype_id is not None:
        if run.archetype(asked.archetype_id) is None:
            raise NotFound(f"there is no archetype {asked.archetype_id!r}; intelligence.top_archetypes lists them")
        tags.append(packing.tag_of_archetype(mine, asked.archetype_id))
    for axis, segment_name in asked.segment_filter.items():
        segment_named(axis, segment_name)
        tags.append(packing.tag_of_segment(mine, axis, segment_name))
    if asked.risk_level is not None:
        tags.append(packing.tag_of_level(mine, asked.risk_level))
    return tags
