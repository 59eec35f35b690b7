"""Users: who may sign in, as what, and who may say so."""

import asyncio
import time
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from pydantic import ValidationError

from switchboard.accounts import operations, passwords, throttle
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import (
    KeyAdd,
    PageAsked,
    PasswordChange,
    PasswordReset,
    UserAdd,
    UserDisable,
    UserPassword,
    UserSetRole,
    Workspace,
)
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.accounts.people import PASSWORD, Watch, add_user, sign_in, someone


async def add(ground: Ground, by: Caller, email: str, role: str = "analyst") -> UserPassword:
    asked = UserAdd.model_validate({"email": email, "role": role})
    return await operations.add_user(ground, by, asked, door="test")


async def set_role(ground: Ground, by: Caller, user: UUID, role: str) -> str:
    asked = UserSetRole.model_validate({"id": user, "role": role})
    return (await operations.set_user_role(ground, by, asked, door="test")).role


async def disable(ground: Ground, by: Caller, user: UUID, *, revoke_keys: bool = True) -> None:
    await operations.disable_user(ground, by, UserDisable(id=user, revoke_keys=revoke_keys), door="test")


def anybody() -> str:
    return f"{new_id()}@example.com"


async def test_the_first_owner_is_made_by_the_local_operator_with_a_password_shown_once(
    timed: Ground, workspace: Workspace, operator: Caller
):
    email = anybody()
    made = await add(timed, operator, f" {email.upper()} ", "owner")
    assert made.password is not None
    caller = await sign_in(timed, email, made.password)
    assert (caller.id, caller.kind, caller.role, caller.workspace) == (made.id, "user", "owner", workspace.id)
    assert caller.may("owners:manage")


async def test_a_wrong_password_and_an_unknown_e_mail_get_the_same_answer(timed: Ground, workspace: Workspace):
    said: list[str] = []
    for email, password in ((await add_user(timed, workspace), "wrong"), (anybody(), PASSWORD)):
        with pytest.raises(NotSignedIn) as refused:
            await sign_in(timed, email, password)
        said.append(str(refused.value))
    assert said[0] == said[1]


async def test_nobodys_password_takes_as_long_as_somebodys(timed: Ground):
    kept = await passwords.hashed(PASSWORD)
    took: list[float] = []
    for of in (kept, None):
        began = time.process_time()
        for _ in range(5):
            assert not await passwords.matches("wrong", of)
        took.append(time.process_time() - began)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert 0.4 < took[1] / took[0] < 2.5


async def test_too_many_wrong_passwords_shut_an_e_mail_for_a_while_whoever_it_is(
    timed: Ground, workspace: Workspace, watch: Watch
):
    for email in (await add_user(timed, workspace), anybody()):
        answers = await asyncio.gather(*(sign_in(timed, email, "wrong") for _ in range(14)), return_exceptions=True)
        assert sum(isinstance(answer, NotSignedIn) for answer in answers) == throttle.PER_EMAIL
        with pytest.raises(LimitReached, match="wait 15 minutes"):
            await sign_in(timed, email)


async def test_who_was_shut_out_may_try_again_in_the_next_period(timed: Ground, workspace: Workspace, watch: Watch):
    email = await add_user(timed, workspace)
    for _ in range(throttle.PER_EMAIL):
        await throttle.count_try(timed, email, "192.0.2.1")
    watch.wait(throttle.PERIOD_S)
    assert await sign_in(timed, email)


async def test_right_passwords_are_not_counted(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace)
    for _ in range(throttle.PER_EMAIL + 2):
        assert await sign_in(timed, email)


async def test_an_address_may_not_try_many_e_mails(timed: Ground):
    for number in range(throttle.PER_ADDRESS):
        await throttle.count_try(timed, anybody(), f"2001:db8:1:2::{number:x}")
    with pytest.raises(LimitReached):
        await throttle.count_try(timed, anybody(), "2001:db8:1:2:ffff::1")
    await throttle.count_try(timed, anybody(), "2001:db8:1:3::1")


async def test_the_application_can_not_read_passwords(timed: Ground, workspace: Workspace, operator: Caller):
    await add_user(timed, workspace)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with timed.work(operator) as work:
            await sql.fetch(work, "select password from account")


@pytest.mark.parametrize("asked", [{"password": "short"}, {"email": "nobody"}, {"role": "emperor"}, {"rôle": "owner"}])
def test_a_user_needs_an_e_mail_a_role_and_no_short_password(asked: dict[str, str]):
    with pytest.raises(ValidationError):
        UserAdd.model_validate({"email": "ana@example.com", "role": "agent"} | asked)


