"""API keys, by their hash."""

from datetime import datetime
from uuid import UUID

from switchboard.accounts.records import Key
from switchboard.accounts.roles import permissions_of
from switchboard.accounts.store.clients import bounded
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Work

ADD = """
insert into api_key (workspace_id, id, hash, name, role, permissions, client_id, made_by, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
PAGE = """
select id, name, role, permissions, client_id as client, made_by, made_at, expires_at, last_used_at, revoked_at
from api_key where workspace_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
"""
REVOKE = "update api_key set revoked_at = coalesce(revoked_at, $3) where workspace_id = $1 and id = $2"
REVOKE_ALL = "update api_key set revoked_at = $3 where workspace_id = $1 and made_by = $2 and revoked_at is null"


async def caller(work: Work, hashed: bytes, at: datetime) -> Caller | None:
    """Who a key belongs to, before any workspace is known; None when it, or its client, opens nothing."""
    for row in await sql.read_scoped(work, "select * from key_caller($1, $2)", hashed, at):
        return await bounded(work, _caller(row))
    return None


async def caller_by_id(work: Work, key: UUID, at: datetime) -> Caller | None:
    """What a key may do, for a machine that was let in as it; None when it, or its client, opens nothing."""
    for row in await sql.read_scoped(work, "select * from key_caller_by_id($1, $2)", key, at):
        return await bounded(work, _caller(row))
    return None


def _caller(row: sql.Row) -> Caller:
    return Caller(
        id=row["id"], name=row["name"], kind="key", workspace=row["workspace_id"], role=row["role"],
        permissions=permissions_of(row["role"], row["permissions"]), client=row["client_id"],
    )  # fmt: skip


async def add(work: Work, key: Key, hashed: bytes) -> None:
    await sql.execute(
        work, ADD, work.caller.workspace, key.id, hashed, key.name, key.role, key.permissions, key.client,
        key.made_by, key.made_at, key.expires_at,
    )  # fmt: skip


async def page(work: Work, before: UUID | None, limit: int) -> list[Key]:
    """Newest first, from the one made before this."""
    return [Key(**dict(row.items())) for row in await sql.fetch(work, PAGE, work.caller.workspace, before, limit)]


async def revoke(work: Work, key: UUID) -> bool:
    """False when there is no such key; one revoked before stays so since then."""
    return bool(await sql.execute(work, REVOKE, work.caller.workspace, key, work.now))


async def revoke_all(work: Work, made_by: UUID) -> int:
    """Revoke all keys somebody made; how many."""
    return await sql.execute(work, REVOKE_ALL, work.caller.workspace, made_by, work.now)
