"""Clients, servers and tools: made in steps, bounded, tried, connected, and only by who may."""

import json
import re
from collections.abc import AsyncGenerator
from html import unescape
from uuid import uuid4

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients import operations as clients
from switchboard.accounts.clients.records import ClientCreate, ClientMade, ClientNamed
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.operations import workspace_settings
from switchboard.accounts.roles import operator_caller
from switchboard.console.connecting import configurations
from switchboard.console.schema_forms import fields_of, typed
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.records import Nothing
from switchboard.intelligence.records import SearchAsked
from tests.console.busy import servers_on
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme
from tests.console.shop import Browser, Shop
from tests.mcp.house import listening

pytestmark = IN_A_BROWSER
SCREENS: tuple[tuple[int, Scheme], ...] = ((360, "dark"), (1440, "light"))


@pytest.fixture
def keeper(shop: Shop) -> Caller:
    return operator_caller(shop.workspace.id)


@pytest.fixture
async def client(ground: Ground, keeper: Caller) -> ClientMade:
    """One that has made two requests, of which one was refused."""
    asked = ClientCreate(name=f"Till {uuid4().hex[:6]}", role="analyst", tools_off=("users_list",))
    made = await clients.create_client(ground, keeper, asked, door="test")
    caller = await Credentials(ground, None).caller(made.key)
    await workspace_settings(ground, caller, Nothing(), door="mcp")
    with pytest.raises(Invalid):
        await clients_refused(ground, caller)
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    return made


async def clients_refused(ground: Ground, caller: Caller) -> None:
    declared = OPERATIONS["intelligence.recommend_segments"]
    await declared(ground, caller, declared.asks.model_validate({"goal": "nothing"}), door="mcp")


@pytest.fixture(name="servers_on")
async def _servers_on(ground: Ground) -> AsyncGenerator[None]:
    async with servers_on(ground):
        yield


async def test_a_client_is_made_in_steps_that_end_in_what_to_paste(owner: Browser, ground: Ground, keeper: Caller):
    name = f"Claude {uuid4().hex[:6]}"
    await owner.get("/clients/new")
    await owner.send("/clients/new", step="who", name=name, role="analyst", key_days="30")
    assert f'name="name" value="{name}"' in owner.page
    kept = {"name": name, "role": "analyst", "key_days": "30"}
    await owner.send("/clients/new", step="tools", which="published", listing="full", **kept)
    kept |= {"which": "published", "listing": "full"}
    wrong = await owner.send("/clients/new", step="limits", per_hour="many", **kept)
    assert wrong.status_code == 422
    assert "Write a number, or leave it empty" in owner.page
    made = await owner.send(
        "/clients/new",
        step="limits",
        per_hour="500",
        tool_limits="search_customers 20",
        expires_at="2030-01-01",
        **kept,
    )
    key = re.search(r"sb_[\w-]{43}", owner.page)
    assert made.status_code == 200
    assert key
    caller = await Credentials(ground, None).caller(key[0])
    assert caller.client is not None
    found = await clients.show_client(ground, keeper, ClientNamed(id=caller.client), door="test")
    assert (found.name, found.roles, found.listing, found.per_hour) == (name, ("analyst",), "full", 500)
    assert found.tool_limits == {"search_customers": 20}
    assert found.tools_only is not None
    assert "search_customers" in found.tools_only
    assert "claude mcp add --transport http switchboard http://127.0.0.1:8000/mcp" in owner.page


async def test_a_step_back_keeps_what_was_typed(owner: Browser):
    await owner.get("/clients/new")
    await owner.send(
        "/clients/new", step="tools", do="back", name="Claude", which="some", tools_only="search_customers"
    )
    assert 'id="name" name="name" type="text" value="Claude"' in owner.page
    assert 'type="hidden" name="tools_only" value="search_customers"' in owner.page


async def test_a_client_without_a_name_stays_at_the_first_step(owner: Browser):
    await owner.get("/clients/new")
    answer = await owner.send("/clients/new", step="who", name=" ", role="agent")
    assert answer.status_code == 422
    assert "It needs a name." in owner.page


@pytest.mark.parametrize("named", ["cursor", "vs-code", "windsurf"])
async def test_what_is_pasted_connects(ground: Ground, client: ClientMade, servers_on: None, named: str):
    async with listening(ground, operations=OPERATIONS) as url:
        pasted = {each.id: each.text for each in configurations(f"{url}/mcp", client.key)}
        (server,) = next(iter(json.loads(pasted[named]).values())).values()
        async with (
            httpx2.AsyncClient(headers=server["headers"]) as http,
            Client(streamable_http_client(server.get("url") or server["serverUrl"], http_client=http)) as connected,
        ):
            names = [each.name for each in (await connected.list_tools()).tools]
    assert "customer_data_search_customers" in names


