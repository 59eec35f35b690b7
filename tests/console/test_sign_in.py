import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.types import ASGIApp

from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.console.shop import ODD, PASSWORD, Browser, Shop, add_user

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", ["/", "/archetypes/abc", "/customers", "/customers/c1", "/no-such-page"])
async def test_without_a_session_every_page_leads_to_sign_in(browser: Browser, path: str):
    answer = await browser.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path}")


async def test_signing_in_goes_on_to_the_page_that_was_wanted(browser: Browser, shop: Shop):
    wanted = await browser.get("/customers?text=c1&risk=")
    await browser.get(wanted.headers["location"])
    asked_for = browser.page.split('name="next" value="')[1].split('"')[0].replace("&amp;", "&")

    answer = await browser.send("/sign-in", email=shop.emails["owner"], password=PASSWORD, next=asked_for)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/customers?text=c1&risk="
    assert (await browser.get("/customers?text=c1&risk=")).status_code == 200


async def test_a_page_with_an_odd_address_is_found_again_after_signing_in(browser: Browser, shop: Shop):
    path = f"/customers/{quote(ODD, safe='')}"
    wanted = await browser.get(path)
    following = parse_qs(urlsplit(wanted.headers["location"]).query)["next"][0]

    answer = await browser.sign_in(shop.emails["owner"], following=following)

    assert answer.headers["location"] == path
    assert (await browser.get(path)).status_code == 200


async def test_the_session_cookie_is_for_the_server_alone(browser: Browser, shop: Shop):
    answer = await browser.sign_in(shop.emails["owner"])

    cookie = next(said for said in answer.headers.get_list("set-cookie") if said.startswith("switchboard_session="))
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "path=/" in cookie.lower()
    assert "secure" not in cookie.lower()


async def test_over_https_cookies_go_over_https_alone(ground: Ground, charts: Charts, shop: Shop):
    address = "https://hub.example"
    console = make_console(ground, Credentials(ground, None), Settings(public_url=address), charts)

    answer = await Browser.at(console, base=address).sign_in(shop.emails["owner"])

    cookie = next(said for said in answer.headers.get_list("set-cookie") if "switchboard_session=" in said)
    assert cookie.startswith("__Host-")
    assert "secure" in cookie.lower()


async def test_a_wrong_password_and_a_wrong_e_mail_get_the_same_answer(browser: Browser, shop: Shop):
    wrong_password = await browser.sign_in(shop.emails["analyst"], "not this one")
    its_page = browser.page.replace(shop.emails["analyst"], "").replace(browser.token, "")
    wrong_email = await browser.sign_in("nobody@example.com", "not this one")
    other_page = browser.page.replace("nobody@example.com", "").replace(browser.token, "")

    assert wrong_password.status_code == wrong_email.status_code == 401
    assert "The e-mail or the password is wrong." in its_page
    assert its_page == other_page


async def test_something_that_is_no_e_mail_is_simply_wrong(browser: Browser):
    answer = await browser.sign_in("mia", "not this one")

    assert answer.status_code == 401
    assert "The e-mail or the password is wrong." in browser.page


async def test_too_many_tries_have_to_wait(browser: Browser, ground: Ground, workspace: Workspace):
    email = await add_user(ground, workspace, "admin")
    for _ in range(10):
        await browser.sign_in(email, "not this one")

    answer = await browser.sign_in(email)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 900
    assert "Too many tries to sign in; wait" in browser.page


