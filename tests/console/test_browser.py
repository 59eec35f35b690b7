"""The pages in a real browser: nothing the policy stops, nothing from elsewhere, readable and within the screen."""

from typing import Literal

import pytest
from playwright.async_api import Page

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, chromium, serving, sign_in
from tests.console.shop import Shop

Scheme = Literal["light", "dark"]
WATCH = """
window.stopped = [];
document.addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.violatedDirective));
"""
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
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const ink = node.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(read(ink)), light(ground(node))].sort((x, y) => y - x);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if ((a + 0.05) / (b + 0.05) < (isLarge ? 3 : 4.5)) pale.push(`${node.tagName} ${node.textContent.trim()} ${ink}`);
  }
  return pale;
}"""
PAGES = {"overview": "/", "archetypes": "/archetypes", "customers": "/customers", "customer": "/customers/c1"}

pytestmark = IN_A_BROWSER


@pytest.mark.parametrize("screen", [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")])
async def test_pages_are_well_in_a_browser(
    ground: Ground, credentials: Credentials, charts: Charts, shop: Shop, screen: tuple[int, Scheme]
):
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        width, scheme = screen
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        asked, complaints = watched(page)
        await page.add_init_script(WATCH)
        await sign_in(page, address, shop.emails["owner"])

        for name, path in PAGES.items():
            await page.goto(address + path)
            assert await page.evaluate("window.stopped") == [], name
            assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name
            assert await page.evaluate(PALE) == [], name

        assert complaints == []
        assert [url for url in asked if not url.startswith(address)] == []


@pytest.mark.parametrize("width", [700, 1100, 1200, 1440])
async def test_the_figures_on_top_stand_in_full_rows(
    ground: Ground, credentials: Credentials, charts: Charts, shop: Shop, width: int
):
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 900})
        await sign_in(page, address, shop.emails["owner"])

        tops: list[float] = await page.evaluate("[...document.querySelectorAll('.figure')].map((at) => at.offsetTop)")

        assert len({tops.count(top) for top in tops}) == 1


async def test_the_keyboard_reaches_the_content_first(
    ground: Ground, credentials: Credentials, charts: Charts, shop: Shop
):
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        page = await browser.new_page()
        await sign_in(page, address, shop.emails["owner"])

        await page.keyboard.press("Tab")
        first = await page.evaluate("document.activeElement.className")
        await page.keyboard.press("Enter")
        then = await page.evaluate("document.activeElement.id")
        await page.keyboard.press("/")
        at_last = await page.evaluate("document.activeElement.id")

        assert [first, then, at_last] == ["skip", "main", "text"]


async def test_a_chosen_filter_is_used_at_once(ground: Ground, credentials: Credentials, charts: Charts, shop: Shop):
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        page = await browser.new_page()
        await sign_in(page, address, shop.emails["owner"])
        await page.goto(f"{address}/customers")

        async with page.expect_navigation():
            await page.select_option("#risk", "LOW")

        assert "risk=LOW" in page.url


def watched(page: Page) -> tuple[list[str], list[str]]:
    """What the page asks for, and what the browser complains of, as it goes on."""
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return asked, complaints
