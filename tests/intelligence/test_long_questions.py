"""What takes long of a large shop is answered by a job: the same answer, told how far it is until then."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from switchboard.customers.erasure import operations as erasure
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.records import EraseAsked
from switchboard.foundation import job_store, sql
from switchboard.foundation.callers import Caller, job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotFound, SwitchboardError, UnderWay
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.reached import Reached
from switchboard.foundation.reached import waiting as waiting_for
from switchboard.house import DECLARED
from switchboard.intelligence import jobs
from switchboard.intelligence.long_questions import asking
from switchboard.intelligence.long_questions.declared import QUESTIONS
from switchboard.intelligence.operations.archetypes import churn_aggregate
from switchboard.intelligence.operations.customers import churn_risk
from switchboard.intelligence.operations.questions import cohorts, rfm
from switchboard.intelligence.operations.shop import preview_settings
from switchboard.intelligence.question_records import CohortsAsked
from switchboard.intelligence.records import Asked, ChurnAsked
from switchboard.intelligence.segments import SegmentSettings
from switchboard.intelligence.shop_records import PreviewAsked
from tests.intelligence.asked import begun, see_through, waiting
from tests.shop import Shop, as_owner, as_role, count, open_shop, orders, rows

pytestmark = pytest.mark.heavy

assert jobs in DECLARED
BEGIN, THEN = date(2023, 1, 2), date(2023, 12, 1)
CUSTOMERS = 40
SAID: Mapping[str, dict[str, Any]] = {
    "archetype_trend": {}, "event_engagement": {"event": "Easter"}, "seasonal_engagement": {"season": "winter"},
    "preview_archetype": {"filter": {"feature": "lifetime_value", "more_than": 50}},
    "count_filter": {"filter": {"feature": "lifetime_value", "more_than": 50}, "rows": 3},
    "recommend_customers": {"campaign_type": "winback"}, "recommend_segments": {"goal": "retention"},
    "compare_groups": {"one": {"axis_name": "purchase_frequency", "segment_name": "weekly"}, "other": {}},
}  # fmt: skip
OF_ONE = {"churn_risk", "ltv_forecast", "next_purchase", "recommend_products", "similar_customers"}


def history() -> str:
    """Forty customers who buy one of three things every week or every month, some of whom stop."""
    return orders(
        *(
            f"o{n}-{week},c{n:02},{BEGIN + timedelta(weeks=week)}T1{n % 10}:00,p{(n + week) % 3},,,1,{10 + n},,"
            for n in range(CUSTOMERS)
            for week in range(0, 30 if n < 10 else 70, 1 if n % 2 else 4)
        )
    )


@pytest.fixture
async def shop(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop that counts as large, at whose doors nobody waits."""
    made = await open_shop(ground)
    await made.bring(history())
    await made.segment()
    monkeypatch.setattr(asking, "LARGE", CUSTOMERS - 1)
    monkeypatch.setattr(asking, "WAIT_S", 0.0)
    return made


async def ask(shop: Shop, name: str, said: Mapping[str, Any], caller: Caller | None = None) -> Any:
    declared = next(each for each in OPERATIONS.values() if each.run.__name__ == name)
    return await declared(shop.ground, caller or shop.caller, declared.asks.model_validate(said), door="test")


async def outcome(shop: Shop, name: str, said: Mapping[str, Any]) -> Any:
    """What is answered, or the error as it is told."""
    try:
        return await ask(shop, name, said)
    except UnderWay:
        raise
    except SwitchboardError as error:
        return type(error), str(error), error.code, getattr(error, "field", None)


async def test_whatever_takes_long_is_answered_by_a_job_as_it_would_be_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    archetype = (await ask(shop, "top_archetypes", {})).archetypes[0].archetype_id
    for name, question in QUESTIONS.items():
        said = SAID.get(name, {}) | ({"customer_id": "c07"} if name in OF_ONE else {}) | {"as_of": THEN.isoformat()}
        if name in {"archetype", "archetype_trend"}:
            said |= {"archetype_id": archetype}
        question.asks.model_validate(said)
        with pytest.raises(UnderWay) as told:
            await ask(shop, name, said)
        assert told.value.job is not None, name
        assert await see_through(shop.ground, shop.workspace.id) == 1, name
        by_job = await outcome(shop, name, said)
        with monkeypatch.context() as small:
            small.setattr(asking, "LARGE", 1_000)
            assert by_job == await outcome(shop, name, said), name


