"""Invitations, links for a new password, and the second factor."""

from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from pyotp.totp import TOTP

from switchboard.accounts import links, operations, passwords, users
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.pending import CodeNeeded
from switchboard.accounts.records import PageAsked, PasswordChange, SignIn, UserAdd, Workspace
from switchboard.accounts.sign_in_records import (
    FactorCode,
    FactorRemoved,
    Invite,
    Link,
    LinkRef,
    LinkUsed,
    Proof,
    UserRef,
)
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Gone, Invalid, LimitReached, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.records import Nothing
from tests.accounts.people import PASSWORD, Watch, add_user, sign_in, someone

CHOSEN = "seven quiet lanterns"


def anybody() -> str:
    return f"{new_id()}@example.com"


def word_of(link: Link) -> str:
    return link.link.rpartition("/")[2]


async def invite(ground: Ground, by: Caller, email: str, role: str = "marketer") -> Link:
    asked = Invite.model_validate({"email": email, "role": role})
    return await operations.invite_user(ground, by, asked, door="test")


async def use(ground: Ground, link: Link, password: str = CHOSEN) -> str:
    asked = LinkUsed.model_validate({"password": password, "name": "Ada"})
    return await links.use(ground, word_of(link), asked, address=str(new_id()), door="test")


async def test_who_is_asked_in_chooses_a_password_and_is_a_user(timed: Ground, workspace: Workspace):
    link = await invite(timed, someone(workspace, "admin"), anybody())
    shown = await links.opened(timed, word_of(link))

    await use(timed, link)

    caller = await sign_in(timed, link.email, CHOSEN)
    assert (shown.workspace, shown.role, shown.has_account) == (workspace.name, "marketer", False)
    assert (caller.workspace, caller.role, caller.name) == (workspace.id, "marketer", "Ada")


async def test_a_link_is_good_once(timed: Ground, workspace: Workspace):
    link = await invite(timed, someone(workspace, "admin"), anybody())
    await use(timed, link)

    with pytest.raises(Gone):
        await use(timed, link, "another quiet lantern")
    with pytest.raises(NotSignedIn):
        await sign_in(timed, link.email, "another quiet lantern")


async def test_a_link_ends_in_time_and_by_being_revoked(timed: Ground, watch: Watch, workspace: Workspace):
    admin = someone(workspace, "admin")
    old, revoked = await invite(timed, admin, anybody()), await invite(timed, admin, anybody())
    out = (await operations.list_links(timed, admin, PageAsked(), door="test")).links
    await operations.revoke_link(timed, admin, LinkRef(id=revoked.id), door="test")
    with pytest.raises(Gone):
        await links.opened(timed, word_of(revoked))
    watch.wait(timedelta(days=7, seconds=1))

    with pytest.raises(Gone):
        await use(timed, old)
    assert {each.id for each in out} == {old.id, revoked.id}
    assert (await operations.list_links(timed, admin, PageAsked(), door="test")).links == []
    with pytest.raises(NotFound):
        await operations.revoke_link(timed, admin, LinkRef(id=revoked.id), door="test")


async def test_a_newer_invitation_ends_the_one_before(timed: Ground, workspace: Workspace):
    admin, email = someone(workspace, "admin"), anybody()
    first = await invite(timed, admin, email)
    await invite(timed, admin, email, "analyst")

    with pytest.raises(Gone):
        await links.opened(timed, word_of(first))


async def test_nobody_asks_in_one_who_may_do_more_and_no_user_twice(timed: Ground, workspace: Workspace):
    with pytest.raises(NotAllowed):
        await invite(timed, someone(workspace, "admin"), anybody(), "owner")
    with pytest.raises(NotAllowed):
        await invite(timed, someone(workspace, "marketer"), anybody(), "analyst")
    with pytest.raises(Conflict, match="already"):
        await invite(timed, someone(workspace, "owner"), await add_user(timed, workspace))


async def test_who_has_an_account_elsewhere_enters_with_its_own_password(
    timed: Ground, workspace: Workspace, other: Workspace
):
    email = await add_user(timed, workspace, "analyst")
    link = await invite(timed, someone(other, "admin"), email)
    assert (await links.opened(timed, word_of(link))).has_account

    with pytest.raises(Invalid, match="not the password"):
        await use(timed, link)
    await use(timed, link, PASSWORD)

    assert (await sign_in(timed, email, workspace=other)).role == "marketer"
    assert (await sign_in(timed, email, workspace=workspace)).role == "analyst"


