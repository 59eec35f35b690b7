"""Figures of people whose orders just arrived, before any run has seen them."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from switchboard.accounts import tenants
from switchboard.customers.events import OrdersArrived
from switchboard.customers.identities.operations import merge
from switchboard.customers.identities.records import MergeAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch, Ingested
from switchboard.foundation.callers import job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.intelligence import mirror, moments, packing, predictors, refreshing, runs, store
from switchboard.intelligence.archetypes import parts, place
from switchboard.intelligence.churn import signs, tenths
from switchboard.intelligence.events import FiguresServed
from switchboard.intelligence.features import measure
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.operations.customers import churn_risk, profile, search
from switchboard.intelligence.packing import Result
from switchboard.intelligence.predicting import figures_of, nothing_predicted
from switchboard.intelligence.reactions import follow_orders, follow_run
from switchboard.intelligence.records import ChurnAsked, Customer, CustomerAsked, Profile, SearchAsked
from switchboard.intelligence.segments import segment
from tests.shop import Shop, as_owner, count, open_shop, orders, rows

pytestmark = pytest.mark.slow

BEGIN = date(2023, 6, 5)
FIGURES = """
select p.customer_id, f.archetype, f.risk, f.lifetime_value, f.detail, f.as_of from figures f
join served s using (workspace_id, run, part) join person p using (person_key) where f.workspace_id = %s order by 1
"""


def history() -> str:
    """A hundred and twenty customers over nine months, some with discounts and refunds, in three categories."""
    lines: list[str] = []
    for n in range(120):
        for k, day in enumerate(range(n % 11, 270, (7, 14, 30, 61, 400)[n % 5])):
            placed_at = f"{BEGIN + timedelta(days=day)}T1{n % 10}:00:00Z"
            product, category = (("p1", "Tea"), ("p2", "Ware"), ("p3", "Books"))[(n + k * (n % 2)) % 3]
            refund, discount = ("2" if (n + k) % 9 == 0 else "0"), ("1" if n % 4 == 0 else "0")
            lines.append(
                f"o{n}-{k},c{n:02},{placed_at},{product},{product},{category},1,{10 + n % 50},{discount},{refund}"
            )
    return orders(*lines)


def order(order_id: str, customer_id: str | None, placed_at: object, price: float = 30, **more: Any) -> dict[str, Any]:
    line = {"product_id": "p2", "product": "p2", "category": "Ware", "unit_price": price, "discount": 0, "refund": 0}
    return {"order_id": order_id, "customer_id": customer_id, "placed_at": placed_at, "lines": [line]} | more


async def send(shop: Shop, *sent: dict[str, Any]) -> Ingested:
    return await ingest(shop.ground, shop.caller, Batch.model_validate({"orders": sent}), door="test")


async def arrived(shop: Shop) -> None:
    """What the worker does about the news."""
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        await follow_orders(work, OrdersArrived(documents=1))


async def of(shop: Shop, customer_id: str, **more: Any) -> Profile:
    asked = CustomerAsked.model_validate({"customer_id": customer_id} | more)
    return await profile(shop.ground, shop.caller, asked, door="test")


def figures(server: Embedded, shop: Shop) -> dict[object, tuple[object, ...]]:
    """Archetype, risk, lifetime value, detail and moment of each customer, as they are served."""
    with as_owner(server) as owner:
        return {row[0]: row[1:] for row in rows(owner, FIGURES, shop.workspace.id)}


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    opened = await open_shop(ground)
    await opened.bring(history())
    await opened.segment()
    return opened


async def whole(shop: Shop, run: runs.Run, moment: datetime) -> dict[int, tuple[object, ...]]:
    """What the run's model says of everybody when the whole mirror is measured: by person's key."""
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        await refreshing.refresh(work)
        workspace, mirrored = await tenants.fresh(work), await mirror.place_of(work)
        fit = await predictors.of_run(work, run.number)
    assert fit is not None
    assert fit.predictor is not None
    at = moments.as_of(moment, workspace)
    with published(mirrored) as lines:
        assert lines is not None
        features = measure(lines, at)
        expected = figures_of(lines, at, fit.predictor, features.persons.tolist())
    standing = segment(features, run.health, run.fitted.scale, run.settings.segments)
    placed = place(parts(standing), run.fitted.tree, len(standing))
    result = Result(
        features=features, segmentation=standing, placement=placed, tenths=tenths(signs(features, standing)),
        predicted=replace(nothing_predicted(len(features)), figures=expected),
    )  # fmt: skip
    details = packing.pack(result, slice(None))
    return {
        key: (placed.ids[placed.codes[row]], int(result.tenths[row]), details[row].tobytes())
        for row, key in enumerate(features.persons.tolist())
    }


async def served(shop: Shop) -> runs.Run:
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        return await runs.served(work)


async def test_figures_that_followed_are_those_of_a_whole_run_with_the_same_model(shop: Shop, server: Embedded):
    run = await served(shop)
    before = figures(server, shop)
    changed = [f"c{n:02}" for n in (0, 1, 3, 4, 9, 15)]
    at = datetime(2024, 2, 20, 12, tzinfo=UTC)
    sent = [order(f"new-{customer}", customer, at) for customer in changed]
    sent[0]["lines"].append({"product_id": "p9", "product": "Pot", "category": "Garden > Pots", "unit_price": 500})
    sent[1]["lines"].append({"product_id": "p9", "quantity": -1, "unit_price": 20})
    await send(shop, *sent, order("first", "new one", at), order("guest", None, at))
    await arrived(shop)
    after = figures(server, shop)
    assert {customer for customer in after if after[customer] != before.get(customer)} == {*changed, "new one"}
    expected = await whole(shop, run, run.as_of)
    with as_owner(server) as owner:
        found = rows(owner, "select customer_id, person_key from person where workspace_id = %s", shop.workspace.id)
        keys = {row[0]: row[1] for row in found}
    for customer, (archetype, risk, _, detail, _) in after.items():
        key = keys[customer]
        assert isinstance(key, int)
        assert expected[key] == (archetype, risk, detail), customer


async def test_an_order_shows_in_profile_risk_and_lists_without_a_run(shop: Shop):
    before = await of(shop, "c04")
    at = datetime(2024, 5, 1, 12, tzinfo=UTC)
    await send(shop, order("new", "c04", at, 70))
    await arrived(shop)
    after = await of(shop, "c04")
    assert after.as_of == datetime(2024, 5, 2, tzinfo=UTC)  # the newer order moved the clock of the history
    assert after.metrics.lifetime_value == before.metrics.lifetime_value + 70
    assert after.metrics.total_orders == before.metrics.total_orders + 1
    assert after.metrics.days_since_last_purchase == 1
    assert after.orders[0].order_id == "new"
    assert after.archetype is not None
    risk = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c04"), door="test")
    assert risk.as_of == after.as_of
    listed = await search(shop.ground, shop.caller, SearchAsked(text="c04"), door="test")
    (shown,) = listed.customers
    assert isinstance(shown, Customer)
    assert (shown.lifetime_value, shown.dominant_segments) == (after.metrics.lifetime_value, after.dominant_segments)
    assert (await of(shop, "c05")).as_of == (await served(shop)).as_of


async def test_what_is_asked_of_the_run_s_moment_stays_as_it_was(shop: Shop):
    run = await served(shop)
    before = await of(shop, "c04")
    await send(shop, order("new", "c04", datetime(2024, 5, 1, tzinfo=UTC)))
    await arrived(shop)
    assert await of(shop, "c04", as_of=run.as_of) == before


async def test_an_order_of_this_very_moment_counts_in_a_live_shop(ground: Ground):
    shop = await open_shop(ground)
    now = datetime.now(UTC)
    await shop.bring(orders(*(f"o{n},c{n},{now - timedelta(days=n + 2)},p1,,,1,5,," for n in range(20))))
    await shop.segment()
    await send(shop, order("new", "c3", now), order("soon", "c4", now + timedelta(hours=1)))
    await arrived(shop)
    found = await of(shop, "c3")
    assert (found.metrics.total_orders, found.metrics.days_since_last_purchase) == (2, 0)
    assert now <= found.as_of <= now + timedelta(seconds=60)
    assert (await of(shop, "c4")).metrics.total_orders == 1  # its moment has not come


async def test_whoever_lost_an_order_to_somebody_else_follows_too(shop: Shop, server: Embedded):
    at = datetime(2024, 2, 20, tzinfo=UTC)
    await send(shop, order("moved", "c04", at), order("only", "somebody", at))
    await arrived(shop)
    before = await of(shop, "c04")
    await send(shop, order("moved", "c05", at), order("only", "c05", at))
    await arrived(shop)
    assert (await of(shop, "c04")).metrics.total_orders == before.metrics.total_orders - 1
    assert "somebody" not in figures(server, shop)  # no order is left to work anything out of
    assert (await of(shop, "somebody")).memberships == {}


async def test_an_order_of_somebody_who_was_merged_counts_for_whom_they_became(shop: Shop, server: Embedded):
    asked = MergeAsked(customer_id="c04", other_id="c05", survivor="c05")
    await merge(shop.ground, shop.caller, asked, door="test")
    run = await shop.segment()
    before = await of(shop, "c05")
    await send(shop, order("new", "c04", datetime(2024, 2, 20, tzinfo=UTC)))
    await arrived(shop)
    after = await of(shop, "c04")
    assert (after.customer_id, after.metrics.total_orders) == ("c05", before.metrics.total_orders + 1)
    assert "c04" not in figures(server, shop)
    assert run.customers == len(figures(server, shop))


async def test_before_the_first_segmentation_nothing_happens(ground: Ground):
    shop = await open_shop(ground)
    await send(shop, order("o1", "c1", "2024-02-20"))
    await arrived(shop)
    with pytest.raises(Conflict) as refused:
        await of(shop, "c1")
    assert refused.value.code == "not_segmented"


async def test_orders_that_come_while_a_run_works_are_in_the_figures_it_serves(shop: Shop, server: Embedded):
    at = datetime(2024, 2, 20, tzinfo=UTC)
    async with shop.ground.work(job_caller(shop.workspace.id)) as holding:
        await store.lock(holding)
        running = asyncio.create_task(shop.segment())
        while not await _waits(server, shop):  # it has read the orders, and waits to work them out
            await asyncio.sleep(0.01)
        await send(shop, order("meanwhile", "c04", at, 111))
        await arrived(shop)
        seen = figures(server, shop)["c04"]
    await running
    assert figures(server, shop)["c04"] != seen
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        await follow_run(work, FiguresServed(run=(await runs.served(work)).number))
    assert figures(server, shop)["c04"][1:3] == seen[1:3]
    assert (await of(shop, "c04")).orders[0].order_id == "meanwhile"


async def _waits(server: Embedded, shop: Shop) -> bool:
    waiting = "select 1 from pg_locks where not granted and classid = %s and objid = hashtext(%s)::oid"
    with as_owner(server) as owner:
        return bool(rows(owner, waiting, store.RUNNING, str(shop.workspace.id)))


async def test_what_a_run_has_seen_is_not_followed_again(shop: Shop, server: Embedded):
    await send(shop, order("new", "c04", datetime(2024, 2, 20, tzinfo=UTC)))
    assert count(server, "changed_person", shop.workspace.id) == 1
    for _ in range(20):  # a run counts what was before the oldest transaction at work, such as a vacuum
        await shop.segment()
        await arrived(shop)
        if not count(server, "changed_person", shop.workspace.id):
            break
        await asyncio.sleep(0.2)
    assert count(server, "changed_person", shop.workspace.id) == 0
    await shop.segment()
    await arrived(shop)
    assert figures(server, shop)["c04"][4] is None


async def test_very_many_people_are_left_to_a_run_that_is_asked_for_once(shop: Shop, server: Embedded):
    before = figures(server, shop)
    asked = count(server, "job", shop.workspace.id)
    at = datetime(2024, 2, 20, tzinfo=UTC)
    for n in range(2):
        for begin in (0, 2_501):
            await send(shop, *(order(f"n{n}-{m}", f"n{m}", at) for m in range(begin, begin + 2_501)))
        await arrived(shop)
    assert figures(server, shop) == before
    assert count(server, "job", shop.workspace.id) == asked + 1
