"""Pages of signing in and of who may: links, codes, sessions, users, keys, the trail; and attacks on them."""

import csv
import re
from html import unescape

import pytest
from pyotp.totp import TOTP
from starlette.types import ASGIApp

from switchboard.accounts import operations as accounts
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import PageAsked, Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.accounts.sign_in_records import Invite
from switchboard.console.app import SENT, SHOWN
from switchboard.foundation.clock import now
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.ground import Ground
from tests.console.shop import ADDRESS, PASSWORD, Browser, Shop, add_user

CHOSEN, COMMON = "seven quiet lanterns", "password1234"

pytestmark = pytest.mark.slow


@pytest.fixture
async def admin(browser: Browser, ground: Ground, workspace: Workspace) -> Browser:
    """A browser of an owner of a workspace of their own."""
    await browser.sign_in(await add_user(ground, workspace, "owner"))
    return browser


def shown_once(browser: Browser, field: str) -> str:
    found = re.search(rf'id="{field}" value="([^"]+)"', browser.page)
    assert found
    return unescape(found[1])


async def test_who_opens_an_invitation_chooses_a_password_and_signs_in(admin: Browser, console: ASGIApp):
    await admin.get("/users")
    made = await admin.send("/users/invite", email="ada@analytical.example", role="analyst")
    path = shown_once(admin, "link").removeprefix(ADDRESS)
    guest = Browser.at(console)

    opened = await guest.get(path)
    refused = await guest.send(path, name="Ada", password=COMMON)
    said_again = 'value="Ada"' in guest.page and "very common password" in guest.page
    joined = await guest.send(path, name="Ada", password=CHOSEN)
    told = await guest.get(joined.headers["location"])
    await guest.send("/sign-in", email="ada@analytical.example", password=CHOSEN, next="/archetypes")

    assert (made.status_code, opened.status_code, refused.status_code) == (200, 200, 422)
    assert said_again
    assert "Your password is kept" in told.text
    assert (await guest.get("/no-such-page")).status_code == 404
    assert ">analyst</span>" in guest.page
    assert (await guest.get(path)).status_code == 410


async def test_a_link_for_a_new_password_signs_out_who_has_it(
    admin: Browser, console: ASGIApp, ground: Ground, workspace: Workspace
):
    email = await add_user(ground, workspace, "support")
    other = Browser.at(console)
    await other.sign_in(email)
    await admin.get("/users")
    user = re.findall(r'name="id" value="([^"]+)"', admin.page)
    assert len(user) == 1

    await admin.send("/users", id=user[0], do="link")
    path = shown_once(admin, "link").removeprefix(ADDRESS)
    await other.get(path)
    await other.send(path, password=CHOSEN)

    assert (await other.get("/settings")).status_code == 303
    assert (await other.sign_in(email)).status_code == 401
    assert (await other.sign_in(email, CHOSEN)).status_code == 303


async def test_a_second_factor_is_set_up_and_asked_for(
    admin: Browser, console: ASGIApp, ground: Ground, workspace: Workspace
):
    email = await add_user(ground, workspace, "analyst")
    mine = Browser.at(console)
    await mine.sign_in(email)
    await mine.get("/account")
    wrong = await mine.send("/account/second-factor", password=COMMON)
    await mine.send("/account/second-factor", password=PASSWORD)
    secret, address = shown_once(mine, "secret-shown"), re.search(r'name="address" value="([^"]+)"', mine.page)
    assert address
    kept = {"secret": secret, "address": unescape(address[1])}
    again = await mine.send("/account/second-factor/confirm", code="000000", **kept)
    still = shown_once(mine, "secret-shown")
    await mine.send("/account/second-factor/confirm", code=TOTP(secret).at(now()), **kept)
    codes = re.findall(r"\b[a-z2-7]{4}-[a-z2-7]{4}\b", mine.page.split('class="codes"')[1].split("</pre>")[0])

    later = Browser.at(console)
    first = await later.sign_in(email, following="/archetypes")
    asked = "Code of your app" in later.page
    not_in = await Browser.at(console).get("/archetypes")
    wrong_code = await later.send("/sign-in/code", code="123456", next="/archetypes")
    entered = await later.send("/sign-in/code", code=codes[0], next="/archetypes")

    assert (wrong.status_code, again.status_code, still, len(codes)) == (422, 422, secret, 10)
    assert (first.status_code, asked, not_in.status_code, wrong_code.status_code) == (200, True, 303, 401)
    assert entered.headers["location"] == "/archetypes"
    assert (await later.get("/settings")).status_code == 200


