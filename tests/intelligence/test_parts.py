"""Figures that are served as a part of their own, as those of very many people are."""

import pytest

from switchboard.accounts import tenants
from switchboard.customers import figures
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.intelligence import packing, runs, store
from switchboard.intelligence.operations.customers import profile, random_customer, search
from switchboard.intelligence.records import Asked, CustomerAsked, Customers, Profile, SearchAsked
from tests.shop import Shop, as_owner, count, open_shop, orders, rows

pytestmark = pytest.mark.slow

HISTORY = orders(
    *(
        f"o{who}-{n},c{who},2026-0{1 + (who + 2 * n) % 8}-1{who % 10}T10:00,p{n % 3},,,1,{10 + who},,"
        for who in range(40)
        for n in range(1 + who % 4)
    )
)


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(HISTORY)
    await made.bring("customer_id,name\n" + "".join(f"c{who},Ann Quill\n" for who in range(0, 40, 3)), "customers")
    await made.segment()
    return made


async def serve(shop: Shop, people: int = figures.LOADED_FROM) -> int:
    """Work everything out and serve it as if it were of so many people; the run's number."""
    async with shop.ground.work(shop.caller) as work:
        run, workspace = await runs.served(work), await tenants.current(work)
        outcome = await runs.at(work, workspace, run.as_of, run.settings, run.fitted)
        assert outcome is not None
        number = await store.next_run(work)
        await figures.serve(work, number, people, packing.rows(outcome.result))
        which = number, "run", run.as_of
        await runs.keep(work, which, run.settings, outcome, await runs.packed(outcome))
    return number


async def answers(shop: Shop) -> tuple[list[Profile], list[Customers]]:
    """Whole profiles, and lists by every way to find people."""
    profiles = [
        await profile(shop.ground, shop.caller, CustomerAsked(customer_id=f"c{who}"), door="test") for who in range(5)
    ]
    asked = [
        SearchAsked(), SearchAsked(limit=7), SearchAsked(text="an"), SearchAsked(text="c1"),
        SearchAsked(segment_filter={"purchase_frequency": "one_time"}), SearchAsked(risk_level="HIGH"),
        SearchAsked(text="quill", segment_filter={"purchase_frequency": "one_time"}),
        SearchAsked(text="c3", segment_filter={"purchase_frequency": "one_time"}),
    ]  # fmt: skip
    return profiles, [await search(shop.ground, shop.caller, each, door="test") for each in asked]


async def test_a_part_of_its_own_answers_as_rows_do(shop: Shop):
    before = await answers(shop)
    await serve(shop)
    assert await answers(shop) == before
    assert all(found.customers for found in before[1])


async def test_random_customers_are_of_the_part_and_differ(shop: Shop):
    await serve(shop)
    found = {(await random_customer(shop.ground, shop.caller, Asked(), door="test")).customer_id for _ in range(20)}
    assert len(found) > 3


async def test_rows_and_parts_take_each_others_place(shop: Shop, server: Embedded):
    before = await answers(shop)
    first = await serve(shop)
    assert count(server, "figures_0", shop.workspace.id) == 0
    second = await serve(shop)
    await shop.segment()
    assert await answers(shop) == before
    async with shop.ground.work(shop.caller) as sweeping:
        await figures.sweep(sweeping)
    with as_owner(server) as owner:
        for gone in (first, second):
            assert rows(owner, f"select to_regclass('figures_{gone}')") == [(None,)]


async def test_a_sweep_leaves_what_somebody_else_reads(shop: Shop, ground: Ground):
    await serve(shop)
    before = await answers(shop)
    other = await open_shop(ground)
    await other.bring(HISTORY)
    await other.segment()
    async with ground.work(other.caller) as sweeping:
        await figures.sweep(sweeping)
    assert await answers(shop) == before


async def test_a_part_that_is_not_committed_serves_nobody(shop: Shop):
    before = await answers(shop)
    with pytest.raises(ZeroDivisionError):
        async with shop.ground.work(shop.caller) as work:
            run, workspace = await runs.served(work), await tenants.current(work)
            outcome = await runs.at(work, workspace, run.as_of, run.settings, run.fitted)
            assert outcome is not None
            rows_of_it = packing.rows(outcome.result)
            await figures.serve(work, await store.next_run(work), figures.LOADED_FROM, rows_of_it)
            raise ZeroDivisionError
    assert await answers(shop) == before
