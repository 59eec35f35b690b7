"""Attacks on every form and address: forged forms, roles by address, ids of others, words as markup, framing."""

import re
from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from starlette.types import ASGIApp

from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import GRANTED, Role, operator_caller
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import enqueue
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.records import TopAsked
from tests.console.chromium import Doors
from tests.console.pages import ACTIONS, PAGES, TOOL, Sample, addresses
from tests.console.shop import ADDRESS, Browser, Shop, add_user

EVIL = "https://evil.example"
SCRIPT = "\"'><script>alert(1)</script>"
FIELDS: Mapping[str, Mapping[str, str]] = {
    "/insights/dismiss": {"rule": "guests"},
    "/insights/restore": {"rule": "guests"},
    "/customers/views": {"name": "Mine", "risk": "HIGH"},
    "/erase/{customer_id:path}": {"confirm": "c1", "reason": "asked"},
    "/account/password": {"old": "wrong by far", "new": "nine quiet lanterns"},
    "/account/second-factor": {"password": "wrong by far"},
    "/account/second-factor/confirm": {"secret": "JBSWY3DPEHPK3PXP", "code": "000000", "address": "otpauth://totp/x"},
    "/account/second-factor/remove": {"password": "wrong by far"},
    "/account/sessions": {"which": str(UUID(int=9))},
    "/archetypes/{archetype_id}/label": {"name": "Mine now"},
    "/audiences/save": {"name": "Mine", "filter": '{"all":[]}'},
    "/audiences/delete": {"name": "Kept by the owner"},
    "/audiences/export": {"filter": '{"all":[]}'},
    "/clients/new": {"step": "limits", "name": "mine", "role": "owner"},
    "/clients/{id}": {"name": "Mine now", "enabled": "on"},
    "/clients/{id}/test": {},
    "/clients/{id}/keys": {"role": "owner", "key_days": ""},
    "/clients/delete": {"id": str(UUID(int=9))},
    "/approvals/grant": {"id": str(UUID(int=9))},
    "/approvals/refuse": {"id": str(UUID(int=9))},
    "/approvals/rule": {"operation": "keys.add", "needed": "no"},
    "/servers": {"do": "switch", "name": "monitoring", "enabled": "no"},
    "/tools/{name}": {"of customer_id": "c1"},
    "/keys": {"name": "mine", "role": "owner"},
    "/keys/revoke": {"id": str(UUID(int=9))},
    "/import/upload": {},
    "/import/{upload_id}": {"kind": "customers"},
    "/jobs/run": {"name": "intelligence.nightly"},
    "/jobs/pause": {"name": "intelligence.nightly"},
    "/jobs/resume": {"name": "intelligence.nightly"},
    "/jobs/again": {"id": str(UUID(int=9))},
    "/jobs/cancel": {"id": str(UUID(int=9))},
    "/settings": {"name": "Mine now", "currency": "EUR", "time_zone": "UTC", "locale": "en-GB", "country": ""},
    "/settings/thresholds": {"do": "keep"},
    "/settings/retention": {"category": "jobs", "rule": "days", "days": "1"},
    "/settings/retention/apply": {},
    "/users": {"id": str(UUID(int=9)), "do": "disable"},
    "/users/invite": {"email": "me@example.com", "role": "owner"},
    "/workspace": {"workspace": str(UUID(int=9))},
    "/sign-out": {},
}
"""What a form of this route would say, well filled in."""

pytestmark = pytest.mark.slow


@pytest.fixture
async def sample(ground: Ground, shop: Shop) -> Sample:
    """What there is in the shop that all tests share."""
    caller = operator_caller(shop.workspace.id)
    top = (await top_archetypes(ground, caller, TopAsked(), door="test")).archetypes
    client = await create_client(ground, caller, ClientCreate(name=uuid4().hex), door="test")
    async with ground.work(job_caller(shop.workspace.id)) as work:
        job = await enqueue(work, "intelligence.segment", shop.workspace.id, once=uuid4().hex)
    return Sample(
        customer="c1", archetype=str(top[0].archetype_id), another=str(top[1].archetype_id), job=str(job),
        upload=str(uuid4()), importing=str(job), client=str(client.client.id),
    )  # fmt: skip


