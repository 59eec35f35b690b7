"""The pages in a real browser: nothing the policy stops, nothing from elsewhere, readable and within the screen.

With SWITCHBOARD_SHOTS set, pictures of the pages are left in docs/guide/shots.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright

from switchboard.accounts.credentials import Credentials
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.console.shop import PASSWORD, Shop

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path(__file__).parents[2] / "docs/guide/shots"
ASKED = "SWITCHBOARD_SHOTS"
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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; install it with: apt-get install chromium"
    ),
]


@asynccontextmanager
async def serving(ground: Ground, credentials: Credentials, charts: Charts) -> AsyncGenerator[str]:
    """The console at an address of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    console = make_console(ground, credentials, Settings(public_url=address), charts)
    server = Server(console, address="127.0.0.1", port=port, interface=Interfaces.ASGINL)
    task = asyncio.create_task(server.serve())
    for _ in range(200):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        await asyncio.sleep(0.05)
    yield address
    server.stop()
    await task


@asynccontextmanager
async def chromium() -> AsyncGenerator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


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
            await shoot(page, f"{name}-{width}-{scheme}")

        assert complaints == []
        assert [url for url in asked if not url.startswith(address)] == []


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


async def sign_in(page: Page, address: str, email: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", level=1).wait_for()
    await page.wait_for_url(f"{address}/")


async def shoot(page: Page, name: str) -> None:
    if os.environ.get(ASKED):
        await page.screenshot(path=SHOTS / f"console-{name}.png", full_page=True)