async def test_a_link_for_a_new_password_ends_what_the_old_one_opened(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace, "analyst")
    caller, credentials = await sign_in(timed, email), Credentials(timed, None)
    session = await credentials.sessions.start(caller, "browser")

    link = await operations.password_link(timed, someone(workspace, "admin"), UserRef(id=caller.id), door="test")
    await use(timed, link)

    assert (await sign_in(timed, email, CHOSEN)).id == caller.id
    with pytest.raises(NotSignedIn):
        await sign_in(timed, email)
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(session)


async def test_who_lost_their_password_is_named_by_their_e_mail_too(
    timed: Ground, workspace: Workspace, other: Workspace
):
    email, admin = await add_user(timed, workspace, "analyst"), someone(workspace, "admin")
    link = await operations.password_link(timed, admin, UserRef(email=email.upper()), door="test")
    assert link.email == email
    elsewhere = await add_user(timed, other, "analyst")
    for nobody in (elsewhere, "nobody@example.com"):
        with pytest.raises(NotFound):
            await operations.password_link(timed, admin, UserRef(email=nobody), door="test")
    for said in ({}, {"id": str(admin.id), "email": email}):
        with pytest.raises(ValidationError, match="their id or their e-mail, one of the two"):
            UserRef.model_validate(said)


async def test_an_admin_opens_neither_an_owners_account_nor_one_of_another_workspace(
    timed: Ground, workspace: Workspace, other: Workspace
):
    owner = await sign_in(timed, await add_user(timed, workspace, "owner"))
    email = await add_user(timed, workspace, "analyst")
    both = await sign_in(timed, email)
    await add_user(timed, other, "analyst", email=email)
    admin = someone(workspace, "admin")

    for user, wrong in ((owner.id, NotAllowed), (both.id, Conflict)):
        for act in (operations.password_link, operations.reset_second_factor):
            with pytest.raises(wrong):
                await act(timed, admin, UserRef(id=user), door="test")


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "password1234", "qwertyuiop123", "letmeinletmein", "short one"])
async def test_a_password_that_is_easy_to_guess_is_refused(timed: Ground, workspace: Workspace, password: str):
    link = await invite(timed, someone(workspace, "admin"), anybody())
    caller = await sign_in(timed, await add_user(timed, workspace))

    with pytest.raises(Invalid):
        await use(timed, link, password)
    if len(password) >= passwords.SHORTEST:
        asked = PasswordChange.model_validate({"old": PASSWORD, "new": password})
        with pytest.raises(Invalid):
            await operations.change_password(timed, caller, asked, door="test")
        asked_in = UserAdd.model_validate({"email": anybody(), "role": "analyst", "password": password})
        with pytest.raises(Invalid):
            await operations.add_user(timed, someone(workspace, "admin"), asked_in, door="test")


async def test_a_password_made_of_its_owners_name_is_refused():
    with pytest.raises(Invalid, match="guess"):
        await passwords.check("ada.lovelace", "ada.lovelace@analytical.example", "Ada Lovelace")


async def turned_on(ground: Ground, caller: Caller) -> tuple[str, list[str]]:
    """The secret of a second factor that is on, and the codes for recovery."""
    begun = await operations.begin_second_factor(
        ground, caller, Proof.model_validate({"password": PASSWORD}), door="test"
    )
    code = TOTP(begun.secret).at(ground.clock())
    asked = FactorCode.model_validate({"code": code})
    return begun.secret, (await operations.confirm_second_factor(ground, caller, asked, door="test")).codes


async def enter(ground: Ground, email: str, code: str) -> Caller:
    """Sign in with a code, as an API does."""
    asked = SignIn.model_validate({"email": email, "password": PASSWORD, "code": code})
    return await users.sign_in(ground, asked, address=str(new_id()), door="test")


