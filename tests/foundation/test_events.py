import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from switchboard.foundation import sql
from switchboard.foundation.callers import job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.events import REACTIONS, keep_reacting, publish, react, reaction
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.ids import new_id
from switchboard.foundation.records import Record
from switchboard.foundation.wake import Bell
from tests.foundation.job_house import OTHER_SHOP, SHOP, note, noted
from tests.shop import forget_what_waits

Reaction = Callable[[Work, Any], Awaitable[None]]


class Rang(Record):
    """What the house publishes."""

    said: str


@pytest.fixture(autouse=True, scope="module")
def settled(server: Embedded) -> None:
    """What tests before published is not what is looked at here."""
    forget_what_waits(server)


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """No reactions but the test's own."""
    before = dict(REACTIONS)
    REACTIONS.clear()
    yield
    REACTIONS.clear()
    REACTIONS.update(before)


def named(name: str, run: Reaction) -> Reaction:
    """The reaction declared under a name of its own, as each has in a room."""
    run.__name__ = name
    return reaction(Rang)(run)


def noting(prefix: str, *, fails: list[bool] | None = None) -> Reaction:
    """A reaction that writes in its unit of work what it heard; fails as often as the list says."""

    async def run(work: Work, news: Rang) -> None:
        await sql.execute(
            work,
            "insert into flag (name, value, changed_at) values ($1, $2::jsonb, now())",
            str(new_id()), f'{{"what": "{prefix} {news.said}", "pid": 0}}',
        )  # fmt: skip
        if fails and fails.pop():
            raise ZeroDivisionError

    return named(prefix, run)


async def tell(ground: Ground, said: str) -> None:
    async with ground.work(job_caller(SHOP)) as work:
        await publish(work, Rang(said=said))


def later(ground: Ground, seconds: float) -> Ground:
    return replace(ground, clock=lambda: ground.clock() + timedelta(seconds=seconds))


async def test_news_is_reacted_to_once(ground: Ground):
    noting("hears")
    await tell(ground, "once")
    await react(ground)
    await react(later(ground, 3600))
    assert len(await noted(ground, "hears once")) == 1


async def test_news_of_a_unit_of_work_that_failed_is_no_news(ground: Ground):
    noting("hears")
    with pytest.raises(ZeroDivisionError):
        async with ground.work(job_caller(SHOP)) as work:
            await publish(work, Rang(said="never"))
            raise ZeroDivisionError
    await react(ground)
    assert await noted(ground, "hears never") == []


async def test_a_reaction_belongs_to_the_workspace_the_news_is_from(ground: Ground):
    heard_in: list[object] = []

    async def look(work: Work, _: Rang) -> None:
        heard_in.append(await sql.fetch_value(work, "select current_setting('app.workspace')"))

    named("looks", look)
    async with ground.work(job_caller(OTHER_SHOP)) as work:
        await publish(work, Rang(said="there"))
    await react(ground)
    assert heard_in == [str(OTHER_SHOP)]


async def test_all_reactions_to_one_piece_of_news_are_run(ground: Ground):
    noting("first")
    noting("second")
    await tell(ground, "both")
    await react(ground)
    assert [len(await noted(ground, f"{each} both")) for each in ("first", "second")] == [1, 1]


async def test_a_failed_reaction_leaves_nothing_and_is_tried_again_alone(ground: Ground):
    noting("steady")
    noting("shaky", fails=[False, True])
    await tell(ground, "again")
    await react(ground)
    before = await noted(ground, "shaky again")
    await react(later(ground, 60))
    assert before == []
    assert len(await noted(ground, "shaky again")) == 1
    assert len(await noted(ground, "steady again")) == 1


async def test_a_failed_reaction_waits_longer_each_time(ground: Ground):
    noting("stubborn", fails=[True] * 9)
    await tell(ground, "waits")
    for seconds in (0, 0.5, 1.5):
        await react(later(ground, seconds))
    async with ground.work(job_caller(SHOP)) as work:
        row = await sql.fetch_row(
            work,
            "select tries, next_try_at > $2::timestamptz + interval '2 seconds' from event"
            " where workspace_id = $1 and body ->> 'said' = 'waits'",
            SHOP, ground.clock(),
        )  # fmt: skip
        await sql.execute(work, "delete from event where workspace_id = $1 and body ->> 'said' = 'waits'", SHOP)
    assert row is not None
    assert tuple(row) == (2, True)  # at 0 s and 1.5 s: at 0.5 s it was not due


async def test_two_processes_that_react_at_once_do_it_once(ground: Ground):
    noting("shared")
    for n in range(5):
        await tell(ground, f"at once {n}")
    await asyncio.gather(*(react(ground) for _ in range(3)))
    assert [len(await noted(ground, f"shared at once {n}")) for n in range(5)] == [1] * 5


async def test_news_nobody_reacts_to_is_settled(ground: Ground):
    await tell(ground, "to nobody")
    await react(ground)
    async with ground.work(job_caller(SHOP)) as work:
        settled = await sql.fetch_value(
            work,
            "select done_at is not null from event where workspace_id = $1 and body ->> 'said' = 'to nobody'",
            SHOP,
        )
    assert settled


async def test_news_is_heard_at_once_when_the_bell_rings(ground: Ground, server: Embedded):
    heard = asyncio.Event()

    async def hear(_: Work, __: Rang) -> None:
        heard.set()

    named("listens", hear)
    bell = Bell(url=server.url())
    tasks = [asyncio.create_task(keep_reacting(ground, bell))]
    await asyncio.sleep(0)  # it asks for its bell
    tasks.append(asyncio.create_task(bell.keep()))
    await tell(ground, "loud")
    try:
        async with asyncio.timeout(5):
            await heard.wait()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await note(ground, "still connected")
