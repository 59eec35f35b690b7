"""Clients at their published paths: managed, tried, called as, counted, and followed while they call."""

import asyncio
import importlib
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import Api, make_api
from switchboard.api.serving import Serving
from switchboard.foundation import flags
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from tests.api.counter import client_of, key_of, well
from tests.api.listening import listening

pytestmark = pytest.mark.slow

importlib.import_module("switchboard.house")  # which declares every operation
CLIENTS = "/api/mcp/clients"
PLAIN = "intelligence_settings"


@pytest.fixture(scope="module")
def whole(ground: Ground) -> Api:
    """The door over the product's own operations."""
    serving = Serving(ground=ground, credentials=Credentials(ground, None), ready=well, log=AccessLog(on=False))
    return make_api(serving)


@pytest.fixture
async def admin(whole: Api, ground: Ground, operator: Caller) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client_of(whole, await key_of(ground, operator, "admin")) as opened:
        yield opened


@pytest.fixture
async def servers_on(ground: Ground, operator: Caller) -> AsyncGenerator[None]:
    for on in (True, None):
        async with ground.work(operator) as work:
            await flags.switch(work, "mcp_enabled", on=on)
            await flags.switch(work, "mcp_monitoring_enabled", on=on)
        if on:
            yield


async def made(admin: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await admin.post(CLIENTS, json={"name": "Claude", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def flush(ground: Ground) -> None:
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()


async def test_a_client_is_made_read_changed_and_deleted(admin: httpx2.AsyncClient):
    client = await made(admin, perHour=500, dailyQuota=4_000)
    one = f"{CLIENTS}/{client['client']['id']}"
    assert client["key"].startswith("sb_")
    assert (await admin.get(one)).json() == client["client"]
    changed = (await admin.put(one, json={"perHour": None, "enabled": False})).json()
    assert (changed["per_hour"], changed["daily_quota"], changed["enabled"]) == (None, 4_000, False)
    assert [each["name"] for each in (await admin.get(CLIENTS)).json()["clients"]] == ["Claude"]
    assert (await admin.delete(one)).json() == {}
    assert (await admin.get(one)).status_code == 404


@pytest.mark.parametrize(("path", "asked", "field"), [
    ("", {"name": "Claude", "default_provider": "openai"}, "default_provider"),
    ("", {"name": "Claude", "apiKeys": {"anthropic": "sk-1"}}, "api_keys"),
    ("/{id}/test", {"model_provider": "openai", "test_query": "List available tools"}, "model_provider"),
    ("/{id}/test", {"model": "gpt-4-turbo"}, "model"),
    ("/{id}/test", {"tool": "nothing"}, "tool"),
])  # fmt: skip
async def test_what_there_is_not_is_refused_by_name(
    admin: httpx2.AsyncClient, servers_on: None, path: str, asked: dict[str, Any], field: str
):
    client = (await made(admin, name="other", role="analyst"))["client"]["id"]
    answer = await admin.post(f"{CLIENTS}{path.format(id=client)}", json=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert asked.get(field, "anthropic") in answer.json()["detail"]
    assert "sk-1" not in answer.text


async def test_a_path_says_which_client_and_the_body_does_not(admin: httpx2.AsyncClient):
    client = (await made(admin))["client"]["id"]
    answer = await admin.put(f"{CLIENTS}/{client}", json={"id": client, "enabled": False})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "id")
    assert (await admin.put(f"{CLIENTS}/{client}", content=b"[]")).status_code == 422
    assert (await admin.put(f"{CLIENTS}/{client}", content=b"{")).status_code == 400
    assert (await admin.put(f"{CLIENTS}/7", json={"enabled": False})).status_code == 422


@pytest.mark.parametrize("role", ["marketer", "analyst", "support", "agent"])
async def test_only_owners_and_admins_manage_clients(whole: Api, ground: Ground, operator: Caller, role: Any):
    async with client_of(whole, await key_of(ground, operator, role)) as one:
        its = f"{CLIENTS}/{operator.id}"
        for method, path, body in (
            ("GET", CLIENTS, None), ("POST", CLIENTS, {"name": "x"}), ("GET", its, None), ("PUT", its, {"name": "x"}),
            ("DELETE", its, None), ("POST", f"{its}/test", {}), ("GET", f"/api/mcp/usage/{operator.id}", None),
        ):  # fmt: skip
            answer = await one.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (method, path)
        stream = await one.get(f"/api/mcp/usage/{operator.id}", headers={"accept": "text/event-stream"})
        assert stream.status_code == 403


async def test_an_access_token_of_an_admin_manages_clients(whole: Api, ground: Ground, operator: Caller):
    async with client_of(whole) as nobody:
        key = await key_of(ground, operator, "admin")
        token = (await nobody.post("/api/auth/token", json={"api_key": key})).json()["access_token"]
        answer = await nobody.get(CLIENTS, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()) == (200, {"clients": [], "next_cursor": None})


async def test_a_client_is_tried_with_a_real_call(admin: httpx2.AsyncClient, ground: Ground, servers_on: None):
    agent = (await made(admin, name="agent"))["client"]["id"]
    tried = (await admin.post(f"{CLIENTS}/{agent}/test", json={"test_query": "jobs by the clock"})).json()
    assert [(each["name"], each["ok"]) for each in tried["checks"]] == [
        ("key", True), ("servers", True), ("tools", False)  # the only server there has none that an agent may call
    ]  # fmt: skip
    analyst = (await made(admin, role="analyst", per_hour=100))["client"]["id"]
    tried = (await admin.post(f"{CLIENTS}/{analyst}/test", json={"testQuery": "jobs by the clock"})).json()
    assert [each["name"] for each in tried["checks"]] == ["key", "servers", "tools", "query", "call", "limits"]
    assert (tried["ok"], tried["tool"], tried["took_ms"] > 0) == (True, "jobs_schedules", True)
    assert "calls are left for the next" in tried["checks"][-1]["told"]
    await flush(ground)
    used = (await admin.get(f"/api/mcp/usage/{analyst}")).json()
    assert (used["total"]["requests"], used["doors"], used["top_tools"][0]["tool"]) == (1, {"mcp": 1}, "jobs_schedules")


async def test_a_trial_says_which_check_failed(admin: httpx2.AsyncClient, servers_on: None):
    client = (await made(admin, role="analyst"))["client"]["id"]
    one = f"{CLIENTS}/{client}"

    async def failed(**asked: Any) -> dict[str, str]:
        said = (await admin.post(f"{one}/test", json=asked)).json()
        assert said["ok"] is False
        return {each["name"]: each["told"] for each in said["checks"] if not each["ok"]}

    assert "call" in await failed(tool="jobs_show", arguments={"id": client})
    assert "arguments" not in await failed(tool="jobs_show")
    await admin.put(one, json={"tools_only": ["workspaces_settings"]})
    assert await failed() == {"tools": "its settings leave it none"}
    await admin.put(one, json={"enabled": False})
    assert list(await failed()) == ["key"]


async def test_a_trial_where_mcp_is_off_says_so(admin: httpx2.AsyncClient):
    client = (await made(admin))["client"]["id"]
    said = (await admin.post(f"{CLIENTS}/{client}/test", json={})).json()
    assert [(each["name"], each["ok"]) for each in said["checks"]] == [("key", True), ("servers", False)]


async def test_a_tool_is_called_as_a_client(admin: httpx2.AsyncClient, whole: Api, ground: Ground, operator: Caller):
    client = await made(admin, role="analyst")
    asked: dict[str, Any] = {"client_id": client["client"]["id"], "tool_name": PLAIN, "parameters": {}}
    assert PLAIN in {each["name"] for each in (await admin.get("/api/mcp/tools")).json()["tools"]}
    by_admin = await admin.post("/api/mcp/execute", json=asked)
    async with client_of(whole, client["key"]) as itself, client_of(whole, await key_of(ground, operator)) as other:
        by_itself = await itself.post("/api/mcp/execute", json=asked)
        by_other = await other.post("/api/mcp/execute", json=asked)
    assert (by_admin.status_code, by_itself.status_code, by_other.status_code) == (200, 200, 403)
    assert by_itself.json()["tool_name"] == PLAIN
    assert by_itself.json()["usage"].keys() == {"took_ms", "per_hour", "left", "resets_in_s"}
    assert by_itself.json()["result"] == by_admin.json()["result"]
    wrong = await admin.post("/api/mcp/execute", json=asked | {"provider": "openai", "model": "gpt-4-turbo"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "provider")
    unknown = await admin.post("/api/mcp/execute", json=asked | {"tool_name": "get_campaigns"})
    assert unknown.status_code == 404


async def test_who_acts_for_a_client_may_no_more_than_both(admin: httpx2.AsyncClient):
    client = await made(admin, role="support", tools_off=[PLAIN])
    asked: dict[str, Any] = {"client_id": client["client"]["id"], "parameters": {}}
    forbidden = await admin.post("/api/mcp/execute", json=asked | {"tool_name": "search_customers"})
    without = await admin.post("/api/mcp/execute", json=asked | {"tool_name": PLAIN})
    assert (forbidden.status_code, without.status_code) == (403, 404)


async def test_usage_counts_what_the_trail_says(
    admin: httpx2.AsyncClient, whole: Api, ground: Ground, operator: Caller
):
    client = await create_client(ground, operator, ClientCreate(name="Claude", per_hour=3), door="test")
    path = f"/api/mcp/usage/{client.client.id}"
    async with client_of(whole, client.key) as itself:
        for _ in range(2):
            await itself.post("/v1/workspaces.settings")
        await itself.post("/v1/users.list")
        await itself.post("/v1/workspaces.settings")
        assert (await itself.post("/v1/workspaces.settings")).status_code == 429
    await flush(ground)
    used = (await admin.get(path)).json()
    total = used["total"]
    assert (total["requests"], total["done"], total["failed"], total["refused"]) == (5, 3, 0, 2)
    assert (total["success_rate"], total["failure_rate"]) == (0.6, 0.4)
    assert used["outcomes"] == {"done": 3, "limit_reached": 1, "not_allowed": 1}
    assert [(each["tool"], each["requests"]) for each in used["top_tools"]] == [
        ("workspaces_settings", 4), ("users_list", 1)
    ]  # fmt: skip
    assert [each["operation"] for each in used["by_tool_and_day"]] == ["users.list", "workspaces.settings"]
    assert 0 < total["p50_ms"] <= total["p95_ms"] <= total["p99_ms"]
    page = (await admin.get(f"{path}?limit=1")).json()
    rest = (await admin.get(path, params={"cursor": page["next_cursor"]})).json()
    assert page["by_tool_and_day"] + rest["by_tool_and_day"] == used["by_tool_and_day"]


@pytest.mark.parametrize("query", [
    "since=2026-01-01T00:00:00Z&until=2025-01-01T00:00:00Z", "since=2020-01-01T00:00:00Z", "cursor=x", "since=x",
])  # fmt: skip
async def test_a_time_that_makes_no_sense_is_refused(admin: httpx2.AsyncClient, query: str):
    client = (await made(admin))["client"]["id"]
    assert (await admin.get(f"/api/mcp/usage/{client}?{query}")).status_code == 422


@pytest.mark.slow
async def test_requests_are_told_while_they_come_in(whole: Api, ground: Ground, operator: Caller):
    key = await key_of(ground, operator, "admin")
    async with (
        listening(whole, lifespan=False) as url,
        httpx2.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=30) as admin,
    ):
        client = await made(admin)
        path, accepts = f"/api/mcp/usage/{client['client']['id']}", {"accept": "text/event-stream"}
        async with admin.stream("GET", path, headers=accepts) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ": open"
            await asyncio.sleep(0.5)
            async with httpx2.AsyncClient(base_url=url, headers={"authorization": f"Bearer {client['key']}"}) as itself:
                await itself.post("/v1/workspaces.settings")
                await itself.post("/v1/users.list")
            await flush(ground)
            async with asyncio.timeout(20):
                told = [json.loads(line[6:]) async for line in _data(lines, 2)]
    assert stream.headers["content-type"] == "text/event-stream"
    assert "content-length" not in stream.headers
    assert [(each["tool"], each["outcome"]) for each in told] == [
        ("workspaces_settings", "done"), ("users_list", "not_allowed")
    ]  # fmt: skip


async def _data(lines: Any, many: int) -> AsyncGenerator[str]:
    async for line in lines:
        if line.startswith("data: "):
            yield line
            many -= 1
            if not many:
                return


def test_every_operation_about_clients_is_there():
    ours = {name.partition(".")[2] for name in OPERATIONS if name.startswith("clients.")}
    assert ours == {"list", "show", "create", "change", "delete", "usage", "requests", "test"}


async def test_the_document_knows_the_paths_and_their_bodies(whole: Api, ground: Ground):
    async with client_of(whole) as nobody:
        document = (await nobody.get("/openapi.json")).json()
    one = document["paths"][f"{CLIENTS}/{{id}}"]
    assert one.keys() == {"get", "put", "delete"}
    body = one["put"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = document["components"]["schemas"][body]["properties"]
    assert "enabled" in fields
    assert "id" not in fields
    assert [(each["name"], each["in"]) for each in one["put"]["parameters"]][:2] == [
        ("id", "path"), ("Idempotency-Key", "header")
    ]  # fmt: skip
