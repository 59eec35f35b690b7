"""Links to sign in by, the second factor, and whose identity an account is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from switchboard.accounts.sign_in_records import OpenLink
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

ADD = """
insert into sign_in_link (workspace_id, id, hash, kind, user_id, email, role, made_by, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
OPEN = """
select id, kind, email, role, made_by, made_at, expires_at from sign_in_link
where workspace_id = $1 and used_at is null and expires_at > $2 and ($3::uuid is null or id < $3)
order by id desc limit $4
"""
USE = """
update sign_in_link set used_at = $3 where workspace_id = $1 and id = $2 and used_at is null and expires_at > $3
"""
OUTDATE = """
update sign_in_link set expires_at = $4
where workspace_id = $1 and email = $2 and kind = $3 and used_at is null and expires_at > $4
"""
REVOKE = """
update sign_in_link set expires_at = $3 where workspace_id = $1 and id = $2 and used_at is null and expires_at > $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLink:
    """A link that can be used; `user_id` is whom it is for, when there is an account already."""

    workspace_id: UUID
    workspace: str
    id: UUID
    kind: str
    email: str
    role: str
    user_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFactor:
    """A second factor as it is kept; it counts from `since`."""

    sealed: bytes | None
    since: datetime | None
    codes_left: int


async def add_link(work: Work, link: OpenLink, hashed: bytes, user: UUID | None) -> None:
    await sql.execute(
        work, ADD, work.caller.workspace, link.id, hashed, link.kind, user, link.email, link.role, link.made_by,
        link.made_at, link.expires_at,
    )  # fmt: skip


async def outdate_links(work: Work, email: str, kind: str) -> None:
    """End those of this kind that somebody has already: the newest alone is good."""
    await sql.execute(work, OUTDATE, work.caller.workspace, email, kind, work.now)


async def open_links(work: Work, before: UUID | None, limit: int) -> list[OpenLink]:
    """Those that can be used, newest first."""
    rows = await sql.fetch(work, OPEN, work.caller.workspace, work.now, before, limit)
    return [OpenLink(**dict(row.items())) for row in rows]


async def revoke_link(work: Work, link: UUID) -> bool:
    """False when there is none that could be used."""
    return bool(await sql.execute(work, REVOKE, work.caller.workspace, link, work.now))


async def use_link(work: Work, link: UUID) -> bool:
    """False when it was used before, or has expired."""
    return bool(await sql.execute(work, USE, work.caller.workspace, link, work.now))


async def link_of(work: Work, hashed: bytes) -> KeptLink | None:
    """The link of this word, before any workspace is known."""
    for row in await sql.read_scoped(work, "select * from link_of($1, $2)", hashed, work.now):
        return KeptLink(**dict(row.items()))
    return None


async def factor_of(work: Work, user: UUID) -> KeptFactor:
    """A user's second factor, before any workspace is known."""
    rows = await sql.read_scoped(work, "select * from second_factor_of($1)", user)
    return KeptFactor(**dict(rows[0].items())) if rows else KeptFactor(sealed=None, since=None, codes_left=0)


async def set_factor(
    work: Work, user: UUID, sealed: bytes | None, since: datetime | None = None, codes: Sequence[bytes] = ()
) -> None:
    """Keep it; None for none any more."""
    await sql.execute(work, "select set_second_factor($1, $2, $3, $4)", user, sealed, since, list(codes))


async def use_step(work: Work, user: UUID, step: int) -> bool:
    """False for a code that was used before."""
    rows = await sql.read_scoped(work, "select use_totp_step($1, $2) as used", user, step)
    return bool(rows[0]["used"])


async def use_recovery(work: Work, user: UUID, hashed: bytes) -> bool:
    """False for a code that is none of the user's, or was used before."""
    rows = await sql.read_scoped(work, "select use_recovery_code($1, $2) as used", user, hashed)
    return bool(rows[0]["used"])


async def account_of_subject(work: Work, issuer: str, subject: str, email: str) -> UUID | None:
    """The account that somebody at an identity provider is; None when it is nobody's."""
    rows = await sql.read_scoped(work, "select account_of_subject($1, $2, $3) as id", issuer, subject, email)
    return rows[0]["id"]
