"""Customers in the console: found, kept as views, taken out, one of them in full, and erased."""

import csv
import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.types import ASGIApp

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.operations import list_audit
from switchboard.accounts.records import AuditAsked
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.ground import Ground
from tests.console.chromium import IN_A_BROWSER, Doors, Scheme
from tests.console.shop import ODD, Browser, Shop, bring_in, open_shop

pytestmark = pytest.mark.slow
SCREENS: tuple[tuple[int, Scheme], ...] = ((360, "light"), (1440, "dark"))
PATHS = ("/customers?sort=value", "/customers?risk=LOW", "/customers/c1?days=30", "/orders/c1", "/erase/c1")


def ids(page: str) -> list[str]:
    """The customers a list shows, in its order."""
    return re.findall(r'class="id" href="/customers/([^"?]+)', page)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_lists_are_in_the_order_that_is_asked_for(owner: Browser):
    by_value = rows((await owner.get("/customers?sort=value&csv=customers")).text)
    by_risk = rows((await owner.get("/customers?sort=risk&csv=customers")).text)
    oldest = rows((await owner.get("/customers?sort=oldest&csv=customers")).text)
    newest = rows((await owner.get("/customers?csv=customers")).text)

    assert [float(each["lifetime_value"]) for each in by_value] == sorted(
        (float(each["lifetime_value"]) for each in newest), reverse=True
    )
    levels = ["CRITICAL", "HIGH", "MEDIUM", "LOW"]
    assert [each["risk_level"] for each in by_risk] == sorted((each["risk_level"] for each in newest), key=levels.index)
    assert [each["customer_id"] for each in oldest] == [each["customer_id"] for each in newest][::-1]


async def test_an_ordered_list_goes_on_where_its_page_ended(owner: Browser):
    await owner.get("/customers?sort=value")
    first = ids(owner.page)
    following = re.search(r'href="(/customers\?[^"]+)" rel="next"', owner.page)
    assert following
    await owner.get(unescape(following[1]))
    rest = ids(owner.page)

    assert (len(first), len(rest), len({*first, *rest})) == (50, 10, 60)
    assert "First page" in owner.page


async def test_a_customer_is_headed_by_the_name_for_who_may_see_it(owner: Browser, console: ASGIApp, shop: Shop):
    analyst = Browser.at(console)
    await analyst.sign_in(shop.emails["analyst"])
    for each in (owner, analyst):
        await each.get("/customers/c1")

    assert re.search(r"<h1>[^<]*Lovelace</h1>\s*<p class=\"under\"><span class=\"id\">c1</span>", owner.page)
    assert "<h1>c1</h1>" in analyst.page
    assert "Lovelace" not in analyst.page


async def test_a_segment_narrows_the_list(owner: Browser):
    everybody = rows((await owner.get("/customers?csv=customers")).text)
    regular = rows((await owner.get("/customers?segment=purchase_frequency:frequent&csv=customers")).text)

    assert 0 < len(regular) < len(everybody)


async def test_what_a_list_is_narrowed_to_is_kept_as_a_view_without_its_text(owner: Browser):
    await owner.get("/customers?risk=LOW&text=lovel")
    kept = await owner.send("/customers/views", risk="LOW", name="Loyal")
    assert kept.status_code == 303
    low = rows((await owner.get("/customers?risk=LOW&csv=customers")).text)
    viewed = rows((await owner.get("/customers?audience=Loyal&csv=customers")).text)
    await owner.get("/customers?audience=Loyal")

    assert {each["customer_id"] for each in viewed} == {each["customer_id"] for each in low}
    assert '<option value="Loyal" selected>' in owner.page
    assert "lovel" not in owner.page


async def test_a_view_keeps_the_order_of_its_list_until_another_is_chosen(owner: Browser):
    await owner.get("/customers?archetype=&risk=LOW&sort=value")
    assert 'name="sort" value="value"' in owner.page
    await owner.send("/customers/views", risk="LOW", sort="value", name="Best of the quiet")
    asked = ("risk=LOW&sort=value", "audience=Best+of+the+quiet", "risk=LOW&sort=oldest",
             "audience=Best+of+the+quiet&sort=oldest")  # fmt: skip
    by_value, viewed, oldest, chosen = [
        [each["customer_id"] for each in rows((await owner.get(f"/customers?{query}&csv=customers")).text)]
        for query in asked
    ]
    await owner.get("/customers?audience=Best+of+the+quiet")

    assert viewed == by_value != oldest == chosen
    assert "highest value first" in owner.page