async def test_an_admin_adds_users_but_no_owner(timed: Ground, workspace: Workspace):
    admin = await sign_in(timed, await add_user(timed, workspace, "admin"))
    assert (await add(timed, admin, anybody(), "admin")).role == "admin"
    with pytest.raises(NotAllowed, match="owners:manage"):
        await add(timed, admin, anybody(), "owner")
    with pytest.raises(NotAllowed, match="users:manage"):
        await add(timed, someone(workspace, "marketer"), anybody(), "agent")


async def test_an_admin_neither_disables_demotes_nor_takes_the_password_of_an_owner(
    timed: Ground, workspace: Workspace
):
    owner = await sign_in(timed, await add_user(timed, workspace, "owner"))
    admin = someone(workspace, "admin")
    with pytest.raises(NotAllowed):
        await disable(timed, admin, owner.id)
    with pytest.raises(NotAllowed):
        await set_role(timed, admin, owner.id, "agent")
    with pytest.raises(NotAllowed):
        await operations.reset_password(timed, admin, PasswordReset(id=owner.id), door="test")


async def test_the_last_owner_stays_whoever_tries_at_once(timed: Ground, workspace: Workspace, operator: Caller):
    owners = [(await add(timed, operator, anybody(), "owner")).id for _ in range(2)]
    tried = await asyncio.gather(
        set_role(timed, operator, owners[0], "admin"), disable(timed, operator, owners[1]), return_exceptions=True
    )
    assert [type(answer) for answer in tried if isinstance(answer, Exception)] == [Conflict]


async def test_nobody_changes_what_they_are_themselves(timed: Ground, workspace: Workspace):
    await add_user(timed, workspace, "owner")
    owner = await sign_in(timed, await add_user(timed, workspace, "owner"))
    with pytest.raises(Conflict, match="themselves"):
        await disable(timed, owner, owner.id)


async def test_a_user_added_twice_is_told_and_a_disabled_one_is_let_in_again(
    timed: Ground, workspace: Workspace, operator: Caller
):
    email = anybody()
    made = await add(timed, operator, email)
    with pytest.raises(Conflict, match="is a user already, as analyst"):
        await add(timed, operator, email)
    await disable(timed, operator, made.id)
    again = await add(timed, operator, email, "marketer")
    assert (again.id, again.password) == (made.id, None)
    assert (await sign_in(timed, email, str(made.password))).role == "marketer"


async def test_a_disabled_user_is_out_within_five_seconds_with_all_they_had(
    timed: Ground, workspace: Workspace, operator: Caller, credentials: Credentials, watch: Watch
):
    email = await add_user(timed, workspace, "admin")
    user = await sign_in(timed, email)
    cookie = await credentials.sessions.start(user, "browser")
    tokens = await credentials.tokens.issue(user)
    key = await operations.add_key(timed, user, KeyAdd(name="theirs", role="agent"), door="test")
    for shown in (tokens.access_token, key.key):
        assert await credentials.caller(shown)
    assert await credentials.sessions.caller(cookie)
    await disable(timed, operator, user.id)
    watch.wait(5)
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)
    for shown in (tokens.access_token, key.key):
        with pytest.raises(NotSignedIn):
            await credentials.caller(shown)
    with pytest.raises(NotSignedIn):
        await credentials.tokens.refresh(tokens.refresh_token)
    with pytest.raises(NotSignedIn, match="e-mail or the password"):
        await sign_in(timed, email)


async def test_keys_of_a_disabled_user_stay_when_asked_to(
    timed: Ground, workspace: Workspace, operator: Caller, credentials: Credentials
):
    user = await sign_in(timed, await add_user(timed, workspace, "admin"))
    key = await operations.add_key(timed, user, KeyAdd(name="theirs", role="agent"), door="test")
    await disable(timed, operator, user.id, revoke_keys=False)
    assert await credentials.caller(key.key)


async def test_a_new_role_holds_within_five_seconds(
    timed: Ground, workspace: Workspace, operator: Caller, credentials: Credentials, watch: Watch
):
    user = await sign_in(timed, await add_user(timed, workspace, "marketer"))
    tokens = await credentials.tokens.issue(user)
    assert (await credentials.caller(tokens.access_token)).may("customers:contact")
    await set_role(timed, operator, user.id, "analyst")
    watch.wait(5)
    assert not (await credentials.caller(tokens.access_token)).may("customers:contact")


