"""Pages on a telephone: read without scrolling sideways, or with a sign that one can."""

import pytest

from tests.console.chromium import IN_A_BROWSER, Doors

NARROW = 360
COMPARED = "/archetypes/compare?of=shop&of=segment:purchase_frequency:one_time&of=segment:purchase_value:small_baskets"
READ_DOWNWARDS = (
    "/", "/jobs", "/archetypes", "/axes/purchase_frequency", "/customers", "/affinity", "/categories", "/forecasts",
    "/cohorts", "/audit", "/customers/c1",
)  # fmt: skip
SIDEWAYS = """() => [...document.querySelectorAll(".table-responsive")]
    .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.getAttribute("aria-label"))
    .concat(document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])"""
CELLS_WITHOUT_NAME = """() => [...document.querySelectorAll(".labelled > tbody > tr > td")]
    .filter((each) => each.textContent.trim() && !each.dataset.label && !each.matches(".tick, .whole")).length"""
SELECTS = """() => [...document.querySelectorAll("main select")].map((each) => {
    const style = getComputedStyle(each)
    const begins = Math.max(...[...style.backgroundPosition.matchAll(/calc\\(100% - (\\d+)px\\)|right (\\d+)px/g)]
        .map((found) => Number(found[1] ?? found[2]))) + 6
    return [parseFloat(style.paddingRight), begins]
})"""

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


async def test_tables_are_read_downwards(doors: Doors):
    async with doors.open("owner", NARROW) as watched:
        page, sideways, nameless = watched.page, dict[str, list[str]](), dict[str, int]()
        for path in READ_DOWNWARDS:
            await page.goto(doors.address + path)
            sideways[path] = await page.evaluate(SIDEWAYS)
            nameless[path] = await page.evaluate(CELLS_WITHOUT_NAME)

        assert sideways == {path: [] for path in READ_DOWNWARDS}
        assert nameless == dict.fromkeys(READ_DOWNWARDS, 0)


async def test_a_table_that_goes_on_to_a_side_lies_in_a_shadow_there(doors: Doors):
    async with doors.open("owner", NARROW) as watched:
        page = watched.page
        await page.goto(doors.address + COMPARED)

        scrolled = await page.evaluate(SIDEWAYS)
        ground = await page.locator(".table-responsive").evaluate(
            "(each) => [getComputedStyle(each).backgroundImage, getComputedStyle(each).backgroundAttachment]"
        )

        assert scrolled == ["Groups side by side"]
        assert ground[0].count("linear-gradient") == 4
        assert ground[1] == "local, local, scroll, scroll"


@pytest.mark.parametrize("width", [NARROW, 1440])
async def test_what_a_select_says_ends_before_its_arrow(doors: Doors, width: int):
    async with doors.open("owner", width) as watched:
        found = list[list[float]]()
        for path in ("/audit", "/customers", "/forecasts", COMPARED):
            await watched.page.goto(doors.address + path)
            found += await watched.page.evaluate(SELECTS)

        assert len(found) > 8
        assert min(arrow for _, arrow in found) > 10, "arrows are found"
        assert [(room, arrow) for room, arrow in found if room < arrow + 4] == []


async def test_the_fields_of_a_form_fill_their_lines(doors: Doors):
    async with doors.open("owner", NARROW) as watched:
        await watched.page.goto(f"{doors.address}/audit")

        form, field = [await watched.page.locator(each).bounding_box() for each in ("form.search", "#customer_id")]

        assert form
        assert field
        assert form["x"] + form["width"] - field["x"] - field["width"] < 24


async def test_a_check_box_is_no_radio_button(doors: Doors):
    async with doors.open("owner") as watched:
        await watched.page.goto(f"{doors.address}/archetypes")
        box = watched.page.locator("input[type=checkbox]").first

        size = await box.bounding_box()
        rounded = await box.evaluate("(each) => parseFloat(getComputedStyle(each).borderTopLeftRadius)")

        assert size
        assert size["width"] == size["height"]
        assert 0 < rounded <= size["width"] / 4


@pytest.mark.parametrize(("width", "columns"), [(1440, 3), (1100, 1), (NARROW, 1)])
async def test_three_groups_fill_the_page(doors: Doors, width: int, columns: int):
    async with doors.open("owner", width) as watched:
        page = watched.page
        of = ("purchase_frequency:one_time", "purchase_value:small_baskets", "purchase_value:typical_baskets")
        await page.goto(f"{doors.address}/archetypes/compare?{'&'.join(f'of=segment:{each}' for each in of)}")
        boxes = [await each.bounding_box() for each in await page.locator("section[aria-labelledby^=against-]").all()]
        main = await page.locator("section[aria-labelledby=figures]").bounding_box()

        assert main
        assert len({round(each["x"]) for each in boxes if each}) == columns
        drawn = await page.locator(".chart svg:visible").first.bounding_box()
        assert drawn
        assert drawn["width"] > 0.85 * float(await page.locator(".chart svg:visible").first.get_attribute("width") or 0)
        assert max(each["x"] + each["width"] for each in boxes if each) == pytest.approx(main["x"] + main["width"])
