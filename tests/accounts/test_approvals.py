"""Some changes that are asked for over MCP are made only when a person said so, and once."""

from datetime import timedelta
from uuid import UUID

import pytest

from switchboard.accounts import operations
from switchboard.accounts.approvals import operations as approvals
from switchboard.accounts.approvals.keeping import MOST_WAITING
from switchboard.accounts.approvals.records import ApprovalNamed, ApprovalRuleSet, ApprovalsAsked, ApprovalShown
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.records import (
    AllowanceChange,
    KeyAdd,
    KeyAdded,
    KeyRevoke,
    PageAsked,
    UserAdd,
    Workspace,
)
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound, SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import ApprovalNeeded, Terms
from tests.accounts.people import PASSWORD, Watch, add_user, do, sign_in, someone

pytestmark = pytest.mark.slow


@pytest.fixture
def agent(workspace: Workspace) -> Caller:
    """A key that may do what an admin may, in the hands of a model."""
    return someone(workspace, "admin")


async def add(ground: Ground, caller: Caller, terms: Terms | None = None, name: str = "till") -> KeyAdded:
    asked = KeyAdd.model_validate({"name": name, "role": "analyst"})
    return await operations.add_key(ground, caller, asked, door="mcp", terms=terms)


async def aside(ground: Ground, caller: Caller, name: str = "till") -> UUID:
    """The approval that the caller is told to wait for."""
    with pytest.raises(ApprovalNeeded) as needed:
        await add(ground, caller, name=name)
    return needed.value.approval.id


async def shown(ground: Ground, caller: Caller, approval: UUID) -> ApprovalShown:
    found = await approvals.list_approvals(ground, caller, ApprovalsAsked(), door="test")
    return next(each for each in found.approvals if each.id == approval)


async def grant(ground: Ground, caller: Caller, approval: UUID) -> ApprovalShown:
    return await approvals.grant_approval(ground, caller, ApprovalNamed(id=approval), door="test")


async def refuse(ground: Ground, caller: Caller, approval: UUID) -> ApprovalShown:
    return await approvals.refuse_approval(ground, caller, ApprovalNamed(id=approval), door="test")


async def refused(ground: Ground, caller: Caller, approval: UUID, name: str = "till") -> str:
    """The code of the error that a call with this approval ends with."""
    with pytest.raises(SwitchboardError) as error:
        await add(ground, caller, Terms(approval=approval), name)
    return error.value.code


async def made(ground: Ground, caller: Caller) -> list[str]:
    return [each.name for each in (await operations.list_keys(ground, caller, PageAsked(), door="test")).keys]


async def test_what_needs_an_approval_is_put_aside_until_a_person_grants_it(
    ground: Ground, operator: Caller, agent: Caller
):
    approval = await aside(ground, agent)
    assert await made(ground, operator) == []
    assert await refused(ground, agent, approval) == "approval_waiting"
    await grant(ground, operator, approval)
    await add(ground, agent, Terms(approval=approval))
    assert await made(ground, operator) == ["till"]


async def test_an_approval_is_good_once(ground: Ground, operator: Caller, agent: Caller):
    approval = await aside(ground, agent)
    await grant(ground, operator, approval)
    await add(ground, agent, Terms(approval=approval))
    assert await refused(ground, agent, approval) == "approval_used"
    assert await made(ground, operator) == ["till"]


async def test_an_approval_of_another_request_caller_or_operation_is_none(
    ground: Ground, workspace: Workspace, operator: Caller, agent: Caller
):
    approval = await aside(ground, agent)
    await grant(ground, operator, approval)
    assert await refused(ground, agent, approval, name="other") == "approval_altered"
    assert await refused(ground, someone(workspace, "admin"), approval) == "approval_unknown"
    assert await refused(ground, agent, new_id()) == "approval_unknown"
    with pytest.raises(NotAllowed) as wrong:
        asked = KeyRevoke(id=new_id())
        await operations.revoke_key(ground, agent, asked, door="mcp", terms=Terms(approval=approval))
    assert wrong.value.code == "approval_altered"
    assert await made(ground, operator) == []
    await add(ground, agent, Terms(approval=approval))  # what was refused has not used it up


async def test_an_approval_of_another_workspace_is_none(
    ground: Ground, other: Workspace, operator: Caller, agent: Caller
):
    approval = await aside(ground, agent)
    await grant(ground, operator, approval)
    elsewhere = someone(other, "admin")
    assert await refused(ground, elsewhere, approval) == "approval_unknown"
    with pytest.raises(NotFound):
        await grant(ground, elsewhere, approval)


