"""Markup in every field that is imported or typed: every page shows it as the words it is, in a real browser."""

import asyncio
import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from switchboard.accounts import operations as accounts
from switchboard.accounts import tenants
from switchboard.accounts.records import KeyAdd, UserAdd, WorkspaceChange
from switchboard.accounts.roles import Role, operator_caller
from switchboard.customers.filters.records import FilterSave
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.intelligence.custom_records import ArchetypeLabel
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.filters import save_filter
from switchboard.intelligence.operations.labelling import label_archetype
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked, TopAsked
from tests.console.chromium import IN_A_BROWSER, Doors
from tests.console.pages import addresses, look_up
from tests.console.shop import END, PASSWORD, Shop, bring_in
from tests.console.watching import Watched

SHOWN = {
    "order", "customer", "product", "category", "name", "city", "region", "street", "email", "attribute",
    "kind", "audience", "about", "archetype", "shop", "person", "key", "file",
}  # fmt: skip
"""What is planted, and has to be read somewhere: a page that left it out would prove nothing."""
AWAKE = """() => [
  ...document.querySelectorAll("img[src='x'], svg[onload], [onerror], main script, iframe, a[href^='javascript:']"),
].map((each) => each.outerHTML).concat(window.awake || [])"""

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


def planted(what: str) -> str:
    """Markup that would run a script wherever it is taken for markup, and that names its field."""
    return f"\"'><img src=x onerror=awake=['{what}']><svg onload=awake=['{what}']>{{{{7*7}}}}{what}-planted"


def short(what: str) -> str:
    """The same where few letters are allowed."""
    return f"<img src=x onerror=awake=['{what}']>{what}-planted"


def write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def orders() -> list[dict[str, object]]:
    """Forty people's, of whom the first has markup for an id, buys most, and buys what is called by markup."""
    return [
        {
            "order_id": planted("order") + str(k) if n == 0 else f"o{n}-{k}",
            "customer_id": planted("customer") if n == 0 else f"c{n}",
            "placed_at": (END - timedelta(days=1 + n + k * (10 + 3 * n))).isoformat(),
            "product_id": planted("sku") if n == 0 else f"p{k % 5}",
            "product": planted("product") if n == 0 else f"Tea {k % 5}",
            "category": planted("category") if n % 2 == 0 else "Tea",
            "quantity": 2, "unit_price": "99.50" if n == 0 else "9.50", "currency": "EUR",
        }
        for n in range(40) for k in range(max(2, 400 // (10 + 3 * n)))
    ]  # fmt: skip


def people() -> list[dict[str, object]]:
    said = {each: planted(each) for each in ("name", "city", "region", "street")}
    return [{
        "customer_id": planted("customer"), **said, "country": "DE",
        "email": '"<img/src=x>email-planted"@example.com',
        planted("column"): planted("value"), "plan": short("attribute"),
    }]  # fmt: skip


def events() -> list[dict[str, object]]:
    return [{
        "event_id": "e1", "customer_id": planted("customer"), "kind": planted("kind"), "at": END.isoformat(),
        "properties": '{"note": "<img src=x onerror=awake=1>"}',
    }]  # fmt: skip


async def plant(ground: Ground, folder: Path) -> Shop:
    """A shop with markup in everything that can be imported, and in everything that people name."""
    workspace = await tenants.make(ground, "Shop", "EUR", "Europe/Berlin")
    caller = operator_caller(workspace.id)
    for kind, rows in (("orders", orders()), ("customers", people()), ("events", events())):
        await bring_in(ground, workspace, write(folder / f"<img src=x>file-planted {kind}.csv", rows), kind)
    await segment(ground, caller, RunAsked(), door="test")
    await _name(ground, caller)
    user = UserAdd.model_validate(
        {"email": "planted@example.com", "role": "owner", "password": PASSWORD, "name": short("person")}
    )
    email = (await accounts.add_user(ground, caller, user, door="test")).email
    emails: dict[Role, str] = {"owner": email}
    return Shop(workspace=workspace, emails=emails)


async def _name(ground: Ground, caller: Caller) -> None:
    """What people call things."""
    top = (await top_archetypes(ground, caller, TopAsked(), door="test")).archetypes[0]
    label = ArchetypeLabel(archetype_id=str(top.archetype_id), name=short("archetype"), is_pinned=True)
    await label_archetype(ground, caller, label, door="test")
    kept = FilterSave.model_validate(
        {"name": short("audience"), "about": planted("about"), "filter": {"country": ["DE"]}}
    )
    await save_filter(ground, caller, kept, door="test")
    key = KeyAdd.model_validate({"name": short("key"), "role": "analyst"})
    await accounts.add_key(ground, caller, key, door="test")
    await accounts.change_workspace(ground, caller, WorkspaceChange(name=short("shop")), door="test")


@pytest.mark.timeout(600)
async def test_markup_in_any_field_is_shown_as_words_on_every_page(doors: Doors, ground: Ground, tmp_path: Path):
    shop = await plant(ground, tmp_path)
    seen, awake, broken = set[str](), dict[str, list[str]](), dict[str, list[str]]()
    planted_in = Doors(browser=doors.browser, address=doors.address, shop=shop)
    async with planted_in.open("owner") as watched:
        sample = await look_up(watched.page, doors.address)
    paths = (*addresses(sample).values(), "/audiences/build?name=" + short("audience"))
    left = iter(paths)

    async def look() -> None:
        async with planted_in.open("owner") as watched:
            for path in left:
                await watched.open_cold(path)
                awake[path], broken[path] = await _opened_up(watched), await watched.broken()
                read = await watched.page.locator("body").inner_text()
                seen.update(what for what in SHOWN if f"{what}-planted" in read)

    async with asyncio.TaskGroup() as both:  # while one waits for a page to be quiet, the other looks
        for _ in range(2):
            both.create_task(look())

    assert awake.keys() == {*paths}
    assert {path: each for path, each in awake.items() if each} == {}
    assert {path: each for path, each in broken.items() if each} == {}
    assert seen == SHOWN


async def _opened_up(watched: Watched) -> list[str]:
    """What came to life on the page, after everything folded on it was opened and a chart was pointed at."""
    page = watched.page
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    if await page.locator("[data-tip]:visible").count():
        await page.locator("[data-tip]:visible").first.hover(force=True)
    await watched.settle()
    return await page.evaluate(AWAKE)
