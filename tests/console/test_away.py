"""A database that is away for ten seconds, and sessions that end while somebody types: nothing typed is lost."""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import pytest
from playwright.async_api import Page

from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.console.patience import PATIENCE_S
from switchboard.foundation.charts import Charts
from switchboard.foundation.database import LOOK_S
from switchboard.foundation.embedded import Embedded
from tests.console.chromium import IN_A_BROWSER, Doors, chromium, serving, sign_in
from tests.console.shop import PASSWORD, add_user
from tests.grounds import folder, opened, served

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]
AWAY_S = 10


@dataclass(frozen=True, kw_only=True)
class House:
    """A page of an owner, signed in, and the database below it."""

    page: Page
    address: str
    server: Embedded


@pytest.fixture
async def house(charts: Charts) -> AsyncGenerator[House]:
    with folder() as data_dir, served(data_dir) as server:
        async with opened(server, data_dir) as ground:
            workspace = await tenants.make(ground, "Tea House", "EUR", "Europe/Berlin")
            email = await add_user(ground, workspace, "owner")
            async with serving(ground, Credentials(ground, None), charts) as address, chromium() as browser:
                page = await browser.new_page()
                await sign_in(page, address, email)
                yield House(page=page, address=address, server=server)


@contextmanager
def frozen(server: Embedded) -> Generator[None]:
    """Every process of the server stopped where it is."""
    leader = psutil.Process(server.pid)
    every = [leader, *leader.children(recursive=True)]
    for each in every:
        each.suspend()
    try:
        yield
    finally:
        for each in every:
            each.resume()


async def test_a_database_that_is_away_is_told_and_all_goes_on_when_it_is_back(house: House):
    page, address = house.page, house.address
    await page.goto(f"{address}/settings")
    await page.get_by_label("Name").fill("Tea & <b>Cups</b>")
    house.server.stop()

    opened = await page.context.request.get(f"{address}/users")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("heading", name="The database is away for a moment").wait_for()
    told = await page.locator("main").inner_text()
    await asyncio.sleep(AWAY_S)
    await page.get_by_role("button", name="Send it again").click()
    await page.get_by_role("heading", name="The database is away for a moment").wait_for()
    house.server.start()
    await page.get_by_role("button", name="Send it again").click()
    await page.get_by_role("heading", name="Settings", level=1).wait_for()

    assert (opened.status, opened.headers["retry-after"]) == (503, "5")
    assert "Try again" in await opened.text()
    assert "Nothing was changed, and nothing you typed is lost." in told
    assert await page.get_by_label("Name").input_value() == "Tea & <b>Cups</b>"


async def test_a_database_that_hangs_is_told_too_and_all_goes_on_when_it_moves_again(house: House):
    page, address = house.page, house.address
    await page.goto(f"{address}/users")
    with frozen(house.server):
        began = asyncio.get_running_loop().time()
        several = [page.context.request.get(f"{address}/{each}") for each in ("users", "keys", "settings", "")]
        told = await asyncio.gather(*several)
        took = asyncio.get_running_loop().time() - began
    again = await page.context.request.get(f"{address}/users")

    assert [(each.status, each.headers["retry-after"]) for each in told] == [(503, "5")] * len(told)
    assert "does not answer" in await told[0].text()
    assert took < PATIENCE_S + LOOK_S + AWAY_S / 4
    assert again.status == 200


async def test_who_signs_in_meanwhile_is_told_and_keeps_what_they_typed(house: House):
    page = house.page
    await page.context.clear_cookies()
    await page.goto(f"{house.address}/sign-in")
    house.server.stop()

    await page.get_by_label("E-mail").fill("mia@shop.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("alert").wait_for()

    assert "database" in await page.get_by_role("alert").inner_text()
    assert await page.get_by_label("E-mail").input_value() == "mia@shop.example"
    house.server.start()


async def test_a_session_that_ends_while_an_audience_is_built_loses_no_rule(doors: Doors):
    email = doors.shop.emails["marketer"]
    context = await doors.browser.new_context()
    page = await context.new_page()
    await sign_in(page, doors.address, email)
    await page.goto(f"{doors.address}/audiences/build")
    await page.get_by_label("Value", exact=True).fill("1")
    await page.wait_for_url(re.compile("filter="))
    await page.wait_for_load_state("networkidle")  # what the audience is worth has come
    await context.clear_cookies(name="switchboard_session")

    await page.get_by_label("Value", exact=True).fill("3")
    await page.wait_for_url(re.compile("/sign-in"))
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="New audience").wait_for()

    assert await page.get_by_label("Value", exact=True).input_value() == "3"
    await context.close()


async def test_a_session_that_ends_while_an_audience_is_named_keeps_name_and_filter(doors: Doors):
    email = doors.shop.emails["marketer"]
    context = await doors.browser.new_context()
    page = await context.new_page()
    await sign_in(page, doors.address, email)
    await page.goto(f"{doors.address}/audiences/build?filter=%7B%22country%22%3A%22DE%22%7D")
    await page.wait_for_load_state("networkidle")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("From Germany")
    await context.clear_cookies(name="switchboard_session")

    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.get_by_text("What you had typed is kept").wait_for()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Send it now").click()
    await page.get_by_text("“From Germany” is saved.").wait_for()

    assert await page.locator("[id='0.0.field']").input_value() == "country"
    await context.close()
