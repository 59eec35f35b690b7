"""A question of a large shop that takes long, at every door: how far it is, and the answer once there is one."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.serving import Serving
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.settings import Settings
from switchboard.house import DECLARED
from switchboard.intelligence import jobs
from switchboard.intelligence.long_questions import asking
from switchboard.mcp import desk
from tests.api.counter import client_of as api_client
from tests.api.counter import key_of, well
from tests.console.shop import ADDRESS, Browser, add_user
from tests.intelligence.asked import see_through, waiting
from tests.mcp.house import Mode, client_of, listening, words
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

assert jobs in DECLARED
BEGIN, THEN, CUSTOMERS = date(2023, 1, 2), "2023-12-01", 30
TOOL = "customer_data_intelligence_churn_aggregate"
MODES: tuple[Mode, ...] = ("auto", "legacy")
TASKS, META = "io.modelcontextprotocol/tasks", "io.modelcontextprotocol/"
REVISION = "2026-07-28"


@pytest.fixture
async def shop(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop that counts as large, and doors that do not wait."""
    made = await open_shop(ground)
    lines = [
        f"o{n}-{week},c{n:02},{BEGIN + timedelta(weeks=week)}T10:00,p{n % 3},,,1,{10 + n},,"
        for n in range(CUSTOMERS)
        for week in range(0, 60, 1 + n % 5)
    ]
    await made.bring(orders(*lines))
    await made.segment()
    monkeypatch.setattr(asking, "LARGE", CUSTOMERS - 1)
    monkeypatch.setattr(asking, "WAIT_S", 0.0)
    monkeypatch.setattr(desk, "TELLS_S", 0.05)
    return made


async def see_to_it(shop: Shop) -> None:
    """Answer what is asked next, as a worker does."""
    while not await waiting(shop.ground, shop.workspace.id):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    await see_through(shop.ground, shop.workspace.id)


async def test_over_http_it_is_a_problem_that_says_when_to_ask_again_and_then_the_answer(shop: Shop):
    serving = Serving(
        ground=shop.ground, credentials=Credentials(shop.ground, None), ready=well, log=AccessLog(on=False)
    )
    api = make_api(serving, operations=OPERATIONS)
    async with api_client(api, await key_of(shop.ground, shop.caller)) as client:
        paths = "/v1/intelligence.churn_aggregate", {"as_of": THEN}
        told = await client.post(paths[0], json=paths[1])
        said = told.json()
        assert (told.status_code, said["code"], told.headers["retry-after"]) == (503, "being_worked_out", "2")
        assert said["standing"] | {"job": ""} == {"job": "", "step": "waiting for a worker", "share": None}
        named = await client.post("/v1/jobs.show", json={"id": said["standing"]["job"]})
        assert (named.json()["status"], named.json()["title"]) == ("waiting", "Answer a question that takes long")
        await see_through(shop.ground, shop.workspace.id)
        answer = await client.post(paths[0], json=paths[1])
        assert (answer.status_code, answer.json()["customers"]) == (200, CUSTOMERS)
        published = await client.get(f"/api/mcp/archetypes/top?as_of={THEN}")
        assert (published.status_code, published.json()["code"]) == (503, "being_worked_out")


@pytest.mark.parametrize("mode", MODES)
async def test_over_mcp_the_call_waits_and_says_how_far_it_is(shop: Shop, mode: Mode):
    key, seen = await key_of(shop.ground, shop.caller), list[str | None]()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append(message)

    async with (
        listening(shop.ground, operations=OPERATIONS) as url,
        client_of(f"{url}/mcp?tools=all", key, mode) as client,
    ):
        seeing = asyncio.create_task(see_to_it(shop))
        answer = await client.call_tool(TOOL, {"as_of": THEN}, progress_callback=note)
        await seeing
    assert not answer.is_error, words(answer)
    assert json.loads(words(answer))["customers"] == CUSTOMERS
    assert any(each and each.endswith("waiting for a worker") for each in seen)


