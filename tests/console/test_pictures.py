"""The pages with the demo's gift shop in them, as the README shows them.

With SWITCHBOARD_SHOTS set, which `make shots` does, the pictures are taken anew.
"""

import os
import re
from pathlib import Path

from playwright.async_api import Page

from demo.shops import HERE as DEMO
from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.charts import Charts
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked
from tests.console.chromium import IN_A_BROWSER, chromium, serving, sign_in
from tests.console.shop import add_user, bring_in

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
        await page.goto(f"{address}/customers/13599")
        axes = await page.locator("svg.stacked:visible").count()
        await shoot(page, "customer")
    assert (drawn, axes) == (2, 6)


def test_the_pictures_the_readme_shows_are_there_and_small():
    shown = SHOWN.findall((ROOT / "README.md").read_text())
    assert sorted(shown) == sorted(str(path.relative_to(ROOT)) for path in PICTURES.iterdir())
    assert all((ROOT / each).stat().st_size < LARGEST for each in shown)


async def open_gifts(ground: Ground) -> str:
    """The e-mail of an owner of the gift shop, imported and segmented as the demo does, once a database."""
    try:
        workspace = await tenants.make(ground, "Gifts", "GBP", "Europe/London")
    except Conflict:
        return await add_user(ground, await tenants.only_or_named(ground, "Gifts"), "owner")
    await bring_in(ground, workspace, DEMO / "data/gifts.parquet", "orders", "online_retail")
    await bring_in(ground, workspace, DEMO / "data/gifts_customers.parquet", "customers")
    await segment(ground, operator_caller(workspace.id), RunAsked(), door="test")
    return await add_user(ground, workspace, "owner")


async def shoot(page: Page, name: str) -> None:
    if os.environ.get(ASKED):
        await page.screenshot(path=PICTURES / f"{name}.png")