def place(route: str, sample: Sample) -> str:
    """An address of a form's route."""
    named = {
        "customer_id:path": sample.customer, "archetype_id": sample.archetype, "upload_id": sample.upload,
        "id": sample.client, "name": TOOL,
    }  # fmt: skip
    return re.sub(r"\{([^}]+)\}", lambda found: named[found[1]], route)


def test_there_is_an_attack_on_every_form():
    assert set(FIELDS) == set(ACTIONS)


async def test_no_form_is_taken_that_another_site_sent(owner: Browser, sample: Sample, credentials: Credentials):
    await owner.get("/settings")
    token, answers = owner.token, dict[str, int]()
    for sends in (
        {"Origin": EVIL},
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ):
        for route, fields in FIELDS.items():
            answer = await owner.client.post(
                place(route, sample), data={**fields, "token": token}, headers={**sends, "X-Token": token}
            )
            answers[f"{route} {sends}"] = answer.status_code
            assert "set-cookie" not in answer.headers

    assert {each: status for each, status in answers.items() if status != 403} == {}
    assert await credentials.sessions.caller(owner.client.cookies["switchboard_session"])


OF_ANOTHER = "of another browser"


@pytest.mark.parametrize("token", ["", "none", OF_ANOTHER])
async def test_no_form_is_taken_without_a_token_of_this_browser(
    owner: Browser, console: ASGIApp, shop: Shop, sample: Sample, token: str
):
    if token == OF_ANOTHER:
        other = Browser.at(console)
        await other.sign_in(shop.emails["owner"])
        await other.get("/settings")
        token = other.token

    answers = {
        route: (await owner.client.post(place(route, sample), data={**fields, "token": token},
                                        headers={"Origin": ADDRESS, "X-Token": token})).status_code
        for route, fields in FIELDS.items()
    }  # fmt: skip

    assert {route: status for route, status in answers.items() if status != 403} == {}


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_no_form_does_more_than_its_senders_role_may(
    owner: Browser, console: ASGIApp, shop: Shop, sample: Sample, role: Role
):
    await owner.get("/settings/thresholds")
    filled_in = dict(re.findall(r'name="([\w.]+)"[^>]* value="([^"]*)"', owner.page))
    browser = Browser.at(console)
    await browser.sign_in(shop.emails[role])
    refused, answers = [route for route, needed in ACTIONS.items() if needed not in GRANTED[role]], dict[str, int]()
    for route in refused:
        await browser.get("/settings")
        answer = await browser.client.post(
            place(route, sample) + ("?name=x.csv" if route.endswith("/upload") else ""),
            data={**filled_in, **FIELDS[route], "token": browser.token},
            headers={"Origin": ADDRESS, "X-Token": browser.token},
        )  # fmt: skip
        answers[route] = answer.status_code

    assert len(refused) > 5
    assert {route: status for route, status in answers.items() if status != 403} == {}


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_no_address_opens_more_than_a_role_may(browser: Browser, shop: Shop, sample: Sample, role: Role):
    await browser.sign_in(shop.emails[role])
    files = {"/audit.csv": "audit:read", "/?csv=archetypes": "customers:export", "/archetypes?csv=archetypes":
             "customers:export", "/customers?csv=customers": "customers:export"}  # fmt: skip

    answers = {route: (await browser.get(path)).status_code for route, path in addresses(sample).items()}
    taken = {path: (await browser.get(path)).headers["content-type"] for path in files}

    refused = {route for route, (_, needed) in PAGES.items() if needed not in GRANTED[role]}
    assert {route for route, status in answers.items() if status == 403} == refused
    assert {path for path, kind in taken.items() if kind.startswith("text/csv")} == {
        path for path, needed in files.items() if needed in GRANTED[role]
    }


async def test_nothing_of_another_workspace_is_there_by_its_id(
    browser: Browser, ground: Ground, workspace: Workspace, sample: Sample, shop: Shop
):
    mine = await add_user(ground, workspace, "owner")
    await browser.sign_in(mine)
    paths = {route: path for route, path in addresses(sample).items() if "{" in route and route not in OF_ALL}

    answers = {route: await browser.get(path) for route, path in paths.items()}
    forms = dict[str, int]()
    for route in ("/erase/{customer_id:path}", "/archetypes/{archetype_id}/label", "/import/{upload_id}"):
        await browser.get("/settings")
        forms[route] = (await browser.send(place(route, sample), **FIELDS[route])).status_code
    for route in ("/jobs/again", "/jobs/cancel"):
        await browser.get("/settings")
        forms[route] = (await browser.send(route, id=sample.job)).status_code

    assert {route: each.status_code for route, each in answers.items() if each.status_code not in {404, 409}} == {}
    assert {route: status for route, status in forms.items() if status not in {404, 409}} == {}
    assert not any("Ada" in each.text or shop.workspace.name in each.text for each in answers.values())