def test_every_configuration_holds_the_key_and_is_whole():
    pasted = configurations("https://shop.example/mcp", "sb_secret")
    assert all("sb_secret" in each.text for each in pasted)
    for each in pasted:
        if each.text.startswith("{"):
            json.loads(each.text)
    assert len({each.id for each in pasted}) == len(pasted)


async def test_a_clients_page_shows_what_it_used(owner: Browser, client: ClientMade):
    answer = await owner.get(f"/clients/{client.client.id}")
    page = unescape(owner.page)
    assert answer.status_code == 200
    assert "0 failed, 1 refused" in page
    assert "50.0%" in page
    assert "workspaces_settings" in page
    assert page.count('role="img"') == 4  # two charts, wide and narrow
    assert "users_list</textarea>" in page
    listed = await owner.get("/clients")
    assert listed.status_code == 200
    assert client.client.name in owner.page


async def test_a_client_gets_another_key(owner: Browser, client: ClientMade, ground: Ground):
    path = f"/clients/{client.client.id}"
    await owner.get(path)
    answer = await owner.send(f"{path}/keys", role="agent", key_days="30")
    key = re.search(r"sb_[\w-]{43}", owner.page)
    assert answer.status_code == 200
    assert key
    caller = await Credentials(ground, None).caller(key[0])
    assert (caller.client, caller.role) == (client.client.id, "agent")
    assert key[0] != client.key
    assert "Who it is" not in owner.page


async def test_usage_is_taken_out_as_a_file(owner: Browser, client: ClientMade):
    answer = await owner.get(f"/clients/{client.client.id}?csv=usage")
    head, *rows = answer.text.splitlines()
    assert head.startswith("requests,done,failed,refused,success_rate")
    assert len(rows) == 2


async def test_a_client_is_changed_and_deleted(owner: Browser, client: ClientMade, ground: Ground, keeper: Caller):
    path = f"/clients/{client.client.id}"
    await owner.get(path)
    wrong = await owner.send(path, name="Till", which="some", tools_only="nothing")
    assert wrong.status_code == 422
    assert "There is no tool nothing" in unescape(owner.page).replace("Tools_only: t", "T")
    await owner.send(path, name=client.client.name, which="all", tools_off="", listing="slim", daily_quota="9")
    found = await clients.show_client(ground, keeper, ClientNamed(id=client.client.id), door="test")
    assert (found.enabled, found.tools_off, found.daily_quota) == (False, (), 9)
    await owner.get(path)
    await owner.send("/clients/delete", id=str(client.client.id))
    assert (await owner.get(path)).status_code == 404


async def test_a_client_is_tried_on_its_page(owner: Browser, client: ClientMade, servers_on: None):
    path = f"/clients/{client.client.id}"
    await owner.get(path)
    answer = await owner.send(f"{path}/test", test_query="jobs by the clock")
    assert answer.status_code == 200
    assert "“jobs_schedules” answered in" in owner.page
    assert "Not good" not in owner.page


async def test_a_server_is_stopped_set_and_rolled_out(owner: Browser, servers_on: None):
    await owner.get("/servers")
    assert "Not built yet: Campaign analytics, LeadPulse, External services." in owner.page
    await owner.send("/servers", do="switch", name="monitoring", enabled="no")
    await owner.get("/servers")
    assert "Stopped for this workspace." in owner.page
    await owner.send("/servers", do="switch", name="monitoring", enabled="yes")
    wrong = await owner.send("/servers", do="set", name="monitoring", timeout_s="soon")
    assert (wrong.status_code, "Write a number, or leave it empty" in owner.page) == (422, True)
    await owner.send("/servers", do="set", name="monitoring", timeout_s="5", per_hour="700", cache_s="90",
                     tools_off="audit_list")  # fmt: skip
    await owner.get("/servers")
    assert ('value="700"' in owner.page, 'value="90"' in owner.page) == (True, True)
    assert "audit_list</textarea>" in owner.page
    await owner.send("/servers", do="roll_out", name="monitoring", steps="10 0\n50% 2", most_error_percent="3")
    await owner.get("/servers")
    assert "10 % after 0 days" in owner.page
    await owner.send("/servers", do="roll_back", name="monitoring")
    await owner.get("/servers")
    assert "Taken back: nobody is let in." in owner.page
    await owner.send("/servers", do="end_rollout", name="monitoring")
    await owner.send("/servers", do="set", name="monitoring")
    steps = await owner.send("/servers", do="roll_out", name="monitoring", steps="ten none")
    assert steps.status_code == 422
    assert (await owner.send("/servers", do="erase", name="monitoring")).status_code == 422


