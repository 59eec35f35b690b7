"""Clients made, changed and removed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from switchboard.accounts import keys
from switchboard.accounts.clients.records import (
    LATER,
    Client,
    ClientChange,
    ClientCreate,
    ClientList,
    ClientMade,
)
from switchboard.accounts.clients.without_models import check_no_models
from switchboard.accounts.records import AllowanceRule, KeyAdd, PageAsked
from switchboard.accounts.store import allowances
from switchboard.accounts.store import clients as store
from switchboard.accounts.store.clients import ClientRow
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, tool_name

MOST = 1_000  # clients of a workspace
ABOUT = "client"  # what the rule with its calls an hour is about
AS_THEY_ARE = ("name", "klaviyo_account_id", "enabled", "expires_at", "per_minute", "daily_quota")
NOT_NULL = ("name", "enabled")


async def page(work: Work, asked: PageAsked) -> ClientList:
    """Clients of the workspace, newest first."""
    found = await store.page(work, asked.cursor, asked.limit)
    following = found[-1].id if len(found) == asked.limit else None
    return ClientList(clients=[shown(row) for row in found], next_cursor=following)


async def there(work: Work, client: UUID, *, and_hold: bool = False) -> ClientRow:
    """A client of the workspace; raise NotFound."""
    row = await store.read(work, client, and_hold=and_hold)
    if row is None:
        raise NotFound("there is no such client here; see `switchboard clients list`")
    return row


async def make(work: Work, asked: ClientCreate) -> ClientMade:
    """A new client and its first key; raise what is wrong with either."""
    check_no_models(asked, *LATER)
    if await store.count(work) >= MOST:
        raise Conflict(f"there are {MOST:,} clients, and no more fit; delete those that nobody uses")
    row = ClientRow(
        id=work.ground.ids(), name=asked.name, klaviyo_account_id=asked.klaviyo_account_id, enabled=asked.enabled,
        expires_at=asked.expires_at, tools_only=_tools("tools_only", asked.tools_only),
        tools_off=_tools("tools_off", asked.tools_off) or [], lists_all=asked.listing == "full",
        per_minute=asked.per_minute, daily_quota=asked.daily_quota, tool_limits=_limits(asked.tool_limits),
        made_by=work.caller.id, made_at=work.now, changed_at=work.now,
    )  # fmt: skip
    if not await store.add(work, row):
        raise _taken(asked.name)
    await _keep_per_hour(work, row.id, asked.per_hour)
    key = await keys.make(
        work, KeyAdd(name=asked.name, role=asked.role, permissions=asked.permissions, client=row.id,
                     expires_in_days=asked.key_days),
    )  # fmt: skip
    return ClientMade(client=shown(await there(work, row.id)), key_id=key.id, key=key.key)


async def change(work: Work, asked: ClientChange) -> Client:
    """The client as it is then; every process knows within five seconds."""
    check_no_models(asked, *LATER)
    given = asked.model_fields_set
    for name in NOT_NULL:
        if name in given and getattr(asked, name) is None:
            raise Invalid(f"{name}: it can not be taken away; leave it out to keep it", field=name)
    row = await there(work, asked.id, and_hold=True)
    row = replace(row, **{name: getattr(asked, name) for name in AS_THEY_ARE if name in given})
    if "tools_only" in given:
        row = replace(row, tools_only=_tools("tools_only", asked.tools_only))
    if "tools_off" in given:
        row = replace(row, tools_off=_tools("tools_off", asked.tools_off) or [])
    if "listing" in given:
        row = replace(row, lists_all=asked.listing == "full")
    if "tool_limits" in given:
        row = replace(row, tool_limits=_limits(asked.tool_limits or {}))
    if not await store.change(work, row):
        raise _taken(row.name)
    if "per_hour" in given:
        await _keep_per_hour(work, asked.id, asked.per_hour)
    return shown(await there(work, asked.id))


async def remove(work: Work, client: UUID) -> None:
    """Take a client away with its rule; its keys open nothing within five seconds, its lines of the trail stay."""
    if not await store.remove(work, client):
        await there(work, client)
    await allowances.unset_rule(work, ABOUT, str(client))


def shown(row: ClientRow) -> Client:
    """The client as it is told."""
    return Client(
        id=row.id, name=row.name, klaviyo_account_id=row.klaviyo_account_id, enabled=row.enabled,
        expires_at=row.expires_at, tools_only=None if row.tools_only is None else tuple(row.tools_only),
        tools_off=tuple(row.tools_off), listing="full" if row.lists_all else "slim", per_minute=row.per_minute,
        per_hour=row.per_hour, daily_quota=row.daily_quota, tool_limits=row.tool_limits, made_by=row.made_by,
        made_at=row.made_at, changed_at=row.changed_at, keys=row.keys, roles=tuple(row.roles),
        last_used_at=row.last_used_at,
    )  # fmt: skip


async def _keep_per_hour(work: Work, client: UUID, per_hour: int | None) -> None:
    if per_hour is None:
        await allowances.unset_rule(work, ABOUT, str(client))
    else:
        await allowances.set_rule(work, AllowanceRule(about=ABOUT, name=str(client), per_hour=per_hour))


def _tools(field: str, given: Iterable[str] | None) -> list[str] | None:
    """The names in order; raise Invalid for one that no tool has."""
    if given is None:
        return None
    known = {tool_name(each) for each in OPERATIONS.values()}
    names = sorted(set(given))
    if unknown := [name for name in names if name not in known]:
        raise Invalid(
            f"{field}: there is no tool {', '.join(unknown[:10])}; GET /api/mcp/tools lists them", field=field
        )
    return names


def _limits(given: Mapping[str, int]) -> dict[str, int]:
    _tools("tool_limits", given)
    return dict(sorted(given.items()))


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a client called {name}; choose another name", code="name_taken")
