"""Who may sign in: e-mail and password, and the role in each workspace they are a member of."""

from datetime import datetime
from uuid import UUID

from switchboard.accounts import passwords, pending, second_factor, throttle
from switchboard.accounts.records import (
    PageAsked,
    PasswordChange,
    PasswordReset,
    SignIn,
    User,
    UserAdd,
    UserDisable,
    UserList,
    UserPassword,
    UserSetRole,
)
from switchboard.accounts.roles import permissions_of
from switchboard.accounts.sign_in_records import UserRef
from switchboard.accounts.store import keys as key_store
from switchboard.accounts.store import users as store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Done, Ground, Work

WRONG = "the e-mail or the password is wrong"
SIGN_IN = "users.sign_in"  # in the audit trail; not an operation, as nobody is the caller yet


async def sign_in(ground: Ground, asked: SignIn, *, address: str, door: str) -> Caller:
    """The caller behind an e-mail and a password; raise NotSignedIn, or LimitReached after too many tries.

    Who has no account gets the same answer after the same time.
    """
    began = ground.clock()
    await throttle.count_try(ground, asked.email, address)
    async with ground.work(job_caller(NOBODY)) as work:
        account = await store.account_of(work, asked.email)
        known = await store.memberships_of(work, account.id if account else NOBODY)
    right = await passwords.matches(asked.password.get_secret_value(), account.password if account else None)
    entered = next((one for one in known if asked.workspace in {None, one.workspace}), None)
    if account is None or not known:
        raise NotSignedIn(WRONG)
    caller = user_caller(account.id, entered or known[0])
    code = asked.code.get_secret_value() if asked.code else ""
    wrong = await _second(ground, caller, asked.email, code) if right and entered else NotSignedIn(WRONG)
    _tell(ground, caller, wrong.code if wrong else "done", door, began)
    if wrong is None or isinstance(wrong, pending.CodeNeeded):
        await throttle.forgive(ground, asked.email, address)
    if wrong:
        raise wrong
    return caller


async def finish_sign_in(ground: Ground, word: str, code: str, *, address: str, door: str) -> Caller:
    """The caller behind a first step that was passed and a code; raise NotSignedIn, or LimitReached."""
    began, owes = ground.clock(), pending.opened(ground, word)
    await throttle.count_try(ground, owes.email, address)
    caller = await _member(ground, owes.user, owes.workspace)
    if not await second_factor.is_passed(ground, owes.user, code):
        _tell(ground, caller, NotSignedIn.code, door, began)
        raise NotSignedIn(second_factor.WRONG)
    _tell(ground, caller, "done", door, began)
    await throttle.forgive(ground, owes.email, address)
    return caller


async def sign_in_as(ground: Ground, user: UUID, *, door: str) -> Caller:
    """The caller that an identity provider vouched for; raise NotSignedIn for one who is in no workspace."""
    began = ground.clock()
    caller = await _member(ground, user, None)
    _tell(ground, caller, "done", door, began)
    return caller


async def _second(ground: Ground, caller: Caller, email: str, code: str) -> NotSignedIn | None:
    """What is lacking for the second step: CodeNeeded, or that the code is wrong; None where nothing is."""
    if not await second_factor.asks_for_code(ground, caller.id):
        return None
    if not code:
        owes = pending.Pending(user=caller.id, email=email, workspace=caller.workspace)
        return pending.CodeNeeded(pending.sealed(ground, owes))
    return None if await second_factor.is_passed(ground, caller.id, code) else NotSignedIn(second_factor.WRONG)


async def _member(ground: Ground, user: UUID, workspace: UUID | None) -> Caller:
    async with ground.work(job_caller(NOBODY)) as work:
        known = await store.memberships_of(work, user)
    entered = next((one for one in known if workspace in {None, one.workspace_id}), None)
    if entered is None:
        raise NotSignedIn("you are in no workspace here; ask an owner or admin to ask you in")
    return user_caller(user, entered)


def _tell(ground: Ground, caller: Caller, outcome: str, door: str, began: datetime) -> None:
    ground.trail.remember(Done(caller=caller, operation=SIGN_IN, outcome=outcome, door=door, began=began, took_us=0))


def user_caller(user: UUID, membership: store.Membership) -> Caller:
    """A user at work in a workspace."""
    return Caller(
        id=user, name=membership.name, kind="user", workspace=membership.workspace_id, role=membership.role,
        permissions=permissions_of(membership.role),
    )  # fmt: skip


async def page(work: Work, asked: PageAsked) -> UserList:
    """Users of the workspace, those disabled too."""
    found = await store.page(work, asked.cursor, asked.limit)
    return UserList(users=found, next_cursor=found[-1].id if len(found) == asked.limit else None)


