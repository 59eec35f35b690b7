"""Where one call of a tool is answered, by what the address offers to who asks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import structlog
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, ImageContent, TextContent

from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown, LimitReached, NotAllowed, SwitchboardError, UnderWay
from switchboard.foundation.ground import Ground
from switchboard.foundation.log import place_of
from switchboard.foundation.reached import WAITS, Reached, Tell, waiting
from switchboard.foundation.reading import NotJson, Unreadable, read_values
from switchboard.foundation.records import Picture
from switchboard.foundation.terms import Approval, ApprovalNeeded, Terms, Wanted
from switchboard.mcp.apps import told_of_change
from switchboard.mcp.catalogue import Catalogue, Shown
from switchboard.mcp.discovery import CALL, DESCRIBE, SEARCH, ToolCall, ToolNamed, ToolsAsked, found
from switchboard.mcp.exchange import Asked, Exchange, lacking
from switchboard.mcp.json_results import JsonResult, json_result
from switchboard.mcp.last_good import LastGood
from switchboard.mcp.parts import NativeTool, Parts
from switchboard.mcp.refusals import Refusals
from switchboard.mcp.servers.server import Declared
from switchboard.mcp.store import ServerRow
from switchboard.mcp.tasks import EXTENSION, Tasks
from switchboard.mcp.terms import QUOTES, asks_person, marked, put_aside, split, told_of

LOG = structlog.get_logger()
DOOR = "mcp"
RETRY_AFTER_S = 5
TELLS_S = 2.0  # how often a call that takes long says that it goes on
Given = CallToolResult | dict[str, Any]
Unfit = (Unreadable, NotJson)


class TookTooLong(SwitchboardError):
    """A call went on for longer than its server gives it."""

    code = "took_too_long"
    status: ClassVar[int] = 504

    def __init__(self, at_most_s: float | None) -> None:
        longer = "too long" if at_most_s is None else f"longer than {at_most_s:g} s"
        super().__init__(f"it took {longer}; ask for less, or try again later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The tools of an address, and the call at hand."""

    offered: Catalogue
    parts: Parts
    tasks: Tasks
    last_good: LastGood
    refusals: Refusals
    exchange: Exchange

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.exchange.caller

    async def serve(self, name: str, arguments: dict[str, Any]) -> Given:
        """What the tool gives, or what is wrong in a sentence; raise MCPError for one that the caller has not."""
        native = self.parts.native(name)
        if native is not None and self.caller.may(native.permission):
            return await self._run(native, arguments)
        try:
            if self.offered.shown_to(self.caller) is Shown.FEW and name in {SEARCH, DESCRIBE, CALL}:
                return await self._discover(name, arguments)
            return await self._call(name, arguments)
        except Unfit as error:  # before any operation was asked
            await self.refusals.tell(self.caller, error.code)
            return wrong(error)
        except SwitchboardError as error:
            return wrong(error)

    async def _run(self, native: NativeTool, arguments: dict[str, Any]) -> Given:
        """A tool with code of its own, at once or as a task."""
        knows_tasks = self.exchange.client_extends(EXTENSION)
        if native.task == "must" and not knows_tasks:
            lacking({"extensions": {EXTENSION: {}}})

        async def call(exchange: Exchange) -> CallToolResult:
            try:
                return await native.run(exchange, arguments)
            except SwitchboardError as error:
                return wrong(error)

        if native.first is not None:
            await native.first(self.exchange, arguments)
        if native.task != "never" and knows_tasks:
            return await self.tasks.begin(self.exchange, call)
        return await guarded(self.exchange.name, lambda: call(self.exchange))

    async def _discover(self, name: str, arguments: dict[str, Any]) -> Given:
        seen = await self.offered.seen_by(self.caller)
        if not seen:
            raise unknown(name)
        if name == CALL:
            asked = read_values(ToolCall, arguments)
            return await self._call(asked.name, asked.arguments)
        if name == SEARCH:
            return json_result(found(read_values(ToolsAsked, arguments), seen).model_dump_json())
        wanted = read_values(ToolNamed, arguments).name
        for each in seen:
            if each.name == wanted:
                return json_result(each.tool.model_dump_json(by_alias=True, exclude_none=True))
        raise unknown(wanted)

    async def _call(self, name: str, arguments: dict[str, Any]) -> Given:
        found = await self.offered.find(self.caller, name)
        if found is None:
            raise unknown(name)
        declared, server = found[0].declared, found[1]
        if not declared.is_for(self.caller):
            await _note_denied(self.exchange.ground, self.caller, declared)
            raise unknown(name)
        own, terms = split(declared, arguments)
        asked = read_values(declared.asks, own)
        await self._spend(server)
        try:
            async with asyncio.timeout(server.timeout_s) as limit:
                if self.exchange.client_can("elicitation"):
                    terms.ask = partial(self._ask_person, limit)
                given = await guarded(name, lambda: self._ask_or_wait(declared, asked, terms))
        except UnderWay:
            return await self.tasks.begin(self.exchange, lambda _: self._ask_on(declared, asked))
        except TimeoutError:
            given = self._fall_back(declared, asked, TookTooLong(server.timeout_s))
        except (DatabaseDown, MCPError) as error:
            given = self._fall_back(declared, asked, error)
        except SwitchboardError as error:
            given = wrong(error)
        else:
            self.last_good.keep(self.caller, declared, asked, given, self.exchange.ground.clock())
        return told_of_change(given, declared, self.exchange)

    async def _spend(self, server: ServerRow) -> None:
        """Count the call on the server's own allowance; raise LimitReached."""
        if server.per_hour is None:
            return
        try:
            await self.exchange.ground.allowances.spend_published(self.caller, f"mcp {server.name}", server.per_hour)
        except LimitReached as error:
            await self.refusals.tell(self.caller, error.code)
            raise

    async def _ask(self, declared: Declared, asked: Any, terms: Terms) -> CallToolResult:
        given = await declared(self.exchange.ground, self.caller, asked, door=DOOR, terms=terms)
        return told_of(answered(declared, given), terms)

    async def _ask_or_wait(self, declared: Declared, asked: Any, terms: Terms) -> CallToolResult:
        """The answer; raise UnderWay for one that takes long where the client knows tasks, else it is waited for."""
        if not self.exchange.wants_progress:
            return await self._ask_told(declared, asked, terms, lambda _: None)
        async with _telling(self.exchange) as tell:
            return await self._ask_told(declared, asked, terms, tell)

    async def _ask_told(self, declared: Declared, asked: Any, terms: Terms, tell: Tell) -> CallToolResult:
        if self.exchange.client_extends(EXTENSION) or WAITS.get() is not None:
            return await self._ask(declared, asked, terms)
        with waiting(tell):
            return await self._ask(declared, asked, terms)

    async def _ask_on(self, declared: Declared, asked: Any) -> CallToolResult:
        """The answer of one that takes long, in a task."""
        try:
            with waiting(lambda _: None):
                given = await self._ask(declared, asked, Terms())
            return given.whole if isinstance(given, JsonResult) else given
        except SwitchboardError as error:
            return wrong(error)

    async def _ask_person(self, limit: asyncio.Timeout, wanted: Wanted, approval: Approval) -> bool:
        """Whether they allow it; the call's time does not go on while they think."""
        ends_at = limit.when()
        left_s = None if ends_at is None else ends_at - asyncio.get_running_loop().time()
        limit.reschedule(None)
        try:
            return await asks_person(self.exchange, wanted, approval)
        finally:
            limit.reschedule(None if left_s is None else asyncio.get_running_loop().time() + left_s)

    def _fall_back(
        self, declared: Declared, asked: Any, error: DatabaseDown | TookTooLong | MCPError
    ) -> CallToolResult:
        """The last good answer of a tool that only reads; else what is wrong, and when to try again."""
        now = self.exchange.ground.clock()
        if declared.reads and (kept := self.last_good.find(self.caller, declared, asked, now)) is not None:
            return kept
        if isinstance(error, MCPError):
            raise error
        result = wrong(error)
        return result.model_copy(update={"meta": {"retry_after_s": RETRY_AFTER_S}})