@pytest.mark.parametrize("asks_more", [{}, {"progressToken": "p"}], ids=["fast lane", "the SDK's road"])
async def test_over_mcp_a_client_that_knows_tasks_is_given_one(shop: Shop, asks_more: dict[str, str]):
    key = await key_of(shop.ground, shop.caller)
    async with listening(shop.ground, operations=OPERATIONS) as url, httpx2.AsyncClient(base_url=url) as client:

        async def call(method: str, named: str, params: dict[str, Any]) -> dict[str, Any]:
            about: dict[str, object] = {
                f"{META}protocolVersion": REVISION, f"{META}clientInfo": {"name": "t", "version": "1"},
                f"{META}clientCapabilities": {"extensions": {TASKS: {}}}, **asks_more,
            }  # fmt: skip
            body: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": about}}
            headers = {
                "authorization": f"Bearer {key}", "accept": "application/json, text/event-stream",
                "mcp-protocol-version": REVISION, "mcp-method": method, "mcp-name": named,
            }  # fmt: skip
            answer = await client.post("/mcp?tools=all", json=body, headers=headers)
            last = answer.text.strip().rpartition("data: ")[2]  # of a stream, where it is one
            return json.loads(last)["result"]

        begun = await call("tools/call", TOOL, {"name": TOOL, "arguments": {"as_of": THEN}})
        assert (begun["resultType"], begun["status"]) == ("task", "working")
        await see_to_it(shop)
        async with asyncio.timeout(20):
            while (standing := await call("tasks/get", begun["taskId"], {"taskId": begun["taskId"]}))[
                "status"
            ] != "completed":
                assert standing["status"] == "working"
                await asyncio.sleep(0.1)
        assert json.loads(standing["result"]["content"][0]["text"])["customers"] == CUSTOMERS


@pytest.fixture
async def browser(shop: Shop) -> AsyncGenerator[Browser]:
    """The console before the shop's owner, signed in."""
    charts = Charts()
    console = make_console(shop.ground, Credentials(shop.ground, None), Settings(public_url=ADDRESS), charts)
    made = Browser.at(console)
    await made.sign_in(await add_user(shop.ground, shop.workspace, "owner"))
    yield made
    await charts.close()


async def test_a_page_of_the_console_says_how_far_it_is_asks_again_by_itself_and_is_there_then(
    shop: Shop, browser: Browser
):
    answer = await browser.get("/cohorts?months=3")
    assert answer.status_code == 202
    assert "Waiting for a worker" in browser.page
    assert 'hx-get="/cohorts?months=3" hx-trigger="load delay:2s"' in browser.page
    (job,) = await waiting(shop.ground, shop.workspace.id)
    assert f'href="/jobs/{job}"' in browser.page
    part = await browser.client.get("/cohorts?months=3", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["retry-after"], part.text) == (503, "2", "")
    again = await browser.client.get("/cohorts?months=3", headers={"HX-Request": "true", "X-Under-Way": "1"})
    assert again.status_code == 202
    await see_through(shop.ground, shop.workspace.id)
    assert (await browser.get("/cohorts?months=3")).status_code == 200
    assert "being worked out" not in browser.page


async def test_thresholds_that_are_tried_are_kept_in_the_form_until_it_is_known_what_they_change(
    shop: Shop, browser: Browser
):
    await browser.get("/settings/thresholds")
    said = {
        name: value.replace("0.333333", "0.5") for name, value in fields_of(browser.page).items() if name != "token"
    }
    answer = await browser.send("/settings/thresholds", **said, do="try")
    assert answer.status_code == 202
    assert 'hx-post="/settings/thresholds"' in browser.page
    assert fields_of(browser.page)["moderate"] == "0.5"
    await see_through(shop.ground, shop.workspace.id)
    answer = await browser.send("/settings/thresholds", **said, do="try")
    assert answer.status_code == 200
    assert "What this would change" in browser.page
    assert "hx-post" not in browser.page


def fields_of(page: str) -> dict[str, str]:
    """The fields of the form with their values."""
    inputs = re.findall(r"<input[^>]*>", page)
    pairs = ((re.search(r' name="([^"]+)"', each), re.search(r' value="([^"]*)"', each)) for each in inputs)
    return {name[1]: value[1] for name, value in pairs if name and value}
