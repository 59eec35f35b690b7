"""Pages that clients show of answers: offered to those that say they can, whole in themselves, and safe to show."""

import importlib
import json
from html import escape
from typing import Any

import httpx2
import pytest

from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.app_pages import AUDIENCE, CUSTOMER, App, page
from switchboard.mcp.apps import EXTENSION, MEDIA
from tests.api.counter import key_of
from tests.console.chromium import chromium
from tests.mcp.house import listening

pytestmark = pytest.mark.slow
importlib.import_module("switchboard.house")  # which declares every operation

CARD = "ui://switchboard/customer.html"
SHOWS = {"extensions": {EXTENSION: {"mimeTypes": [MEDIA]}}}
BAD = '<img src=x onerror="top.hurt=1"><script>top.hurt=1</script>'
CARD_OF = {
    "customer_id": BAD, "archetype": {"id": "a", "name": "Loyal tea drinkers"}, "as_of": "2026-03-01T00:00:00Z",
    "metrics": {"lifetime_value": 1234.5, "total_orders": 7, "currency": "EUR"},
    "dominant_segments": {"purchase_frequency": "weekly"},
}  # fmt: skip
AUDIENCE_OF = {"name": "Win back", "about": BAD, "version": 3, "filter": {"all": [{"risk_level": ["HIGH"]}]}}
HOST = """<script>
window.seen = [];
addEventListener("message", event => {
  const said = event.data;
  seen.push(said.method);
  if (said.method === "ui/initialize")
    event.source.postMessage({jsonrpc: "2.0", id: said.id, result: {protocolVersion: "2026-01-26"}}, "*");
  if (said.method === "ui/notifications/initialized")
    event.source.postMessage(
      {jsonrpc: "2.0", method: "ui/notifications/tool-result", params: {structuredContent: ANSWER}}, "*");
});
</script><iframe sandbox="allow-scripts" srcdoc="PAGE"></iframe>"""


async def asked(url: str, key: str, revision: str, can: dict[str, Any], method: str, **params: Any) -> dict[str, Any]:
    """What a client of this revision that can this is answered."""
    heads = {
        "authorization": f"Bearer {key}", "accept": "application/json, text/event-stream",
        "mcp-protocol-version": revision, "mcp-method": method,
    } | ({"mcp-name": params["uri"]} if "uri" in params else {})  # fmt: skip
    async with httpx2.AsyncClient(base_url=url, headers=heads) as client:
        if revision == "2025-11-25":
            info = {"name": "t", "version": "1"}
            hello = {"protocolVersion": revision, "capabilities": can, "clientInfo": info}
            first = await client.post("/mcp", json=_said("initialize", hello))
            client.headers["mcp-session-id"] = first.headers["mcp-session-id"]
        else:
            meta = "io.modelcontextprotocol/"
            params["_meta"] = {f"{meta}protocolVersion": revision, f"{meta}clientCapabilities": can}
        answer: dict[str, Any] = (await client.post("/mcp", json=_said(method, params))).json()
        return answer


def _said(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_pages_are_there_for_clients_that_can_show_them(ground: Ground, operator: Caller, revision: str):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url:
        seen: list[tuple[bool, bool, bool]] = []
        for can in (SHOWS, {}):
            tools = (await asked(url, key, revision, can, "tools/list"))["result"]["tools"]
            listed = (await asked(url, key, revision, can, "resources/list"))["result"]["resources"]
            read = await asked(url, key, revision, can, "resources/read", uri=CARD)
            profile = next(each for each in tools if each["name"] == "customer_data_get_customer_profile")
            has = profile.get("_meta", {}).get("ui") == {"resourceUri": CARD}
            seen.append((has, CARD in [each["uri"] for each in listed], "result" in read))
            if can:
                contents = read["result"]["contents"][0]
                assert (contents["mimeType"], contents["text"]) == (MEDIA, page(CUSTOMER))
                assert contents["_meta"]["ui"]["csp"] == {"connectDomains": [], "resourceDomains": []}
    assert seen == [(True, True, True), (False, False, False)]


@pytest.mark.parametrize(
    ("app", "answer", "told"),
    [
        (CUSTOMER, CARD_OF, [BAD, "Loyal tea drinkers", "lifetime value", "1,234.5", "weekly"]),
        (AUDIENCE, AUDIENCE_OF, ["Win back", BAD, "risk_level"]),
    ],
)
async def test_an_answer_is_shown_in_a_browser_as_text_and_nothing_is_fetched(
    app: App, answer: dict[str, Any], told: list[str]
):
    said = json.dumps(answer).replace("<", "\\u003c")
    html = HOST.replace("ANSWER", said).replace("PAGE", escape(page(app)))
    fetched: list[str] = []
    async with chromium() as browser:
        shown = await browser.new_page()
        shown.on("request", lambda request: fetched.append(request.url))
        await shown.set_content(html)
        frame = shown.frames[1]
        await frame.get_by_role("heading", level=1).wait_for()
        text = await frame.locator("body").inner_text()
        hurt = await shown.evaluate("window.hurt ?? null")
        seen = await shown.evaluate("seen")
        inside = await frame.evaluate("[...document.querySelectorAll('img, body script')].length")
    assert [words for words in told if words not in text] == []
    assert (hurt, inside) == (None, 0)
    assert seen[:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert set(seen[2:]) == {"ui/notifications/size-changed"}
    assert [url for url in fetched if not url.startswith("about:")] == []


async def test_the_policy_of_a_page_runs_nothing_but_its_own():
    evil = page(CUSTOMER).replace("<body>", "<body><script>parent.postMessage({method: 'evil'}, '*')</script>")
    html = HOST.replace("ANSWER", "{}").replace("PAGE", escape(evil))
    async with chromium() as browser:
        shown = await browser.new_page()
        await shown.set_content(html)
        await shown.wait_for_function("seen.includes('ui/initialize')")
        seen = await shown.evaluate("seen")
    assert "evil" not in seen