@pytest.mark.parametrize(
    "sends",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_from_elsewhere_signs_nobody_in(browser: Browser, shop: Shop, sends: dict[str, str]):
    browser.sends = sends

    answer = await browser.sign_in(shop.emails["owner"])

    assert answer.status_code == 403
    assert "the form came from elsewhere" in browser.page.lower()
    assert (await browser.get("/")).status_code == 303


async def test_a_form_with_a_wrong_token_signs_nobody_in(browser: Browser, shop: Shop):
    await browser.get("/sign-in")

    answer = await browser.send("/sign-in", email=shop.emails["owner"], password=PASSWORD, token="x" * 80)

    assert answer.status_code == 403


async def test_signing_out_ends_the_session(owner: Browser, credentials: Credentials):
    word = owner.client.cookies["switchboard_session"]
    await owner.get("/archetypes")

    answer = await owner.send("/sign-out")

    assert answer.headers["location"] == "/sign-in"
    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(word)


async def test_a_foreign_form_signs_nobody_out(owner: Browser):
    await owner.get("/archetypes")
    owner.sends = {"Origin": "https://evil.example"}

    answer = await owner.send("/sign-out")

    assert answer.status_code == 403
    assert (await owner.get("/archetypes")).status_code == 200


async def test_the_token_of_another_session_is_worth_nothing(owner: Browser, console: ASGIApp, shop: Shop):
    other = Browser.at(console)
    await other.sign_in(shop.emails["analyst"])
    await other.get("/archetypes")

    answer = await owner.send("/sign-out", token=other.token)

    assert answer.status_code == 403


@pytest.mark.parametrize("said", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "javascript:x"])
async def test_after_signing_in_nobody_is_led_elsewhere(browser: Browser, shop: Shop, said: str):
    answer = await browser.sign_in(shop.emails["owner"], following=said)

    assert answer.headers["location"] == "/"


async def test_who_is_signed_in_needs_no_form(owner: Browser):
    answer = await owner.get("/sign-in?next=/customers")

    assert answer.headers["location"] == "/customers"


async def test_one_who_is_in_two_workspaces_goes_from_one_to_the_other(
    browser: Browser, ground: Ground, shop: Shop, workspace: Workspace
):
    email = await add_user(ground, workspace, "analyst")
    await add_user(ground, shop.workspace, "analyst", email)
    await browser.sign_in(email)
    await browser.get("/no-such-page")
    entered = shop.workspace if f'value="{workspace.id}" selected' in browser.page else workspace

    answer = await browser.send("/workspace", workspace=str(entered.id))

    assert answer.headers["location"] == "/"
    await browser.get("/no-such-page")
    assert re.findall(r'value="([^"]+)" selected', browser.page) == [str(entered.id)]


async def test_a_click_that_overtakes_the_answer_to_a_switch_signs_nobody_out(
    console: ASGIApp, ground: Ground, shop: Shop, workspace: Workspace
):
    email = await add_user(ground, workspace, "analyst")
    await add_user(ground, shop.workspace, "analyst", email)
    browser, quick = Browser.at(console), Browser.at(console)
    await browser.sign_in(email)
    await browser.get("/no-such-page")
    wanted = shop.workspace if f'value="{workspace.id}" selected' in browser.page else workspace
    quick.client.cookies.update(browser.client.cookies)

    await browser.send("/workspace", workspace=str(wanted.id))
    overtaken = await quick.get("/account")
    lands = await browser.get("/no-such-page")
    under_way = await quick.get("/account")

    assert [overtaken.status_code, lands.status_code, under_way.status_code] == [200, 404, 200]
    assert f'value="{wanted.id}" selected' in lands.text
    assert "switchboard_left" not in browser.client.cookies


async def test_signing_out_after_a_switch_leaves_no_session_behind(
    browser: Browser, ground: Ground, shop: Shop, workspace: Workspace, credentials: Credentials
):
    email = await add_user(ground, workspace, "analyst")
    await add_user(ground, shop.workspace, "analyst", email)
    await browser.sign_in(email)
    before = browser.client.cookies["switchboard_session"]
    await browser.get("/no-such-page")
    other = shop.workspace if f'value="{workspace.id}" selected' in browser.page else workspace
    await browser.send("/workspace", workspace=str(other.id))
    await browser.get("/no-such-page")
    browser.client.cookies.set("switchboard_left", before, domain="127.0.0.1")  # as of an answer still under way

    await browser.send("/sign-out")

    with pytest.raises(NotSignedIn):
        await credentials.sessions.caller(before)


async def test_a_workspace_one_is_not_in_is_not_there(owner: Browser, ground: Ground):
    other = await tenants.make(ground, "Somebody else's", "EUR", "UTC")
    await owner.get("/archetypes")

    answer = await owner.send("/workspace", workspace=str(other.id))

    assert answer.status_code == 404