async def test_every_refusal_is_in_the_trail(ground: Ground, workspace: Workspace, operator: Caller, agent: Caller):
    approval = await aside(ground, agent)
    await refused(ground, agent, approval)
    await grant(ground, operator, approval)
    await refused(ground, agent, approval, name="other")
    await add(ground, agent, Terms(approval=approval))
    await refused(ground, agent, approval)
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    query = "select outcome, subject from audit_line where workspace_id = $1 and operation = 'keys.add' order by began"
    lines = await do(ground, operator, lambda work: sql.fetch(work, query, workspace.id))
    assert [row["outcome"] for row in lines] == [
        "approval_needed", "approval_waiting", "approval_altered", "done", "approval_used",
    ]  # fmt: skip
    assert lines[3]["subject"] == f"approval:{approval}"


async def test_only_a_person_with_the_permission_grants(ground: Ground, workspace: Workspace, agent: Caller):
    approval = await aside(ground, agent)
    with pytest.raises(NotAllowed, match="no key does"):
        await grant(ground, agent, approval)
    with pytest.raises(NotAllowed, match="no key does"):
        await grant(ground, someone(workspace, "owner"), approval)
    analyst = await sign_in(ground, await add_user(ground, workspace, "analyst"))
    with pytest.raises(NotFound):
        await grant(ground, analyst, approval)
    admin = await sign_in(ground, await add_user(ground, workspace, "admin"))
    told = await grant(ground, admin, approval)
    assert (told.state, told.settled_by) == ("granted", admin.id)


async def test_what_was_refused_is_not_done_and_may_be_asked_for_again(ground: Ground, operator: Caller, agent: Caller):
    approval = await aside(ground, agent)
    assert (await refuse(ground, operator, approval)).state == "refused"
    assert await refused(ground, agent, approval) == "approval_refused"
    with pytest.raises(Conflict) as settled:
        await grant(ground, operator, approval)
    assert settled.value.code == "approval_refused"
    assert await aside(ground, agent) != approval


async def test_a_word_is_taken_back_while_it_was_not_used(ground: Ground, operator: Caller, agent: Caller):
    approval = await aside(ground, agent)
    await grant(ground, operator, approval)
    await refuse(ground, operator, approval)
    assert await refused(ground, agent, approval) == "approval_refused"


async def test_an_approval_expires_after_a_day_granted_or_not(
    timed: Ground, watch: Watch, operator: Caller, agent: Caller
):
    waiting, granted = await aside(timed, agent), await aside(timed, agent, "other")
    await grant(timed, operator, granted)
    watch.wait(timedelta(hours=24, seconds=1))
    assert await refused(timed, agent, granted, "other") == "approval_expired"
    with pytest.raises(Conflict, match="expired"):
        await grant(timed, operator, waiting)
    assert (await shown(timed, operator, waiting)).state == "expired"
    assert await aside(timed, agent) != waiting


async def test_who_asks_again_while_it_waits_is_given_the_same_approval(ground: Ground, agent: Caller):
    assert await aside(ground, agent) == await aside(ground, agent)
    assert await aside(ground, agent) != await aside(ground, agent, "other")


async def test_one_caller_has_only_so_many_that_wait(ground: Ground, agent: Caller):
    for number in range(MOST_WAITING):
        await aside(ground, agent, f"key {number}")
    with pytest.raises(LimitReached, match="wait for approval already"):
        await add(ground, agent, name="one too many")


async def test_people_see_what_is_asked_and_those_without_the_permission_see_nothing(
    ground: Ground, workspace: Workspace, operator: Caller, agent: Caller
):
    approval = await aside(ground, agent)
    told = await shown(ground, operator, approval)
    assert (told.operation, told.title, told.state) == ("keys.add", "Make an API key", "waiting")
    assert told.request == {"name": "till", "role": "analyst"}
    assert told.undo == "Undone by keys.revoke."
    assert told.may_settle
    assert not (await shown(ground, agent, approval)).may_settle
    analyst = someone(workspace, "analyst")
    assert (await approvals.list_approvals(ground, analyst, ApprovalsAsked(), door="test")).approvals == ()


