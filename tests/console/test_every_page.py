"""Every page, with the demo's shops, by every role, on every screen: whole, readable, small, and only what one may.

What is measured here fails the build; how long pages take is for `make bench-console`.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import get_args

import pytest
from playwright.async_api import Page

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.roles import GRANTED, Role
from switchboard.console import app
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme, serving
from tests.console.demo_shops import open_demo
from tests.console.pages import ACTIONS, NO_PAGES, PAGES, Sample, addresses, look_up, may_open
from tests.console.shop import Shop, add_user
from tests.console.watching import Watched

ROLES: tuple[Role, ...] = ("owner", "marketer", "analyst", "support")
SHOPS = ("Gifts", "Grocer")
WIDTHS = (1440, 360)
WARM_MS = 120_000
FOR_EVERYBODY = {"/theme"}
REFUSED = "Failed to load resource: the server responded with a status of 403 (Forbidden)"
LINKS = "[...new Set([...document.querySelectorAll('a[href]')].map((each) => each.getAttribute('href')))]"
FORMS = "[...document.querySelectorAll('form[method=post]')].map((each) => new URL(each.action).pathname)"

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


@dataclass(kw_only=True)
class Demo:
    """Both shops behind one door, and what there is in each."""

    shops: dict[str, Doors]
    samples: dict[str, Sample] = field(default_factory=dict[str, Sample])

    async def sample(self, name: str) -> Sample:
        if name not in self.samples:
            async with self.shops[name].open("owner") as watched:
                sample = await look_up(watched.page, watched.address)
                for path in addresses(sample).values():  # what is worked out when it is first asked for takes its time
                    await watched.page.goto(watched.address + path, timeout=WARM_MS)
            self.samples[name] = sample
        return self.samples[name]


@pytest.fixture(scope="module")
async def demo(doors: Doors, ground: Ground, credentials: Credentials, charts: Charts) -> AsyncGenerator[Demo]:
    async with serving(ground, credentials, charts) as address:
        opened: dict[str, Doors] = {}
        for name in SHOPS:
            workspace = await open_demo(ground, name)
            emails: dict[Role, str] = {role: await add_user(ground, workspace, role) for role in ROLES}
            shop = Shop(workspace=workspace, emails=emails)
            opened[name] = Doors(browser=doors.browser, address=address, shop=shop)
        yield Demo(shops=opened)


def test_every_page_and_every_form_is_known_here():
    shown = {path for path, method, _ in app.PAGES if method == "GET"}
    sent = {path for path, method, _ in app.PAGES if method == "POST"}

    assert shown == {*PAGES, *NO_PAGES}
    assert sent == set(ACTIONS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "role"), [*(("Gifts", role) for role in ROLES), ("Grocer", "owner")])
async def test_every_page_is_well_for_everybody(demo: Demo, name: str, role: Role):
    sample, wrong = await demo.sample(name), dict[str, list[str]]()
    left = iter(addresses(sample).items())

    async def look() -> None:
        async with demo.shops[name].open(role) as watched:
            for route, path in left:
                wrong[route] = await looked_at(watched, path, 200 if may_open(role, route) else 403)

    async with asyncio.TaskGroup() as both:  # while one waits for a page to be quiet, the other looks
        for _ in range(2):
            both.create_task(look())
    assert wrong.keys() == addresses(sample).keys()
    assert {route: each for route, each in wrong.items() if each} == {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
async def test_what_one_may_not_do_is_not_shown(demo: Demo, role: Role):
    """No link leads to a page that is refused or is none, and no form is shown that would be."""
    sample, links, forms = await demo.sample("Gifts"), set[str](), set[str]()
    async with demo.shops["Gifts"].open(role) as watched:
        for route, path in addresses(sample).items():
            if may_open(role, route):
                await watched.page.goto(watched.address + path)
                links |= set(await watched.page.evaluate(LINKS))
                forms |= set(await watched.page.evaluate(FORMS))
        dead = await dead_ends(watched.page, watched.address, links)

    sent = {route_of(each) for each in forms if each not in FOR_EVERYBODY}
    assert dead == {}
    assert {route for route in sent if ACTIONS[route] not in GRANTED[role]} == set()


async def looked_at(watched: Watched, path: str, status: int) -> list[str]:
    """What is wrong with a page: opened cold on a desk, then seen on a telephone, each in both themes."""
    page = watched.page
    watched.complaints.clear()
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")  # colours change at once, not by and by
    await watched.open_cold(path)
    told = [] if watched.status == status else [f"answered {watched.status} instead of {status}"]
    if status != 200:
        watched.complaints = [each for each in watched.complaints if each != REFUSED]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        schemes: tuple[Scheme, ...] = get_args(Scheme)
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            told += [f"{scheme}, {width}: {each}" for each in await watched.wrong()]
    return told


async def dead_ends(page: Page, address: str, links: set[str]) -> dict[str, int]:
    """Links that lead to nothing, or to what is refused; of many alike, one is followed."""
    alike = {shape(link): link for link in sorted(links) if link.startswith("/") and not link.startswith("/random")}
    answers = {link: (await page.request.get(address + link)).status for link in alike.values()}
    return {link: status for link, status in answers.items() if status != 200}


def shape(link: str) -> tuple[object, ...]:
    """What links to pages of one kind have in common."""
    path, _, asked = link.partition("?")
    parts = path.split("/")
    return (*parts[:2], len(parts), *sorted(each.partition("=")[0] for each in asked.split("&")))


def route_of(path: str) -> str:
    """The route of a form that goes there, the exact one first."""
    parts = path.split("/")
    alike = [route for route in ACTIONS if len(route.split("/")) == len(parts)]
    fits = [
        each for each in alike if all("{" in a or a == b for a, b in zip(each.split("/"), parts, strict=True))
    ]  # fmt: skip
    return min(fits, key=lambda each: each.count("{"))
