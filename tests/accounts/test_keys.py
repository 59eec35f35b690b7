"""API keys: shown once, never more than their maker, ended within five seconds."""

from datetime import timedelta

import pytest

from switchboard.accounts import operations
from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyAdd, KeyAdded, KeyRevoke, PageAsked, Workspace
from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, Caller
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Ground
from tests.accounts.people import Watch, someone


async def made(ground: Ground, by: Caller, **asked: object) -> KeyAdded:
    return await operations.add_key(ground, by, KeyAdd.model_validate({"name": "shop"} | asked), door="test")


async def revoke(ground: Ground, by: Caller, key: KeyAdded) -> None:
    await operations.revoke_key(ground, by, KeyRevoke(id=key.id), door="test")


async def test_a_key_acts_as_its_role_in_its_workspace(
    timed: Ground, workspace: Workspace, operator: Caller, credentials: Credentials
):
    asked = ClientCreate(name="till")
    client = (await create_client(timed, operator, asked, door="test")).client.id
    key = await made(timed, operator, role="analyst", client=client)
    caller = await credentials.caller(key.key)
    assert key.key.startswith("sb_")
    assert (caller.id, caller.kind, caller.workspace, caller.role, caller.client) == (
        key.id, "key", workspace.id, "analyst", client,
    )  # fmt: skip
    assert caller.may("customers:read")
    assert not caller.may("customers:contact")


async def test_a_key_may_be_narrower_than_its_role_or_have_no_role(
    timed: Ground, operator: Caller, credentials: Credentials
):
    narrow = await made(timed, operator, role="marketer", permissions=["customers:read"])
    custom = await made(timed, operator, permissions=["audit:read"])
    assert (await credentials.caller(narrow.key)).permissions == {"customers:read"}
    assert (await credentials.caller(custom.key)).permissions == {"audit:read"}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"permissions": []},
        {"permissions": ["no:such"]},
        {"role": "agent", "permissions": ["audit:read"]},
        {"role": "agent", "client": NOBODY},
    ],
)
async def test_a_key_must_be_for_something(timed: Ground, operator: Caller, asked: dict[str, object]):
    with pytest.raises(Invalid):
        await made(timed, operator, **asked)


async def test_nobody_makes_a_key_that_may_more_than_they(timed: Ground, workspace: Workspace):
    admin = someone(workspace, "admin")
    with pytest.raises(NotAllowed, match="owners:manage"):
        await made(timed, admin, role="owner")
    with pytest.raises(NotAllowed, match="owners:manage"):
        await made(timed, admin, permissions=["owners:manage"])
    with pytest.raises(NotAllowed, match="keys:manage"):
        await made(timed, someone(workspace, "marketer"), role="agent")


async def test_a_revoked_key_stops_within_five_seconds_everywhere(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    key = await made(timed, operator, role="agent")
    await credentials.caller(key.key)
    await revoke(timed, operator, key)
    with pytest.raises(NotSignedIn):
        await Credentials(timed, None).caller(key.key)
    watch.wait(5)
    with pytest.raises(NotSignedIn, match="revoked"):
        await credentials.caller(key.key)


async def test_a_key_expires(timed: Ground, operator: Caller, credentials: Credentials, watch: Watch):
    key = await made(timed, operator, role="agent", expires_in_days=1)
    watch.wait(timedelta(days=1, seconds=-6))
    await credentials.caller(key.key)
    watch.wait(6)
    with pytest.raises(NotSignedIn):
        await credentials.caller(key.key)


@pytest.mark.parametrize("key", ["sb_", "sb_" + "A" * 43, "sb_" + "A" * 10_000, "sb_é\ud800"])
async def test_an_unknown_key_is_nobody(credentials: Credentials, key: str):
    with pytest.raises(NotSignedIn):
        await credentials.caller(key)


async def test_the_key_itself_is_kept_nowhere(timed: Ground, operator: Caller):
    key = await made(timed, operator, role="agent")
    async with timed.work(operator) as work:
        row = await sql.fetch_row(work, "select k::text as kept, hash from api_key k where id = $1", key.id)
    assert row is not None
    assert key.key[3:] not in row["kept"]
    assert len(row["hash"]) == 32


async def test_lists_tell_when_a_key_was_used_and_are_paged(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    keys = [await made(timed, operator, name=f"key {number}", role="agent") for number in range(3)]
    await credentials.caller(keys[2].key)
    first = await operations.list_keys(timed, operator, PageAsked(limit=2), door="test")
    rest = await operations.list_keys(timed, operator, PageAsked(limit=2, cursor=first.next_cursor), door="test")
    assert [key.name for key in first.keys + rest.keys] == ["key 2", "key 1", "key 0"]
    assert [key.last_used_at for key in first.keys] == [watch.now, None]
    assert rest.next_cursor is None


async def test_another_workspace_neither_sees_nor_revokes_a_key(
    timed: Ground, operator: Caller, other: Workspace, credentials: Credentials
):
    key = await made(timed, operator, role="agent")
    stranger = someone(other, "owner")
    assert (await operations.list_keys(timed, stranger, PageAsked(), door="test")).keys == []
    with pytest.raises(NotFound):
        await revoke(timed, stranger, key)
    async with timed.work(stranger) as work:
        assert await sql.execute(work, "update api_key set revoked_at = now() where id = $1", key.id) == 0
    assert await credentials.caller(key.key)