async def test_without_the_first_step_a_code_opens_nothing(browser: Browser):
    await browser.get("/sign-in")

    answer = await browser.send("/sign-in/code", code="123456")

    assert answer.status_code == 401
    assert "Begin again with your password" in browser.page


async def test_a_changed_password_leaves_this_browser_signed_in_and_no_other(
    admin: Browser, console: ASGIApp, ground: Ground, workspace: Workspace
):
    email = await add_user(ground, workspace, "analyst")
    mine, other = Browser.at(console), Browser.at(console)
    await mine.sign_in(email)
    await other.sign_in(email)
    await mine.get("/account")
    wrong = await mine.send("/account/password", old="not it", new=CHOSEN)
    said = "The old password is wrong" in mine.page
    easy = await mine.send("/account/password", old=PASSWORD, new="aaaaaaaaaaaa")

    done = await mine.send("/account/password", old=PASSWORD, new=CHOSEN)
    told = await mine.get(done.headers["location"])

    assert (wrong.status_code, said, easy.status_code) == (422, True, 422)
    assert "Your password is changed" in told.text
    assert "Your password is changed" not in (await mine.get("/account")).text
    assert (await other.get("/account")).status_code == 303


async def test_other_browsers_are_signed_out(admin: Browser, console: ASGIApp, ground: Ground, workspace: Workspace):
    email = await add_user(ground, workspace, "support")
    mine, second, third = (Browser.at(console) for _ in range(3))
    for each in (mine, second, third):
        await each.sign_in(email)
    await mine.get("/account")
    others = re.findall(r'name="which" value="([0-9a-f-]{36})"', mine.page)

    await mine.send("/account/sessions", which=others[0])
    await mine.get("/account")
    left = re.findall(r'name="which" value="([0-9a-f-]{36})"', mine.page)
    await mine.send("/account/sessions", which="others")
    await mine.get("/account")

    assert (len(others), len(left)) == (2, 1)
    assert "this one" in mine.page
    assert re.findall(r'name="which"', mine.page) == []


async def test_a_key_is_shown_once_and_revoked(admin: Browser, ground: Ground, credentials: Credentials):
    await admin.get("/keys")
    made = await admin.send(
        "/keys", name="Nightly <b>report</b>", role="analyst", expires_in_days="30", **{"only customers:read": "on"}
    )
    key = shown_once(admin, "key")
    caller = await credentials.keys.caller(key)
    await admin.get("/keys")
    which = re.search(r'name="id" value="([^"]+)"', admin.page)
    assert which

    assert (made.status_code, caller.permissions) == (200, frozenset({"customers:read"}))
    assert key not in admin.page
    assert "Nightly &lt;b&gt;report&lt;/b&gt;" in admin.page
    await admin.send("/keys/revoke", id=which[1])
    with pytest.raises(NotSignedIn):
        await Credentials(ground, None).keys.caller(key)


async def test_a_page_that_shows_a_secret_and_is_loaded_again_makes_no_second_one(admin: Browser):
    await admin.get("/keys")
    token = admin.token
    wanted = {"token": token, "name": "Weekly report", "role": "analyst", "expires_in_days": "30"}
    first, again = [await admin.send("/keys", **wanted) and shown_once(admin, "key") for _ in range(2)]
    other = await admin.send("/keys", **{**wanted, "name": "Monthly report"}) and shown_once(admin, "key")
    await admin.get("/users")
    links = [
        await admin.send("/users/invite", token=token, email="bea@example.com", role="analyst")
        and shown_once(admin, "link")
        for _ in range(2)
    ]
    await admin.get("/keys")

    assert first == again != other
    assert [admin.page.count(f">{name}<") for name in ("Weekly report", "Monthly report")] == [1, 1]
    assert links[0] == links[1]


async def test_what_is_wrong_with_a_key_stands_beside_its_field(admin: Browser):
    await admin.get("/keys")

    answer = await admin.send("/keys", name="", role="analyst", expires_in_days="30")

    assert answer.status_code == 422
    assert re.search(r'id="name"[^>]* aria-invalid="true"', admin.page)
    assert 'value="analyst" selected' in admin.page


