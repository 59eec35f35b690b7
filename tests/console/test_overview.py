"""The overview: five figures with their change, what needs attention, and what may be dismissed by whom."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from switchboard.accounts import tenants
from switchboard.accounts.roles import Role, operator_caller
from switchboard.console.sparks import spark
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.overview import overview
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.overview_records import OverviewAsked
from switchboard.intelligence.records import RunAsked
from tests.console.chromium import IN_A_BROWSER, Doors
from tests.console.shop import Browser, Shop, add_user, bring_in

pytestmark = pytest.mark.slow


def test_a_line_ends_at_its_last_value_and_leaves_out_what_is_not_known():
    drawn = spark([None, 1.0, 3.0, 2.0])

    assert drawn is not None
    assert drawn.line == "33.33,27.0 66.67,3.0 100.0,15.0"
    assert drawn.last == (100.0, 15.0)
    assert spark([None, 4.0]) is None
    assert spark([2.0, 2.0]) is not None


async def test_figures_are_those_of_the_operation_with_their_change(owner: Browser, ground: Ground, shop: Shop):
    await owner.get("/?days=90")
    found = await overview(ground, operator_caller(shop.workspace.id), OverviewAsked(days=90), door="test")

    assert found.revenue.value is not None
    assert found.revenue.change is not None
    assert re.search(rf'<p class="value">€{found.revenue.value:,.0f}', owner.page)
    assert f"{abs(found.revenue.change):.1%}" in owner.page
    assert 'value="90" selected' in owner.page


async def test_a_period_that_can_not_be_asked_for_is_refused(owner: Browser):
    assert (await owner.get("/?days=0")).status_code == 422
    assert (await owner.get("/?days=soon")).status_code == 422


async def test_the_tables_are_files(owner: Browser):
    figures = list(csv.DictReader(io.StringIO((await owner.get("/?csv=figures")).text)))
    archetypes = list(csv.DictReader(io.StringIO((await owner.get("/?csv=archetypes")).text)))

    assert len(figures) == 5 * 13
    assert sum(int(each["member_count"]) for each in archetypes) == 60


async def test_an_insight_is_dismissed_and_shown_again(console: ASGIApp, ground: Ground, tmp_path: Path):
    owner = Browser.at(console)
    await owner.sign_in(await guests_shop(ground, tmp_path))
    await owner.get("/")
    before = owner.page
    found = re.search(r'name="rule" value="(\w+)"', before)
    assert found
    rule, sentence = found[1], re.search(r"<li><p>([^<]+)</p>", before)
    assert sentence
    await owner.send("/insights/dismiss", rule=rule)
    await owner.get("/")
    then = owner.page
    await owner.send("/insights/restore", rule=rule)
    await owner.get("/")

    assert sentence[1] not in then
    assert "1 dismissed" in then
    assert sentence[1] in owner.page


@pytest.mark.parametrize("role", ["support", "analyst", "marketer"])
async def test_each_role_sees_what_it_may_do(browser: Browser, shop: Shop, role: Role):
    await browser.sign_in(shop.emails[role])
    answer = await browser.get("/")
    dismissed = await browser.send("/insights/dismiss", rule="guests")

    assert answer.status_code == 200
    assert ("/customers?risk=" in answer.text) == (role != "support")
    assert ("csv=" in answer.text) == (role != "support")
    assert dismissed.status_code == (403 if role == "support" else 303)
    await browser.send("/insights/restore", rule="guests")


async def guests_shop(ground: Ground, folder: Path) -> str:
    """The e-mail of the owner of a shop that sells mostly to guests."""
    workspace = await tenants.make(ground, f"Guests {folder.name}", "EUR", "UTC")
    lines = ["order_id,customer_id,placed_at,product_id,quantity,unit_price,currency"]
    for day in range(240):
        at = date(2024, 1, 1) + timedelta(days=day)
        lines.append(f"g{day},,{at}T09:00,p1,1,40,EUR")
        lines.append(f"o{day},c{day % 40},{at}T10:00,p2,1,10,EUR")
    (folder / "guests.csv").write_text("\n".join(lines), encoding="utf-8")
    await bring_in(ground, workspace, folder / "guests.csv", "orders")
    await segment(ground, operator_caller(workspace.id), RunAsked(), door="test")
    return await add_user(ground, workspace, "owner")


class TestInABrowser:
    pytestmark = IN_A_BROWSER

    @pytest.mark.parametrize("width", [360, 1440])
    async def test_the_page_is_well(self, doors: Doors, width: int):
        async with doors.open("owner", width, "dark" if width == 360 else "light") as watched:
            await watched.open_cold("/?days=90")

            assert await watched.wrong() == []
