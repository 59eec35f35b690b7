"""Archetypes, axes, cohorts, products and forecasts: what operations answer, as pages and as files."""

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest
from jinja2 import Environment, PackageLoader
from starlette.types import ASGIApp

from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import Role, operator_caller
from switchboard.console.pages.customer import ADDRESSES
from switchboard.console.words import FILTERS, MINUS, PLAIN
from switchboard.foundation.ground import Ground
from switchboard.intelligence.map_records import ArchetypeMap
from switchboard.intelligence.operations.maps import archetype_map
from switchboard.intelligence.operations.questions import cohorts
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.operations.selling import category_trends
from switchboard.intelligence.product_question_records import TrendsAsked
from switchboard.intelligence.question_records import CohortsAsked
from switchboard.intelligence.records import Asked, RunAsked
from tests.console.shop import Browser, Shop, add_user, bring_in

PAGES = (
    "/archetypes", "/archetypes?by=risk", "/archetypes/compare", "/archetypes/compare?of=shop", "/axes",
    "/axes/purchase_value?segment=small_baskets", "/axes/category_exploration", "/cohorts?months=6&show=value",
    "/affinity?days=1095", "/affinity?product=p1", "/categories", "/forecasts?months=3",
)  # fmt: skip
WRONG = (
    ("/archetypes?by=fame", 422), ("/archetypes/compare?of=planet", 422),
    ("/archetypes/compare?of=archetype:none", 404),
    ("/axes/fame", 404), ("/axes?segment=fame", 422), ("/cohorts?months=1000", 422), ("/cohorts?months=x", 422),
    ("/affinity?sort_by=fame", 422), ("/affinity?product=none", 404), ("/categories?months=99", 422),
    ("/forecasts?months=0", 422), ("/archetypes/none", 404), ("/exports/none", 422),
)  # fmt: skip
TABLES = (
    "/archetypes?csv=archetypes", "/axes?csv=segments", "/cohorts?csv=cohorts", "/cohorts?csv=retention",
    "/affinity?csv=affinity", "/categories?csv=categories", "/forecasts?csv=revenue", "/forecasts?csv=customers",
    "/forecasts?csv=archetypes", "/archetypes/compare?of=shop&csv=comparison", "/axes/purchase_value?csv=trend",
)  # fmt: skip
TIMES = "\N{MULTIPLICATION SIGN}"
pytestmark = pytest.mark.slow


async def known(ground: Ground, shop: Shop) -> ArchetypeMap:
    return await archetype_map(ground, operator_caller(shop.workspace.id), Asked(), door="test")


async def browse(console: ASGIApp, shop: Shop, role: Role) -> Browser:
    browser = Browser.at(console)
    await browser.sign_in(shop.emails[role])
    return browser


@pytest.mark.parametrize("role", ["owner", "support"])
async def test_every_page_opens(console: ASGIApp, shop: Shop, role: Role):
    browser = await browse(console, shop, role)

    codes = {path: (await browser.get(path)).status_code for path in PAGES}

    assert codes == dict.fromkeys(PAGES, 200)


@pytest.mark.parametrize(("path", "status"), WRONG)
async def test_a_wrong_address_says_what_is_wrong(owner: Browser, path: str, status: int):
    answer = await owner.get(path)

    assert answer.status_code == status
    assert '<p class="lead">' in owner.page


async def test_before_anything_is_segmented_pages_say_what_to_do(
    browser: Browser, ground: Ground, workspace: Workspace
):
    await browser.sign_in(await add_user(ground, workspace, "owner"))

    codes = [(await browser.get(path.partition("?")[0])).status_code for path in PAGES]

    assert set(codes) <= {200, 409}
    assert (await browser.get("/cohorts")).status_code == 409
    assert "Nothing to see yet" in browser.page


