"""One thing a caller can do: a typed function with its permission, allowance and audit written on it.

Every door calls the same Operation, so the policy is applied once: permission, then allowance, then the function
in its unit of work, then one line of the audit trail whatever happened.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, get_type_hints

from opentelemetry import trace
from pydantic import BaseModel

from switchboard.foundation import measures
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotAllowed, SwitchboardError
from switchboard.foundation.ground import Done, Ground, Work
from switchboard.foundation.quoting import has_free_text
from switchboard.foundation.replica import Replica, ReplicaUnfit
from switchboard.foundation.terms import (
    Approval,
    ApprovalNeeded,
    AskedBack,
    NotGranted,
    Terms,
    Undo,
    Wanted,
    kept_by,
)

Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
TRACER = trace.get_tracer("switchboard")
NO_SPAN = nullcontext()
Gate = Callable[[Work], Awaitable[None]]
WATCHED = frozenset({"mcp"})  # doors where an agent may ask: some changes take a person's word there
GATES: list[Gate] = []
"""What must hold before any operation runs; each raises where it does not."""


def gate(holds: Gate) -> Gate:
    """Declare such a thing."""
    GATES.append(holds)
    return holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Asked, Given]):
    """A function every door can offer; call it with the ground, a caller and its typed request."""

    name: str
    title: str
    permission: str
    reads: bool
    may_lag: bool = False
    undo: Undo | None = None
    needs_approval: bool = False
    per_hour: int | None
    tool: str | None
    timeout_s: float
    asks: type[Asked]
    gives: type[Given]
    run: Callable[[Work, Asked], Awaitable[Given]]

    @property
    def quotes(self) -> bool:
        """Whether its answer may hold what customers or third parties wrote: any text that is not of a written list."""
        return has_free_text(self.gives)

    @property
    def about(self) -> str:
        """What it says of itself in every door."""
        words = " ".join((self.run.__doc__ or "").split())
        return words if self.undo is None else f"{words} {self.undo.about}"

    def is_for(self, caller: Caller) -> bool:
        """Whether the caller may call it: has the permission, and was given the tool that it is."""
        return caller.may(self.permission) and caller.has_tool(tool_name(self))

    def check(self, caller: Caller) -> None:
        """Raise NotAllowed where it is not for the caller."""
        if self.is_for(caller):
            return
        if not caller.may(self.permission):
            raise NotAllowed(f"{self.name} needs the permission {self.permission}, which {caller.name} lacks")
        raise NotAllowed(f"the client of {caller.name} goes without {tool_name(self)}; its settings say which")

    async def __call__(
        self, ground: Ground, caller: Caller, asked: Asked, *, door: str, terms: Terms | None = None
    ) -> Given:
        """Do it for the caller, a change on these terms; raises what the policy or the function raises."""
        call = _Call(caller=caller, door=door, began=ground.clock(), terms=terms or Terms())
        outcome = "failed"
        try:
            self.check(caller)
            await ground.allowances.spend(caller, self.name, self.per_hour)
            with _span(self.name):
                given = await (self._read if self.reads else self._change)(ground, call, asked)
            outcome = "done" if self.reads else call.terms.came_to
        except SwitchboardError as error:
            outcome = error.code
            raise
        except AskedBack:
            outcome = "asked_back"
            raise
        except asyncio.CancelledError:  # whoever asked has left
            outcome = "cancelled"
            raise
        else:
            return given
        finally:
            done = self._done(call, outcome)
            measures.called(self.name, door, outcome, done.took_us / 1e6)
            if self.reads or outcome != "done":
                ground.trail.remember(done)

    async def _read(self, ground: Ground, call: "_Call", asked: Asked) -> Given:
        if self.may_lag and ground.replica is not None:
            with suppress(ReplicaUnfit):
                if (given := await self._lagging(ground, ground.replica, call, asked)) is not None:
                    return given
            call.subjects.clear()
        async with ground.work(call.caller, timeout_s=self.timeout_s, subjects=call.subjects) as work:
            await _hold_gates(work)
            return await self.run(work, asked)

    async def _change(self, ground: Ground, call: "_Call", asked: Asked) -> Given:
        """Do it once, in one transaction with what its key and its approval come to."""
        if call.terms.dry_run:
            return await self._rehearse(ground, call, asked)
        wanted = Wanted(
            operation=self.name, title=self.title, permission=self.permission, by_default=self.needs_approval,
            asked=asked,
        )  # fmt: skip
        approval = await _approval(ground, call, wanted)
        async with ground.work(call.caller, timeout_s=self.timeout_s, subjects=call.subjects) as work:
            await _begin(work)
            if (before := await _first_answer(work, call, wanted)) is not None:
                call.terms.is_again = True
                return self.gives.model_validate_json(before)
            await _use(work, call, wanted, approval)
            given = await self.run(work, asked)
            if call.terms.key is not None:
                answer = self.gives.__pydantic_serializer__.to_json(given)
                await kept_by().keep_answer(work, wanted, call.terms.key, answer)
            if ground.replica is not None:
                ground.replica.note_written(call.caller.workspace)
            await ground.trail.write(work, self._done(call, "done"))
            return given

    async def _rehearse(self, ground: Ground, call: "_Call", asked: Asked) -> Given:
        """What it would give: it is done, and taken back."""
        if "dry_run" in self.asks.model_fields:
            asked = asked.model_copy(update={"dry_run": True})
        async with ground.work(
            call.caller, timeout_s=self.timeout_s, subjects=call.subjects, rehearses=True
        ) as work:  # fmt: skip
            await _begin(work)
            return await self.run(work, asked)

    async def _lagging(self, ground: Ground, replica: Replica, call: "_Call", asked: Asked) -> Given | None:
        """What the replica says; None where the primary has to answer. The gates are held on the primary."""
        shows = replica.shows(call.caller.workspace)
        if shows is None or getattr(asked, "as_of", None) is not None:  # it might be later than what is shown
            return None
        async with ground.work(call.caller) as work:
            await _hold_gates(work)
        async with ground.lagging_work(replica, shows, call.caller, self.timeout_s, call.subjects) as work:
            return await self.run(work, asked)

    def _done(self, call: "_Call", outcome: str) -> Done:
        return Done(
            caller=call.caller, operation=self.name, outcome=outcome, door=call.door, began=call.began,
            took_us=(time.perf_counter_ns() - call.started_ns) // 1_000, subject=" ".join(call.subjects),
        )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Call:
    """One call as its line of the audit trail will tell it."""

    caller: Caller
    door: str
    began: datetime
    terms: Terms
    started_ns: int = field(default_factory=time.perf_counter_ns)
    subjects: list[str] = field(default_factory=list[str])


async def _hold_gates(work: Work) -> None:
    for holds in GATES:
        await holds(work)


async def _begin(work: Work) -> None:
    """Begin the transaction of a change: what a scoped function writes is else kept, whatever comes of the rest."""
    await _hold_gates(work)
    await work.session.transaction()


async def _first_answer(work: Work, call: _Call, wanted: Wanted) -> bytes | None:
    """What the call was given that came first with this key."""
    return None if call.terms.key is None else await kept_by().first_answer(work, wanted, call.terms.key)


async def _approval(ground: Ground, call: _Call, wanted: Wanted) -> Approval | None:
    """A person's word where one is needed, asked for at the client if it can be; else raise ApprovalNeeded."""
    terms = call.terms
    if terms.approval is not None or call.door not in WATCHED:
        return None if terms.approval is None else Approval(id=terms.approval, expires_at=call.began)
    async with ground.work(call.caller) as work:
        await _hold_gates(work)
        if not await kept_by().needs_approval(work, wanted) or await _first_answer(work, call, wanted) is not None:
            return None
        waiting = await kept_by().put_aside(work, wanted)
    if terms.ask is None:
        raise ApprovalNeeded(wanted, waiting, ground.public_url)
    if await terms.ask(wanted, waiting):
        return replace(waiting, at_client=True)
    async with ground.work(call.caller) as work:
        await kept_by().refuse(work, waiting.id)
    raise NotGranted("the person at the client said no; it was not done", code="approval_refused")


