"""A file is imported in the background; the customers are segmented, and everybody's profile is there."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from uuid import UUID

import pytest

from switchboard.customers.operations import imports, start_import, undo_import
from switchboard.customers.records import ImportRef, ImportRequest, ImportsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import NotFound, SwitchboardError
from switchboard.foundation.events import keep_reacting
from switchboard.foundation.ground import Ground
from switchboard.foundation.job_operations import JobNamed, JobsAsked, list_jobs, show_job
from switchboard.foundation.job_runner import Jobs
from switchboard.foundation.wake import Bell
from switchboard.house import DECLARED
from switchboard.intelligence import reactions
from switchboard.intelligence.operations.customers import churn_risk, profile
from switchboard.intelligence.operations.history import snapshots
from switchboard.intelligence.past_records import SnapshotsAsked
from switchboard.intelligence.records import ChurnAsked, CustomerAsked, Profile
from tests.shop import Shop, forget_what_waits, open_shop, orders

assert reactions in DECLARED
BEGIN = date(2023, 3, 6)
WEEKS = 40
FILE = orders(
    *(
        f"o{n}-{week},c{n},{BEGIN + timedelta(weeks=week)}T10:00,p{week % 3},Tea,Drinks,1,10.00,,"
        for n in range(12)
        for week in range(n % 4, WEEKS, 1 + n % 4)
    )
)
WITHIN_S = 45


@pytest.fixture
async def worker(ground: Ground, server: Embedded) -> AsyncGenerator[None]:
    """A worker in this process: its jobs, and its reactions to news."""
    forget_what_waits(server)
    bell = Bell(url=server.url())
    jobs = Jobs(url=server.url(), ground=ground, bell=bell)
    reacting = asyncio.create_task(keep_reacting(ground, bell))
    await asyncio.sleep(0)
    ringing = asyncio.create_task(bell.keep())
    await jobs.start()
    yield
    await jobs.stop()
    for task in (reacting, ringing):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def of(shop: Shop, customer: str) -> Profile:
    return await profile(shop.ground, shop.caller, CustomerAsked(customer_id=customer), door="test")


async def ended(shop: Shop, job: UUID) -> str:
    """How the run of a job ended."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            shown = await show_job(shop.ground, shop.caller, JobNamed(id=job), door="test")
            if shown.status in {"done", "failed"}:
                return shown.status
            await asyncio.sleep(0.05)


async def orders_of(shop: Shop, customer: str, count: int) -> Profile:
    """The customer's profile once it tells of so many orders."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            with contextlib.suppress(SwitchboardError):
                seen = await of(shop, customer)
                if seen.metrics.total_orders == count:
                    return seen
            await asyncio.sleep(0.1)


async def unfinished(shop: Shop) -> bool:
    """Whether a job waits or runs."""
    shown = (await list_jobs(shop.ground, shop.caller, JobsAsked(), door="test")).jobs
    return any(run.status in {"waiting", "running"} for run in shown)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("worker")
async def test_a_file_becomes_profiles_and_its_undoing_takes_them_back(ground: Ground):
    shop = await open_shop(ground, zone="Europe/Berlin")
    asked = ImportRequest(upload_id=await shop.upload(FILE, "sales.csv"))
    started = await start_import(ground, shop.caller, asked, door="test")
    assert await ended(shop, started.job_id) == "done"
    (brought,) = (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports
    assert (brought.file, brought.counts["new_people"]) == ("sales.csv", 12)

    seen = await orders_of(shop, "c0", WEEKS)
    assert seen.metrics.lifetime_value == 400.0
    assert seen.dominant_segments["purchase_frequency"] == "weekly"
    assert seen.archetype is not None
    risk = await churn_risk(ground, shop.caller, ChurnAsked(customer_id="c0"), door="test")
    assert risk.risk_level == "LOW"
    async with asyncio.timeout(WITHIN_S):
        while len((await snapshots(ground, shop.caller, SnapshotsAsked(), door="test")).snapshots) < 8:
            await asyncio.sleep(0.1)

    await shop.bring(orders("late,c0,2023-12-30T10:00,p1,,,1,25.00,,"))
    assert (await orders_of(shop, "c0", WEEKS + 1)).orders[0].order_id == "late"

    await undo_import(ground, shop.caller, ImportRef(import_id=brought.import_id), door="test")
    assert (await orders_of(shop, "c0", 1)).metrics.lifetime_value == 25.0
    with pytest.raises(NotFound):
        await of(shop, "c5")
    async with asyncio.timeout(WITHIN_S):
        while await unfinished(shop):
            await asyncio.sleep(0.1)
    runs = (await list_jobs(ground, shop.caller, JobsAsked(), door="test")).jobs
    assert {run.status for run in runs} == {"done"}
    assert {run.name for run in runs} == {
        "customers.import", "intelligence.segment", "intelligence.past", "intelligence.backtest",
        "intelligence.answers",
    }  # fmt: skip
