"""The page of a change that waits: what is asked is shown, tried and done from it; said yes to it is elsewhere."""

import importlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from uuid import UUID

import httpx2
import pytest
from mcp import Client
from mcp.client import advertise
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextResourceContents
from playwright.async_api import Frame, Page

from switchboard.accounts.approvals.operations import grant_approval, refuse_approval
from switchboard.accounts.approvals.records import ApprovalNamed
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotAllowed
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.app_pages import APPROVAL
from switchboard.mcp.apps import EXTENSION, MEDIA
from tests.api.counter import key_of
from tests.console.chromium import IN_A_BROWSER, chromium
from tests.console.watching import AXE, RUN_AXE
from tests.mcp.house import Mode, listening
from tests.mcp.test_safe_actions import INGEST, MERGE, PAIR, PEOPLE, merges, told

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]
importlib.import_module("switchboard.house")  # which declares every operation

MODES: tuple[Mode, ...] = ("auto", "legacy")
EVIL = '<img src=x onerror="top.hurt=1"><script>top.hurt=1</script>'
HOST = """<iframe sandbox="allow-scripts" srcdoc="PAGE"></iframe><script>
window.seen = [];
window.opened = [];
window.context = [];
const frame = document.querySelector("iframe").contentWindow;
const say = message => frame.postMessage({jsonrpc: "2.0", ...message}, "*");
const answers = {
  "ui/initialize": () => ({protocolVersion: "2026-01-26", hostContext: {theme: "dark"}, hostCapabilities: CAPABLE}),
  "ui/open-link": ({url}) => (opened.push(url), {}),
  "ui/update-model-context": said => (context.push(said), {}),
  "tools/call": said => window.callTool(said),
};
addEventListener("message", async ({source, data}) => {
  if (source !== frame) return;
  seen.push(data.method ?? "answer");
  if (data.id !== undefined && answers[data.method]) {
    try { say({id: data.id, result: await answers[data.method](data.params)}); }
    catch (error) { say({id: data.id, error: {code: -32000, message: String(error.message)}}); }
  }
  if (data.method === "ui/notifications/initialized") {
    say({method: "ui/notifications/tool-input", params: {arguments: INPUT}});
    say({method: "ui/notifications/tool-result", params: RESULT});
  }
});
</script>"""
ABLE: dict[str, Any] = {"openLinks": {}, "serverTools": {}}


@pytest.fixture
async def key(ground: Ground, operator: Caller) -> str:
    return await key_of(ground, operator, "owner")


