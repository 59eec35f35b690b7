"""Every page of the console and everything a form of it does, with the permission it takes.

Whoever adds a page adds a line here: then it is visited by every role, on every screen, and measured.
"""

from dataclasses import dataclass
from urllib.parse import quote

from playwright.async_api import Page

from switchboard.accounts.roles import GRANTED, Role

ANYBODY = "workspace:read"
FILTER = quote('{"all":[{"feature":"orders_365","at_least":3},{"any":[{"country":"DE"},{"country":"FR"}]}]}')
TOOL = "get_customer_profile"
PEOPLE = "customer_id,country\n{customer},GB\n"  # a file that is dropped, of somebody who is known already


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What addresses name in one shop."""

    customer: str
    archetype: str
    another: str
    job: str
    upload: str
    importing: str
    client: str


PAGES: dict[str, tuple[str, str]] = {
    "/": ("/", ANYBODY),
    "/customers": ("/customers", ANYBODY),
    "/customers/{customer_id:path}": ("/customers/{customer}", "customers:read"),
    "/orders/{customer_id:path}": ("/orders/{customer}", "customers:read"),
    "/erase/{customer_id:path}": ("/erase/{customer}", "customers:erase"),
    "/archetypes": ("/archetypes", "intelligence:read"),
    "/archetypes/compare": ("/archetypes/compare?of=archetype:{archetype}&of=archetype:{another}", "intelligence:read"),
    "/archetypes/{archetype_id}": ("/archetypes/{archetype}", "intelligence:read"),
    "/axes": ("/axes", "intelligence:read"),
    "/axes/{axis}": ("/axes/purchase_value", "intelligence:read"),
    "/audiences": ("/audiences", "customers:search"),
    "/audiences/build": (f"/audiences/build?filter={FILTER}", "customers:search"),
    "/cohorts": ("/cohorts", "intelligence:read"),
    "/affinity": ("/affinity", "intelligence:read"),
    "/categories": ("/categories", "intelligence:read"),
    "/forecasts": ("/forecasts", "intelligence:read"),
    "/how/{name}": ("/how/churn_score.risk_score", "intelligence:read"),
    "/import": ("/import", "customers:read"),
    "/import/{upload_id}": ("/import/{upload}?kind=customers", "customers:import"),
    "/import/progress/{job_id}": ("/import/progress/{importing}", "jobs:read"),
    "/jobs": ("/jobs", "jobs:read"),
    "/jobs/{id}": ("/jobs/{job}", "jobs:read"),
    "/clients": ("/clients", "clients:manage"),
    "/clients/new": ("/clients/new", "clients:manage"),
    "/clients/{id}": ("/clients/{client}", "clients:manage"),
    "/servers": ("/servers", ANYBODY),
    "/approvals": ("/approvals", ANYBODY),
    "/tools": ("/tools", ANYBODY),
    "/tools/{name}": (f"/tools/{TOOL}", "customers:read"),
    "/users": ("/users", "users:manage"),
    "/keys": ("/keys", "keys:manage"),
    "/audit": ("/audit", "audit:read"),
    "/settings": ("/settings", ANYBODY),
    "/settings/thresholds": ("/settings/thresholds", ANYBODY),
    "/settings/retention": ("/settings/retention", ANYBODY),
    "/account": ("/account", ANYBODY),
}
"""By route: an address of it, and what it takes to open it."""
NO_PAGES = {
    "/customers/", "/random-customer", "/audiences/worth", "/exports/{export_id}", "/import/progress/{job_id}/events",
    "/import/{import_id}/wrong-rows.csv", "/audit.csv", "/clients/{id}/live",
}  # fmt: skip
"""Files, parts of pages, and what leads on to a page."""
ACTIONS = {
    "/insights/dismiss": "intelligence:run",
    "/insights/restore": "intelligence:run",
    "/customers/views": "customers:audiences",
    "/erase/{customer_id:path}": "customers:erase",
    "/account/password": ANYBODY,
    "/account/second-factor": ANYBODY,
    "/account/second-factor/confirm": ANYBODY,
    "/account/second-factor/remove": ANYBODY,
    "/account/sessions": ANYBODY,
    "/archetypes/{archetype_id}/label": "customers:audiences",
    "/audiences/save": "customers:audiences",
    "/audiences/delete": "customers:audiences",
    "/audiences/export": "customers:export",
    "/clients/new": "clients:manage",
    "/clients/{id}": "clients:manage",
    "/clients/{id}/test": "clients:manage",
    "/clients/{id}/keys": "keys:manage",
    "/clients/delete": "clients:manage",
    "/servers": "servers:manage",
    "/approvals/grant": ANYBODY,
    "/approvals/refuse": ANYBODY,
    "/approvals/rule": "workspace:manage",
    "/tools/{name}": "customers:read",
    "/keys": "keys:manage",
    "/keys/revoke": "keys:manage",
    "/import/upload": "customers:import",
    "/import/{upload_id}": "customers:import",
    "/jobs/run": "jobs:run",
    "/jobs/pause": "jobs:run",
    "/jobs/resume": "jobs:run",
    "/jobs/again": "jobs:run",
    "/jobs/cancel": "jobs:run",
    "/settings": "workspace:manage",
    "/settings/thresholds": "intelligence:settings",
    "/settings/retention": "retention:manage",
    "/settings/retention/apply": "retention:manage",
    "/users": "users:manage",
    "/users/invite": "users:manage",
    "/workspace": ANYBODY,
    "/sign-out": ANYBODY,
}
"""By route of a form: what it takes to send it."""


def addresses(sample: Sample) -> dict[str, str]:
    """Every page in this shop: its route, and an address of it."""
    named = {name: getattr(sample, name) for name in Sample.__slots__}
    return {route: path.format(**named) for route, (path, _) in PAGES.items()}


def may_open(role: Role, route: str) -> bool:
    return PAGES[route][1] in GRANTED[role]


async def look_up(page: Page, address: str) -> Sample:
    """What there is to see in the shop of the owner that is signed in, found as they would; it asks for one import."""
    await page.goto(f"{address}/customers?sort=value")
    customer = (await _last_parts(page, "tbody a.id"))[0]
    uploads = [await _drop(page, address, PEOPLE.format(customer=customer)) for _ in range(2)]
    await page.get_by_role("button", name="Import customers").click()
    await page.wait_for_url("**/import/progress/*")
    importing = page.url.rpartition("/")[2]
    await page.goto(f"{address}/archetypes")
    archetypes = await _last_parts(page, "tbody th a[href^='/archetypes/']")
    await page.goto(f"{address}/jobs")
    job = (await _last_parts(page, "tbody a[href^='/jobs/']"))[0]
    return Sample(
        customer=customer, archetype=archetypes[0], another=archetypes[1], job=job, upload=uploads[0],
        importing=importing, client=await _client(page, address),
    )  # fmt: skip


async def _client(page: Page, address: str) -> str:
    """The id of a new client, made step by step."""
    await page.goto(f"{address}/clients/new")
    await page.get_by_label("Name").fill("Agent")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Tools it has").wait_for()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Make the client").click()
    await page.get_by_role("link", name="Done").click()
    await page.get_by_role("heading", name="How it is bounded").wait_for()
    return page.url.partition("?")[0].rpartition("/")[2]


async def _drop(page: Page, address: str, content: str) -> str:
    """The id of a file of customers, dropped on the page for it."""
    await page.goto(f"{address}/import")
    await page.select_option("#kind", "customers")
    await page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()})
    await page.get_by_role("heading", name="Look before importing").wait_for()
    return page.url.partition("?")[0].rpartition("/")[2]


async def _last_parts(page: Page, links: str) -> list[str]:
    """Of the addresses of these links, each its last part."""
    return await page.eval_on_selector_all(links, "all => all.map((each) => each.pathname.split('/').pop())")
