"""Who makes a request, known before any handler runs; and the seal of what a client is given to bring back."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.request_state import AESGCMRequestStateCodec, RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST

from switchboard.accounts import tenants
from switchboard.accounts.remembered import Remembered
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.mcp.session_ids import SessionIds

Who = Callable[[], Awaitable[Caller]]
OPEN = frozenset({"initialize", "ping", "server/discover"})
STATE_S = 600.0  # how long a person may take to answer on 2026-07-28


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys of one workspace for what clients bring back."""

    state: AESGCMRequestStateCodec
    sessions: SessionIds


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whose request it is."""

    caller: Caller
    seals: Seals


ADMITTED: ContextVar[Admitted] = ContextVar("admitted")
_seals: Remembered[Any, Seals] = Remembered(for_s=3_600.0, at_most=1_000)


async def seals_of(ground: Ground, caller: Caller) -> Seals:
    """The keys of the caller's workspace, the same in every process."""
    now = ground.clock()
    found = _seals.get(caller.workspace, now)
    if found is None:
        async with ground.work(caller) as work:
            key = await tenants.data_key(work)
        found = Seals(AESGCMRequestStateCodec([key.derived("mcp state")]), SessionIds(key.derived("mcp session")))
        _seals.keep(caller.workspace, found, now)
    return found


class Admitting:
    """Middleware: the caller of each request, who may have been let in no more since the last one."""

    def __init__(self, ground: Ground, who: Who) -> None:
        self._ground = ground
        self._who = who

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let the request on, or raise MCPError."""
        if ctx.request_id is not None and ctx.method not in OPEN:
            try:
                caller = await self._who()
            except NotSignedIn as error:
                raise MCPError(code=INVALID_REQUEST, message=str(error)) from None
            ADMITTED.set(Admitted(caller, await seals_of(self._ground, caller)))
        return await call_next(ctx)


class WorkspaceCodec:
    """Seals with the key of the workspace at hand."""

    def seal(self, payload: bytes) -> str:
        """A token that only this workspace's key opens."""
        return ADMITTED.get().seals.state.seal(payload)

    def unseal(self, token: str) -> bytes:
        """What was sealed; raise InvalidRequestState."""
        return ADMITTED.get().seals.state.unseal(token)


def bound_state(name: str) -> RequestStateBoundary:
    """Middleware that seals what a client is to bring back, for one caller and one request."""
    security = RequestStateSecurity(
        codec=WorkspaceCodec(), ttl=STATE_S, bind_principal=lambda _: str(ADMITTED.get().caller.id)
    )
    return RequestStateBoundary(security, default_audience=name)
