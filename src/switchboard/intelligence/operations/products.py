"""What callers can ask of which products a customer, or the customers of a group, buy next."""

import asyncio
from dataclasses import asdict
from datetime import datetime

import duckdb
import numpy as np

from switchboard.accounts import audit, tenants
from switchboard.customers import profiles as people
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import copies, moments, recommenders, runs
from switchboard.intelligence import recommendation_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.grouping import groups_of
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.months import day_of
from switchboard.intelligence.predicting import cut_of
from switchboard.intelligence.products.purchases import OWN_DAYS
from switchboard.intelligence.products.ranking import Ranking
from switchboard.intelligence.products.recommending import (
    Expected,
    Favoured,
    Found,
    Recommended,
    Wanted,
    expected,
    for_customer,
    for_group,
)
from switchboard.intelligence.products.shelf import WINDOW
from switchboard.intelligence.questions.groups import Group
from switchboard.intelligence.questions.parts import first_row, next_cursor, share
from switchboard.intelligence.remembering import Memory

EXPECTED = Memory[Expected]()
NOBODY = Expected(customers=0, probability=np.zeros(0), bought=np.zeros(0))
NOBODY_BOUGHT = "1 customer of the group who bought a product in the last two years; there are 0"
EVERYBODY = "select distinct person from sale where second < ? and day >= ? and person is not null order by person"


@operation("intelligence.recommend_products", title="Products for a customer", permission="customers:read", reads=True)
@may_take_long
async def recommend_products(work: Work, asked: records.ProductsForCustomerAsked) -> records.ProductsForCustomer:
    """What a customer buys next: what is due again, what goes with what they have, what sells now; each with why."""
    await audit.about(work, asked.customer_id)
    first, moment = first_row(asked.cursor), await moments.asked(work, asked.as_of)
    as_of = moment or (await runs.served(work)).as_of
    known = await recommenders.at(work, as_of)
    person = await people.find(work, asked.customer_id, as_of, 0)
    found, seen_at = Found(page=(), total=0, is_own=False, returned=0, unsold=0), as_of
    if known.ranking is not None:
        found, seen_at = await _for(work, (person.key, moment), known.ranking, (asked, first))
    return records.ProductsForCustomer(
        customer_id=person.customer_id, recommendations=tuple(_recommended(each) for each in found.page),
        total=found.total, next_cursor=next_cursor(first, len(found.page), found.total),
        based_on="purchases" if found.is_own else "popularity", returned_left_out=found.returned,
        unsold_left_out=found.unsold, window_days=WINDOW, quality=_quality(known.ranking),
        not_enough_data=known.missing, as_of=as_of, facts_as_of=seen_at,
    )  # fmt: skip


@operation(
    "intelligence.recommend_products_for_group", title="Products for a group", permission="intelligence:read",
    reads=True, may_lag=True,
)  # fmt: skip
@may_take_long
@answered_ahead
async def recommend_products_for_group(work: Work, asked: records.ProductsForGroupAsked) -> records.ProductsForGroup:
    """What the customers of an archetype, a segment, a filter or the whole shop buy next, beside all customers."""
    first = first_row(asked.cursor)
    (group,) = await groups_of(work, asked.as_of, [asked])
    moment = await moments.asked(work, asked.as_of) or (await runs.served(work)).as_of
    known = await recommenders.at(work, moment)
    mine, page, total = NOBODY, tuple[Favoured, ...](), 0
    if known.ranking is not None:
        mine, page, total = await _for_group(work, known.ranking, group, (asked, first))
    return records.ProductsForGroup(
        group=group.shown.name, recommendations=tuple(_favoured(each) for each in page), total=total,
        next_cursor=next_cursor(first, len(page), total), customers=mine.customers, window_days=WINDOW,
        quality=_quality(known.ranking),
        not_enough_data=known.missing or (() if mine.customers else (NOBODY_BOUGHT,)), as_of=moment,
    )  # fmt: skip


async def _for(
    work: Work, whom: tuple[int, datetime | None], known: Ranking, asked: tuple[records.ProductsForCustomerAsked, int]
) -> tuple[Found, datetime]:
    """What is found for a person, now or at a moment; and up to when their purchases were looked at."""
    (person, moment), (wanted, workspace) = whom, (_wanted(*asked, known), await tenants.current(work))
    if moment is not None:
        seen = await look(
            work, moment, lambda lines, at: for_customer(lines, (at, cut_of(lines, at)), known, person, wanted)
        )
        return seen.found, moment
    copy = await copies.fresh(work)
    at = moments.as_of(workspace.as_of(copy.moment), workspace)

    def read() -> Found:
        with copy.cursor() as lines:
            return for_customer(lines, (at, max(cut_of(lines, at), known.shelf.cut)), known, person, wanted)

    return await asyncio.to_thread(read), workspace.as_of(copy.moment)


async def _for_group(
    work: Work, known: Ranking, group: Group, asked: tuple[records.ProductsForGroupAsked, int]
) -> tuple[Expected, tuple[Favoured, ...], int]:
    """What the group's customers buy, the products of a page, and out of how many."""
    kind, said = asked[0].kind, asked[0].as_of

    def everybody(lines: duckdb.DuckDBPyConnection, at: AsOf) -> Expected:
        since = cut_of(lines, at) - OWN_DAYS
        persons = np.array(lines.execute(EVERYBODY, [at.second, since]).fetchnumpy()["person"], np.int64)
        return expected(lines, (at, cut_of(lines, at)), known, persons, kind)

    whole = (await EXPECTED.look(work, said, everybody, depends_on=(known.shelf.cut, kind))).found

    def read(lines: duckdb.DuckDBPyConnection, at: AsOf) -> tuple[Expected, tuple[Favoured, ...], int]:
        mine = whole if group.persons is None else expected(lines, (at, cut_of(lines, at)), known, group.persons, kind)
        return mine, *for_group(lines, known, (mine, whole), _wanted(*asked, known))

    return (await look(work, said, read)).found


def _wanted(
    asked: records.ProductsForCustomerAsked | records.ProductsForGroupAsked, first: int, known: Ranking
) -> Wanted:
    return Wanted(
        kind=asked.kind, sold_since=known.shelf.cut - asked.sold_within_days, first=first, limit=asked.limit
    )  # fmt: skip


def _recommended(of: Recommended) -> records.ProductRecommended:
    return records.ProductRecommended(
        **asdict(of.product), probability=of.probability, reasons=of.reasons,
        times_bought=of.rhythm.times if of.rhythm else 0, last_bought=day_of(of.rhythm.last) if of.rhythm else None,
    )  # fmt: skip


def _favoured(of: Favoured) -> records.ProductFavoured:
    return records.ProductFavoured(
        **asdict(of.product), probability=of.probability, shop_probability=of.of_shop,
        lift=share(of.probability, of.of_shop), bought_share=of.bought_share,
        shop_bought_share=of.bought_share_of_shop, reasons=of.reasons,
    )  # fmt: skip


def _quality(of: Ranking | None) -> records.RecommendationQuality | None:
    if of is None:
        return None
    return records.RecommendationQuality(
        since=day_of(of.tried.since), customers=of.tried.customers, hit_rate=of.tried.hit_rate,
        hit_rate_of_popular=of.tried.hit_rate_of_popular, hit_rate_of_bought=of.tried.hit_rate_of_bought,
    )  # fmt: skip