async def test_approvals_are_listed_in_pages_newest_first(ground: Ground, operator: Caller, agent: Caller):
    asked = [await aside(ground, agent, f"key {number}") for number in range(5)]
    await refuse(ground, operator, asked[0])
    first = await approvals.list_approvals(ground, operator, ApprovalsAsked(limit=3), door="test")
    rest = await approvals.list_approvals(
        ground, operator, ApprovalsAsked(limit=3, cursor=first.next_cursor), door="test"
    )
    assert [each.id for each in (*first.approvals, *rest.approvals)] == asked[::-1]
    assert rest.next_cursor is None
    waiting = await approvals.list_approvals(ground, operator, ApprovalsAsked(state="waiting"), door="test")
    assert {each.id for each in waiting.approvals} == set(asked[1:])


async def test_other_doors_ask_nobody_and_a_dry_run_needs_no_approval(ground: Ground, operator: Caller, agent: Caller):
    asked = KeyAdd.model_validate({"name": "till", "role": "analyst"})
    await operations.add_key(ground, agent, asked, door="api")
    await add(ground, agent, Terms(dry_run=True))
    assert await made(ground, operator) == ["till"]


async def test_the_workspace_says_what_takes_an_approval(
    ground: Ground, workspace: Workspace, operator: Caller, agent: Caller
):
    async def rule(operation: str, *, needed: bool | None) -> dict[str, bool]:
        asked = ApprovalRuleSet(operation=operation, needed=needed)
        told = await approvals.set_approval_rule(ground, operator, asked, door="test")
        return {each.operation: each.needed for each in told.rules}

    before = await approvals.approval_rules(ground, agent, Nothing(), door="test")
    usual = {each.operation: each.needed for each in before.rules}
    assert {name for name, needed in usual.items() if needed} >= {"keys.add", "keys.revoke"}
    assert await rule("keys.add", needed=False) == usual | {"keys.add": False}
    await add(ground, agent)
    await rule("limits.change", needed=True)
    change = AllowanceChange.model_validate({"about": "role", "name": "analyst", "per_hour": 9})
    with pytest.raises(ApprovalNeeded):
        await operations.change_limit(ground, agent, change, door="mcp")
    assert (await rule("keys.add", needed=None))["keys.add"]
    await aside(ground, agent)
    with pytest.raises(Invalid, match=r"approvals\.rules lists them"):
        await rule("keys.list", needed=True)
    with pytest.raises(NotAllowed):
        await approvals.set_approval_rule(
            ground, someone(workspace, "analyst"), ApprovalRuleSet(operation="keys.add", needed=False), door="test"
        )


async def test_a_call_with_a_key_and_an_approval_that_was_done_gives_its_answer_again(
    ground: Ground, operator: Caller, agent: Caller
):
    approval = await aside(ground, agent)
    await grant(ground, operator, approval)
    first = await add(ground, agent, Terms(approval=approval, key="k1"))
    assert await add(ground, agent, Terms(approval=approval, key="k1")) == first
    assert await add(ground, agent, Terms(key="k1")) == first
    assert await made(ground, operator) == ["till"]


async def test_what_fails_leaves_the_approval_as_it_was(ground: Ground, operator: Caller, agent: Caller):
    asked = KeyRevoke(id=new_id())
    with pytest.raises(ApprovalNeeded) as needed:
        await operations.revoke_key(ground, agent, asked, door="mcp")
    approval = needed.value.approval.id
    await grant(ground, operator, approval)
    with pytest.raises(NotFound):
        await operations.revoke_key(ground, agent, asked, door="mcp", terms=Terms(approval=approval))
    assert (await shown(ground, operator, approval)).state == "granted"


async def test_requests_lie_sealed_and_secrets_are_not_shown(ground: Ground, workspace: Workspace, operator: Caller):
    agent = someone(workspace, "owner")
    await approvals.set_approval_rule(
        ground, operator, ApprovalRuleSet(operation="users.add", needed=True), door="test"
    )
    asked = UserAdd.model_validate({"email": "mia@example.com", "role": "analyst", "password": PASSWORD})
    with pytest.raises(ApprovalNeeded) as needed:
        await operations.add_user(ground, agent, asked, door="mcp")
    told = await shown(ground, operator, needed.value.approval.id)
    assert told.request == {"email": "mia@example.com", "role": "analyst", "password": "**********"}
    query = "select request, request_hash from approval where workspace_id = $1"
    (row,) = await do(ground, operator, lambda work: sql.fetch(work, query, workspace.id))
    assert not any(each in b"".join(row.values()) for each in (b"mia", b"horse", b"analyst"))
