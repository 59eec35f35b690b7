"""Approvals in the console: what an agent asked for is granted or refused there, and what takes one is set."""

from uuid import UUID

import pytest

from switchboard.accounts.operations import add_key
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import Role, permissions_of
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller, job_caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.terms import ApprovalNeeded, Terms
from tests.console.chromium import IN_A_BROWSER, Doors
from tests.console.shop import Browser, Shop

pytestmark = pytest.mark.slow


def agent(shop: Shop) -> Caller:
    """A key of an admin's, in the hands of a model."""
    return Caller(
        id=new_id(), name="model", kind="key", workspace=shop.workspace.id, role="admin",
        permissions=permissions_of("admin"),
    )  # fmt: skip


async def aside(ground: Ground, caller: Caller, name: str) -> UUID:
    """What waits after the agent asked for a key."""
    with pytest.raises(ApprovalNeeded) as needed:
        await add(ground, caller, name)
    return needed.value.approval.id


async def add(ground: Ground, caller: Caller, name: str, approval: UUID | None = None) -> str:
    """The key that the agent is given."""
    asked, terms = KeyAdd(name=name, role="analyst"), Terms(approval=approval)
    return (await add_key(ground, caller, asked, door="mcp", terms=terms)).key


async def state(ground: Ground, shop: Shop, approval: UUID) -> str:
    async with ground.work(job_caller(shop.workspace.id)) as work:
        return str(await sql.fetch_value(work, "select state from approval where id = $1", approval))


async def test_what_waits_is_seen_and_granted_and_done_once(owner: Browser, ground: Ground, shop: Shop):
    caller = agent(shop)
    approval = await aside(ground, caller, "<b>till</b> one")
    await owner.get("/approvals?state=waiting")
    listed = owner.page
    granted = await owner.send("/approvals/grant", id=str(approval))
    await owner.get("/approvals")
    await add_key(
        ground, caller, KeyAdd(name="<b>till</b> one", role="analyst"), door="mcp", terms=Terms(approval=approval)
    )
    await owner.send("/approvals/refuse", id=str(approval))
    await owner.get("/approvals")

    assert "Make an API key" in listed
    assert "&lt;b&gt;till&lt;/b&gt; one" in listed
    assert "Undone by keys.revoke." in listed
    assert (granted.status_code, granted.headers["location"]) == (303, "/approvals")
    assert "It can not be refused any more: it is used." in owner.page
    assert await state(ground, shop, approval) == "used"


async def test_what_was_refused_is_not_done(owner: Browser, ground: Ground, shop: Shop):
    caller = agent(shop)
    approval = await aside(ground, caller, "till two")
    await owner.get("/approvals")
    await owner.send("/approvals/refuse", id=str(approval))
    await owner.get("/approvals?state=refused")
    with pytest.raises(SwitchboardError, match="it was refused"):
        await add_key(
            ground, caller, KeyAdd(name="till two", role="analyst"), door="mcp", terms=Terms(approval=approval)
        )

    assert "till two" in owner.page


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_who_could_not_do_it_sees_nothing_of_it_and_allows_nothing(
    browser: Browser, ground: Ground, shop: Shop, role: Role
):
    approval = await aside(ground, agent(shop), f"till of {role}")
    await browser.sign_in(shop.emails[role])
    page = await browser.get("/approvals")
    answer = await browser.send("/approvals/grant", id=str(approval))
    rule = await browser.send("/approvals/rule", operation="keys.add", needed="no")

    assert page.status_code == 200
    assert f"till of {role}" not in page.text
    assert "Ask nobody: " not in page.text
    assert (answer.status_code, rule.status_code) == (404, 403)
    assert await state(ground, shop, approval) == "waiting"


async def test_what_takes_an_approval_is_set_in_place(owner: Browser, ground: Ground, shop: Shop):
    await owner.get("/approvals")
    before = owner.page
    await owner.send("/approvals/rule", operation="keys.add", needed="no")
    await owner.get("/approvals")
    off = owner.page
    made = await add(ground, agent(shop), "till three")
    await owner.send("/approvals/rule", operation="keys.add", needed="")
    await aside(ground, agent(shop), "till three")

    assert "Ask nobody: Make an API key" in before
    assert "Ask a person: Make an API key" in off
    assert made.startswith("sb_")


async def test_the_address_that_an_agent_is_told_shows_its_one_change(owner: Browser, ground: Ground, shop: Shop):
    caller = agent(shop)
    with pytest.raises(ApprovalNeeded) as needed:
        await add(ground, caller, "till five")
    await aside(ground, caller, "till six")
    page = needed.value.page.removeprefix(ground.public_url)
    one = (await owner.get(page)).text
    none = (await owner.get(f"/approvals?id={new_id()}")).text

    assert str(needed.value).count(needed.value.page) == 1
    assert ("till five" in one, "till six" in one) == (True, False)
    assert "No such approval" in none


async def test_approvals_are_a_file(owner: Browser, ground: Ground, shop: Shop):
    approval = await aside(ground, agent(shop), "a file")
    file = (await owner.get("/approvals?csv=approvals")).text

    assert file.splitlines()[0].startswith("id,operation,state,asked_by")
    assert f"{approval},keys.add,waiting" in file


class TestInABrowser:
    pytestmark = IN_A_BROWSER

    @pytest.mark.parametrize("width", [360, 1440])
    async def test_the_page_is_well(self, doors: Doors, ground: Ground, shop: Shop, width: int):
        await aside(ground, agent(shop), f"seen {width}")
        paths = ("/approvals", "/approvals?state=waiting", "/approvals?state=expired")
        async with doors.open("owner", width, "dark" if width == 360 else "light") as watched:
            assert await watched.wrong_with(*paths) == {}