async def test_a_tool_is_tried_with_a_form_made_from_its_schema(owner: Browser):
    await owner.get("/tools?text=search customers")
    assert 'href="/tools/search_customers"' in owner.page
    await owner.get("/tools/search_customers")
    assert 'name="of limit"' in owner.page
    answer = await owner.send("/tools/search_customers", **{"of limit": "2", "of text": "c7"})
    assert answer.status_code == 200
    assert '"customer_id": "c7"' in unescape(owner.page)
    wrong = await owner.send("/tools/search_customers", **{"of limit": "0"})
    assert wrong.status_code == 422
    assert 'id="of-limit-about">Input should be greater' in owner.page


async def test_a_tool_that_changes_something_is_called_when_it_is_meant(owner: Browser):
    changes = next(each for each in OPERATIONS.values() if each.name == "intelligence.dismiss_insight")
    path = "/tools/intelligence_dismiss_insight"
    await owner.get(path)
    assert "I mean it" in owner.page
    without = await owner.send(path, **{"of rule": "guests"})
    assert (without.status_code, "say that you mean it" in owner.page) == (422, True)
    meant = await owner.send(path, **{"of rule": "guests", "meant": "yes"})
    assert meant.status_code == 200
    assert not changes.reads


async def test_tools_that_are_not_for_somebody_are_not_there(browser: Browser, shop: Shop):
    await browser.sign_in(shop.emails["support"])
    await browser.get("/tools")
    assert "search_customers" not in browser.page
    assert (await browser.get("/tools/search_customers")).status_code == 404
    assert (await browser.get("/tools/keys_add")).status_code == 404


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_only_owners_and_admins_see_clients(browser: Browser, shop: Shop, client: ClientMade, role: str):
    await browser.sign_in(shop.emails[role])  # pyright: ignore[reportArgumentType] - a role
    await browser.get("/tools")
    assert 'href="/clients"' not in browser.page
    for path in ("/clients", f"/clients/{client.client.id}", f"/clients/{client.client.id}/live"):
        assert (await browser.get(path)).status_code == 403, path
    await browser.get("/tools")
    assert (await browser.send("/clients/new", step="limits", name="x", role="agent")).status_code == 403
    assert (await browser.send("/servers", do="switch", name="monitoring", enabled="no")).status_code == 403


def test_a_form_is_made_of_a_request_and_a_request_of_a_form():
    fields = {each.name: each for each in fields_of(SearchAsked)}
    assert (fields["limit"].kind, fields["filter"].kind, fields["detail"].kind) == ("integer", "json", "choice")
    said = {"of limit": "5", "of filter": '{"all": []}', "of detail": "", "of text": "x"}
    assert typed(list(fields.values()), said) == {"limit": 5, "filter": {"all": []}, "text": "x"}
    with pytest.raises(Invalid, match="write JSON"):
        typed(list(fields.values()), {"of filter": "{"})


@pytest.mark.parametrize("screen", SCREENS)
async def test_pages_about_agents_are_well(
    doors: Doors, client: ClientMade, servers_on: None, screen: tuple[int, Scheme]
):
    paths = [
        "/clients",
        "/clients/new",
        f"/clients/{client.client.id}",
        "/servers",
        "/tools",
        "/tools/search_customers",
    ]
    async with doors.open("owner", *screen) as watched:
        assert await watched.wrong_with(*paths) == {}


async def test_a_client_is_made_and_followed_in_a_browser(doors: Doors, ground: Ground):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/clients/new")
        await page.get_by_label("Name").fill(f"Agent {uuid4().hex[:6]}")
        await page.keyboard.press("Enter")
        await page.get_by_label("Tools it has").wait_for()
        await page.get_by_role("button", name="Next").click()
        await page.get_by_label("Calls an hour", exact=True).fill("400")
        await page.get_by_role("button", name="Make the client").click()
        key = await page.get_by_label("API key").input_value()
        wrong = await watched.wrong(cold=False)
        await page.get_by_role("link", name="Done").click()
        await page.get_by_role("button", name="Follow").click()
        await page.wait_for_timeout(1_500)
        caller = await Credentials(ground, None).caller(key)
        await workspace_settings(ground, caller, Nothing(), door="mcp")
        assert isinstance(ground.trail, JournalledTrail)
        await ground.trail.flush()
        await page.locator("tbody th time").first.wait_for(timeout=20_000)
        told = await page.locator("#latest").locator("xpath=../..").locator("tbody").inner_text()
    assert wrong == []
    assert "workspaces_settings" in told