async def add(work: Work, asked: UserAdd) -> UserPassword:
    """Let somebody in; raise NotAllowed when they could do what the caller may not.

    An account that another workspace made is let in by the local operator alone: whoever made it may know its
    password.
    """
    may_give(work.caller, asked.role)
    password = asked.password.get_secret_value() if asked.password else passwords.made_up()
    if asked.password is not None:
        await passwords.check(password, asked.email, asked.name or "")
    new = User(
        id=work.ground.ids(), email=asked.email, name=asked.name or asked.email.partition("@")[0], role=asked.role,
        added_at=work.now, disabled_at=None,
    )  # fmt: skip
    account = await store.add_account(work, new, await passwords.hashed(password))
    if account != new.id:
        await _may_enter(work, account)
    await store.put_member(work, account, asked.role)
    shown = password if account == new.id and asked.password is None else None
    return UserPassword(id=account, email=asked.email, role=asked.role, password=shown)


async def disable(work: Work, asked: UserDisable) -> User:
    """Let a user in no more, within five seconds everywhere; raise Conflict for the last owner and for oneself."""
    user = await _changeable(work, asked.id)
    if user.disabled_at is None:
        await store.disable(work, user.id)
        if asked.revoke_keys:
            await key_store.revoke_all(work, user.id)
    return await known(work, user.id)


async def set_role(work: Work, asked: UserSetRole) -> User:
    """Make a user something else; raise Conflict for the last owner and for oneself."""
    may_give(work.caller, asked.role)
    user = await _changeable(work, asked.id)
    await store.set_role(work, user.id, asked.role)
    return await known(work, user.id)


async def reset_password(work: Work, asked: PasswordReset) -> UserPassword:
    """A new password for a user, who is signed out everywhere.

    One who is in other workspaces, too, is left to the local operator: else this one could enter those.
    """
    user = await known(work, asked.id)
    await check_may_reset(work, user)
    password = asked.password.get_secret_value() if asked.password else passwords.made_up()
    if asked.password is not None:
        await passwords.check(password, user.email, user.name)
    await store.set_password(work, user.id, await passwords.hashed(password))
    shown = password if asked.password is None else None
    return UserPassword(id=user.id, email=user.email, role=user.role, password=shown)


async def reset_second_factor(work: Work, asked: UserRef) -> User:
    """Ask a user for codes no more, as the telephone and the codes for recovery are lost."""
    user = await named(work, asked)
    await check_may_reset(work, user)
    await second_factor.forget(work, user.id)
    return user


async def check_may_reset(work: Work, user: User) -> None:
    """Raise NotAllowed or Conflict when the caller may not change how a user signs in."""
    may_give(work.caller, user.role)
    entered = {one.workspace_id for one in await store.memberships_of(work, user.id)}
    if work.caller.kind != "operator" and entered - {work.caller.workspace}:
        raise Conflict("they are in other workspaces, too; ask the operator of this installation", code="elsewhere_too")


async def change_password(work: Work, asked: PasswordChange) -> User:
    """A new password for oneself; signs out everywhere. Raise Invalid when the old one is not right."""
    if work.caller.kind != "user":
        raise Conflict("only who signs in with a password has one to change", code="no_password")
    user = await known(work, work.caller.id)
    account = await store.account_of(work, user.email)
    if account is None or not await passwords.matches(asked.old.get_secret_value(), account.password):
        raise Invalid("the old password is wrong", field="old")
    await passwords.check(asked.new.get_secret_value(), user.email, user.name, field="new")
    await store.set_password(work, user.id, await passwords.hashed(asked.new.get_secret_value()))
    return user


async def _changeable(work: Work, asked: UUID) -> User:
    """A user the caller may change; raise NotAllowed, or Conflict for the last owner and for oneself."""
    owners = await store.owners(work)
    user = await known(work, asked)
    may_give(work.caller, user.role)
    if user.id == work.caller.id:
        raise Conflict("nobody changes what they are themselves; ask another owner or admin", code="oneself")
    if owners == {user.id}:
        raise Conflict("this is the last owner; make another one first", code="last_owner")
    return user


async def _may_enter(work: Work, account: UUID) -> None:
    """Whether an account that was there may be let in."""
    user = await store.user(work, account)
    if user is not None:
        if user.disabled_at is None:
            raise Conflict(f"{user.email} is a user already, as {user.role}; see `users set-role`", code="known_user")
        may_give(work.caller, user.role)
    elif work.caller.kind != "operator":
        raise Conflict(
            "this e-mail has an account in another workspace; have the operator of this installation let it in:"
            " switchboard users add EMAIL --workspace NAME",
            code="account_elsewhere",
        )


async def named(work: Work, asked: UserRef) -> User:
    """A member of the workspace by their id or e-mail; raise NotFound."""
    account = None if asked.email is None else await store.account_of(work, asked.email)
    return await known(work, asked.id or (account.id if account else NOBODY))


async def known(work: Work, asked: UUID) -> User:
    user = await store.user(work, asked)
    if user is None:
        raise NotFound("there is no such user here; see `switchboard users list`")
    return user


def may_give(caller: Caller, role: str) -> None:
    """Nobody makes or changes somebody who may do more than they."""
    beyond = permissions_of(role) - caller.permissions
    if beyond:
        raise NotAllowed(f"{role} may do what you may not: {', '.join(sorted(beyond))}")
