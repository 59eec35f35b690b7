"""Sessions: a cookie that lasts by being used, and ends when its owner says so."""

from datetime import timedelta

import pytest

from switchboard.accounts import operations
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import PageAsked, SessionEnd, UserAdd, Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.accounts.sessions import OVERLAP
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotFound, NotSignedIn
from switchboard.foundation.ground import Ground
from tests.accounts.people import Watch, add_user, sign_in

DAY = timedelta(days=1)


@pytest.fixture
async def ana(timed: Ground, workspace: Workspace) -> Caller:
    return await sign_in(timed, await add_user(timed, workspace, "marketer"))


async def test_a_cookie_is_its_user(credentials: Credentials, ana: Caller):
    assert await credentials.sessions.caller(await credentials.sessions.start(ana, "Firefox")) == ana


async def test_sign_out_ends_it_here_at_once_and_elsewhere_within_five_seconds(
    timed: Ground, credentials: Credentials, ana: Caller, watch: Watch
):
    cookie = await credentials.sessions.start(ana, "Firefox")
    elsewhere = Credentials(timed, None)
    assert await elsewhere.sessions.caller(cookie)
    await credentials.sessions.end(cookie)
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)
    watch.wait(5)
    with pytest.raises(NotSignedIn):
        await elsewhere.sessions.caller(cookie)


async def test_it_ends_when_it_is_not_used_for_two_weeks(credentials: Credentials, ana: Caller, watch: Watch):
    cookie = await credentials.sessions.start(ana, "Firefox")
    watch.wait(14 * DAY)
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)


async def test_it_lasts_by_being_used_but_no_more_than_ninety_days(credentials: Credentials, ana: Caller, watch: Watch):
    cookie = await credentials.sessions.start(ana, "Firefox")
    for _ in range(8):
        watch.wait(11 * DAY)
        assert await credentials.sessions.caller(cookie)
    watch.wait(2 * DAY)
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)


@pytest.mark.parametrize("cookie", ["", "nonsense", "A" * 43, "\ud800"])
async def test_a_cookie_nobody_was_given_is_nobody(credentials: Credentials, cookie: str):
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookie)


async def test_one_lists_and_ends_ones_own_sessions_only(
    timed: Ground, workspace: Workspace, credentials: Credentials, ana: Caller, watch: Watch
):
    cookies = [await credentials.sessions.start(ana, agent) for agent in ("Firefox", "x" * 500)]
    bob = await sign_in(timed, await add_user(timed, workspace, "owner"))
    mine = (await operations.list_sessions(timed, ana, PageAsked(), door="test")).sessions
    assert [session.agent for session in mine] == ["x" * 200, "Firefox"]
    assert (await operations.list_sessions(timed, bob, PageAsked(), door="test")).sessions == []
    with pytest.raises(NotFound):
        await operations.end_session(timed, bob, SessionEnd(id=mine[0].id), door="test")
    await operations.end_session(timed, ana, SessionEnd(id=mine[0].id), door="test")
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(cookies[1])
    assert await credentials.sessions.caller(cookies[0])


async def test_who_is_in_several_workspaces_goes_from_one_to_the_other(
    timed: Ground, workspace: Workspace, other: Workspace, credentials: Credentials
):
    email = await add_user(timed, workspace, "analyst")
    again = UserAdd.model_validate({"email": email, "role": "owner"})
    await operations.add_user(timed, operator_caller(other.id), again, door="test")
    here = await sign_in(timed, email, workspace=workspace)
    cookie = await credentials.sessions.start(here, "Firefox")
    assert await credentials.sessions.workspaces(here) == {workspace.name: workspace.id, other.name: other.id}
    entered = await credentials.sessions.enter(cookie, other.id, "Firefox")
    there = await credentials.sessions.caller(entered)
    assert (there.id, there.workspace, there.role) == (here.id, other.id, "owner")


async def both_in(timed: Ground, credentials: Credentials, workspace: Workspace, other: Workspace) -> tuple[str, str]:
    """The cookie of a session, and that of the one in the other workspace that took its place."""
    email = await add_user(timed, workspace, "analyst")
    again = UserAdd.model_validate({"email": email, "role": "owner"})
    await operations.add_user(timed, operator_caller(other.id), again, door="test")
    cookie = await credentials.sessions.start(await sign_in(timed, email, workspace=workspace), "Firefox")
    return cookie, await credentials.sessions.enter(cookie, other.id, "Firefox")


async def test_a_session_that_was_left_ends_once_what_was_under_way_is_through(
    timed: Ground, workspace: Workspace, other: Workspace, credentials: Credentials, watch: Watch
):
    cookie, entered = await both_in(timed, credentials, workspace, other)
    await credentials.sessions.leave(cookie, await credentials.sessions.caller(entered))
    watch.wait(OVERLAP - timedelta(seconds=1))
    assert (await Credentials(timed, None).sessions.caller(cookie)).workspace == workspace.id
    watch.wait(2)
    with pytest.raises(NotSignedIn):
        await Credentials(timed, None).sessions.caller(cookie)
    watch.wait(timedelta(days=13))
    assert (await credentials.sessions.caller(entered)).workspace == other.id


async def test_who_never_got_the_new_cookie_goes_on_with_the_old_and_the_new_is_forgotten(
    timed: Ground, workspace: Workspace, other: Workspace, credentials: Credentials, watch: Watch
):
    cookie, entered = await both_in(timed, credentials, workspace, other)
    watch.wait(timedelta(minutes=6))
    assert (await credentials.sessions.caller(cookie)).workspace == workspace.id
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(entered)


async def test_nobody_ends_the_session_of_another_by_leaving_it(
    timed: Ground, workspace: Workspace, credentials: Credentials, ana: Caller, watch: Watch
):
    bob = await sign_in(timed, await add_user(timed, workspace, "owner"))
    cookie = await credentials.sessions.start(ana, "Firefox")
    await credentials.sessions.leave(cookie, bob)
    await credentials.sessions.leave("nonsense", bob)
    watch.wait(timedelta(hours=1))
    assert await credentials.sessions.caller(cookie)


async def test_one_enters_no_workspace_one_is_not_in(credentials: Credentials, ana: Caller, other: Workspace):
    cookie = await credentials.sessions.start(ana, "Firefox")
    with pytest.raises(NotFound):
        await credentials.sessions.enter(cookie, other.id, "Firefox")
    assert await credentials.sessions.caller(cookie)


async def test_the_cookie_itself_is_kept_nowhere(timed: Ground, credentials: Credentials, ana: Caller):
    cookie = await credentials.sessions.start(ana, "Firefox")
    async with timed.work(ana) as work:
        rows = await sql.fetch(work, "select s::text as kept, hash from session s where user_id = $1", ana.id)
    assert [(cookie in row["kept"], len(row["hash"])) for row in rows] == [(False, 32)]
