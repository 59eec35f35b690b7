"""Links that let somebody in: an invitation, or a way to choose a new password; good once, and not for long.

Whoever made one knows the link, never the password that is chosen with it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from switchboard.accounts import passwords, throttle, users
from switchboard.accounts.records import PageAsked, User
from switchboard.accounts.secret_words import hashed, new_word
from switchboard.accounts.sign_in_records import Invite, Link, LinkUsed, OpenLink, OpenLinks, UserRef
from switchboard.accounts.store import users as user_store
from switchboard.accounts.store import ways_in as store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import Conflict, Gone, Invalid, NotFound
from switchboard.foundation.ground import Done, Ground, Work

Kind = Literal["invitation", "password"]
LASTS: dict[Kind, timedelta] = {"invitation": timedelta(days=7), "password": timedelta(hours=24)}
PATH = "/welcome/"
USED = "users.use_link"  # in the audit trail; not an operation, as nobody is the caller yet


def lasts_s(kind: Kind) -> int:
    """How long a link of this kind is good, in seconds."""
    return int(LASTS[kind].total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link is about, for whoever opens it; with an account elsewhere its password is asked for."""

    kind: str
    email: str
    role: str
    workspace: str
    has_account: bool


async def invite(work: Work, asked: Invite) -> Link:
    """A link that lets somebody in; raise NotAllowed when they could do what the caller may not."""
    users.may_give(work.caller, asked.role)
    account = await user_store.account_of(work, asked.email)
    user = await user_store.user(work, account.id) if account else None
    if user is not None and user.disabled_at is None:
        raise Conflict(f"{user.email} is a user already, as {user.role}", code="known_user")
    if user is not None:
        users.may_give(work.caller, user.role)
    return await _made(work, "invitation", asked.email, asked.role, account.id if account else None)


async def password_link(work: Work, asked: UserRef) -> Link:
    """A link by which a user chooses a new password; raise Conflict when that could open another workspace."""
    user = await users.named(work, asked)
    await users.check_may_reset(work, user)
    return await _made(work, "password", user.email, user.role, user.id)


async def page(work: Work, asked: PageAsked) -> OpenLinks:
    """Links that can still be used, newest first."""
    found = await store.open_links(work, asked.cursor, asked.limit)
    return OpenLinks(links=found, next_cursor=found[-1].id if len(found) == asked.limit else None)


async def revoke(work: Work, link: UUID) -> None:
    """Have a link let nobody in; raise NotFound when there is none that could."""
    if not await store.revoke_link(work, link):
        raise NotFound("there is no such link that could be used; see `users.links`")


async def opened(ground: Ground, word: str) -> Opened:
    """What the link of this word is about; raise Gone when it is none, was used or has expired."""
    link, account = await _found(ground, word)
    return Opened(
        kind=link.kind, email=link.email, role=link.role, workspace=link.workspace,
        has_account=link.kind == "invitation" and account is not None,
    )  # fmt: skip


async def use(ground: Ground, word: str, asked: LinkUsed, *, address: str, door: str) -> str:
    """Let in, or change the password, and end the link; the e-mail to sign in with.

    Raise Gone for a link that is none any more, Invalid for a password that will not do.
    """
    began, (link, account) = ground.clock(), await _found(ground, word)
    password = asked.password.get_secret_value()
    await throttle.count_try(ground, link.email, address)
    joins = link.kind == "invitation" and account is not None
    if joins and account is not None and not await passwords.matches(password, account.password):
        raise Invalid("this is not the password of your account", field="password")
    if not joins:
        await passwords.check(password, link.email, asked.name or "")
    async with ground.work(job_caller(link.workspace_id)) as work:
        if not await store.use_link(work, link.id):
            raise _gone()
        user = account.id if joins and account else await _set(work, link, asked.name, password)
        if link.kind == "invitation":
            await user_store.put_member(work, user, link.role)
        caller = Caller(id=user, name=link.email, kind="user", workspace=link.workspace_id, role=link.role,
                        permissions=frozenset())  # fmt: skip
        done = Done(caller=caller, operation=USED, outcome="done", door=door, began=began, took_us=0)
        await ground.trail.write(work, done)
    await throttle.forgive(ground, link.email, address)
    return link.email


async def _set(work: Work, link: store.KeptLink, name: str | None, password: str) -> UUID:
    """The account with the password that was chosen, made for who was asked in."""
    kept = await passwords.hashed(password)
    if link.kind == "password":
        assert link.user_id is not None
        await user_store.set_password(work, link.user_id, kept)
        return link.user_id
    new = User(
        id=work.ground.ids(), email=link.email, name=name or link.email.partition("@")[0], role=link.role,
        added_at=work.now, disabled_at=None,
    )  # fmt: skip
    account = await user_store.add_account(work, new, kept)
    if account != new.id:  # made elsewhere in this moment, with a password that nobody entered here
        raise Conflict("this e-mail has just got an account; open the link again", code="account_elsewhere")
    return account


async def _found(ground: Ground, word: str) -> tuple[store.KeptLink, user_store.Account | None]:
    async with ground.work(job_caller(NOBODY)) as work:
        link = await store.link_of(work, hashed(word))
        if link is None:
            raise _gone()
        return link, await user_store.account_of(work, link.email)


async def _made(work: Work, kind: Kind, email: str, role: str, user: UUID | None) -> Link:
    word = new_word()
    made = OpenLink(
        id=work.ground.ids(), kind=kind, email=email, role=role, made_by=work.caller.id, made_at=work.now,
        expires_at=work.now + LASTS[kind],
    )  # fmt: skip
    await store.outdate_links(work, email, kind)
    await store.add_link(work, made, hashed(word), user)
    return Link(
        id=made.id, email=email, role=role, link=f"{work.ground.public_url}{PATH}{word}", expires_at=made.expires_at
    )  # fmt: skip


def _gone() -> Gone:
    return Gone("this link was used, has expired or is none; ask whoever sent it for another", code="link_gone")