async def test_the_present_that_is_worked_out_ahead_or_at_hand_takes_no_job(shop: Shop):
    assert (await rfm(shop.ground, shop.caller, Asked(), door="test")).customers == CUSTOMERS
    assert (await churn_aggregate(shop.ground, shop.caller, Asked(), door="test")).customers == CUSTOMERS
    assert await waiting(shop.ground, shop.workspace.id) == []
    with pytest.raises(UnderWay):
        await cohorts(shop.ground, shop.caller, CohortsAsked(months=3), door="test")
    with pytest.raises(UnderWay):
        await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c07", horizon_days=30), door="test")


async def test_who_waits_keeps_no_connection_to_the_database(shop: Shop):
    async with shop.ground.work(shop.caller) as work:
        await sql.fetch(work, "select 1 as one")
        assert work.session.has_begun
        with pytest.raises(UnderWay):
            await churn_aggregate.run(work, Asked(as_of=THEN))
        assert not work.session.has_begun


async def test_many_who_ask_the_same_share_a_job_and_no_workspace_has_more_than_two(shop: Shop):
    async def once(day: int) -> UnderWay:
        with pytest.raises(UnderWay) as told:
            await ask(shop, "churn_aggregate", {"as_of": f"2023-12-{day:02}"})
        return told.value

    same = await asyncio.gather(*(once(1) for _ in range(5)))
    assert len({each.job for each in same}) == 1
    await once(2)
    third = await once(3)
    assert (third.job, third.reached) == (None, asking.OTHERS)
    assert await see_through(shop.ground, shop.workspace.id) == 2
    assert (await once(3)).job is not None


async def test_who_may_see_less_is_not_told_what_another_was(shop: Shop):
    said = {"as_of": THEN.isoformat(), "customer_id": "c07"}
    with pytest.raises(UnderWay):
        await ask(shop, "churn_risk", said)
    await see_through(shop.ground, shop.workspace.id)
    assert (await ask(shop, "churn_risk", said)).customer_id == "c07"
    with pytest.raises(UnderWay):
        await ask(shop, "churn_risk", said, as_role(shop, "agent"))


async def test_what_is_wrong_with_a_question_is_told_as_ever(shop: Shop):
    with pytest.raises(Invalid, match="after the workspace's clock"):
        await ask(shop, "churn_aggregate", {"as_of": "2999-01-01"})
    for name, said, kind in (
        ("churn_aggregate", {"as_of": "2001-01-01"}, Invalid),
        ("archetype", {"as_of": THEN.isoformat(), "archetype_id": "c-nobody"}, NotFound),
    ):
        with pytest.raises(UnderWay):
            await ask(shop, name, said)
        await see_through(shop.ground, shop.workspace.id)
        with pytest.raises(kind) as told:
            await ask(shop, name, said)
        assert getattr(told.value, "field", None) == ("as_of" if kind is Invalid else None)


async def test_who_waits_is_told_how_far_it_is_and_given_the_answer(shop: Shop):
    seen = list[Reached]()

    async def wait() -> Any:
        with waiting_for(seen.append):
            return await ask(shop, "churn_aggregate", {"as_of": THEN.isoformat()})

    waits = asyncio.create_task(wait())
    while not await waiting(shop.ground, shop.workspace.id):
        await asyncio.sleep(0.02)
    await see_through(shop.ground, shop.workspace.id)
    assert (await waits).customers == CUSTOMERS
    assert seen[0] == asking.QUEUED


