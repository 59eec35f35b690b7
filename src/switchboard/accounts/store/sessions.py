"""Sessions of the console, tokens of the API, and the keys that sign those."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from switchboard.accounts.records import Session
from switchboard.accounts.roles import permissions_of
from switchboard.accounts.store.clients import bounded
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Work

ADD_SESSION = """
insert into session (workspace_id, id, hash, user_id, agent, made_at, used_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
SESSIONS = """
select id, agent, made_at, used_at, expires_at from session
where workspace_id = $1 and user_id = $2 and expires_at > $3 and ($4::uuid is null or id < $4)
order by id desc limit $5
"""
WHICH = "select id from session where workspace_id = $1 and user_id = $2 and hash = $3"
END_SESSION = "delete from session where workspace_id = $1 and user_id = $2 and id = $3"
END_BY = """
update session set used_at = $3, expires_at = least(expires_at, $4)
where workspace_id = $1 and user_id = $2 and hash = $5
"""
ADD_FAMILY = """
insert into token_family (workspace_id, id, user_id, key_id, made_at, expires_at) values ($1, $2, $3, $4, $5, $6)
"""
ADD_REFRESH = "insert into refresh_token (workspace_id, hash, family_id, expires_at) values ($1, $2, $3, $4)"
SIGNING_KEYS = "select name, sealed, made_at, retires_at from secret where name ^@ $1 order by made_at, name"
ADD_SIGNING_KEY = "insert into secret (name, sealed, made_at) values ($1, $2, $3)"
RETIRE = "update secret set retires_at = $2 where name ^@ $1 and retires_at is null"
WIPE = "update secret set sealed = '' where name ^@ $1 and retires_at < $2"
MAKING_A_KEY = 7_800_002  # the advisory lock of whoever makes a signing key


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of a refresh token: "fresh" when it was good, "reused" or "unknown" when not."""

    outcome: str
    family: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A signing key; empty when it is wiped, a while after it retired."""

    name: str
    sealed: bytes
    made_at: datetime
    retires_at: datetime | None


async def add(work: Work, session: Session, hashed: bytes) -> None:
    """A session of the caller's."""
    await sql.execute(
        work, ADD_SESSION, work.caller.workspace, session.id, hashed, work.caller.id, session.agent,
        session.made_at, session.used_at, session.expires_at,
    )  # fmt: skip


async def caller(work: Work, hashed: bytes, idle: timedelta, longest: timedelta) -> Caller | None:
    """Whose session it is, before any workspace is known; it lasts longer by being used."""
    query = "select * from session_caller($1, $2, $3, $4)"
    for row in await sql.read_scoped(work, query, hashed, work.now, idle, longest):
        return _caller("user", dict(row.items()))
    return None


async def end(work: Work, hashed: bytes) -> None:
    await sql.read_scoped(work, "select end_session($1)", hashed)


async def page(work: Work, before: UUID | None, limit: int) -> list[Session]:
    """The caller's own sessions, newest first."""
    rows = await sql.fetch(work, SESSIONS, work.caller.workspace, work.caller.id, work.now, before, limit)
    return [Session(**dict(row.items())) for row in rows]


async def which(work: Work, hashed: bytes) -> UUID | None:
    """The caller's own session of this word."""
    row = await sql.fetch_row(work, WHICH, work.caller.workspace, work.caller.id, hashed)
    return None if row is None else row["id"]


async def end_own(work: Work, session: UUID) -> bool:
    """End a session of the caller's; False when there is none."""
    return bool(await sql.execute(work, END_SESSION, work.caller.workspace, work.caller.id, session))


async def end_by(work: Work, hashed: bytes, until: datetime) -> None:
    """Have the caller's own session of this word end at the latest then, however much it is used."""
    await sql.execute(work, END_BY, work.caller.workspace, work.caller.id, work.now, until, hashed)


async def add_family(work: Work, family: UUID, until: datetime) -> None:
    """A new family of the caller's tokens."""
    by = work.caller
    user, key = (by.id, None) if by.kind == "user" else (None, by.id)
    await sql.execute(work, ADD_FAMILY, by.workspace, family, user, key, work.now, until)


async def add_refresh(work: Work, hashed: bytes, family: UUID, until: datetime) -> None:
    await sql.execute(work, ADD_REFRESH, work.caller.workspace, hashed, family, until)


async def refresh(work: Work, old: bytes, new: bytes, idle: timedelta) -> Refreshed:
    """Change a refresh token for the next one; one that was used before ends its family."""
    query = "select outcome, family_id from use_refresh($1, $2, $3, $4)"
    rows = await sql.read_scoped(work, query, old, new, work.now, idle)
    return Refreshed(outcome=rows[0]["outcome"], family=rows[0]["family_id"])


async def family_caller(work: Work, family: UUID) -> Caller | None:
    """Whose tokens these are, before any workspace is known; None when they, the user or the key have ended."""
    for row in await sql.read_scoped(work, "select * from token_caller($1, $2)", family, work.now):
        return await bounded(work, _caller("key" if row["is_key"] else "user", dict(row.items())))
    return None


async def end_family(work: Work, family: UUID) -> None:
    await sql.read_scoped(work, "select end_family($1, $2)", family, work.now)


async def signing_keys(work: Work, prefix: str, *, alone: bool = False) -> list[SealedKey]:
    """All signing keys, oldest first; alone, others wait to make one until this unit of work ends."""
    if alone:
        await sql.execute(work, "select pg_advisory_xact_lock($1)", MAKING_A_KEY)
    return [SealedKey(**dict(row.items())) for row in await sql.fetch(work, SIGNING_KEYS, prefix)]


async def add_signing_key(work: Work, name: str, sealed: bytes) -> None:
    await sql.execute(work, ADD_SIGNING_KEY, name, sealed, work.now)


async def retire_signing_keys(work: Work, prefix: str, at: datetime) -> None:
    """Have those that do not retire yet retire then, and wipe those that are past it; their names stay."""
    await sql.execute(work, RETIRE, prefix, at)
    await sql.execute(work, WIPE, prefix, work.now)


def _caller(kind: Literal["user", "key"], row: Mapping[str, Any]) -> Caller:
    return Caller(
        id=row["id"], name=row["name"], kind=kind, workspace=row["workspace_id"], role=row["role"],
        permissions=permissions_of(row["role"], row.get("permissions")), client=row.get("client_id"),
    )  # fmt: skip


async def tidy(work: Work) -> None:
    """Remove what has ended."""
    await sql.read_scoped(work, "select tidy_accounts($1)", work.now)