async def test_the_trail_is_filtered_and_taken_out(admin: Browser, ground: Ground):
    await admin.get("/keys")
    await admin.send("/keys", name="=cmd|' /C calc'!A0", role="analyst")
    trail = ground.trail
    assert isinstance(trail, JournalledTrail)
    await trail.flush()

    shown = await admin.get("/audit?operation=keys.add&outcome=done&period=1")
    lines = re.findall(r'<span class="note d-block">([a-z_]+\.[a-z_]+)</span>', admin.page)
    none = await admin.get("/audit?operation=keys.add&period=own&from=2001-01-01&to=2001-01-02")
    wrong = await admin.get("/audit?caller=nobody")
    file = await admin.get("/audit.csv?operation=keys.add&period=all")

    rows = list(csv.DictReader(file.text.splitlines()))
    assert (shown.status_code, lines) == (200, ["keys.add"])
    assert "Nothing was done" in none.text
    assert (wrong.status_code, 'id="wrong"' in wrong.text) == (422, True)
    assert [row["operation"] for row in rows] == ["keys.add"]
    assert file.headers["content-disposition"] == 'attachment; filename="audit.csv"'


async def test_the_trail_begins_with_what_was_changed_and_what_went_wrong(admin: Browser, ground: Ground):
    await admin.get("/keys")
    await admin.send("/keys", name="till", role="analyst")
    await admin.get("/jobs/01a22c1e-d2a6-7269-926a-c55147b668ec")
    trail = ground.trail
    assert isinstance(trail, JournalledTrail)
    await trail.flush()
    named = r'<span class="note d-block">([a-z_]+\.[a-z_]+)</span>'

    await admin.get("/audit")
    first = set(re.findall(named, admin.page))
    await admin.get("/audit?operation=all")
    every = set(re.findall(named, admin.page))

    assert {"keys.add", "jobs.show"} <= first
    assert first.isdisjoint({"workspaces.settings", "keys.list"})
    assert {"keys.add", "workspaces.settings", "keys.list"} <= every


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_a_role_sees_and_opens_only_what_it_may(browser: Browser, shop: Shop, role: str):
    await browser.sign_in(shop.emails[role])  # pyright: ignore[reportArgumentType] - a role
    await browser.get("/settings")
    menu, settings = browser.page, re.findall(r'<form method="post" action="/settings"', browser.page)

    for path in ("/users", "/keys", "/audit", "/audit.csv"):
        assert f'href="{path}"' not in menu
        assert (await browser.get(path)).status_code == 403
    await browser.get("/settings")
    for path, fields in (
        ("/users/invite", {"email": "me@example.com", "role": "owner"}),
        ("/keys", {"name": "mine", "role": "owner"}),
        ("/settings", {"name": "Mine now"}),
    ):
        await browser.get("/settings")
        assert (await browser.send(path, **fields)).status_code == 403
    assert settings == []


async def test_an_admin_can_not_become_more(browser: Browser, ground: Ground, workspace: Workspace):
    await browser.sign_in(await add_user(ground, workspace, "admin"))
    owner = await add_user(ground, workspace, "owner")
    users = await accounts.list_users(ground, operator_caller(workspace.id), PageAsked(), door="test")
    owner_id = next(each.id for each in users.users if each.email == owner)
    await browser.get("/users")
    offered = re.findall(r'<option value="([a-z]+)"', browser.page)

    for path, fields in (
        ("/users/invite", {"email": "x@example.com", "role": "owner"}),
        ("/keys", {"name": "mine", "role": "owner"}),
        ("/users", {"id": str(owner_id), "do": "link"}),
        ("/users", {"id": str(owner_id), "do": "disable"}),
        ("/users", {"id": str(owner_id), "do": "role", "role": "support"}),
    ):
        await browser.get("/users")
        assert (await browser.send(path, **fields)).status_code == 403
    assert "owner" not in offered


async def test_another_workspaces_users_keys_and_links_are_not_there(admin: Browser, ground: Ground, shop: Shop):
    theirs = operator_caller(shop.workspace.id)
    user = (await accounts.list_users(ground, theirs, PageAsked(), door="test")).users[0]
    asked = Invite.model_validate({"email": "guest@example.com", "role": "analyst"})
    link = await accounts.invite_user(ground, theirs, asked, door="test")

    for path, fields in (
        ("/users", {"id": str(user.id), "do": "link"}),
        ("/users", {"id": str(user.id), "do": "disable"}),
        ("/users", {"id": str(link.id), "do": "revoke"}),
        ("/keys/revoke", {"id": str(user.id)}),
        ("/account/sessions", {"which": str(user.id)}),
    ):
        await admin.get("/users")
        assert (await admin.send(path, **fields)).status_code == 404


