import re
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp

from switchboard.accounts.records import Workspace
from switchboard.foundation.charts import Charts, Definition, NotDrawn, Theme
from switchboard.foundation.ground import Ground
from tests.console.shop import ODD, ODD_PRODUCT, Browser, Shop, add_user, open_shop

pytestmark = pytest.mark.slow


def link_to(customer_id: str) -> str:
    return f"/customers/{quote(customer_id, safe='')}"


async def test_the_overview_shows_the_shop_its_five_figures_and_two_charts(owner: Browser, shop: Shop):
    answer = await owner.get("/")

    assert answer.status_code == 200
    assert escape(shop.workspace.name) in owner.page
    assert "20 June 2025, 00:00" in owner.page  # the day after the last order, in Berlin
    assert " orders of 60 customers in " in owner.page
    for title in ("Net revenue", "Active customers", "Repeat rate", "At risk of leaving", "Lifetime value"):
        assert f"<h2>{title}</h2>" in owner.page
    assert owner.page.count('role="img"') - owner.page.count('class="spark"') == 4  # two charts, wide and narrow
    assert owner.page.count('class="spark"') >= 4


async def test_what_the_data_lacks_is_said_in_words(owner: Browser):
    await owner.get("/")

    assert "No product has a category." in owner.page
    assert "Import a category with every product." in owner.page


async def test_a_chart_that_can_not_be_drawn_is_told_instead(owner: Browser, monkeypatch: pytest.MonkeyPatch):
    async def fails(_: Charts, definition: Definition, *, theme: Theme = "light") -> str:
        raise NotDrawn("too slow")

    monkeypatch.setattr(Charts, "svg", fails)

    answer = await owner.get("/")

    assert answer.status_code == 200
    assert "The chart could not be drawn just now. " in owner.page


async def test_an_empty_workspace_is_told_what_to_do(browser: Browser, ground: Ground, workspace: Workspace):
    await browser.sign_in(await add_user(ground, workspace, "owner"))

    answer = await browser.get("/")

    assert answer.status_code == 200
    assert "switchboard import orders FILE" in browser.page
    assert "switchboard segment" in browser.page
    assert (await browser.get("/customers")).status_code == 409
    assert "switchboard segment" in browser.page


async def test_an_archetype_shows_its_signature_traits_and_members(owner: Browser):
    await owner.get("/archetypes")
    found = re.search(r'href="(/archetypes/[0-9a-f]{8})"', owner.page)
    assert found

    answer = await owner.get(found[1])

    assert answer.status_code == 200
    assert "What they have in common" in owner.page
    assert "whole shop" in owner.page
    assert re.search(r'href="/customers/[^"]+"', owner.page)


async def test_archetypes_are_ordered_as_asked(owner: Browser):
    answer = await owner.get("/archetypes?by=member_count")

    members = [
        int(count) for count in re.findall(r'</th>\s*<td class="num" data-label="Members">(\d+)</td>', owner.page)
    ]
    assert answer.status_code == 200
    assert len(members) > 1
    assert members == sorted(members, reverse=True)


async def test_customers_come_a_page_at_a_time(owner: Browser):
    first = await owner.get("/customers")
    shown = re.findall(r'class="id" href="([^"]+)"', owner.page)
    following = re.search(r'href="(/customers\?cursor=[^"]+)" rel="next"', owner.page)
    assert following

    await owner.get(following[1].replace("&amp;", "&"))
    rest = re.findall(r'class="id" href="([^"]+)"', owner.page)

    assert first.status_code == 200
    assert len(shown) == 50
    assert len(set(shown) | set(rest)) == 60
    assert 'rel="next"' not in owner.page


async def test_a_customer_is_found_by_id_and_by_name(owner: Browser):
    await owner.get("/customers?text=c7")
    by_id = re.findall(r'class="id" href="([^"]+)"', owner.page)
    await owner.get("/customers?text=lovel")
    by_name = re.findall(r'class="id" href="([^"]+)"', owner.page)

    assert [each.partition("?")[0] for each in (*by_id, *by_name)] == ["/customers/c7", "/customers/c1"]


