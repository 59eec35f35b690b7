"""What callers can ask of one customer's purchases, and of whom the customer is like."""

import asyncio
from collections.abc import Sequence
from datetime import date

import numpy as np

from switchboard.accounts import audit, tenants
from switchboard.customers import bought as baskets
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.customers.bought import Sum
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, likeness, moments, packing, rosters, runs
from switchboard.intelligence import purchase_records as records
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.months import day_of
from switchboard.intelligence.operations.customers import brief_then
from switchboard.intelligence.packing import unpack
from switchboard.intelligence.questions.parts import first_row, next_cursor, share
from switchboard.intelligence.records import Customer
from switchboard.intelligence.snapshots import roster_of
from switchboard.intelligence.views import View, view

NOBODY = tuple[records.Similar, ...]()


@operation("intelligence.bought", title="What a customer bought", permission="customers:read", reads=True)
async def bought(work: Work, asked: records.BoughtAsked) -> records.Bought:
    """A customer's products and categories up to the moment: orders, quantity, net and last purchase, most first."""
    await audit.about(work, asked.customer_id)
    first, as_of = first_row(asked.cursor), await runs.until(work, asked.as_of)
    workspace = await tenants.current(work)
    person = await people.find(work, asked.customer_id, as_of, 0)
    found = await baskets.by(work, person.key, as_of, first, asked.limit)

    def day(of: Sum) -> date | None:
        return None if of.last_at is None else day_of(moments.day(of.last_at, workspace))

    return records.Bought(
        customer_id=person.customer_id,
        products=tuple(
            records.ProductBought(
                product_id=each.product_id, name=each.name, category=each.category, orders=each.orders,
                quantity=each.quantity, net=each.net, last_bought=day(each),
            )
            for each in found.products
        ),
        total=found.total,
        next_cursor=next_cursor(first, len(found.products), found.total),
        categories=tuple(
            records.CategoryBought(
                category=each.category, orders=each.orders, quantity=each.quantity, net=each.net,
                share=share(each.net, found.net) if found.net > 0 else None, last_bought=day(each),
            )
            for each in found.categories
        ),
        currency=workspace.currency,
        as_of=as_of,
    )  # fmt: skip


@operation("intelligence.similar_customers", title="Similar customers", permission="customers:search", reads=True)
@may_take_long
async def similar_customers(work: Work, asked: records.SimilarAsked) -> records.SimilarCustomers:
    """The customers most like one: whose memberships overlap most, of those with most dominant segments in common."""
    await audit.about(work, asked.customer_id)
    moment = await moments.asked(work, asked.as_of)
    seen = await view(work, asked.customer_id, moment, orders=0)
    similar = NOBODY
    if seen.known.memberships:
        past = moment is not None and moment != (await runs.served(work)).as_of
        similar = await (_then(work, seen, asked.limit) if past else _now(work, seen, asked.limit))
    return records.SimilarCustomers(
        customer_id=seen.person.customer_id, similar=similar, axes=len(seen.known.memberships), as_of=seen.as_of
    )


async def _now(work: Work, seen: View, limit: int) -> tuple[records.Similar, ...]:
    run, workspace = await runs.served(work), await tenants.current(work)
    roster = (await rosters.of_run(work, run.number)).roster
    rows = await asyncio.to_thread(likeness.nearest, roster, seen.known.dominant, _last_day(seen), seen.person.key)
    found = await finding.shown(work, roster.persons[rows].tolist())
    return _most_alike(
        seen,
        [
            (answers.customer(each, run, workspace), unpack(each.detail).memberships)
            for each in found if each.detail is not None and each.customer_id != seen.person.customer_id
        ],
        limit,
    )  # fmt: skip


async def _then(work: Work, seen: View, limit: int) -> tuple[records.Similar, ...]:
    of = await runs.in_the_past(work, await runs.served(work), seen.as_of)
    rows = likeness.nearest(roster_of(of.result), seen.known.dominant, _last_day(seen), seen.person.key)
    shares = [unpack(packing.pack(of.result, slice(row, row + 1)).tobytes()).memberships for row in rows.tolist()]
    alike = np.array([likeness.likeness(seen.known.memberships, each) or 0.0 for each in shares])
    first = np.argsort(-alike, kind="stable")[:limit].tolist()
    found = list[tuple[Customer, likeness.Memberships]]()
    for row in first:
        found += [(each, shares[row]) for each in await brief_then(work, of, rows[row : row + 1])]
    return _most_alike(seen, found, limit)


def _last_day(seen: View) -> int:
    """The day of the last order, as lists have it."""
    return int(seen.known.features["last_order_day"])


def _most_alike(
    seen: View, among: Sequence[tuple[Customer, likeness.Memberships]], limit: int
) -> tuple[records.Similar, ...]:
    mine = seen.known
    found = [
        records.Similar(
            customer=each,
            similarity=min(likeness.likeness(mine.memberships, memberships) or 0.0, 1.0),
            same_segments=likeness.same(mine.dominant, each.dominant_segments),
        )
        for each, memberships in among
    ]
    return tuple(sorted(found, key=lambda each: (-each.similarity, each.customer.customer_id))[:limit])
