"""Calls that run on after their request has ended: the extension `io.modelcontextprotocol/tasks` (SEP-2663).

A task is kept in the database before the client hears of it, so any process tells how it stands; the process that took
the call runs it. One whose process died is told as failed: it is never run a second time.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, InputRequest
from pydantic import TypeAdapter, ValidationError

from switchboard.accounts import tenants
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import LimitReached
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.log import place_of
from switchboard.foundation.vault import Place
from switchboard.mcp import store
from switchboard.mcp.exchange import ANSWER, Answers, Exchange, lacking
from switchboard.mcp.relay import Relay, Said

LOG = structlog.get_logger()
EXTENSION = "io.modelcontextprotocol/tasks"
LASTS = timedelta(hours=1)
POLL_MS = 500
ALIVE_S, DEAD_AFTER = 10.0, timedelta(seconds=40)
MOST_RUNNING = 20  # of one caller
DIED = "the process that ran it ended; call the tool again"
TOO_LONG = "it took longer than an hour"
BUG = "Internal server error"
UNKNOWN = "there is no such task, or it has expired"
QUESTIONS: TypeAdapter[dict[str, InputRequest]] = TypeAdapter(dict[str, InputRequest])
Call = Callable[[], Awaitable[CallToolResult]]


@dataclass(slots=True, kw_only=True)
class Running:
    """A task of this process."""

    caller: Caller
    id: UUID
    name: str
    pending: dict[str, InputRequest] = field(default_factory=dict[str, InputRequest])
    answers: Answers = field(default_factory=Answers)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    doing: asyncio.Task[None] | None = None


class Tasks:
    """The tasks this process runs, and those of all."""

    def __init__(self, ground: Ground, relay: Relay) -> None:
        self._ground = ground
        self._relay = relay
        self._running: dict[UUID, Running] = {}
        relay.heed("task", self._heed)

    async def begin(self, exchange: Exchange, call: Callable[[Exchange], Awaitable[CallToolResult]]) -> dict[str, Any]:
        """Run the call on as a task; what is told to the client who made it."""
        caller = exchange.caller
        running = Running(caller=caller, id=self._ground.ids(), name=exchange.name)
        async with self._ground.work(caller) as work:
            if await store.running_tasks(work, work.now - DEAD_AFTER) >= MOST_RUNNING:
                raise LimitReached(
                    f"{MOST_RUNNING} of your tasks run already; wait for one, or cancel it", retry_after_s=5,
                    per_hour=MOST_RUNNING,
                )  # fmt: skip
            await store.add_task(work, running.id, exchange.name, LASTS)
            made_at = work.now
        alone = Exchange(
            ground=exchange.ground, caller=caller, context=exchange.context, answers=exchange.answers,
            state=exchange.state, name=exchange.name, asking=lambda questions: self._ask(running, questions),
        )  # fmt: skip
        self._running[running.id] = running
        running.doing = asyncio.create_task(self._run(running, lambda: call(alone)))
        return {"resultType": "task"} | _told(running.id, "working", "", made_at, made_at)

    async def get(self, exchange: Exchange, which: str) -> dict[str, Any]:
        """How a task stands, with its questions or its result."""
        row = await self._find(exchange, which)
        if row.status in {"working", "input_required"} and self._ground.clock() - row.alive_at > DEAD_AFTER:
            return _told(row.id, "failed", DIED, row.made_at, row.changed_at) | {"error": _broke(DIED)}
        said = _told(row.id, row.status, row.told, row.made_at, row.changed_at)
        return said | (await self._opened(exchange.caller, row) if row.sealed else {})

    async def update(self, exchange: Exchange, which: str, answers: dict[str, Any]) -> dict[str, Any]:
        """Answers for a task that asks; unknown ones are ignored."""
        row = await self._find(exchange, which)
        said: Said = {"task": str(row.id), "answers": answers}
        await self._relay.say(exchange.caller, "task", said)
        return {}

    async def cancel(self, exchange: Exchange, which: str) -> dict[str, Any]:
        """Stop a task; one that has ended stays as it is."""
        row = await self._find(exchange, which)
        async with self._ground.work(exchange.caller) as work:
            await store.change_task(work, row.id, "cancelled", "cancelled", None)
        await self._relay.say(exchange.caller, "task", {"task": str(row.id), "cancel": True})
        return {}

    async def keep(self) -> None:
        """Say of what runs here that it does, for as long as the process serves."""
        while True:
            await asyncio.sleep(ALIVE_S)
            for running in list(self._running.values()):
                async with self._ground.work(running.caller) as work:
                    await store.tasks_alive(work, [running.id])

    async def close(self) -> None:
        """Stop what runs here."""
        doing = [each.doing for each in self._running.values() if each.doing is not None]
        for each in doing:
            each.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

    async def _find(self, exchange: Exchange, which: str) -> store.TaskRow:
        if not exchange.client_extends(EXTENSION):
            lacking({"extensions": {EXTENSION: {}}})
        try:
            async with self._ground.work(exchange.caller) as work:
                row = await store.task(work, UUID(which))
        except ValueError:
            row = None
        if row is None:
            raise MCPError(code=INVALID_PARAMS, message=UNKNOWN)
        return row

    async def _run(self, running: Running, call: Call) -> None:
        """Run it to its end and keep what came of it."""
        try:
            async with asyncio.timeout(LASTS.total_seconds()):
                given = await call()
            outcome = {"result": given.model_dump(mode="json", by_alias=True, exclude_none=True)}
            await self._settle(running, "completed", "", outcome)
        except MCPError as error:
            await self._settle(running, "failed", error.error.message, {"error": error.error.model_dump(mode="json")})
        except TimeoutError:
            await self._settle(running, "failed", TOO_LONG, {"error": _broke(TOO_LONG)})
        except asyncio.CancelledError:
            await self._settle(running, "cancelled", "cancelled", None)
            raise
        except Exception as error:  # noqa: BLE001 - the outermost loop of a task: a bug says nothing of itself
            LOG.error("task_failed", tool=running.name, error=type(error).__name__, at=place_of(error))  # noqa: TRY400 - a message may hold what a customer typed
            await self._settle(running, "failed", BUG, {"error": _broke(BUG)})
        finally:
            self._running.pop(running.id, None)

    async def _ask(self, running: Running, questions: dict[str, InputRequest]) -> Answers:
        """Wait until each is answered, one by one or all at once."""
        running.pending |= {key: question for key, question in questions.items() if key not in running.answers}
        while running.pending:
            asked = QUESTIONS.dump_python(running.pending, mode="json", by_alias=True, exclude_none=True)
            await self._settle(running, "input_required", "", {"inputRequests": asked})
            await running.answered.wait()
            running.answered.clear()
        await self._settle(running, "working", "", None)
        return {key: running.answers[key] for key in questions}

    def _heed(self, said: Said) -> bool:
        """Answers or a cancellation for a task, if it is one of ours."""
        running = self._running.get(UUID(said["task"]))
        if running is None or running.doing is None:
            return False
        if said.get("cancel"):
            running.doing.cancel()
            return True
        for key, value in said["answers"].items():
            if key in running.pending and (answer := _answer(value)) is not None:
                running.answers[key] = answer
                del running.pending[key]
                running.answered.set()
        return True

    async def _settle(self, running: Running, status: str, told: str, outcome: dict[str, Any] | None) -> None:
        async with self._ground.work(running.caller) as work:
            sealed = None if outcome is None else await _sealed(work, running.id, outcome)
            await store.change_task(work, running.id, status, told, sealed)

    async def _opened(self, caller: Caller, row: store.TaskRow) -> dict[str, Any]:
        async with self._ground.work(caller) as work:
            key = await tenants.data_key(work)
        found: dict[str, Any] = json.loads(key.open(row.sealed or b"", _place(row.id)))
        running = self._running.get(row.id)
        if running is not None and "inputRequests" in found:  # what was answered a moment ago is asked no more
            found["inputRequests"] = {k: v for k, v in found["inputRequests"].items() if k in running.pending}
        return found


async def _sealed(work: Work, task: UUID, outcome: dict[str, Any]) -> bytes:
    key = await tenants.data_key(work)
    return key.seal(json.dumps(outcome, separators=(",", ":")).encode(), _place(task))


def _place(task: UUID) -> Place:
    return Place(table="mcp_task", field="sealed", row=str(task))


def _broke(why: str) -> dict[str, Any]:
    return {"code": INTERNAL_ERROR, "message": why}


def _answer(value: object) -> Any:
    try:
        return ANSWER.validate_python(value)
    except ValidationError:
        return None


def _told(task: UUID, status: str, told: str, made_at: datetime, changed_at: datetime) -> dict[str, Any]:
    said = {
        "taskId": str(task), "status": status,
        "createdAt": made_at.isoformat(), "lastUpdatedAt": changed_at.isoformat(),
        "ttlMs": int(LASTS.total_seconds() * 1000), "pollIntervalMs": POLL_MS,
    }  # fmt: skip
    return said | ({"statusMessage": told} if told else {})
