"""News between rooms: published inside the transaction, reacted to at least once, each effect once.

A room publishes what happened; rooms above declare reactions. A reaction runs in a unit of work of its own, which
also notes that it is done, so its effect is committed once; one that fails is tried again, later each time.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.wake import Bell, wait_for

LOG = structlog.get_logger()
CHANNEL = "switchboard_event"
LOOK_S = 15.0  # how often it looks without being told: what waits for another try
AT_ONCE = 100
LONGEST_WAIT = timedelta(minutes=15)
Reaction = Callable[[Work, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A reaction: its name, the news it is about, and what it does."""

    name: str
    about: type[BaseModel]
    run: Reaction


REACTIONS: dict[str, list[Declared]] = {}


def reaction(about: type[BaseModel]) -> Callable[[Reaction], Reaction]:
    """Declare what a room does about a kind of news."""

    def declare(run: Reaction) -> Reaction:
        named = f"{run.__module__}.{run.__name__}"
        REACTIONS.setdefault(about.__name__, []).append(Declared(name=named, about=about, run=run))
        return run

    return declare


async def publish(work: Work, news: BaseModel) -> None:
    """Have others react once this unit of work has committed, and not if it does not."""
    await sql.execute(
        work,
        "insert into event (workspace_id, name, body, published_at, next_try_at) values ($1, $2, $3::jsonb, $4, $4)",
        work.caller.workspace, type(news).__name__, news.model_dump_json(), work.now,
    )  # fmt: skip
    await sql.execute(work, f"notify {CHANNEL}")


async def keep_reacting(ground: Ground, bell: Bell) -> None:
    """React for as long as the process lives; several processes share the work."""
    rung = bell.on(CHANNEL)
    while True:
        try:
            while await react(ground):
                pass
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever failed is tried again
            LOG.warning("reacting_interrupted", reason=type(error).__name__)
        await wait_for(rung, LOOK_S)


async def react(ground: Ground) -> int:
    """React to the open news, oldest first, at most a hundred; how many were settled."""
    async with ground.work(job_caller(NOBODY)) as work:
        open_events = await sql.read_scoped(work, "select * from open_events($1, $2)", AT_ONCE, ground.clock())
    settled = 0
    for row in open_events:
        settled += await _settle(ground, row["workspace_id"], row["id"])
    return settled


async def _settle(ground: Ground, workspace: UUID, event_id: int) -> bool:
    """Run what has not been run for one event; False when another process has it or a reaction failed."""
    async with ground.work(job_caller(workspace)) as holder:
        event = await sql.fetch_row(
            holder,
            "select name, body::text, tries from event"
            " where workspace_id = $1 and id = $2 and done_at is null"
            " for no key update skip locked",  # a plain `for update` would hold up what notes that a reaction is done
            workspace, event_id,
        )  # fmt: skip
        if event is None:
            return False
        failed = [
            declared.name
            for declared in REACTIONS.get(event["name"], [])
            if not await _run(ground, declared, workspace, event_id, json.loads(event["body"]))
        ]
        if failed:
            later = holder.now + min(LONGEST_WAIT, timedelta(seconds=2 ** min(event["tries"], 10)))
            again = "update event set tries = tries + 1, next_try_at = $3 where workspace_id = $1 and id = $2"
            await sql.execute(holder, again, workspace, event_id, later)
        else:
            done = "update event set done_at = $3 where workspace_id = $1 and id = $2"
            await sql.execute(holder, done, workspace, event_id, holder.now)
    return not failed


async def _run(ground: Ground, declared: Declared, workspace: UUID, event_id: int, body: object) -> bool:
    try:
        async with ground.work(job_caller(workspace)) as work:
            noted = "insert into reaction_done values ($1, $2, $3) on conflict do nothing"
            if await sql.execute(work, noted, workspace, event_id, declared.name):
                await declared.run(work, declared.about.model_validate(body))
    except Exception as error:  # noqa: BLE001 - a reaction that fails must not stop the others
        LOG.warning("reaction_failed", reaction=declared.name, reason=type(error).__name__)
        return False
    return True
