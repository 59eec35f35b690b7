"""The pages on the intelligence as the guide shows them, with the demo's gift shop.

With SWITCHBOARD_SHOTS set, which `make shots` does, the pictures are taken anew; without it there is nothing to do that
the other tests of these pages do not.
"""

import base64
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, Scheme, chromium, serving, sign_in
from tests.console.test_insight_browser import PAGES
from tests.console.test_pictures import ASKED, ROOT, open_gifts

GUIDE = ROOT / "docs/guide"
LARGEST = 60_000  # bytes of a picture
QUALITY = 55
SCREENS: dict[str, tuple[int, int, Scheme]] = {
    "desk": (1280, 800, "light"), "telephone": (360, 720, "light"), "dark": (1280, 800, "dark"),
}  # fmt: skip
SHOWN = re.compile(r"!\[[^]]*\]\((pictures/[\w-]+\.webp)\)")

pytestmark = IN_A_BROWSER


@pytest.mark.skipif(not os.environ.get(ASKED), reason=f"pictures are taken with {ASKED}")
async def test_pictures_are_taken_of_every_page(ground: Ground, credentials: Credentials, charts: Charts):
    email = await open_gifts(ground)
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        for screen, (width, height, scheme) in SCREENS.items():
            page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            await sign_in(page, address, email)
            for name, path in PAGES.items():
                answer = await page.goto(address + path, wait_until="networkidle")
                assert answer
                assert answer.status == 200, path
                await shoot(page, GUIDE / f"pictures/{name}-{screen}.webp")


def test_the_pictures_of_these_pages_are_there_and_small():
    shown = SHOWN.findall((GUIDE / "intelligence.md").read_text())

    assert shown
    assert all((GUIDE / each).stat().st_size < LARGEST for each in shown)


async def shoot(page: Page, place: Path) -> None:
    """Keep a picture of what the screen shows."""
    session = await page.context.new_cdp_session(page)
    taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - Playwright's own
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(base64.b64decode(str(taken["data"])))  # pyright: ignore[reportUnknownArgumentType] - likewise
