import importlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from switchboard.accounts.credentials import Credentials
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.console.chromium import Doors, chromium, serving
from tests.console.shop import ADDRESS, Browser, Shop, open_shop

importlib.import_module("switchboard.house")  # which declares every operation, as every process does


@pytest.fixture(scope="session")
async def charts() -> AsyncGenerator[Charts]:
    made = Charts()
    await made.warm()
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def shop(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder: Path = tmp_path_factory.mktemp("shop")
    return await open_shop(ground, folder)


@pytest.fixture(scope="session")
def credentials(ground: Ground) -> Credentials:
    return Credentials(ground, None)


@pytest.fixture(scope="session")
async def doors(ground: Ground, credentials: Credentials, charts: Charts, shop: Shop) -> AsyncGenerator[Doors]:
    """A real browser at the shop's console, one for all tests."""
    async with serving(ground, credentials, charts) as address, chromium() as browser:
        yield Doors(browser=browser, address=address, shop=shop)


@pytest.fixture
def console(ground: Ground, credentials: Credentials, charts: Charts) -> ASGIApp:
    return make_console(ground, credentials, Settings(public_url=ADDRESS), charts)


@pytest.fixture
def browser(console: ASGIApp) -> Browser:
    return Browser.at(console)


@pytest.fixture
async def owner(browser: Browser, shop: Shop) -> Browser:
    """A browser of the shop's owner, signed in."""
    await browser.sign_in(shop.emails["owner"])
    return browser
