"""Questions back to the person at the client, how far a call is, tasks, and what is told without asking."""

import asyncio
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent, Tool

from switchboard.foundation import flags as stored
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.wake import Bell
from switchboard.mcp.exchange import Exchange, filled, form
from switchboard.mcp.parts import NativeTool, Parts
from tests.api.counter import key_of
from tests.mcp.house import Mode, client_of, listening, words

pytestmark = pytest.mark.slow

MODES: tuple[Mode, ...] = ("auto", "legacy")
ACCEPT = {"accept": "application/json, text/event-stream"}


async def name_it(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    """Asks twice, the second time about the first answer."""
    first = filled((await exchange.ask(name=form("Which name?", {"name": {"type": "string"}})))["name"])
    if first is None:
        return CallToolResult(content=[TextContent(text="as you like")])
    sure = form(f"{first['name']} for {given['what']}, sure?", {"sure": {"type": "boolean"}})
    second = filled((await exchange.ask(sure=sure))["sure"])
    return CallToolResult(content=[TextContent(text=f"{first['name']}: {second}")])


async def count(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    """Tells how far it is."""
    for done in range(given["to"]):
        await exchange.progress(done + 1, given["to"], f"{done + 1} of {given['to']}")
    return CallToolResult(content=[TextContent(text="counted")])


STARTED, STOPPED = asyncio.Event(), asyncio.Event()


async def linger(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    """Takes as long as it is let."""
    _ = exchange, given
    STARTED.set()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        STOPPED.set()
        raise
    return CallToolResult(content=[])


def native(name: str, run: Any, permission: str = "customers:read") -> NativeTool:
    tool = Tool(name=name, description=name, input_schema={"type": "object"})
    return NativeTool(tool=tool, permission=permission, run=run)


MORE = Parts(tools=(native("name_it", name_it), native("count", count), native("linger", linger)))


def person(*answers: ElicitResult) -> Any:
    """Answers one question after the other."""
    left = list(answers)

    async def answer(context: Any, asked: ElicitRequestParams) -> ElicitResult:
        _ = context, asked
        return left.pop(0)

    return answer


def accept(**content: Any) -> ElicitResult:
    return ElicitResult(action="accept", content=content)


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_asks_the_person_in_the_same_way_on_both_revisions(ground: Ground, operator: Caller, mode: Mode):
    key = await key_of(ground, operator)
    answering = person(accept(name="Ada"), accept(sure=True), ElicitResult(action="decline"))
    async with (
        listening(ground, more=MORE) as url,
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(
            streamable_http_client(f"{url}/mcp", http_client=http), mode=mode, elicitation_callback=answering
        ) as client,
    ):
        named = await client.call_tool("name_it", {"what": "the list"})
        declined = await client.call_tool("name_it", {"what": "the list"})
    assert words(named) == "Ada: {'sure': True}"
    assert words(declined) == "as you like"


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_can_not_ask_is_told_what_it_lacks(ground: Ground, operator: Caller, mode: Mode):
    key = await key_of(ground, operator)
    async with listening(ground, more=MORE) as url, client_of(f"{url}/mcp", key, mode) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("name_it", {"what": "x"})
    assert refused.value.error.code == -32021
    assert refused.value.error.data == {"requiredCapabilities": {"elicitation": {}}}


@pytest.mark.parametrize("mode", MODES)
async def test_how_far_a_call_is_reaches_the_client(ground: Ground, operator: Caller, mode: Mode):
    key, seen = await key_of(ground, operator), list[tuple[float, float | None, str | None]]()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async with listening(ground, more=MORE) as url, client_of(f"{url}/mcp", key, mode) as client:
        await client.call_tool("count", {"to": 3}, progress_callback=note)
    assert seen == [(1, 3, "1 of 3"), (2, 3, "2 of 3"), (3, 3, "3 of 3")]


async def test_a_client_that_leaves_ends_its_call(ground: Ground, operator: Caller):
    key = await key_of(ground, operator)
    STARTED.clear()
    STOPPED.clear()
    async with listening(ground, more=MORE) as url, client_of(f"{url}/mcp", key) as client:
        calling = asyncio.create_task(client.call_tool("linger", {}))
        await asyncio.wait_for(STARTED.wait(), 10)
        calling.cancel()
        await asyncio.wait_for(STOPPED.wait(), 10)


def session_of(answer: httpx2.Response) -> str:
    return answer.headers["mcp-session-id"]


def initialize(**capabilities: Any) -> dict[str, Any]:
    said = {"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {"name": "t", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": said}


async def test_a_session_id_is_good_for_whom_it_was_given_alone(ground: Ground, operator: Caller):
    one, other = [{"authorization": f"Bearer {await key_of(ground, operator)}"} for _ in range(2)]
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    async with listening(ground) as url, httpx2.AsyncClient(base_url=url, headers=ACCEPT) as client:
        session = session_of(await client.post("/mcp", json=initialize(), headers=one))
        mine = await client.post("/mcp", json=listing, headers=one | {"mcp-session-id": session})
        theirs = await client.post("/mcp", json=listing, headers=other | {"mcp-session-id": session})
        changed = await client.post("/mcp", json=listing, headers=one | {"mcp-session-id": f"x{session}"})
        listened = await client.get("/mcp", headers=other | {"mcp-session-id": session})
    assert [mine.status_code, theirs.status_code, changed.status_code, listened.status_code] == [200, 404, 404, 404]


async def test_an_answer_that_reaches_another_process_gets_to_the_call_that_waits(
    ground: Ground, operator: Caller, server: Embedded
):
    headers = {"authorization": f"Bearer {await key_of(ground, operator)}"}
    thief = {"authorization": f"Bearer {await key_of(ground, operator)}"}
    call = {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "tools/call",
        "params": {"name": "name_it", "arguments": {"what": "x"}},
    }
    async with (
        listening(ground, more=MORE, bell=Bell(url=server.url())) as here,
        listening(ground, more=MORE, bell=Bell(url=server.url())) as there,
        httpx2.AsyncClient(headers=ACCEPT, timeout=20) as client,
    ):
        await asyncio.sleep(0.5)  # until both listen
        session = session_of(await client.post(f"{here}/mcp", json=initialize(elicitation={}), headers=headers))
        headers["mcp-session-id"] = session
        asked: list[dict[str, Any]] = []
        async with client.stream("POST", f"{here}/mcp", json=call, headers=headers) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                asked.append(httpx2.Response(200, text=line.removeprefix("data: ")).json())
                if "method" in asked[-1]:
                    stolen: dict[str, Any] = {
                        "jsonrpc": "2.0",
                        "id": asked[-1]["id"],
                        "result": {"action": "accept", "content": {}},
                    }
                    await client.post(f"{there}/mcp", json=stolen, headers=thief)
                    answer: dict[str, Any] = stolen | {"result": {"action": "decline"}}
                    assert (await client.post(f"{there}/mcp", json=answer, headers=headers)).status_code == 202
    assert [each.get("method") for each in asked] == ["elicitation/create", None]
    assert asked[1]["result"]["content"][0]["text"] == "as you like"


@pytest.mark.parametrize("mode", MODES)
async def test_a_switch_that_is_flipped_is_told_to_who_listens_in_every_process(
    ground: Ground, operator: Caller, server: Embedded, mode: Mode
):
    key, told = await key_of(ground, operator), asyncio.Event()
    headers = {"authorization": f"Bearer {key}", **ACCEPT}
    body: dict[str, Any] = {
        "jsonrpc": "2.0", "id": "l", "method": "subscriptions/listen",
        "params": {"notifications": {"toolsListChanged": True}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }},
    }  # fmt: skip
    modern = {"mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen"}

    async def listen(client: httpx2.AsyncClient, url: str, opened: asyncio.Event) -> None:
        if mode == "legacy":
            session = session_of(await client.post(f"{url}/mcp", json=initialize(), headers=headers))
            request = client.build_request("GET", f"{url}/mcp", headers=headers | {"mcp-session-id": session})
        else:
            request = client.build_request("POST", f"{url}/mcp", json=body, headers=headers | modern)
        stream = await client.send(request, stream=True)
        async for line in stream.aiter_lines():
            opened.set()
            if "notifications/tools/list_changed" in line:
                told.set()
                break
        await stream.aclose()

    opened = asyncio.Event()
    async with (
        listening(ground, bell=Bell(url=server.url())) as url,
        httpx2.AsyncClient(timeout=20) as client,
    ):
        listener = asyncio.create_task(listen(client, url, opened))
        await asyncio.wait_for(opened.wait(), 10)
        await asyncio.sleep(0.5)  # until the bell is heard
        try:
            async with ground.work(operator) as work:
                await stored.switch(work, "mcp_customer_data_enabled", on=False)
            await asyncio.wait_for(told.wait(), 5)
            async with client_of(f"{url}/mcp", key) as other:
                assert (await other.list_tools()).tools == []
        finally:
            async with ground.work(operator) as work:
                await stored.switch(work, "mcp_customer_data_enabled", on=None)
            await listener