async def test_nobody_found_is_said(owner: Browser):
    answer = await owner.get("/customers?text=<b>zz")

    assert answer.status_code == 200
    assert "Nobody was found for “&lt;b&gt;zz”" in owner.page


async def test_a_question_that_can_not_be_asked_is_answered_in_place(owner: Browser):
    answer = await owner.get("/customers?cursor=nonsense")

    assert answer.status_code == 422
    assert 'role="alert"' in owner.page
    assert 'id="text"' in owner.page


async def test_a_customer_shows_memberships_risk_orders_and_what_is_absent(owner: Browser):
    answer = await owner.get("/customers/c1")

    assert answer.status_code == 200
    assert "Purchase frequency" in owner.page
    assert 'class="stacked"' in owner.page
    assert "Why this risk" in owner.page
    assert "€25.00" in owner.page  # two cups of tea
    assert "more can not be told from this shop's data" in owner.page
    assert "ada@analytical.example" in owner.page


async def test_contacts_are_masked_for_who_may_not_see_them(browser: Browser, shop: Shop):
    await browser.sign_in(shop.emails["analyst"])

    await browser.get("/customers/c1")

    assert "analytical" not in browser.page
    assert "Lovelace" not in browser.page
    assert "a•••@a•••.example" in browser.page


async def test_words_of_the_data_are_never_markup(owner: Browser):
    listed = await owner.get("/customers?text=" + quote(ODD, safe=""))
    assert f'href="{link_to(ODD)}?from=' in owner.page
    one = await owner.get(link_to(ODD))

    assert listed.status_code == one.status_code == 200
    assert escape(ODD) in owner.page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert escape(ODD_PRODUCT, quote=False) in owner.page.replace("&#39;", "'")
    for page in (listed.text, one.text):
        assert "<script>" not in page


async def test_a_customer_of_another_workspace_is_not_there(
    browser: Browser, ground: Ground, shop: Shop, tmp_path: Path
):
    other = await open_shop(ground, tmp_path, "d")
    await browser.sign_in(other.emails["owner"])
    assert (await browser.get("/customers/d1")).status_code == 200

    answer = await browser.get("/customers/c1")

    assert answer.status_code == 404
    assert "There is no customer" in browser.page
    assert 'id="main"' in browser.page


async def test_support_opens_one_customer_and_lists_none(browser: Browser, shop: Shop):
    await browser.sign_in(shop.emails["support"])

    listed = await browser.get("/customers")
    led = await browser.get("/customers?text=c7")

    assert listed.status_code == 200
    assert 'class="id"' not in listed.text
    assert led.headers["location"] == "/customers/c7"
    assert (await browser.get("/customers/c7")).status_code == 200


async def test_a_random_customer_is_one_of_the_shop(owner: Browser):
    led = await owner.get("/random-customer")

    assert led.status_code == 303
    assert (await owner.get(led.headers["location"])).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/archetypes/00000000", "/customers/nobody", "/audiences/nothing"])
async def test_what_is_not_there_is_a_page_in_the_layout(owner: Browser, path: str):
    answer = await owner.get(path)

    assert answer.status_code == 404
    assert "Not found" in owner.page
    assert 'aria-label="Main"' in owner.page


async def test_a_bug_is_a_page_with_a_number_to_tell(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    async def breaks(_: Charts, definition: Definition, *, theme: Theme = "light") -> str:
        raise ZeroDivisionError(whose)

    whose = "ada@analytical.example"
    monkeypatch.setattr(Charts, "svg", breaks)

    answer = await owner.get("/")

    assert answer.status_code == 500
    assert "tell whoever runs this server the request id" in owner.page
    assert "ada@" not in owner.page + "".join(capfd.readouterr())


async def test_sessions_of_two_people_show_each_their_own(console: ASGIApp, shop: Shop, owner: Browser):
    analyst = Browser.at(console)
    await analyst.sign_in(shop.emails["analyst"])
    await analyst.get("/archetypes")
    await owner.get("/archetypes")

    assert ">analyst</span>" in analyst.page
    assert ">owner</span>" in owner.page
