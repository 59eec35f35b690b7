"""The pages as the guide shows them, with the demo's gift shop: on a desk, on a telephone, and dark.

With SWITCHBOARD_SHOTS set, which `make shots` does, the pictures are taken anew.
"""

import base64
import os
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Page

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from tests.console.busy import busy_client, servers_on
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme, serving, sign_in
from tests.console.demo_shops import open_demo
from tests.console.test_insight_browser import PAGES as INSIGHT
from tests.console.test_pictures import ASKED, ROOT, open_gifts

GUIDE = ROOT / "docs/guide"
PICTURES = GUIDE / "pictures"
LARGEST = 60_000  # bytes of a picture
QUALITY = 55
SCREENS: dict[str, tuple[int, int, Scheme]] = {
    "desk": (1280, 800, "light"), "telephone": (360, 720, "light"), "dark": (1280, 800, "dark"),
}  # fmt: skip
PAGES = {
    "overview": "/",
    "customers": "/customers",
    "customer": "/customers/13599",
    "archetypes": "/archetypes",
    "import": "/import",
    "users": "/users",
    "keys": "/keys",
    "audit": "/audit",
    "orders": "/orders/13599",
    "erase": "/erase/13599",
    "jobs": "/jobs",
    "clients": "/clients",
    "new-client": "/clients/new",
    "servers": "/servers",
    "tools": "/tools?text=churn",
    "tool": "/tools/predict_churn_risk",
    "settings": "/settings",
    "thresholds": "/settings/thresholds",
    "retention": "/settings/retention?count=1",
    "account": "/account",
} | INSIGHT
SHOWN = re.compile(r"!\[[^]]*\]\((pictures/[\w-]+\.webp)\)")

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


@pytest.fixture(scope="module")
async def gifts(ground: Ground, credentials: Credentials, charts: Charts) -> AsyncGenerator[tuple[str, str, str]]:
    """The address of the gift shop's console, the e-mail of its owner, and a client that has been at work."""
    email = await open_gifts(ground)
    client = await busy_client(ground, await open_demo(ground, "Gifts"))
    async with serving(ground, credentials, charts) as address, servers_on(ground):
        yield address, email, str(client)


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_page_opens_with_the_demos_data(doors: Doors, gifts: tuple[str, str, str], screen: str):
    (address, email, client), (width, height, scheme) = gifts, SCREENS[screen]
    context = await doors.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = await context.new_page()
    await sign_in(page, address, email)

    for name, path in (PAGES | {"client": f"/clients/{client}"}).items():
        answer = await page.goto(address + path, wait_until="networkidle", timeout=90_000)
        assert answer
        assert answer.status == 200, path
        await shoot(page, f"{name}-{screen}")
    await context.close()


def test_the_pictures_the_guide_shows_are_there_and_small():
    shown = {each for page in GUIDE.glob("*.md") for each in SHOWN.findall(page.read_text())}
    there = {f"pictures/{path.name}" for path in PICTURES.iterdir()}

    assert shown <= there
    assert all((GUIDE / each).stat().st_size < LARGEST for each in there)


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of what the screen shows."""
    if not os.environ.get(ASKED):
        return
    session = await page.context.new_cdp_session(page)
    taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - Playwright's own
    PICTURES.mkdir(exist_ok=True)
    Path(PICTURES / f"{name}.webp").write_bytes(base64.b64decode(str(taken["data"])))  # pyright: ignore[reportUnknownArgumentType] - likewise