async def test_a_view_without_a_name_is_refused_where_it_stands(owner: Browser):
    await owner.get("/customers?risk=LOW")

    answer = await owner.send("/customers/views", risk="LOW", name=" ")

    assert answer.status_code == 422
    assert 'id="name-about"' in owner.page
    assert '<dialog class="asks" id="keep" aria-labelledby="keep-asked" closedby="any" open>' in owner.page


@pytest.mark.parametrize(
    "path", ["/customers?sort=nothing", "/customers?segment=colour:blue", "/customers?audience=none"]
)
async def test_what_can_not_be_asked_is_said_in_place(owner: Browser, path: str):
    answer = await owner.get(path)

    assert answer.status_code in {404, 422}
    assert 'id="main"' in owner.page
    assert "something went wrong" not in owner.page


async def test_a_customer_is_told_whole(owner: Browser):
    answer = await owner.get("/customers/c1")

    assert answer.status_code == 200
    for told in (
        "Orders over time", "Who they are", "Why this risk", "Will they stay away?", "Value of the next 12 months",
        "What they buy", "Similar customers", "Newest orders", "Consent", "Tea 0",
    ):  # fmt: skip
        assert told in owner.page, told
    assert owner.page.count('class="sold"') == 34  # an order each 13 days over 450


async def test_every_table_of_a_customer_is_a_file(owner: Browser):
    await owner.get("/customers/c1")
    names = set(re.findall(r'\?csv=(\w+)"', owner.page))
    files = {name: rows((await owner.get(f"/customers/c1?csv={name}")).text) for name in names}

    assert names == {"memberships", "orders", "products", "categories", "similar"}
    assert len(files["orders"]) == 34
    assert len(files["products"]) == 7
    assert sum(float(each["net"]) for each in files["products"]) == pytest.approx(34 * 25)
    assert all(files.values())


async def test_a_customer_without_orders_is_told_as_far_as_they_are_known(
    browser: Browser, ground: Ground, shop: Shop, tmp_path: Path
):
    file = tmp_path / "people.csv"
    file.write_text("customer_id,name\nnew-1,Grace Hopper\n", encoding="utf-8")
    await bring_in(ground, shop.workspace, file, "customers")
    await browser.sign_in(shop.emails["owner"])

    answer = await browser.get("/customers/new-1")

    assert answer.status_code == 200
    assert "Grace Hopper" in browser.page
    assert "No orders yet" in browser.page


async def test_all_orders_come_a_page_at_a_time(owner: Browser):
    await owner.get("/orders/c1")
    first, more = owner.page.count("<time datetime"), re.search(r'href="([^"]+)" rel="next"', owner.page)
    assert more
    await owner.get(unescape(more[1]))
    rest = owner.page.count("<time datetime")

    assert (first, rest) == (25 + 1, 9 + 1)  # each with its day, and what the page is of


async def test_support_sees_a_customer_but_no_list_and_takes_nothing_out(browser: Browser, shop: Shop):
    await browser.sign_in(shop.emails["support"])
    await browser.get("/customers/c1")

    assert "Similar customers" not in browser.page
    assert "csv=" not in browser.page
    assert "/erase/" not in browser.page
    assert (await browser.get("/customers/c1?csv=orders")).status_code == 403
    assert (await browser.get("/erase/c1")).status_code == 403
    assert (await browser.get("/customers?csv=customers")).status_code == 200
    assert "One customer at a time" in browser.page


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_nobody_but_owner_and_admin_erases(browser: Browser, shop: Shop, role: str):
    await browser.sign_in(shop.emails[role])  # pyright: ignore[reportArgumentType] - one of the roles
    await browser.get("/customers/c1")

    answer = await browser.send("/erase/c1", confirm="c1")

    assert answer.status_code == 403
    assert (await browser.get("/customers/c1")).status_code == 200


async def test_erasing_shows_what_goes_and_wants_the_id_typed(console: ASGIApp, ground: Ground, tmp_path: Path):
    other = await open_shop(ground, tmp_path, "e")
    owner = Browser.at(console)
    await owner.sign_in(other.emails["owner"])
    await owner.get("/erase/e1")
    shown = owner.page
    wrong = await owner.send("/erase/e1", confirm="e2")
    kept = await owner.get("/customers/e1")
    await owner.get("/erase/e1")
    done = await owner.send("/erase/e1", confirm="e1", reason="asked")
    await owner.get("/customers")

    assert "What they ordered and gave back" in shown
    assert (wrong.status_code, kept.status_code, done.status_code) == (422, 200, 303)
    assert "1 person is forgotten. The certificate is" in owner.page
    assert (await owner.get("/customers/e1")).status_code == 404