async def test_how_far_a_job_is_stands_in_its_run_and_in_what_who_asks_again_is_told(shop: Shop, server: Embedded):
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", {"as_of": THEN.isoformat()})
    await see_through(shop.ground, shop.workspace.id)
    with as_owner(server) as owner:
        asked = "select progress ->> 'step' from job where workspace_id = %s and name = 'intelligence.question'"
        assert rows(owner, asked, shop.workspace.id) == [("beginning",)]
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", {"as_of": "2023-12-02"})
    (run,) = await waiting(shop.ground, shop.workspace.id)
    await begun(shop.ground, shop.workspace.id, run)
    with as_owner(server) as owner:
        owner.execute('update job set progress = \'{"step": "measuring", "done": 2, "total": 8}\' where id = %s', [run])
    with pytest.raises(UnderWay, match=r"measuring, 25%") as told:
        await ask(shop, "churn_aggregate", {"as_of": "2023-12-02"})
    assert told.value.job == run


async def test_who_works_here_needs_no_worker(shop: Shop):
    seen = list[Reached]()
    with waiting_for(seen.append, here=True):
        given = await ask(shop, "churn_aggregate", {"as_of": THEN.isoformat()})
    assert given.customers == CUSTOMERS
    assert seen[0].step == "measuring all customers"
    assert seen[0].share == 1.0
    assert await waiting(shop.ground, shop.workspace.id) == []


async def test_a_job_that_ended_without_an_answer_is_told_once_and_begun_anew(shop: Shop):
    said = {"as_of": THEN.isoformat()}
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", said)
    (run,) = await waiting(shop.ground, shop.workspace.id)
    async with shop.ground.work(job_caller(shop.workspace.id)) as work:
        await job_store.cancel(work, run)
    with pytest.raises(Conflict, match=str(run)) as told:
        await ask(shop, "churn_aggregate", said)
    assert told.value.code == "not_answered"
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", said)
    await see_through(shop.ground, shop.workspace.id)
    assert (await ask(shop, "churn_aggregate", said)).customers == CUSTOMERS


async def test_nothing_that_is_asked_or_answered_lies_open_and_an_erasure_forgets_it(shop: Shop, server: Embedded):
    said = {"as_of": THEN.isoformat(), "customer_id": "c07"}
    with pytest.raises(UnderWay):
        await ask(shop, "churn_risk", said)
    await see_through(shop.ground, shop.workspace.id)
    with pytest.raises(UnderWay):
        await ask(shop, "next_purchase", said)
    with as_owner(server) as owner:
        asked = "select asked || coalesce(answer, ''), key from question where workspace_id = %s"
        kept = rows(owner, asked, shop.workspace.id)
    assert len(kept) == 2
    assert not any(b"c07" in bytes(each) for row in kept for each in row if isinstance(each, bytes))
    await erasure.erase(shop.ground, shop.caller, EraseAsked(customer_id="c08", confirm="c08"), door="test")
    await complete(shop.ground, shop.workspace.id)
    assert count(server, "question", shop.workspace.id) == 0
    assert await see_through(shop.ground, shop.workspace.id) == 1  # finds nothing to answer
    assert count(server, "question", shop.workspace.id) == 0


async def test_an_answer_is_told_until_the_next_run_and_is_of_no_other_workspace(shop: Shop, ground: Ground):
    said = {"as_of": THEN.isoformat()}
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", said)
    await see_through(ground, shop.workspace.id)
    assert (await ask(shop, "churn_aggregate", said)).customers == CUSTOMERS
    other = await open_shop(ground)
    await other.bring(history())
    await other.segment()
    with pytest.raises(UnderWay):
        await ask(other, "churn_aggregate", said)
    await shop.bring(orders("o-late,c99,2023-03-02T10:00,p1,,,1,5,,"))
    await shop.segment()
    with pytest.raises(UnderWay):
        await ask(shop, "churn_aggregate", said)
    await see_through(ground, shop.workspace.id)
    assert (await ask(shop, "churn_aggregate", said)).customers == CUSTOMERS + 1


async def test_a_preview_of_settings_takes_a_job_and_says_what_a_run_with_them_would(shop: Shop):
    asked = PreviewAsked(segments=SegmentSettings(strong=0.9, moderate=0.8))
    with pytest.raises(UnderWay):
        await preview_settings(shop.ground, shop.caller, asked, door="test")
    await see_through(shop.ground, shop.workspace.id)
    given = await preview_settings(shop.ground, shop.caller, asked, door="test")
    assert sum(each.then for each in given.levels.values()) == CUSTOMERS
    assert any(each.now != each.then for each in given.levels.values())