async def test_users_are_listed_in_pages(timed: Ground, workspace: Workspace, operator: Caller):
    emails = [await add_user(timed, workspace) for _ in range(3)]
    first = await operations.list_users(timed, operator, PageAsked(limit=2), door="test")
    rest = await operations.list_users(timed, operator, PageAsked(limit=2, cursor=first.next_cursor), door="test")
    assert [user.email for user in first.users + rest.users] == emails


async def test_another_workspaces_users_are_out_of_reach(
    timed: Ground, workspace: Workspace, operator: Caller, other: Workspace
):
    made = await add(timed, operator, anybody())
    stranger = someone(other, "owner")
    assert (await operations.list_users(timed, stranger, PageAsked(), door="test")).users == []
    for attempt in (
        disable(timed, stranger, made.id),
        set_role(timed, stranger, made.id, "agent"),
        operations.reset_password(timed, stranger, PasswordReset(id=made.id), door="test"),
    ):
        with pytest.raises(NotFound):
            await attempt
    async with timed.work(stranger) as work:
        assert await sql.fetch(work, "select id from account where id = $1", made.id) == []
        assert await sql.execute(work, "update membership set role = 'owner' where user_id = $1", made.id) == 0


async def test_an_account_of_another_workspace_is_let_in_by_the_operator_alone(
    timed: Ground, workspace: Workspace, operator: Caller, other: Workspace
):
    email = await add_user(timed, other, "owner")
    with pytest.raises(Conflict, match="another workspace"):
        await add(timed, someone(workspace, "owner"), email)
    added = await add(timed, operator, email)
    first, second = [await sign_in(timed, email, workspace=there) for there in (workspace, other)]
    assert added.password is None
    assert [(one.workspace, one.role) for one in (first, second)] == [(workspace.id, "analyst"), (other.id, "owner")]
    with pytest.raises(NotSignedIn):
        await sign_in(timed, email, workspace=replace(other, name="elsewhere"))


async def test_an_admin_resets_no_password_that_opens_another_workspace(
    timed: Ground, workspace: Workspace, operator: Caller, other: Workspace
):
    email = await add_user(timed, other)
    user = await add(timed, operator, email)
    with pytest.raises(Conflict, match="operator"):
        await operations.reset_password(timed, someone(workspace, "owner"), PasswordReset(id=user.id), door="test")


async def test_a_new_password_ends_what_the_old_one_opened(
    timed: Ground, workspace: Workspace, credentials: Credentials, watch: Watch
):
    email = await add_user(timed, workspace)
    user = await sign_in(timed, email)
    cookie = await credentials.sessions.start(user, "browser")
    tokens = await credentials.tokens.issue(user)
    changed = PasswordChange.model_validate({"old": PASSWORD, "new": "a better one, at last"})
    await operations.change_password(timed, user, changed, door="test")
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)
    with pytest.raises(NotSignedIn):
        await credentials.caller(tokens.access_token)
    with pytest.raises(NotSignedIn):
        await sign_in(timed, email)
    assert await sign_in(timed, email, "a better one, at last")


async def test_the_old_password_must_be_known_to_change_it(timed: Ground, workspace: Workspace):
    user = await sign_in(timed, await add_user(timed, workspace))
    wrong = PasswordChange.model_validate({"old": "wrong", "new": "a better one, at last"})
    for _ in range(operations.PASSWORD_TRIES):
        with pytest.raises(Invalid, match="old password"):
            await operations.change_password(timed, user, wrong, door="test")
    with pytest.raises(LimitReached):
        await operations.change_password(timed, user, wrong, door="test")


async def test_a_key_has_no_password_to_change(timed: Ground, workspace: Workspace):
    asked = PasswordChange.model_validate({"old": PASSWORD, "new": "a better one, at last"})
    with pytest.raises(Conflict, match="has one to change"):
        await operations.change_password(timed, someone(workspace), asked, door="test")


async def test_a_lost_password_is_made_anew(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace)
    user = await sign_in(timed, email)
    reset = await operations.reset_password(timed, someone(workspace, "admin"), PasswordReset(id=user.id), door="test")
    assert reset.password is not None
    assert await sign_in(timed, email, reset.password)


def test_no_password_is_printed():
    asked = UserAdd.model_validate({"email": "ana@example.com", "role": "agent", "password": PASSWORD})
    assert PASSWORD not in f"{asked} {asked!r} {asked.model_dump_json()}"