async def test_with_a_second_factor_the_password_alone_opens_nothing(timed: Ground, watch: Watch, workspace: Workspace):
    email = await add_user(timed, workspace)
    caller = await sign_in(timed, email)
    secret, codes = await turned_on(timed, caller)
    watch.wait(60)

    with pytest.raises(CodeNeeded) as needed:
        await sign_in(timed, email)
    with pytest.raises(NotSignedIn, match="code is wrong"):
        await enter(timed, email, "000000")
    code = TOTP(secret).at(watch.now)
    entered = await users.finish_sign_in(timed, needed.value.pending, code, address="::1", door="test")

    assert entered.id == caller.id
    assert len(codes) == 10
    state = await operations.second_factor_state(timed, caller, Nothing(), door="test")
    assert (state.is_on, state.codes_left) == (True, 10)


async def test_a_code_is_good_once_and_near_its_time(timed: Ground, watch: Watch, workspace: Workspace):
    email = await add_user(timed, workspace)
    secret, _ = await turned_on(timed, await sign_in(timed, email))
    watch.wait(300)
    code = TOTP(secret).at(watch.now)
    await enter(timed, email, code)

    for late in (
        code,
        TOTP(secret).at(watch.now - timedelta(seconds=90)),
        TOTP(secret).at(watch.now, counter_offset=3),
    ):
        with pytest.raises(NotSignedIn, match="code is wrong"):
            await enter(timed, email, late)


async def test_a_code_for_recovery_is_good_once(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace)
    _, codes = await turned_on(timed, await sign_in(timed, email))

    await enter(timed, email, codes[3].upper().replace("-", " "))

    with pytest.raises(NotSignedIn, match="code is wrong"):
        await enter(timed, email, codes[3])
    await enter(timed, email, codes[4])


async def test_codes_can_not_be_tried_out(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace)
    await turned_on(timed, await sign_in(timed, email))
    with pytest.raises(CodeNeeded) as needed:
        await sign_in(timed, email)

    with pytest.raises(LimitReached):
        for number in range(20):
            with pytest.raises(NotSignedIn):
                await users.finish_sign_in(
                    timed, needed.value.pending, f"{number:06}", address=str(new_id()), door="test"
                )


async def test_the_word_between_the_two_steps_is_no_ones_to_make_and_does_not_last(
    timed: Ground, watch: Watch, workspace: Workspace
):
    email = await add_user(timed, workspace)
    secret, _ = await turned_on(timed, await sign_in(timed, email))
    with pytest.raises(CodeNeeded) as needed:
        await sign_in(timed, email)
    watch.wait(timedelta(minutes=11))

    for word in (needed.value.pending, needed.value.pending[:-8] + "AAAAAAA=", "", "nonsense"):
        with pytest.raises(NotSignedIn, match="begin again"):
            await users.finish_sign_in(timed, word, TOTP(secret).at(watch.now), address="::1", door="test")


async def test_turning_it_off_takes_the_password_and_a_code(timed: Ground, watch: Watch, workspace: Workspace):
    email = await add_user(timed, workspace)
    caller = await sign_in(timed, email)
    secret, codes = await turned_on(timed, caller)
    with pytest.raises(Conflict, match="already"):
        await turned_on(timed, caller)
    watch.wait(60)

    for password, code in (("not it at all", TOTP(secret).at(watch.now)), (PASSWORD, "123")):
        wrong = FactorRemoved.model_validate({"password": password, "code": code})
        with pytest.raises(Invalid):
            await operations.remove_second_factor(timed, caller, wrong, door="test")
    right = FactorRemoved.model_validate({"password": PASSWORD, "code": codes[0]})
    await operations.remove_second_factor(timed, caller, right, door="test")

    assert (await sign_in(timed, email)).id == caller.id


async def test_an_admin_resets_the_second_factor_of_who_lost_it(timed: Ground, workspace: Workspace):
    email = await add_user(timed, workspace, "analyst")
    caller = await sign_in(timed, email)
    await turned_on(timed, caller)

    await operations.reset_second_factor(timed, someone(workspace, "admin"), UserRef(id=caller.id), door="test")

    assert (await sign_in(timed, email)).id == caller.id


async def test_a_key_has_no_second_factor(timed: Ground, workspace: Workspace):
    with pytest.raises(Conflict):
        await operations.begin_second_factor(
            timed, someone(workspace), Proof.model_validate({"password": PASSWORD}), door="test"
        )
    with pytest.raises(NotFound):
        await operations.password_link(timed, someone(workspace, "owner"), UserRef(id=UUID(int=7)), door="test")
