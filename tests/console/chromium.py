"""A real browser, and the console at an address of its own for it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, StorageState, async_playwright

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.roles import Role
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.console.shop import PASSWORD, Shop
from tests.console.watching import Watched

Scheme = Literal["light", "dark"]
PROGRAM = Path("/usr/bin/chromium")
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not PROGRAM.exists(), reason=f"there is no {PROGRAM}; install it with: apt-get install chromium"
    ),
]


def free_port() -> int:
    """A port nobody has just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@asynccontextmanager
async def serving(
    ground: Ground, credentials: Credentials, charts: Charts, settings: Settings | None = None
) -> AsyncGenerator[str]:
    """The console at an address of its own, or at the one that settings say."""
    given = settings or Settings(public_url=f"http://127.0.0.1:{free_port()}")
    address, port = given.public_url, int(given.public_url.rpartition(":")[2])
    console = make_console(replace(ground, public_url=address), credentials, given, charts)
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
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass(kw_only=True)
class Doors:
    """A browser at the console of the shop; each role signs in once."""

    browser: Chromium
    address: str
    shop: Shop
    signed_in: dict[str, StorageState] = field(default_factory=dict[str, StorageState])

    @asynccontextmanager
    async def open(self, role: Role, width: int = 1440, scheme: Scheme = "light") -> AsyncGenerator[Watched]:
        """A page of somebody of this role, watched; signed in, but nowhere yet."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=self.signed_in.get(role)
        )
        page = await context.new_page()
        if role not in self.signed_in:
            await sign_in(page, self.address, self.shop.emails[role])
            self.signed_in[role] = await context.storage_state()
        yield await Watched.begin(page, self.address)
        await context.close()


async def sign_in(page: Page, address: str, email: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", level=1).wait_for()
    await page.wait_for_url(f"{address}/")