async def guarded(name: str, call: Callable[[], Awaitable[CallToolResult]]) -> CallToolResult:
    """What the call gives; a bug says nothing of itself to the caller."""
    try:
        return await call()
    except (SwitchboardError, MCPError, Asked, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 - the outermost loop of a tool
        LOG.error("tool_failed", tool=name, error=type(error).__name__, at=place_of(error))  # noqa: TRY400 - a message may hold what a customer typed
        raise MCPError(code=INTERNAL_ERROR, message="Internal server error") from None


def answered(declared: Declared, given: Any) -> CallToolResult:
    """What an operation gives, as a tool tells it."""
    if isinstance(given, Picture) and given.png is not None:
        return marked(declared, _shown(given, given.png))
    text = declared.gives.__pydantic_serializer__.to_json(given).decode()
    return json_result(text, QUOTES if declared.quotes else None)


def wrong(error: SwitchboardError) -> CallToolResult:
    """What is wrong, in a sentence that the one who called can mend it by."""
    meta = {"retry_after_s": error.retry_after_s} if isinstance(error, LimitReached | UnderWay) else None
    if isinstance(error, ApprovalNeeded):
        meta = put_aside(error)
    return CallToolResult(content=[TextContent(text=str(error))], is_error=True, _meta=meta)


def unknown(tool: str) -> MCPError:
    """Off, forbidden and absent look the same from outside."""
    return MCPError(code=INVALID_PARAMS, message=f"Unknown tool: {tool[:100]}")


def _shown(given: Picture, png: str) -> CallToolResult:
    """A picture as one, with what it shows in words; it is not sent a second time among the rest of the answer."""
    rest = given.model_copy(update={"png": None}).model_dump(mode="json", by_alias=True)
    content = [TextContent(text=given.told), ImageContent(data=png, mime_type="image/png")]
    return CallToolResult(content=[*content], structured_content=rest)


async def _note_denied(ground: Ground, caller: Caller, declared: Declared) -> None:
    """Ask the operation, so that the trail knows of the try; its policy refuses before it looks at the request."""
    try:
        await declared(ground, caller, declared.asks.model_construct(), door=DOOR)
    except NotAllowed:
        return


@asynccontextmanager
async def _telling(exchange: Exchange) -> AsyncGenerator[Tell]:
    """Say every two seconds that the call goes on, and how far it is."""
    newest = list[Reached]()

    def reached(at: Reached) -> None:
        newest[:] = [at]

    async def tell() -> None:
        passed = 0.0
        while True:
            await asyncio.sleep(TELLS_S)
            passed += TELLS_S
            how_far = f": {newest[0].told}" if newest else ""
            await exchange.progress(passed, None, f"running for {passed:.0f} s{how_far}")

    telling = asyncio.create_task(tell())
    try:
        yield reached
    finally:
        telling.cancel()
