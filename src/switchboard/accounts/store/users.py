"""Accounts that sign in, their membership in workspaces, and their tries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from switchboard.accounts.records import User
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

READ = """
select m.user_id as id, a.email, a.name, m.role, m.added_at, m.disabled_at
from membership m join account a on a.id = m.user_id where m.workspace_id = $1
"""
PUT = """
insert into membership (workspace_id, user_id, role, added_at) values ($1, $2, $3, $4)
on conflict (workspace_id, user_id) do update set role = excluded.role, disabled_at = null
"""
OWNERS = """
select user_id from membership where workspace_id = $1 and role = 'owner' and disabled_at is null for update
"""
DISABLE = "update membership set disabled_at = $3 where workspace_id = $1 and user_id = $2"
SET_ROLE = "update membership set role = $3 where workspace_id = $1 and user_id = $2"
END_SESSIONS = "delete from session where workspace_id = $1 and user_id = $2"
END_TOKENS = """
update token_family set revoked_at = $3 where workspace_id = $1 and user_id = $2 and revoked_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who signs in with an e-mail, and what is kept of the password."""

    id: UUID
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A workspace somebody may enter, and as what; `name` is the user's."""

    workspace_id: UUID
    workspace: str
    name: str
    role: str


async def account_of(work: Work, email: str) -> Account | None:
    """The account with this e-mail, before any workspace is known."""
    rows = await sql.read_scoped(work, "select id, password from account_of($1)", email)
    return Account(id=rows[0]["id"], password=rows[0]["password"]) if rows else None


async def memberships_of(work: Work, user: UUID) -> list[Membership]:
    """All workspaces a user may enter, by name."""
    rows = await sql.read_scoped(work, "select * from memberships_of($1)", user)
    return [Membership(**dict(row.items())) for row in rows]


async def add_account(work: Work, new: User, password: str) -> UUID:
    """The id of the account with this e-mail: the new one, or the one there was."""
    added = "select add_account($1, $2, $3, $4, $5) as id"
    rows = await sql.fetch(work, added, new.id, new.email, new.name, password, work.now)
    return rows[0]["id"]


async def set_password(work: Work, user: UUID, password: str) -> None:
    """A new password; everything that was signed in with the old one ends."""
    await sql.execute(work, "select set_password($1, $2, $3)", user, password, work.now)


async def user(work: Work, asked: UUID) -> User | None:
    """A member of the workspace at work, disabled or not."""
    row = await sql.fetch_row(work, f"{READ} and m.user_id = $2", work.caller.workspace, asked)
    return None if row is None else User(**dict(row.items()))


async def page(work: Work, after: UUID | None, limit: int) -> list[User]:
    """Members, longest known first."""
    query = f"{READ} and ($2::uuid is null or m.user_id > $2) order by m.user_id limit $3"
    rows = await sql.fetch(work, query, work.caller.workspace, after, limit)
    return [User(**dict(row.items())) for row in rows]


async def owners(work: Work) -> set[UUID]:
    """All owners who can sign in; nobody else changes one of them until this unit of work ends."""
    return {row["user_id"] for row in await sql.fetch(work, OWNERS, work.caller.workspace)}


async def put_member(work: Work, member: UUID, role: str) -> None:
    """Let an account enter, as this role; again if it was disabled."""
    await sql.execute(work, PUT, work.caller.workspace, member, role, work.now)


async def set_role(work: Work, member: UUID, role: str) -> None:
    await sql.execute(work, SET_ROLE, work.caller.workspace, member, role)


async def disable(work: Work, member: UUID) -> None:
    """Let a member in no more, and end what it signed in with."""
    await sql.execute(work, DISABLE, work.caller.workspace, member, work.now)
    await sql.execute(work, END_SESSIONS, work.caller.workspace, member)
    await sql.execute(work, END_TOKENS, work.caller.workspace, member, work.now)


async def count_try(work: Work, subjects: Sequence[bytes], at_most: Sequence[int], period: int) -> bool:
    """False, and nothing counted, when a subject has used up its tries."""
    rows = await sql.read_scoped(work, "select try_sign_in($1, $2, $3) as ok", list(subjects), list(at_most), period)
    return bool(rows[0]["ok"])


async def forgive_try(work: Work, subjects: Sequence[bytes], period: int) -> None:
    await sql.read_scoped(work, "select forgive_sign_in($1, $2)", list(subjects), period)