async def test_forms_from_elsewhere_change_nothing(admin: Browser):
    await admin.get("/users")
    token = admin.token
    admin.sends = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    for path in ("/users/invite", "/users", "/keys", "/keys/revoke", "/settings", "/account/password",
                 "/account/second-factor", "/account/sessions", "/theme"):  # fmt: skip
        answer = await admin.send(path, token=token, email="x@example.com", role="analyst", name="x", theme="dark")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_what_was_typed_is_kept_when_the_session_has_ended(
    admin: Browser, console: ASGIApp, ground: Ground, workspace: Workspace
):
    email = await add_user(ground, workspace, "owner")
    mine = Browser.at(console)
    await mine.sign_in(email)
    await mine.get("/settings")
    mine.client.cookies.delete("switchboard_session")
    name = f"Tea <b>{workspace.id}</b>"

    ended = await mine.send(
        "/settings", name=name, currency="EUR", time_zone="Europe/Berlin", locale="de", country="DE"
    )
    kept = {key: unescape(value) for key, value in re.findall(r'name="(kept\w*)" value="([^"]*)"', mine.page)}
    back = await mine.send("/sign-in", email=email, password=PASSWORD, next="/", **kept)
    again = {
        key: unescape(value) for key, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', mine.page)
    }
    sent = await mine.send("/settings", **again)
    await mine.get(sent.headers["location"])

    assert (ended.status_code, "What you had typed is kept" in ended.text) == (401, True)
    assert (back.status_code, again["name"]) == (200, name)
    assert "<b>" not in mine.page
    assert f'value="Tea &lt;b&gt;{workspace.id}&lt;/b&gt;"' in mine.page
    assert 'value="de" selected' in mine.page


async def test_nothing_is_kept_of_a_form_from_elsewhere_or_of_secrets(browser: Browser, shop: Shop):
    await browser.sign_in(shop.emails["owner"])
    await browser.get("/account")
    browser.client.cookies.delete("switchboard_session")
    secret = await browser.send("/account/password", old=PASSWORD, new=CHOSEN)
    browser.sends = {"Origin": "https://evil.example"}

    foreign = await browser.send("/settings", name="Evil")

    assert (secret.status_code, CHOSEN in secret.text, PASSWORD in secret.text) == (401, False, False)
    assert (foreign.status_code, "Evil" in foreign.text) == (303, False)


async def test_a_session_that_was_there_before_is_not_the_one_after_signing_in(browser: Browser, shop: Shop):
    browser.client.cookies.set("switchboard_session", "fixed", domain="127.0.0.1")

    await browser.sign_in(shop.emails["owner"])

    words = [each.value for each in browser.client.cookies.jar if each.name == "switchboard_session"]
    assert "fixed" not in words
    assert (await browser.get("/settings")).status_code == 200


async def test_a_part_of_a_page_that_asks_without_a_session_has_the_whole_page_go(browser: Browser):
    answer = await browser.client.get("/customers?text=a", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize(
    ("asked", "shown", "back"),
    [
        ("/customers?text=ab", "/customers?text=a", "/customers%3Ftext%3Dab"),
        ("/how/churn_score.risk_score", "/forecasts?months=3", "/forecasts%3Fmonths%3D3"),
        ("/how/churn_score.risk_score", "", ""),
    ],
)
async def test_a_part_that_asks_without_a_session_leads_back_to_what_was_typed(
    browser: Browser, asked: str, shown: str, back: str
):
    headers = {"HX-Request": "true", "HX-Current-URL": f"{ADDRESS}{shown}"}

    answer = await browser.client.get(asked, headers=headers)

    assert answer.headers["hx-redirect"] == f"/sign-in?next={back}" if back else "/sign-in"


async def test_a_part_leads_nobody_elsewhere(browser: Browser):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example//evil.example/"}

    answer = await browser.client.get("/how/churn_score.risk_score", headers=headers)

    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_currency_and_time_zone_that_are_none_are_told_beside_their_fields(admin: Browser):
    await admin.get("/settings")

    for wrong in ({"currency": "euro"}, {"time_zone": "Berlin"}, {"locale": "xx-nowhere"}):
        fields = {"name": "Tea", "currency": "EUR", "time_zone": "UTC", "locale": "en-GB", "country": ""} | wrong
        answer = await admin.send("/settings", **fields)
        assert answer.status_code == 422
        assert re.search(rf'id="{next(iter(wrong))}"[^>]* aria-invalid="true"', admin.page)
        assert 'value="Tea"' in admin.page


async def test_an_address_that_a_form_was_sent_to_leads_to_the_page_above_it(admin: Browser):
    answers = {path: await admin.get(path) for path in SENT}
    assert {answer.status_code for answer in answers.values()} == {303}
    assert answers["/users/invite"].headers["location"] == "/users"
    assert answers["/account/second-factor/confirm"].headers["location"] == "/account"
    assert {answer.headers["location"] for answer in answers.values()} <= SHOWN
