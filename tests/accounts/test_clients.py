"""Clients: their keys open what the client is given, no more often than it may, and not when it is closed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from switchboard.accounts import operations as accounts
from switchboard.accounts.clients import operations as on
from switchboard.accounts.clients.records import Client, ClientChange, ClientCreate, ClientMade, ClientNamed
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.records import AllowanceChange, KeyAdd, PageAsked, Workspace
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing
from tests.accounts.people import Watch, someone

SETTINGS = "workspaces_settings"  # the tool that the operation of this name is


async def made(ground: Ground, by: Caller, **asked: Any) -> ClientMade:
    said = read_values(ClientCreate, {"name": f"till {new_id()}"} | asked)
    return await on.create_client(ground, by, said, door="test")


async def changed(ground: Ground, by: Caller, client: ClientMade, **to: Any) -> Client:
    said = read_values(ClientChange, {"id": client.client.id} | to)
    return await on.change_client(ground, by, said, door="test")


async def ask_settings(ground: Ground, caller: Caller) -> None:
    await accounts.workspace_settings(ground, caller, Nothing(), door="test")


async def test_a_client_comes_with_a_key_that_acts_for_it(timed: Ground, operator: Caller, credentials: Credentials):
    client = await made(timed, operator, role="analyst", per_hour=500)
    caller = await credentials.caller(client.key)
    assert (caller.client, caller.role, caller.lists_all) == (client.client.id, "analyst", False)
    assert (client.client.keys, client.client.roles, client.client.per_hour) == (1, ("analyst",), 500)


async def test_what_a_client_is_set_to_is_told_again(timed: Ground, operator: Caller):
    asked = {
        "klaviyo_account_id": "Abc", "expires_at": "2026-04-01T00:00:00Z", "tools_only": ["users_list", SETTINGS],
        "tools_off": ["users_list"], "listing": "full", "per_minute": 20, "per_hour": 300, "daily_quota": 4_000,
        "tool_limits": {SETTINGS: 5},
    }  # fmt: skip
    client = (await made(timed, operator, **asked)).client
    found = await on.show_client(timed, operator, ClientNamed(id=client.id), door="test")
    assert found == client
    told = found.model_dump(mode="json")
    assert {name: told[name] for name in asked} == asked


async def test_what_is_not_named_stays_and_null_takes_it_away(timed: Ground, operator: Caller):
    client = await made(timed, operator, per_minute=20, per_hour=300, tools_only=[SETTINGS])
    after = await changed(timed, operator, client, per_minute=None, tools_only=None)
    assert (after.per_minute, after.per_hour, after.tools_only) == (None, 300, None)
    assert (await changed(timed, operator, client, per_hour=None)).per_hour is None
    with pytest.raises(Invalid, match="name: it can not be taken away"):
        await changed(timed, operator, client, name=None)
    with pytest.raises(Invalid, match="name what to change"):
        await changed(timed, operator, client)


async def test_calls_an_hour_are_the_rule_that_limits_show_and_change(timed: Ground, operator: Caller):
    client = await made(timed, operator, per_hour=300)
    name = str(client.client.id)
    rules = (await accounts.list_limits(timed, operator, Nothing(), door="test")).rules
    assert [(each.name, each.per_hour) for each in rules] == [(name, 300)]
    raised = AllowanceChange(about="client", name=name, per_hour=900)
    await accounts.change_limit(timed, operator, raised, door="test")
    found = await on.show_client(timed, operator, ClientNamed(id=client.client.id), door="test")
    assert found.per_hour == 900


@pytest.mark.parametrize(("field", "value", "named"), [
    ("default_provider", "openai", "openai"), ("default_model", "gpt-4-turbo", "gpt-4-turbo"),
    ("daily_token_quota", 1_000, "1000"), ("api_keys", {"anthropic": "sk", "klaviyo": "pk"}, "anthropic, klaviyo"),
])  # fmt: skip
async def test_what_needs_a_language_model_is_refused_by_name(
    timed: Ground, operator: Caller, field: str, value: Any, named: str
):
    with pytest.raises(Invalid, match=f"{field}: {named} needs language models") as refused:
        await made(timed, operator, **{field: value})
    assert refused.value.field == field
    client = await made(timed, operator)
    with pytest.raises(Invalid, match=named):
        await changed(timed, operator, client, **{field: value})


@pytest.mark.parametrize(("asked", "match"), [
    ({"tools_off": ["nothing"]}, "tools_off: there is no tool nothing"),
    ({"tools_only": ["nothing"]}, "tools_only: there is no tool nothing"),
    ({"tool_limits": {"nothing": 5}}, "tool_limits: there is no tool nothing"),
    ({"per_minute": 0}, "per_minute"), ({"name": " "}, "name"), ({"listing": "some"}, "listing"),
    ({"role": "agent", "permissions": ["audit:read"]}, "agent has no permission audit:read"),
])  # fmt: skip
async def test_a_client_that_makes_no_sense_is_refused(timed: Ground, operator: Caller, asked: Any, match: str):
    with pytest.raises(Invalid, match=match):
        await made(timed, operator, **asked)


async def test_two_clients_have_two_names(timed: Ground, operator: Caller, other: Workspace):
    first = await made(timed, operator, name="till")
    with pytest.raises(Conflict, match="there is a client called till"):
        await made(timed, operator, name="till")
    await made(timed, someone(other, "owner"), name="till")
    second = await made(timed, operator, name="shop")
    with pytest.raises(Conflict, match="there is a client called till"):
        await changed(timed, operator, second, name="till")
    assert (await changed(timed, operator, first, name="till")).name == "till"


async def test_a_client_that_is_off_or_over_opens_nothing_within_five_seconds(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    client = await made(timed, operator)
    tokens = await credentials.tokens.issue(await credentials.caller(client.key))
    await changed(timed, operator, client, enabled=False)
    watch.wait(5)
    for bearer in (client.key, tokens.access_token):
        with pytest.raises(NotSignedIn):
            await credentials.caller(bearer)
    await changed(timed, operator, client, enabled=True, expires_at=(watch.now + timedelta(hours=1)).isoformat())
    watch.wait(5)
    assert (await credentials.caller(client.key)).client == client.client.id
    watch.wait(timedelta(hours=1))
    with pytest.raises(NotSignedIn):
        await credentials.caller(client.key)


async def test_a_client_that_is_deleted_takes_its_keys_along(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    client = await made(timed, operator, per_hour=5)
    more = await accounts.add_key(timed, operator, KeyAdd(name="2", role="agent", client=client.client.id), door="test")
    await on.delete_client(timed, operator, ClientNamed(id=client.client.id), door="test")
    watch.wait(5)
    for key in (client.key, more.key):
        with pytest.raises(NotSignedIn):
            await credentials.caller(key)
    assert (await accounts.list_limits(timed, operator, Nothing(), door="test")).rules == []
    with pytest.raises(NotFound, match="no such client"):
        await on.delete_client(timed, operator, ClientNamed(id=client.client.id), door="test")


async def test_a_client_goes_without_the_tools_it_was_not_given(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    client = await made(timed, operator, tools_off=[SETTINGS])
    with pytest.raises(NotAllowed, match="goes without workspaces_settings"):
        await ask_settings(timed, await credentials.caller(client.key))
    await changed(timed, operator, client, tools_off=[], tools_only=["users_list"])
    watch.wait(5)
    with pytest.raises(NotAllowed):
        await ask_settings(timed, await credentials.caller(client.key))
    await changed(timed, operator, client, tools_only=[SETTINGS])
    watch.wait(5)
    await ask_settings(timed, await credentials.caller(client.key))


@pytest.mark.parametrize(("bounds", "period"), [
    ({"per_minute": 3}, timedelta(minutes=1)), ({"per_hour": 3}, timedelta(hours=1)),
    ({"daily_quota": 3}, timedelta(days=1)), ({"tool_limits": {SETTINGS: 3}}, timedelta(hours=1)),
    ({"daily_quota": 3, "per_hour": 2_000, "per_minute": 1_500}, timedelta(days=1)),
])  # fmt: skip
async def test_a_client_has_so_many_calls_in_a_period_over_all_its_keys_and_processes(
    timed: Ground, operator: Caller, watch: Watch, bounds: dict[str, Any], period: timedelta
):
    client = await made(timed, operator, **bounds)
    second = KeyAdd(name="2", role="agent", client=client.client.id)
    keys = [client.key, (await accounts.add_key(timed, operator, second, door="test")).key]
    callers = [await Credentials(timed, None).caller(key) for key in keys]
    grounds = [replace(timed, allowances=SharedAllowances(timed.database, watch)) for _ in range(2)]
    for n in range(3):
        await ask_settings(grounds[n % 2], callers[n % 2])
    with pytest.raises(LimitReached, match="3 calls"):
        await ask_settings(grounds[1], callers[1])
    with pytest.raises(LimitReached, match="3 calls") as refused:
        await ask_settings(grounds[0], callers[0])
    assert 2 < refused.value.retry_after_s <= period.total_seconds()
    watch.wait(refused.value.retry_after_s)
    await ask_settings(grounds[0], callers[0])


@pytest.mark.parametrize("bounds", [{"per_minute": 2}, {"per_hour": 2}, {"tool_limits": {SETTINGS: 2}}])
async def test_a_client_is_bounded_from_its_first_call_in_every_process(
    timed: Ground, operator: Caller, watch: Watch, bounds: dict[str, Any]
):
    ground = replace(timed, allowances=SharedAllowances(timed.database, watch))
    before = await made(timed, operator, name="before")
    await ask_settings(ground, await Credentials(timed, None).caller(before.key))  # it knows the rules of this moment
    client = await made(timed, operator, **bounds)
    caller = await Credentials(timed, None).caller(client.key)
    for _ in range(2):
        await ask_settings(ground, caller)
    with pytest.raises(LimitReached, match="this client has 2 calls"):
        await ask_settings(ground, caller)


async def test_a_limit_of_one_tool_leaves_the_others_alone(timed: Ground, operator: Caller):
    client = await made(timed, operator, role="admin", tool_limits={SETTINGS: 1})
    caller = await Credentials(timed, None).caller(client.key)
    await ask_settings(timed, caller)
    with pytest.raises(LimitReached, match=r"this client has 1 calls an hour of workspaces\.settings"):
        await ask_settings(timed, caller)
    await accounts.list_users(timed, caller, PageAsked(), door="test")


async def test_who_comes_two_seconds_before_the_next_period_waits_in_line(timed: Ground, operator: Caller):
    watch = Watch()
    watch.now = datetime(2026, 3, 1, 10, 45, 59, tzinfo=UTC)
    client = await made(timed, operator, per_minute=1)
    ground = replace(timed, clock=watch, allowances=SharedAllowances(timed.database, watch))
    caller = await Credentials(ground, None).caller(client.key)
    await ask_settings(ground, caller)
    waiting = asyncio.create_task(ask_settings(ground, caller))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    watch.wait(1)
    await waiting
    with pytest.raises(LimitReached) as refused:
        await ask_settings(ground, caller)
    assert refused.value.retry_after_s == 60


async def test_clients_are_listed_newest_first_a_page_at_a_time(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    clients = [await made(timed, operator, name=f"client {number}") for number in range(3)]
    await credentials.caller(clients[2].key)
    first = await on.list_clients(timed, operator, PageAsked(limit=2), door="test")
    rest = await on.list_clients(timed, operator, PageAsked(limit=2, cursor=first.next_cursor), door="test")
    assert [each.name for each in first.clients + rest.clients] == ["client 2", "client 1", "client 0"]
    assert [each.last_used_at for each in first.clients] == [watch.now, None]
    assert rest.next_cursor is None


async def test_another_workspaces_clients_are_not_there(timed: Ground, operator: Caller, other: Workspace):
    client = await made(timed, operator)
    stranger = someone(other, "owner")
    assert (await on.list_clients(timed, stranger, PageAsked(), door="test")).clients == []
    for act in (on.show_client, on.delete_client):
        with pytest.raises(NotFound):
            await act(timed, stranger, ClientNamed(id=client.client.id), door="test")
    with pytest.raises(NotFound):
        await changed(timed, stranger, client, enabled=False)
    with pytest.raises(Invalid, match="client: there is no such client"):
        await accounts.add_key(timed, stranger, KeyAdd(name="2", role="agent", client=client.client.id), door="test")


async def test_only_owners_and_admins_manage_clients(timed: Ground, workspace: Workspace, operator: Caller):
    client = await made(timed, someone(workspace, "admin"))
    for role in ("marketer", "analyst", "support", "agent"):
        for act in (on.show_client, on.delete_client):
            with pytest.raises(NotAllowed, match="clients:manage"):
                await act(timed, someone(workspace, role), ClientNamed(id=client.client.id), door="test")
    with pytest.raises(NotAllowed, match="owners:manage"):
        await made(timed, someone(workspace, "admin"), role="owner")
