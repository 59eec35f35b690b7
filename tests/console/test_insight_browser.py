"""The builder and the pages on the intelligence in a real browser."""

import json
import re
from urllib.parse import quote

import pytest

from switchboard.accounts.roles import operator_caller
from switchboard.foundation import sql
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme
from tests.console.watching import Watched

NESTED = {"all": [{"feature": "orders_365", "at_least": 3}, {"any": [{"country": "DE"}, {"bought": {"times_at_least": 2,
          "within_days": 90}}, {"segment": {"purchase_value": ["typical_baskets"]}}]}]}  # fmt: skip
BUILDER = f"/audiences/build?filter={quote(json.dumps(NESTED))}"
PAGES = {
    "archetypes": "/archetypes", "compare": "/archetypes/compare?of=shop&of=segment:purchase_frequency:one_time",
    "axis": "/axes/purchase_frequency", "audiences": "/audiences", "audience": BUILDER, "cohorts": "/cohorts",
    "affinity": "/affinity", "categories": "/categories", "forecasts": "/forecasts",
}  # fmt: skip
SCREENS: tuple[tuple[int, Scheme], ...] = ((360, "dark"), (1440, "light"))

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


async def counted(watched: Watched) -> str:
    return await watched.page.locator("#count .value").inner_text()


@pytest.mark.parametrize("screen", SCREENS)
async def test_pages_on_the_intelligence_are_well(doors: Doors, screen: tuple[int, Scheme]):
    async with doors.open("owner", *screen) as watched:
        wrong: dict[str, list[str]] = {}
        for name, path in PAGES.items():
            await watched.open_cold(path)
            wrong[name] = await watched.wrong()

        assert wrong == {name: [] for name in PAGES}


async def test_rules_are_added_and_counted_without_the_page_loading_again(doors: Doors, ground: Ground):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/audiences/build")
        await page.evaluate("window.stays = true")
        before = await counted(watched)

        await page.get_by_label("Value", exact=True).press_sequentially("1000")
        await page.get_by_text("Nobody fits all of this").wait_for()
        has_focus = await page.evaluate("document.activeElement.id")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Rule", exact=True).click()
        await page.locator("[id='r0.1']").wait_for()
        await page.locator("[id='0.1.field']").select_option("country")
        await page.locator("input[name='0.1.was'][value=country]").wait_for(state="attached")
        await page.locator("[id='r0.1']").get_by_label("Value", exact=True).press_sequentially("de")
        await page.get_by_role("button", name="Remove rule 0", exact=True).click()
        await page.locator("[id='r0.1']").wait_for(state="detached")

        async with ground.work(operator_caller(doors.shop.workspace.id)) as work:
            people = await sql.fetch_value(work, "select count(*) from person where merged_into is null")
        assert (before, await counted(watched)) == (f"{people} of {people}", f"1 of {people}")
        assert has_focus == "0.0.value.0"
        assert await page.locator("[id='0.0.field']").input_value() == "country"
        assert await page.locator("[id='r0.0']").get_by_label("Value", exact=True).input_value() == "de"
        assert await page.evaluate("window.stays") is True
        await page.reload()
        assert await page.locator("[id='r0.0']").get_by_label("Value", exact=True).input_value() == "de"
        assert (await watched.axe(), watched.complaints) == ([], [])


async def test_a_part_that_comes_later_leaves_the_page_its_title(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/audiences/build")
        await page.locator("section[aria-label='Value and risk'] dl").wait_for()
        after_worth = await page.title()
        await page.locator("details.how summary").first.click()
        await page.locator("#definition").wait_for()
        await page.wait_for_load_state("networkidle")

        assert (after_worth, await page.title()) == ("New audience · Switchboard", "New audience · Switchboard")


async def test_back_leads_to_the_rules_before(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(doors.address + BUILDER)
        await page.get_by_role("button", name="Remove group 1").click()
        await page.locator("[id='g0.1']").wait_for(state="detached")
        alone = await counted(watched)

        await page.go_back()
        await page.locator("[id='g0.1']").wait_for()

        assert alone != await counted(watched)
        assert await page.locator("[id='0.1.1.part.within_days']").input_value() == "90"


async def test_the_keyboard_alone_builds_an_audience(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/audiences/build")

        await page.get_by_role("button", name="Group", exact=True).focus()
        await page.keyboard.press("Enter")
        await page.locator("[id='g0.1']").wait_for()
        await page.wait_for_function("document.activeElement.id === '0.1.0.field'")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.type("9")
        await page.wait_for_url(re.compile("9"))

        assert await page.locator("[id='0.1.0.value.0']").input_value() == "9"


async def test_an_audience_is_saved_in_a_dialog_and_says_so(doors: Doors):
    async with doors.open("marketer") as watched:
        page = watched.page
        await page.goto(doors.address + BUILDER)
        await page.get_by_text("At risk of leaving").wait_for()

        await page.get_by_role("button", name="Save …").click()
        axe = await watched.axe()
        await page.get_by_label("Name").fill("From a dialog")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("heading", name="From a dialog").wait_for()

        assert axe == []
        assert await page.get_by_text("“From a dialog” is saved.").is_visible()
