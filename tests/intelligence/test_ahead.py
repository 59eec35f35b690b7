"""Answers about a whole shop that are worked out with each run: the same as those worked out when asked for."""

from datetime import date, timedelta

import pytest

from switchboard.accounts.operations import change_workspace
from switchboard.accounts.records import WorkspaceChange
from switchboard.customers.erasure import operations as erasure
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.records import EraseAsked
from switchboard.foundation.callers import job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.events import react
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from switchboard.house import DECLARED
from switchboard.intelligence import ahead, jobs, past, reactions, store
from switchboard.intelligence.forecast_records import ArchetypeGrowthAsked
from switchboard.intelligence.operations.forecasts import archetype_growth_projection
from switchboard.intelligence.operations.overview import overview
from switchboard.intelligence.operations.questions import rfm
from switchboard.intelligence.overview_records import OverviewAsked
from switchboard.intelligence.records import Asked
from tests.shop import Shop, as_owner, count, open_shop, orders, rows

pytestmark = pytest.mark.heavy

assert reactions in DECLARED
BEGIN = date(2023, 1, 2)


def history() -> str:
    """Forty customers who buy one of three things every week or every month, some of whom stop."""
    return orders(
        *(
            f"o{n}-{week},c{n:02},{BEGIN + timedelta(weeks=week)}T1{n % 10}:00,p{(n + week) % 3},,,1,{10 + n},,"
            for n in range(40)
            for week in range(0, 30 if n < 10 else 70, 1 if n % 2 else 4)
        )
    )


def run_of(shop: Shop) -> JobRun:
    return JobRun(workspace=shop.workspace.id, id=new_id(), subject=new_id(), asked_by=shop.caller.id)


async def answer_all(shop: Shop) -> None:
    await jobs.answers(shop.ground, run_of(shop))


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(history())
    await made.segment()
    return made


async def forge(server: Embedded, shop: Shop) -> None:
    """Have the kept answers of RFM be those of nobody, as only a kept answer can show."""
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        run = await ahead.runs.served(work)
        given = (await ahead.QUESTIONS["rfm"].run(work, Asked())).model_copy(update={"customers": 7})
        await ahead.keep(work, run.number, ahead.Answer("rfm", await ahead.upon(work, "rfm"), given))
    assert count(server, "answer", shop.workspace.id) > 1


async def customers(shop: Shop) -> int:
    return (await rfm(shop.ground, shop.caller, Asked(), door="test")).customers


async def test_every_answer_that_is_kept_is_what_would_be_worked_out(shop: Shop, server: Embedded):
    await answer_all(shop)
    answered = set[str]()
    for name, question in ahead.QUESTIONS.items():
        async with shop.ground.work(shop.caller) as work:
            kept = await store.answer(work, name)
            try:
                worked_out = await question.run(work, question.asked)
            except SwitchboardError:
                assert kept is None, name
                continue
            assert kept is not None, name
            assert await ahead.kept(work, name) == worked_out.model_dump_json().encode(), name
        answered.add(name)
    assert len(answered) > 12
    assert count(server, "answer", shop.workspace.id) == len(answered) + 1


async def test_a_kept_answer_is_told_until_the_next_run_and_to_whoever_asks_for_nothing_else(
    shop: Shop, server: Embedded
):
    await answer_all(shop)
    await forge(server, shop)
    assert await customers(shop) == 7
    earlier = await rfm(shop.ground, shop.caller, Asked(as_of=date(2023, 12, 1)), door="test")
    assert earlier.customers == 40
    await shop.bring(orders("o-new,c99,2024-05-01T10:00,p1,,,1,10,,"))
    await shop.segment()
    assert await customers(shop) == 41
    await answer_all(shop)
    assert await customers(shop) == 41


async def test_what_looks_at_snapshots_is_told_anew_when_the_months_before_are_there(shop: Shop):
    async def at_risk() -> list[float | None]:
        told = await overview(shop.ground, shop.caller, OverviewAsked(), door="test")
        return [each.value for each in told.at_risk_share.points]

    async def growth() -> int:
        return (
            await archetype_growth_projection(shop.ground, shop.caller, ArchetypeGrowthAsked(), door="test")
        ).snapshots

    await answer_all(shop)
    before = await at_risk(), await growth()
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        for moment in await past.missing(work):
            await past.keep(work, moment)
    meanwhile = await at_risk(), await growth()
    await ahead.work_out_by_snapshots(shop.ground, shop.workspace.id)
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        kept = await ahead.kept(work, "overview")
    after = await at_risk(), await growth()

    assert sum(each is not None for each in before[0]) == 1
    assert sum(each is not None for each in meanwhile[0]) > 6
    assert (before[1], meanwhile[1] > 6) == (1, True)
    assert after == meanwhile
    assert kept is not None


async def test_a_workspace_that_is_set_up_otherwise_gets_no_kept_answer(shop: Shop, server: Embedded):
    await answer_all(shop)
    await forge(server, shop)
    change = WorkspaceChange(time_zone="Asia/Tokyo")
    await change_workspace(shop.ground, shop.caller, change, door="test")
    assert await customers(shop) == 40


async def test_a_run_has_its_questions_answered_in_the_background_once(shop: Shop, server: Embedded):
    while await react(shop.ground):
        pass
    with as_owner(server) as owner:
        asked = "select status from job where workspace_id = %s and name = %s"
        assert rows(owner, asked, shop.workspace.id, ahead.JOB) == [("waiting",)]


async def test_answers_that_are_kept_are_sealed_and_an_erasure_takes_them(shop: Shop, server: Embedded):
    await answer_all(shop)
    with as_owner(server) as owner:
        (kept,) = rows(owner, "select string_agg(answer, '') from answer where workspace_id = %s", shop.workspace.id)
    assert b'"c01"' not in bytes(kept[0])  # pyright: ignore[reportArgumentType]
    asked = EraseAsked.model_validate({"customer_id": "c01", "confirm": "c01"})
    await erasure.erase(shop.ground, shop.caller, asked, door="test")
    await complete(shop.ground, shop.workspace.id)
    assert count(server, "answer", shop.workspace.id) == 0
    assert await customers(shop) == 39


async def test_what_is_worked_out_while_somebody_is_erased_is_not_kept(shop: Shop, server: Embedded):
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        run = await ahead.runs.served(work)
        await store.begin_answers(work, run.number)
        of = await ahead.upon(work, "rfm")
        given = await ahead.QUESTIONS["rfm"].run(work, Asked())
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        await store.forget_answers(work)
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        assert not await ahead.keep(work, run.number, ahead.Answer("rfm", of, given))
    assert count(server, "answer", shop.workspace.id) == 0