async def test_the_table_of_archetypes_shows_what_the_map_answers(owner: Browser, ground: Ground, shop: Shop):
    truth = await known(ground, shop)

    await owner.get("/archetypes?by=risk")

    order = sorted(truth.archetypes, key=lambda each: each.at_risk_share, reverse=True)
    assert re.findall(r'name="of" value="archetype:([^"]+)"', owner.page) == [each.archetype_id for each in order]
    assert re.findall(r'<td class="num" data-label="At risk">(\d+)%</td>\s*</tr>', owner.page) == [
        f"{each.at_risk_share:.0%}"[:-1] for each in order
    ]


@pytest.mark.parametrize("path", TABLES)
async def test_tables_are_taken_out_as_files(owner: Browser, path: str):
    answer = await owner.get(path)

    rows = list(csv.reader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="\w+\.csv"', answer.headers["content-disposition"])
    assert len({len(row) for row in rows}) == 1
    assert (await owner.get(path + "x")).status_code == 404


async def test_a_file_holds_the_numbers_as_they_are(owner: Browser, ground: Ground, shop: Shop):
    asked = CohortsAsked(months=6)
    truth = await cohorts(ground, operator_caller(shop.workspace.id), asked, door="test")

    rows = list(csv.DictReader(io.StringIO((await owner.get("/cohorts?months=6&csv=cohorts")).text)))

    assert [float(row["net"]) for row in rows] == [month.net for each in truth.cohorts for month in each.months]


async def test_all_members_of_an_archetype_are_taken_out(
    owner: Browser, ground: Ground, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("switchboard.console.listed.PAGE", 2)
    largest = max((await known(ground, shop)).archetypes, key=lambda each: each.member_count)
    page = (await owner.get(f"/archetypes/{largest.archetype_id}")).text
    links = re.findall(r'href="(/archetypes/[^"]+csv=members)"', page)

    rows = list(csv.DictReader(io.StringIO((await owner.get(links[0])).text)))

    assert largest.member_count > 2, "more than a page"
    assert len({row["customer_id"] for row in rows}) == len(rows) == largest.member_count
    assert {row["archetype"] for row in rows} == {largest.name}
    shown = re.findall(r'<a class="id" href="/customers/([^"?]+)"', page)
    assert [row["customer_id"] for row in rows][: len(shown)] == shown


async def test_members_are_taken_out_by_who_may_take_out(console: ASGIApp, ground: Ground, shop: Shop):
    here = f"/archetypes/{(await known(ground, shop)).archetypes[0].archetype_id}"
    browser = await browse(console, shop, "support")

    page, answer = (await browser.get(here)).text, await browser.get(f"{here}?csv=members")

    assert "csv=" not in page
    assert answer.status_code == 403


async def test_all_categories_are_taken_out_whichever_page_is_read(
    browser: Browser, ground: Ground, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("switchboard.console.pages.insights.CATEGORIES_AT_ONCE", 2)
    names = {f"Kind {n}" for n in range(5)}
    lines = [f"o{n},c{n % 9},2025-0{1 + n % 6}-10,p{n % 5},Kind {n % 5},1,{9 + n}.50" for n in range(60)]
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,customer_id,placed_at,product_id,category,quantity,unit_price\n" + "\n".join(lines))
    await bring_in(ground, workspace, orders, "orders")
    await segment(ground, operator_caller(workspace.id), RunAsked(), door="test")
    await browser.sign_in(await add_user(ground, workspace, "owner"))
    asked = TrendsAsked(months=6, limit=3)
    first = await category_trends(ground, operator_caller(workspace.id), asked, door="test")

    later = (await browser.get(f"/categories?months=6&cursor={first.next_cursor}&csv=categories")).text

    assert first.next_cursor, "there is a later page"
    assert sorted(row["category"] for row in csv.DictReader(io.StringIO(later))) == sorted(names)


async def test_who_may_take_nothing_out_gets_no_file_and_no_link(console: ASGIApp, shop: Shop):
    browser = await browse(console, shop, "support")

    page = (await browser.get("/archetypes")).text
    codes = {(await browser.get(path)).status_code for path in TABLES}

    assert "csv=" not in page
    assert codes == {403}


@pytest.mark.parametrize(
    ("share", "before", "told"),
    [
        (53.0, 2, f"{TIMES}54 from 2"),
        (9.0, None, f"{TIMES}10"),
        (8.99, 2, "+899.0%"),
        (-0.5, 4, f"{MINUS}50.0%"),
        (0.0, 4, "0.0%"),
    ],
)
def test_extreme_growth_is_told_as_how_many_times_of_how_many(share: float, before: int | None, told: str):
    made = Environment(loader=PackageLoader("switchboard.console"), autoescape=True)
    made.filters.update({**FILTERS, **ADDRESSES})
    asked = '{% from "components/insight.html" import growth with context %}{{ growth(share, before) }}'

    page = made.from_string(asked).render(words=PLAIN, share=share, before=before)

    assert re.sub(r"<[^>]+>", "", page).split() == told.split()


async def test_two_groups_stand_side_by_side(owner: Browser, ground: Ground, shop: Shop):
    one, other, *_ = (await known(ground, shop)).archetypes

    await owner.get(f"/archetypes/compare?of=archetype:{one.archetype_id}&of=archetype:{other.archetype_id}")

    sizes = re.search(r"<th scope=\"row\">Customers</th>(.*?)</tr>", owner.page, re.DOTALL)
    assert sizes
    assert re.findall(r"<strong>(\d+)</strong>", sizes[1]) == [str(one.member_count), str(other.member_count)]
    assert owner.page.count('aria-labelledby="against-') == 2


async def test_an_archetype_is_renamed_and_pinned_everywhere(owner: Browser, ground: Ground, shop: Shop):
    last = (await known(ground, shop)).archetypes[-1]
    here = f"/archetypes/{last.archetype_id}"
    await owner.get(here)
    answer = await owner.send(f"{here}/label", name="Tea <lovers>", pinned="yes")
    page = unescape((await owner.get(here)).text)
    listed = (await owner.get("/archetypes")).text
    searched = unescape((await owner.get(f"/customers?archetype={last.archetype_id}")).text)
    first = re.findall(r'name="of" value="archetype:([^"]+)"', listed)[0]
    on_map = (await known(ground, shop)).archetypes[0]
    back = await owner.send(f"{here}/label", name="", pinned="")

    assert (answer.status_code, back.status_code) == (303, 303)
    assert "<h1>Tea <lovers></h1>" in page
    assert "Tea <lovers>" not in listed
    assert ">Tea <lovers></a>" in searched
    assert first == on_map.archetype_id == last.archetype_id
    assert (on_map.name, on_map.is_pinned) == ("Tea <lovers>", True)
    assert (await known(ground, shop)).archetypes[-1].name == last.name


async def test_no_two_archetypes_have_one_name(owner: Browser, ground: Ground, shop: Shop):
    one, other, *_ = (await known(ground, shop)).archetypes
    await owner.get(f"/archetypes/{one.archetype_id}")

    answer = await owner.send(f"/archetypes/{one.archetype_id}/label", name=other.name)

    assert answer.status_code == 422
    assert "there is an archetype named" in owner.page.lower()
    assert f'value="{other.name}"' in unescape(owner.page)


async def test_who_may_not_save_audiences_renames_nothing(console: ASGIApp, ground: Ground, shop: Shop):
    browser = await browse(console, shop, "support")
    one = (await known(ground, shop)).archetypes[0]
    page = (await browser.get(f"/archetypes/{one.archetype_id}")).text

    answer = await browser.send(f"/archetypes/{one.archetype_id}/label", name="Mine")

    assert answer.status_code == 403
    assert "Rename" not in page
    assert (await known(ground, shop)).archetypes[0].name == one.name