@asynccontextmanager
async def showing(url: str, key: str, mode: Mode = "auto") -> AsyncGenerator[Client]:
    """A client that shows pages and has nobody to ask."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(
            streamable_http_client(url, http_client=http), mode=mode,
            extensions=[advertise(EXTENSION, {"mimeTypes": [MEDIA]})],
        ) as client,
    ):  # fmt: skip
        yield client


@asynccontextmanager
async def framed(
    client: Client, asked: Mapping[str, Any], result: CallToolResult, able: Mapping[str, Any] = ABLE
) -> AsyncGenerator[tuple[Page, Frame]]:
    """The page in the frame of a host that hands on what it asks."""
    (contents,) = (await client.read_resource(APPROVAL.uri)).contents
    assert isinstance(contents, TextResourceContents)

    async def call_tool(said: dict[str, Any]) -> dict[str, Any]:
        return _json(await client.call_tool(said["name"], said["arguments"]))

    html = HOST.replace("CAPABLE", _safe(able)).replace("INPUT", _safe(asked)).replace("RESULT", _safe(_json(result)))
    async with chromium() as browser:
        host = await browser.new_page()
        await host.expose_function("callTool", call_tool)  # pyright: ignore[reportUnknownMemberType] - Playwright's own
        await host.set_content(html.replace("PAGE", escape(contents.text)))
        await host.wait_for_function("seen.includes('ui/notifications/initialized')")
        yield host, host.frames[1]


def _json(result: CallToolResult) -> dict[str, Any]:
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def _safe(said: Mapping[str, Any]) -> str:
    return json.dumps(said).replace("<", "\\u003c")


async def press(frame: Frame, name: str, then: str) -> None:
    """Press a button, and see what is told then."""
    await frame.get_by_role("button", name=name).click()
    await frame.get_by_text(then).first.wait_for(timeout=20_000)


async def listed(client: Client) -> dict[str, Any]:
    """The page that each tool has, by its name."""
    found, cursor = dict[str, Any](), None
    while True:
        page = await client.list_tools(cursor=cursor)
        found |= {tool.name: (tool.meta or {}).get("ui", {}).get("resourceUri") for tool in page.tools}
        if (cursor := page.next_cursor) is None:
            return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("is_slim", [False, True])
async def test_what_waits_is_shown_tried_and_done_once_somebody_granted_it(
    ground: Ground, operator: Caller, key: str, mode: Mode, *, is_slim: bool
):
    tool, asked = ("call_tool", {"name": MERGE, "arguments": PAIR}) if is_slim else (MERGE, PAIR)
    async with (
        listening(ground, operations=OPERATIONS) as url,
        showing(f"{url}/mcp{'' if is_slim else '?tools=all'}", key, mode) as client,
    ):
        pages = await listed(client)
        await client.call_tool(*(("call_tool", {"name": INGEST, "arguments": PEOPLE}) if is_slim else (INGEST, PEOPLE)))
        waits = await client.call_tool(tool, asked)
        approval = told(waits)["approval"]
        async with framed(client, asked, waits) as (host, frame):
            await frame.get_by_role("heading", name="Merge two customers?").wait_for()
            shown = await frame.locator("body").inner_text()
            await press(frame, "Try it without a trace", "nothing was changed")
            await press(frame, "It is granted: do it", "nobody has granted it yet")
            after_trying = await merges(ground, operator)
            await frame.get_by_role("button", name="Open it in the console").click()
            await host.wait_for_function("opened.length")
            opened = await host.evaluate("opened")
            await grant_approval(ground, operator, ApprovalNamed(id=UUID(approval["id"])), door="test")
            await press(frame, "It is granted: do it", "Done.")
            await host.wait_for_function("context.length")
            context = await host.evaluate("context[0].content[0].text")
            buttons = await frame.get_by_role("button").count()
    assert pages[tool] == APPROVAL.uri
    assert [
        words for words in ("customers.merge", "a1", "b1", "Undone by customers.unmerge") if words not in shown
    ] == []
    assert approval["page"] in shown
    assert opened == [f"{ground.public_url}/approvals?id={approval['id']}"]
    assert (after_trying, await merges(ground, operator), buttons) == (0, 1, 0)
    assert context.startswith("Merge two customers: done")


async def test_a_refusal_is_told_and_nothing_is_done(ground: Ground, operator: Caller, key: str):
    async with (
        listening(ground, operations=OPERATIONS) as url,
        showing(f"{url}/mcp?tools=all", key) as client,
    ):
        await client.call_tool(INGEST, PEOPLE)
        waits = await client.call_tool(MERGE, PAIR)
        asked = ApprovalNamed(id=UUID(told(waits)["approval"]["id"]))
        await refuse_approval(ground, operator, asked, door="test")
        async with framed(client, PAIR, waits) as (_, frame):
            await press(frame, "It is granted: do it", "it was refused")
    assert await merges(ground, operator) == 0


async def test_the_agents_own_key_grants_nothing_by_any_way_that_a_page_has(ground: Ground, operator: Caller, key: str):
    async with (
        listening(ground, operations=OPERATIONS) as url,
        showing(f"{url}/mcp?tools=all", key) as client,
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
    ):
        await client.call_tool(INGEST, PEOPLE)
        waits = await client.call_tool(MERGE, PAIR)
        approval = told(waits)["approval"]["id"]
        refused: list[str] = []
        for name in (
            "approvals_grant",
            "approvals.grant",
            "customer_data_approvals_grant",
            "monitoring_approvals_grant",
        ):
            asked = {"name": name, "arguments": {"id": approval}}
            said = await http.post(
                f"{url}/mcp/customer-data", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked},
                headers={"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"},
            )  # fmt: skip
            refused.append(said.text)
        names = await listed(client)
        still = await client.call_tool(MERGE, {**PAIR, "approval": approval})
    assert [name for name in names if "approval" in name] == []
    assert all("Unknown tool" in each for each in refused), refused
    assert still.is_error
    holder = Caller(
        id=UUID(int=9), name="agent", kind="key", workspace=operator.workspace, role="owner",
        permissions=operator.permissions,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="no key does"):
        await grant_approval(ground, holder, ApprovalNamed(id=UUID(approval)), door="http")
    assert await merges(ground, operator) == 0


async def test_words_in_a_request_are_text_on_the_page_and_it_is_fit_to_use(ground: Ground, key: str):
    pair = {**PAIR, "other_id": EVIL}
    async with (
        listening(ground, operations=OPERATIONS) as url,
        showing(f"{url}/mcp?tools=all", key) as client,
    ):
        waits = await client.call_tool(MERGE, pair)
        async with framed(client, pair, waits) as (host, frame):
            await frame.get_by_role("heading", level=1).wait_for()
            shown = await frame.locator("body").inner_text()
            hurt = await host.evaluate("window.hurt ?? null")
            await frame.evaluate(AXE.read_text())
            violations = await frame.evaluate(RUN_AXE)
            sized = await host.evaluate("seen.includes('ui/notifications/size-changed')")
    assert EVIL in shown
    assert (hurt, violations, sized) == (None, [], True)


async def test_a_host_that_hands_on_nothing_shows_where_to_go(ground: Ground, key: str):
    async with (
        listening(ground, operations=OPERATIONS) as url,
        showing(f"{url}/mcp?tools=all", key) as client,
    ):
        waits = await client.call_tool(MERGE, PAIR)
        async with framed(client, PAIR, waits, able={}) as (_, frame):
            await frame.get_by_role("heading", level=1).wait_for()
            shown = await frame.locator("body").inner_text()
            buttons = await frame.get_by_role("button").count()
    assert f"/approvals?id={told(waits)['approval']['id']}" in shown
    assert buttons == 0


async def test_what_only_reads_leaves_the_frame_of_call_tool_empty(ground: Ground, key: str):
    asked: dict[str, Any] = {"name": "customer_data_customers_retention", "arguments": {}}
    async with listening(ground, operations=OPERATIONS) as url, showing(f"{url}/mcp", key) as client:
        read = await client.call_tool("call_tool", asked)
        async with framed(client, asked, read) as (_, frame):
            await frame.wait_for_function("!document.querySelector('main').children.length")
            shown = await frame.locator("body").inner_text()
    assert not read.is_error
    assert shown == ""


async def test_the_page_is_there_for_whoever_may_change_something_and_once(ground: Ground, operator: Caller, key: str):
    agent = await key_of(ground, operator, "agent")
    seen: list[int] = []
    async with listening(ground, operations=OPERATIONS) as url:
        for each in (key, agent):
            async with showing(f"{url}/mcp", each) as client:
                uris = [str(one.uri) for one in (await client.list_resources()).resources]
                seen.append(uris.count(APPROVAL.uri))
    assert seen == [1, 0]  # an agent's role changes nothing
