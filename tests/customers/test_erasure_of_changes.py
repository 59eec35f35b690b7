"""Who is forgotten is forgotten in what was asked about them, too: in approvals and in first answers."""

from uuid import UUID

import pytest

from switchboard.accounts.approvals.operations import grant_approval, list_approvals
from switchboard.accounts.approvals.records import ApprovalNamed, ApprovalsAsked
from switchboard.customers.attributes.operations import define_attribute, set_attributes
from switchboard.customers.attributes.records import DefineAttribute, SetAttributes
from switchboard.customers.erasure.operations import access_export, erase
from switchboard.customers.erasure.records import AccessAsked, EraseAsked
from switchboard.customers.identities.operations import merge
from switchboard.customers.identities.records import MergeAsked
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.foundation.terms import ApprovalNeeded, NotGranted, Terms
from tests.shop import Shop, as_role, open_shop

pytestmark = pytest.mark.slow
PEOPLE = "customer_id,email,name\nc1,ada@example.com,Ada\nc2,bob@example.com,Bob\nc3,cy@example.com,Cy\n"


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    opened = await open_shop(ground)
    await opened.bring(PEOPLE, "customers")
    return opened


async def aside(shop: Shop, agent: Caller, one: str, other: str) -> UUID:
    """The approval of a merge that the agent asked for."""
    with pytest.raises(ApprovalNeeded) as needed:
        await merge(shop.ground, agent, MergeAsked(customer_id=one, other_id=other), door="mcp")
    return needed.value.approval.id


async def test_what_waits_and_names_them_is_withdrawn_and_names_them_no_more(shop: Shop):
    agent = as_role(shop, "admin")
    of_them, of_others = await aside(shop, agent, "c1", "c2"), await aside(shop, agent, "c2", "c3")
    for each in (of_them, of_others):
        await grant_approval(shop.ground, shop.caller, ApprovalNamed(id=each), door="test")
    certificate = await erase(shop.ground, shop.caller, EraseAsked(customer_id="c1", confirm="c1"), door="test")
    found = await list_approvals(shop.ground, shop.caller, ApprovalsAsked(), door="test")

    assert certificate.removed["approvals"] == 1
    assert {each.id: (each.state, each.request is None) for each in found.approvals} == {
        of_them: ("withdrawn", True), of_others: ("granted", False)
    }  # fmt: skip
    with pytest.raises(NotGranted, match="was forgotten"):
        asked = MergeAsked(customer_id="c1", other_id="c2")
        await merge(shop.ground, agent, asked, door="mcp", terms=Terms(approval=of_them))


async def test_an_agent_erases_somebody_by_an_approval_that_then_names_nobody(shop: Shop):
    agent, asked = as_role(shop, "admin"), EraseAsked(customer_id="c1", confirm="c1")
    with pytest.raises(ApprovalNeeded) as needed:
        await erase(shop.ground, agent, asked, door="mcp")
    approval = needed.value.approval.id
    await grant_approval(shop.ground, shop.caller, ApprovalNamed(id=approval), door="test")
    await erase(shop.ground, agent, asked, door="mcp", terms=Terms(approval=approval))
    (shown,) = (await list_approvals(shop.ground, shop.caller, ApprovalsAsked(), door="test")).approvals

    assert (shown.state, shown.request) == ("used", None)


async def test_first_answers_are_emptied_and_what_was_done_is_not_done_again(shop: Shop):
    await define_attribute(shop.ground, shop.caller, DefineAttribute(name="pet", type="text"), door="test")
    asked = SetAttributes(customer_id="c2", attributes={"pet": "a cat"}, source="desk")
    await set_attributes(shop.ground, shop.caller, asked, door="test", terms=Terms(key="k1"))
    await erase(shop.ground, shop.caller, EraseAsked(customer_id="c1", confirm="c1"), door="test")

    with pytest.raises(Conflict, match="is not done twice") as gone:
        await set_attributes(shop.ground, shop.caller, asked, door="test", terms=Terms(key="k1"))
    assert gone.value.code == "answer_gone"
    async with shop.ground.work(shop.caller) as work:
        query = "select count(*) from answer_kept where workspace_id = $1 and sealed is not null"
        assert await sql.fetch_value(work, query, shop.workspace.id) == 0


async def test_what_was_asked_about_them_is_among_what_is_held_of_them(shop: Shop):
    await aside(shop, as_role(shop, "admin"), "c1", "c2")
    held = await access_export(shop.ground, shop.caller, AccessAsked(customer_id="c1"), door="test")
    other = await access_export(shop.ground, shop.caller, AccessAsked(customer_id="c3"), door="test")

    assert '"operation": "customers.merge"' in held.model_dump_json(indent=1).replace('\\"', '"')
    assert "customers.merge" not in other.model_dump_json()
