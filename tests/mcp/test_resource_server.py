"""The gateway as a resource server: what it says of itself, and tokens of a certified OpenID provider at its door."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from switchboard.accounts import operations as accounts
from switchboard.accounts import tenants
from switchboard.accounts.provider_tokens import ProviderTokens, jwt_claims
from switchboard.accounts.records import KeyAdd, KeyRevoke, Workspace
from switchboard.accounts.scopes import LETS, READ
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import OAuthSettings, Settings
from switchboard.mcp.resource import Resource, resource_of
from tests.api.counter import key_of
from tests.console.shop import add_user
from tests.mcp.house import ON, PUBLIC, Mode, client_of, listening
from tests.mcp.provider import Provider, running

pytestmark = pytest.mark.slow

OURS = f"{PUBLIC}/mcp"
OWNERS_TOOL = "customer_data_calculate_segment_trends"
PROFILE = "customer_data_get_customer_profile"
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
MODES: tuple[Mode, ...] = ("auto", "legacy")


@pytest.fixture(scope="module")
async def provider() -> AsyncGenerator[Provider]:
    async with running(OURS) as started:
        yield started


def trusting(ground: Ground, provider: Provider, machines: dict[str, str] | None = None) -> Resource:
    given = OAuthSettings(issuer=provider.issuer, keys_url=None, audience="", machines=machines or {})
    return Resource(url=PUBLIC, tokens=ProviderTokens(ground, given))


@pytest.fixture
async def url(ground: Ground, provider: Provider) -> AsyncGenerator[str]:
    async with listening(ground, resource=trusting(ground, provider)) as opened:
        yield opened


async def person(ground: Ground, workspace: Workspace, provider: Provider, scope: str, role: str = "owner") -> str:
    """An access token of a new user here, whom the provider knows by the same e-mail."""
    name = f"ada{uuid4().hex[:8]}"
    await add_user(ground, workspace, role, f"{name}@example.com")  # type: ignore[arg-type] - a role
    return str((await provider.person(name, scope))["access_token"])


async def called(url: str, token: str, tool: str, mode: Mode = "auto", path: str = "/mcp") -> httpx2.Response:
    """What a plain request for a tool is answered."""
    params: dict[str, Any] = {"name": tool, "arguments": {}}
    headers = {**ACCEPT, "authorization": f"Bearer {token}"}
    if mode == "auto":
        headers |= {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": tool}
        about = "io.modelcontextprotocol/"
        params["_meta"] = {f"{about}protocolVersion": "2026-07-28", f"{about}clientCapabilities": {}}
    said = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with httpx2.AsyncClient(base_url=url) as http:
        return await http.post(path, json=said, headers=headers)


@pytest.mark.parametrize("path", ["/mcp", "/mcp/customer-data"])
async def test_each_address_says_whose_tokens_it_takes(url: str, provider: Provider, path: str):
    async with httpx2.AsyncClient(base_url=url) as http:
        refused = await http.post(path)
        told = await http.get(f"/.well-known/oauth-protected-resource{path}")
    where = f'resource_metadata="{PUBLIC}/.well-known/oauth-protected-resource{path}"'
    assert refused.headers["www-authenticate"] == f'Bearer realm="switchboard", {where}, scope="mcp:read"'
    assert told.json() == {
        "resource": f"{PUBLIC}{path}", "resource_name": "Switchboard", "authorization_servers": [provider.issuer],
        "scopes_supported": ["mcp:read", "mcp:contact", "mcp:write"], "bearer_methods_supported": ["header"],
    }  # fmt: skip
    assert told.headers["access-control-allow-origin"] == "*"


async def test_without_a_provider_our_own_keys_are_good_and_nothing_is_said_of_another(
    ground: Ground, operator: Caller
):
    async with listening(ground) as url, httpx2.AsyncClient(base_url=url) as http:
        told = (await http.get("/.well-known/oauth-protected-resource/mcp")).json()
        async with client_of(f"{url}/mcp", await key_of(ground, operator)) as client:
            answer = await client.call_tool(PROFILE, {"customer_id": "c1"})
    assert "authorization_servers" not in told
    assert not answer.is_error


@pytest.mark.parametrize("path", ["/mcp/leadpulse", "/mcp/no-such", "/elsewhere"])
async def test_what_is_off_or_absent_says_nothing_of_itself(url: str, path: str):
    async with httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get(f"/.well-known/oauth-protected-resource{path}")).status_code == 404


@pytest.mark.parametrize("mode", MODES)
async def test_a_person_of_the_provider_is_the_user_of_the_verified_e_mail(
    ground: Ground, workspace: Workspace, provider: Provider, url: str, mode: Mode
):
    token = await person(ground, workspace, provider, READ, "analyst")
    async with client_of(f"{url}/mcp", token, mode) as client:
        answer = await client.call_tool(PROFILE, {"customer_id": "c1"})
    assert answer.structured_content == {"customer_id": "c1", "as_of": None}


async def test_whom_nobody_here_knows_is_not_let_in(ground: Ground, workspace: Workspace, provider: Provider, url: str):
    stranger = (await provider.person(f"stranger{uuid4().hex[:8]}", READ))["access_token"]
    name = f"unverified{uuid4().hex[:8]}"
    await add_user(ground, workspace, "owner", f"{name}@example.com")
    unverified = (await provider.person(name, READ))["access_token"]
    for token in (stranger, unverified):
        answer = await called(url, token, PROFILE)
        assert answer.status_code == 401
        assert "nobody here is tied to this identity" in answer.json()["detail"]


async def test_a_token_of_a_sign_in_opens_nothing(ground: Ground, workspace: Workspace, provider: Provider, url: str):
    name = f"ada{uuid4().hex[:8]}"
    await add_user(ground, workspace, "owner", f"{name}@example.com")
    tokens = await provider.person(name, READ)
    assert (await called(url, tokens["id_token"], PROFILE)).status_code == 401


async def test_a_token_for_one_server_is_good_at_that_server_alone(
    ground: Ground, operator: Caller, provider: Provider
):
    key = await accounts.add_key(ground, operator, KeyAdd(name="robot", role="owner"), door="test")
    trusted = trusting(ground, provider, {"robot": str(key.id)})
    one, other = f"{OURS}/customer-data", "https://elsewhere.example/mcp"
    async with listening(ground, resource=trusted) as url:
        for resource, path, status in (
            (one, "/mcp/customer-data", 200), (one, "/mcp", 401), (other, "/mcp", 401),
            (OURS, "/mcp/customer-data", 200),
        ):  # fmt: skip
            token = await provider.machine("robot", READ, resource)
            tool = PROFILE if path == "/mcp" else "get_customer_profile"
            assert (await called(url, token, tool, path=path)).status_code == status


async def test_a_machine_acts_as_the_key_named_for_it_until_that_is_revoked(
    ground: Ground, operator: Caller, provider: Provider
):
    key = await accounts.add_key(ground, operator, KeyAdd(name="robot", role="analyst"), door="test")
    token, stranger = await provider.machine("robot", READ), await provider.machine("stranger", READ)
    async with listening(ground, resource=trusting(ground, provider, {"robot": str(key.id)})) as url:
        async with client_of(f"{url}/mcp", token) as client:
            assert not (await client.call_tool(PROFILE, {"customer_id": "c1"})).is_error
        assert (await called(url, stranger, PROFILE)).status_code == 401
    await accounts.revoke_key(ground, operator, KeyRevoke(id=key.id), door="test")
    async with listening(ground, resource=trusting(ground, provider, {"robot": str(key.id)})) as url:
        assert (await called(url, token, PROFILE)).status_code == 401


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_beyond_the_tokens_scope_is_not_seen_and_asks_for_a_wider_token(
    ground: Ground, workspace: Workspace, provider: Provider, url: str, mode: Mode
):
    narrow = await person(ground, workspace, provider, READ)
    async with client_of(f"{url}/mcp?tools=all", narrow, mode) as client:
        names = [each.name for each in (await client.list_tools()).tools]
    refused = await called(url, narrow, OWNERS_TOOL, mode)
    assert OWNERS_TOOL not in names
    assert PROFILE in names
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert 'scope="mcp:write", error="insufficient_scope"' in refused.headers["www-authenticate"]

    wide = await person(ground, workspace, provider, "mcp:read mcp:write")
    async with client_of(f"{url}/mcp?tools=all", wide, mode) as client:
        assert OWNERS_TOOL in [each.name for each in (await client.list_tools()).tools]
        assert not (await client.call_tool(OWNERS_TOOL, {})).is_error


async def test_a_tool_that_the_user_has_not_at_all_is_unknown_whatever_the_scope(
    ground: Ground, workspace: Workspace, provider: Provider, url: str
):
    token = await person(ground, workspace, provider, "mcp:read", "analyst")
    async with client_of(f"{url}/mcp", token) as client:
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool(OWNERS_TOOL, {})


async def test_a_token_without_a_scope_of_ours_reaches_nothing(
    ground: Ground, workspace: Workspace, provider: Provider, url: str
):
    answer = await called(url, await person(ground, workspace, provider, "other"), PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert 'scope="mcp:read"' in answer.headers["www-authenticate"]


async def test_somebody_of_two_workspaces_has_the_token_say_which(
    ground: Ground, workspace: Workspace, provider: Provider, url: str
):
    token = await person(ground, workspace, provider, READ)
    other = await another(ground)
    await add_user(ground, other, "analyst", jwt_claims(token)["email"])
    answer = await called(url, token, PROFILE)
    assert answer.status_code == 401
    assert "the claim `workspace`" in answer.json()["detail"]


async def another(ground: Ground) -> Workspace:
    return await tenants.make(ground, f"shop {uuid4()}", "EUR", "Europe/Berlin")


def test_scopes_let_through_every_permission_once():
    names = [name for lets in LETS.values() for name in lets]
    assert len(names) == len(set(names))
    assert "customers:contact" not in LETS["mcp:read"] | LETS["mcp:write"]


async def test_the_settings_say_from_where_else_it_may_be_called(ground: Ground, operator: Caller):
    key = await key_of(ground, operator)
    given = Settings(public_url=PUBLIC, mcp_hosts="mcp.example, mcp.example:8443", mcp_origins="https://app.example")
    begins = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with listening(ground, resource=resource_of(ground, given)) as url, httpx2.AsyncClient(base_url=url) as http:
        for headers, status in (
            ({"host": "mcp.example"}, 200), ({"host": "mcp.example:8443"}, 200), ({"host": "mcp.example:80"}, 421),
            ({"origin": "https://app.example"}, 200), ({"origin": "http://app.example"}, 403),
            ({"origin": "https://app.example.evil"}, 403),
        ):  # fmt: skip
            answer = await http.post("/mcp", json=begins, headers={**ACCEPT, "x-api-key": key, **headers})
            assert answer.status_code == status, headers


@pytest.mark.parametrize("wrong", [
    {"oauth_issuer": "http://provider.example"}, {"oauth_issuer": "file:///etc/passwd"},
    {"oauth_keys_url": "http://169.254.169.254/keys"}, {"oauth_machines": "robot"}, {"oauth_machines": "robot=1"},
    {"mcp_hosts": "*"}, {"mcp_origins": "app.example"}, {"mcp_origins": "https://a.example/path"},
])  # fmt: skip
def test_settings_that_would_open_too_much_are_refused(wrong: dict[str, str]):
    with pytest.raises(ValueError, match="pattern"):
        Settings(**wrong)  # type: ignore[arg-type] - they are all texts


def test_the_settings_of_the_provider_are_read():
    key = str(uuid4())
    given = Settings(oauth_issuer="https://id.example", oauth_machines=f"a={key}, b = {key}".replace(" = ", "="))
    assert given.oauth is not None
    assert given.oauth.machines == {"a": key, "b": key}
    assert ON.oauth is None
