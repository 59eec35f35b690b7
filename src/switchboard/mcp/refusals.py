"""Requests that are refused before any operation is asked: a line of the audit trail for each, within bounds.

What an operation refuses, it tells the trail itself. Whose credential is none has no workspace: those lines go to the
only one there is, else to none.
"""

import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR
from pydantic import ValidationError
from pydantic_core import from_json

from switchboard.accounts import tenants
from switchboard.foundation.callers import NOBODY, Caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Done, Ground
from switchboard.foundation.log import place_of
from switchboard.mcp.admitting import ADMITTED

LOG = structlog.get_logger()
REQUEST = "mcp.request"  # in the audit trail; not an operation, as none was reached
DOOR = "mcp"
MOST_A_MINUTE, MOST_CALLERS = 300, 10_000  # of one caller, and of nobody; what is beyond is in the log alone
CODES = {
    -32700: "bad_json", -32600: "invalid_request", -32601: "no_such_method", -32602: "invalid_params",
    -32020: "header_mismatch", -32021: "client_lacks", -32022: "unsupported_version",
}  # fmt: skip


def refused_as(body: bytes) -> str:
    """How the transport says in the protocol's words that it refuses; empty where it says otherwise."""
    try:
        said = from_json(body)
    except ValueError:
        return ""
    match said:
        case {"error": {"code": int(code)}} if code in CODES:
            return CODES[code]
        case {"code": str(code)}:
            return code
        case _:
            return ""


@dataclass(slots=True)
class Noted:
    """Whether the request at hand has its line already."""

    is_told: bool = False


NOTED: ContextVar[Noted] = ContextVar("noted")


@dataclass(slots=True, kw_only=True)
class Refusals:
    """Those of one process."""

    ground: Ground
    _minute: int = 0
    _told: Counter[UUID] = field(default_factory=Counter[UUID])
    _only: tuple[UUID, int] = (NOBODY, -1)

    async def tell(self, caller: Caller | None, outcome: str) -> None:
        """A line of a request that was refused, if it has none yet."""
        noted = NOTED.get(None)
        if noted is not None and noted.is_told:
            return
        if noted is not None:
            noted.is_told = True
        who = await self._nobody() if caller is None else caller
        if self._is_within(who.id):
            began = self.ground.clock()
            self.ground.trail.remember(
                Done(caller=who, operation=REQUEST, outcome=outcome, door=DOOR, began=began, took_us=0)
            )

    def _is_within(self, who: UUID) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute or len(self._told) > MOST_CALLERS:
            self._minute, self._told = minute, Counter()
        self._told[who] += 1
        if self._told[who] == MOST_A_MINUTE + 1:
            LOG.warning("mcp_refused_too_often", caller=str(who), in_a_minute=MOST_A_MINUTE)
        return self._told[who] <= MOST_A_MINUTE

    async def _nobody(self) -> Caller:
        """Who has shown nothing that is good here."""
        minute = int(time.monotonic() // 60)
        if self._only[1] != minute:
            try:
                known = list((await tenants.names(self.ground)).values())
            except SwitchboardError:  # the database is away
                known = [self._only[0]]
            self._only = (known[0] if len(known) == 1 else NOBODY, minute)
        return Caller(
            id=NOBODY, name="nobody", kind="nobody", workspace=self._only[0], role="", permissions=frozenset()
        )


@dataclass(slots=True)
class Refusing:
    """Middleware: notes what is refused in the protocol's words, on every transport; a bug says nothing of itself."""

    refusals: Refusals

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let the request on."""
        try:
            return await _in_its_words(ctx, call_next)
        except MCPError as error:
            admitted = ADMITTED.get(None)
            await self.refusals.tell(None if admitted is None else admitted.caller, outcome_of(ctx.method, error))
            raise


async def _in_its_words(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """What follows gives, or an error of the protocol: older revisions would tell the client of any other as it is."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):  # the second is of the SDK, which says that the parameters do not fit
        raise
    except SwitchboardError as error:
        raise MCPError(code=INTERNAL_ERROR, message=str(error)) from None
    except Exception as error:  # noqa: BLE001 - the outermost loop of a request
        LOG.error("mcp_failed", method=ctx.method, error=type(error).__name__, at=place_of(error))  # noqa: TRY400 - a message may hold what a customer typed
        raise MCPError(code=INTERNAL_ERROR, message="Internal server error") from None


def outcome_of(method: str, error: MCPError) -> str:
    """What the trail calls it."""
    unknown = method == "tools/call" and "Unknown tool" in error.error.message
    return "unknown_tool" if unknown else CODES.get(error.error.code, "failed")
