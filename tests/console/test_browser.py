"""The pages in a real browser: nothing the policy stops, nothing from elsewhere, readable and within the screen."""

import re

import pytest
from pyotp.totp import TOTP

from switchboard.accounts.roles import Role
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme, sign_in
from tests.console.shop import PASSWORD, add_user
from tests.console.watching import Watched

PALE = """() => {
  const read = (said) => (said.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const said = getComputedStyle(at).backgroundColor;
      if (said.startsWith("rgb(")) return read(said);
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const node of document.body.querySelectorAll("svg text")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const ink = style.fill;
    const [a, b] = [light(read(ink)), light(ground(node))].sort((x, y) => y - x);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if ((a + 0.05) / (b + 0.05) < (isLarge ? 3 : 4.5)) pale.push(`${node.tagName} ${node.textContent.trim()} ${ink}`);
  }
  return pale;
}"""
PAGES = (
    "/", "/archetypes", "/customers", "/customers/c1", "/customers?text=zz", "/how/churn_score.risk_score", "/account",
    "/users", "/keys", "/audit", "/audit?period=own", "/settings", "/import",
)  # fmt: skip
ROLES: tuple[Role, ...] = ("owner", "marketer", "analyst", "support")
SCREENS: tuple[tuple[int, Scheme], ...] = ((360, "dark"), (1440, "light"))

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


@pytest.mark.parametrize("screen", SCREENS)
async def test_pages_are_well_in_a_browser(doors: Doors, screen: tuple[int, Scheme]):
    async with doors.open("owner", *screen) as watched:
        wrong: dict[str, list[str]] = {}
        for path in PAGES:
            await watched.open_cold(path)
            wrong[path] = await watched.wrong() + await watched.page.evaluate(PALE)

        assert wrong == {path: [] for path in PAGES}


@pytest.mark.parametrize("role", ROLES)
async def test_every_place_of_somebodys_menu_opens(doors: Doors, role: Role):
    async with doors.open(role) as watched:
        page = watched.page
        await page.goto(doors.address)
        places: list[str] = await page.evaluate("[...document.querySelectorAll('.side nav a')].map((a) => a.pathname)")
        opened = {place: await page.goto(doors.address + place) for place in places}

        assert {place: answer.status for place, answer in opened.items() if answer} == dict.fromkeys(places, 200)
        assert await watched.wrong(cold=False) == []


async def test_a_user_is_changed_by_the_keyboard_alone(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/users")
        await page.get_by_role("button", name=re.compile("^Change ")).first.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").wait_for()
        wrong = await watched.wrong(cold=False)
        await page.keyboard.press("Escape")

        assert wrong == []
        assert await page.get_by_role("dialog").count() == 0


async def test_a_second_factor_is_set_up_in_a_browser(doors: Doors, ground: Ground):
    email = await add_user(ground, doors.shop.workspace, "analyst")
    context = await doors.browser.new_context()
    page = await context.new_page()
    await sign_in(page, doors.address, email)
    watched = await Watched.begin(page, doors.address)
    await page.goto(f"{doors.address}/account")

    await page.locator("#factor-card ~ *, section:has(#factor-card)").get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Set up").click()
    secret = await page.get_by_label("Secret", exact=True).input_value()
    wrong = await watched.wrong(cold=False)
    await page.get_by_label("Code", exact=True).fill(TOTP(secret).now())
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_role("heading", name="The second factor is on").wait_for()
    wrong += await watched.wrong(cold=False)
    await context.close()

    assert wrong == []


@pytest.mark.parametrize("width", [700, 1100, 1200, 1440])
async def test_the_figures_on_top_stand_in_full_rows(doors: Doors, width: int):
    async with doors.open("owner", width) as watched:
        await watched.page.goto(doors.address)

        places: list[tuple[int, int]] = await watched.page.evaluate(
            "[...document.querySelectorAll('.figure')].map((at) => [at.offsetTop, at.offsetLeft + at.offsetWidth])"
        )

        ends = [max(end for top, end in places if top == row) for row in {top for top, _ in places}]
        assert len(places) == 5
        assert max(ends) - min(ends) <= 1


async def test_the_keyboard_reaches_the_content_first(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(doors.address)

        await page.keyboard.press("Tab")
        first = await page.evaluate("document.activeElement.className")
        await page.keyboard.press("Enter")
        then = await page.evaluate("document.activeElement.id")
        await page.keyboard.press("/")
        at_last = await page.evaluate("document.activeElement.id")

        assert [first, then, at_last] == ["skip", "main", "text"]


async def test_customers_are_found_as_one_types_and_the_address_tells(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/customers")

        await page.get_by_label("Find customers").press_sequentially("lovel")
        await page.locator(".count", has_text="1 customer").wait_for()
        found = await page.locator("tbody .id").all_inner_texts()
        await page.wait_for_url(re.compile("text=lovel"))
        has_focus = await page.evaluate("document.activeElement.id")
        await page.reload()
        after_reload = await page.locator("tbody .id").all_inner_texts()

        assert (found, after_reload, has_focus) == (["c1"], ["c1"], "text")


async def test_back_leads_to_what_was_seen_before(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/customers")
        await page.select_option("#risk", "LOW")
        await page.wait_for_url(re.compile("risk=LOW"))
        low = await page.locator(".count").inner_text()
        await page.locator("tbody .id").first.click()
        await page.get_by_role("heading", name="Who they are").wait_for()

        await page.go_back()
        await page.locator(".count").wait_for()

        assert await page.locator(".count").inner_text() == low != "60 customers"
        assert await page.locator("#risk").input_value() == "LOW"


async def test_after_going_back_a_choice_stands_at_what_is_shown(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/")
        await page.get_by_label("Compared over").select_option("90")
        await page.wait_for_url("**/?days=90")

        await page.go_back(wait_until="load")

        assert await page.get_by_label("Compared over").input_value() == "30"


async def test_a_chosen_theme_holds_whatever_the_system_likes(doors: Doors):
    async with doors.open("owner", scheme="light") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/archetypes")
        before = await page.evaluate("document.documentElement.dataset.bsTheme")
        await page.get_by_role("button", name="Mia Berg").click()
        await page.get_by_role("button", name="Dark").click()
        await page.wait_for_url(f"{doors.address}/archetypes")

        chosen = await page.evaluate("document.documentElement.dataset.bsTheme")
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")

        assert (before, chosen, ground) == ("light", "dark", "rgb(16, 26, 38)")


async def test_a_column_of_a_chart_says_what_it_is(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(doors.address)

        await page.locator('[data-tip^="May 2025"]:visible').first.hover()

        assert re.fullmatch(r"May 2025\n1,03\d", await page.locator(".tip").inner_text())
        assert await watched.axe() == []


async def test_how_a_figure_is_worked_out_is_told_in_place(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(doors.address)

        await page.get_by_text("How this is worked out").first.click()
        await page.get_by_text("Formula").first.wait_for()

        assert await watched.wrong() == []
        assert page.url == f"{doors.address}/"


async def test_on_a_telephone_the_menu_opens_and_leads_on(doors: Doors):
    async with doors.open("owner", 360) as watched:
        page = watched.page
        await page.goto(doors.address)
        shown_before = await page.get_by_role("link", name="Customers").is_visible()

        await page.get_by_role("button", name="Menu").click()
        axe = await watched.axe()
        await page.get_by_role("link", name="Customers").click()
        await page.wait_for_url(f"{doors.address}/customers")

        assert (shown_before, axe) == (False, [])
