"""The pages with the demo's gift shop in them, as the README shows them.

With SWITCHBOARD_SHOTS set, which `make shots` does, the pictures are taken anew.
"""

import os
import re
from pathlib import Path

from playwright.async_api import Page

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, chromium, serving, sign_in
from tests.console.demo_shops import open_demo
from tests.console.shop import add_user

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"
ASKED = "SWITCHBOARD_SHOTS"
LARGEST = 200_000  # bytes of a picture
SHOWN = re.compile(r'(?:src="|!\[[^]]*\]\()(docs/pictures/[\w-]+\.png)')

pytestmark = IN_A_BROWSER


async def test_the_demos_first_page_and_a_customer_are_full_of_pictures(
    ground: Ground, credentials: Credentials, charts: Charts
):
    email = await open_gifts(ground)
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light")
        await sign_in(page, address, email)
        drawn = await page.locator("main .chart svg[role=img]:visible").count()
        await shoot(page, "overview")
        await page.goto(f"{address}/customers/13599", timeout=90_000)  # nobody has asked about the shop before
        axes = await page.locator("svg.stacked:visible").count()
        await shoot(page, "customer")
    assert (drawn, axes) == (2, 6)


def test_the_pictures_the_readme_shows_are_there_and_small():
    shown = SHOWN.findall((ROOT / "README.md").read_text())
    assert sorted(shown) == sorted(str(path.relative_to(ROOT)) for path in PICTURES.iterdir())
    assert all((ROOT / each).stat().st_size < LARGEST for each in shown)


async def open_gifts(ground: Ground) -> str:
    """The e-mail of an owner of the gift shop."""
    return await add_user(ground, await open_demo(ground, "Gifts"), "owner")


async def shoot(page: Page, name: str) -> None:
    if os.environ.get(ASKED):
        await page.screenshot(path=PICTURES / f"{name}.png")