async def test_an_odd_id_leads_to_its_orders_and_its_erasure(owner: Browser):
    for page in ("customers", "orders", "erase"):
        assert (await owner.get(f"/{page}/{quote(ODD, safe='')}")).status_code == 200
        assert "<script>alert" not in owner.page


async def test_a_search_is_one_line_of_the_trail_with_its_last_query_its_count_and_who_was_opened(
    browser: Browser, ground: Ground, shop: Shop
):
    await browser.sign_in(shop.emails["owner"])
    await browser.get("/customers")
    found = re.search(r'name="search" value="([0-9a-f-]{36})"', browser.page)
    assert found
    for text in ("l", "lo", "lov"):
        await browser.client.get(f"/customers?search={found[1]}&text={text}")
    answer = await browser.client.get(f"/customers?search={found[1]}&text=love")
    led = re.search(r'href="(/customers/c1\?from=[^"]+)"', answer.text)
    assert led
    assert (await browser.get(led[1])).status_code == 200
    await browser.client.get(f"/customers?search={found[1]}&text=love")  # back again
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    lines = await list_audit(
        ground, operator_caller(shop.workspace.id), AuditAsked(operation="intelligence.search", limit=50), door="test"
    )
    mine = [each.search for each in lines.lines if each.search and str(each.search.search_id) == found[1]]

    assert [(each.keystrokes, each.query, each.found, each.opened_count, each.opened) for each in mine] == [
        (5, "love", 1, 1, ["c1"])
    ]
    await browser.get("/audit?operation=intelligence.search")
    assert "“love”, 5 keystrokes, found 1, opened 1" in browser.page
    assert 'href="/customers/c1">c1</a>' in browser.page
    assert ",5,love,1,1,c1" in (await browser.client.get("/audit.csv?operation=intelligence.search")).text


async def test_an_address_that_was_kept_begins_another_search(owner: Browser):
    kept = "018f0000-0000-7000-8000-000000000000"  # of 2024

    await owner.get(f"/customers?search={kept}&text=love")

    assert f'name="search" value="{kept}"' not in owner.page
    assert f"?from={kept}" not in owner.page
    assert "?from=" in owner.page


class TestInABrowser:
    pytestmark = IN_A_BROWSER

    @pytest.mark.parametrize("screen", SCREENS)
    async def test_the_pages_are_well(self, doors: Doors, screen: tuple[int, Scheme]):
        async with doors.open("owner", *screen) as watched:
            assert await watched.wrong_with(*PATHS) == {}

    async def test_an_order_says_what_it_was_beside_the_pointer(self, doors: Doors):
        async with doors.open("owner") as watched:
            await watched.page.goto(f"{doors.address}/customers/c1")

            await watched.page.locator(".timeline .sold").nth(3).hover()

            assert re.fullmatch(r"\d+ \w+ 2025\n€25.00", await watched.page.locator(".tip").inner_text())

    async def test_the_file_is_of_what_was_found_as_one_types(self, doors: Doors):
        async with doors.open("owner") as watched:
            page = watched.page
            await page.goto(f"{doors.address}/customers")
            before = await page.get_by_role("link", name="CSV").get_attribute("href")

            await page.get_by_label("Risk").select_option("LOW")
            await page.wait_for_url("**risk=LOW**")

            assert before == "/customers?csv=customers"
            assert await page.locator("#take a").get_attribute("href") == "/customers?risk=LOW&csv=customers"

    async def test_an_emptied_box_begins_another_search(self, doors: Doors):
        async with doors.open("owner") as watched:
            page, searches = watched.page, list[str]()
            page.on("request", lambda sent: searches.extend(parse_qs(urlsplit(sent.url).query).get("search", ())))
            await page.goto(f"{doors.address}/customers")
            box = page.get_by_label("Find customers")
            for text in ("lovel", "c7"):
                await box.press_sequentially(text, delay=150)
                await page.get_by_text("1 customer", exact=True).wait_for()
                await box.fill("")
                await page.get_by_text("60 customers", exact=True).wait_for()

            assert await watched.wrong(cold=False) == []
            assert len({each for each in searches if each}) >= 2

    async def test_a_view_is_kept_in_a_dialog_by_keyboard(self, doors: Doors):
        async with doors.open("owner") as watched:
            page = watched.page
            await page.goto(f"{doors.address}/customers?risk=LOW")

            await page.get_by_role("button", name="Save as a view").press("Enter")
            axe = await watched.axe()
            await page.get_by_label("Name").fill("Quiet ones")
            await page.keyboard.press("Enter")
            await page.wait_for_url(re.compile("audience=Quiet"))

            assert axe == []
            assert await page.get_by_label("View", exact=True).input_value() == "Quiet ones"