OF_ALL = {"/how/{name}", "/axes/{axis}", "/tools/{name}"}  # what is named there is every workspace's
ASKED = (
    "/tools?text={}", "/tools?server={}", "/tools?cursor={}", "/tools/{}", "/clients?cursor={}", "/clients/{}",
    "/?days={}", "/customers?text={}", "/customers?archetype={}", "/customers?risk={}", "/customers?segment={}",
    "/customers?audience={}", "/customers?sort={}", "/customers?cursor={}", "/customers/{}", "/orders/{}", "/erase/{}",
    "/customers/c1?from={}", "/customers/c1?days={}", "/archetypes?by={}", "/archetypes/{}",
    "/archetypes/compare?of={}", "/archetypes/compare?of=archetype:{}", "/archetypes/compare?of=audience:{}",
    "/axes?segment={}", "/axes/{}", "/audiences?cursor={}", "/audiences/build?name={}", "/audiences/build?filter={}",
    "/audiences/build?name=a&version={}", "/audiences/worth?filter={}", "/cohorts?months={}", "/cohorts?show={}",
    "/affinity?product={}", "/affinity?days={}", "/affinity?sort_by={}", "/categories?months={}",
    "/forecasts?months={}", "/how/{}", "/import?cursor={}", "/import/{}", "/import/progress/{}", "/jobs?status={}",
    "/jobs?after={}", "/jobs/{}", "/audit?operation={}", "/audit?caller={}", "/audit?subject={}",
    "/audit?period=own&from={}", "/exports/{}", "/settings/retention?count={}", "/sign-in?next={}", "/sign-in?email={}",
    "/welcome/{}", "/oauth/callback/oidc?error={}", "/{}",
)  # fmt: skip


@pytest.mark.parametrize("said", [SCRIPT, "{{1234567*7}}", "javascript:alert(1)"])
async def test_no_page_repeats_a_word_of_its_address_as_markup(owner: Browser, said: str):
    words = {quote(said, safe=""), quote(f'{{"country":"{said}"}}', safe="")}
    for path in ASKED:
        for word in words:
            answer = await owner.get(path.format(word))
            assert "<script>alert" not in answer.text, path
            assert not re.search(r'(?:href|action|src)="javascript:', answer.text), path
            assert "8641969" not in answer.text, path
            assert answer.status_code != 500, path
            assert answer.headers.get("location", "/").startswith("/"), path


@pytest.mark.parametrize(
    "said",
    [EVIL, "//evil.example", "/\\evil.example", "/%2F/evil.example", "\\/\\/evil.example", "/a\r\nSet-Cookie: a=b"],
)
async def test_no_page_leads_to_another_host(console: ASGIApp, owner: Browser, shop: Shop, said: str):
    guest = Browser.at(console)
    asked = quote(said, safe="")
    signed_in = await owner.get(f"/sign-in?next={asked}")
    themed = await owner.client.post("/theme", data={"theme": "dark", "here": said}, headers={"Origin": ADDRESS})
    kept = await guest.sign_in(shop.emails["owner"], following=said)

    for answer in (signed_in, themed, kept):
        where = answer.headers["location"]
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))
        assert "\n" not in where
        assert "a=b" not in answer.headers.get("set-cookie", "")


async def test_no_page_can_be_framed(owner: Browser, sample: Sample):
    for path in (*addresses(sample).values(), "/sign-in", "/no-such-page", "/audit.csv"):
        answer = await owner.get(path)
        assert answer.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path


@pytest.mark.heavy
async def test_another_site_that_frames_a_page_gets_nothing(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto("data:text/html,<title>elsewhere</title>")
        await page.set_content(f'<iframe src="{doors.address}/users"></iframe>')
        frame = page.frames[-1]
        await page.wait_for_timeout(1_500)

        assert len(page.frames) == 2
        assert await frame.locator("main").count() == 0