async def _use(work: Work, call: _Call, wanted: Wanted, approval: Approval | None) -> None:
    """Use the approval up; raise NotGranted where there is none and, by now, one is needed."""
    if approval is not None:
        await kept_by().use(work, wanted, approval.id, at_client=approval.at_client)
        work.subjects.append(f"approval:{approval.id}")
    elif call.door in WATCHED and await kept_by().needs_approval(work, wanted):
        raise NotGranted("this needs a person's approval now; call again", code="approval_needed")


def _span(name: str) -> AbstractContextManager[None]:
    """A span of the call, where anybody keeps spans."""
    return NO_SPAN if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider) else _kept_span(name)


@contextmanager
def _kept_span(name: str) -> Generator[None]:
    """A span that tells an error by its code, never its words, which may name people."""
    with TRACER.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        wrong: str | None = "failed"
        try:
            yield
            wrong = None
        except SwitchboardError as error:
            wrong = error.code
            raise
        finally:
            if wrong:
                span.set_status(trace.StatusCode.ERROR, wrong)


OPERATIONS: dict[str, Operation[Any, Any]] = {}


def operation(  # noqa: PLR0913 - the declaration of an operation is its policy, read in one place
    name: str,
    *,
    title: str,
    permission: str,
    reads: bool = False,
    may_lag: bool = False,
    undo: Undo | None = None,
    needs_approval: bool = False,
    per_hour: int | None = None,
    tool: str | None = None,
    timeout_s: float = 60.0,
) -> Callable[[Callable[[Work, Asked], Awaitable[Given]]], Operation[Asked, Given]]:
    """Declare an operation; its name is what the API, the command line and the audit trail show.

    `tool` is its published bare name over MCP; without one it is the name with an underscore for the dot.
    `timeout_s` bounds each of its statements. `may_lag`: its answer may be some seconds old, so a read replica may give
    it; never what decides whom to write to, or what a caller has just changed. Who changes something says how it is
    undone; `needs_approval`: over MCP a person is asked first, unless the workspace says otherwise.
    """
    assert reads or not may_lag, "who writes, writes to the primary"

    def declare(run: Callable[[Work, Asked], Awaitable[Given]]) -> Operation[Asked, Given]:
        _, asks, gives = get_type_hints(run).values()
        declared = Operation(
            name=name, title=title, permission=permission, reads=reads, may_lag=may_lag, undo=undo,
            needs_approval=needs_approval, per_hour=per_hour, tool=tool, timeout_s=timeout_s, asks=asks, gives=gives,
            run=run,
        )  # fmt: skip
        OPERATIONS[name] = declared
        return declared

    return declare


def tool_name(declared: Operation[Any, Any]) -> str:
    """The bare name the operation has as a tool."""
    return declared.tool or declared.name.replace(".", "_")
