"""The audience builder, asked as a browser asks: counted, kept, exported, and told when two people change one."""

import json
import re
from html import escape, unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from starlette.types import ASGIApp

from switchboard.accounts.roles import Role, operator_caller
from switchboard.customers.filters.operations import show_filter
from switchboard.customers.filters.records import FilterRef, FilterSave
from switchboard.foundation.ground import Ground
from switchboard.intelligence.filter_records import FilterAsked
from switchboard.intelligence.operations.filters import count_filter, save_filter
from tests.console.shop import ODD, Browser, Shop

OFTEN = {"feature": "orders_365", "at_least": 10}
NESTED = {"all": [OFTEN, {"not": {"any": [{"risk_level": ["HIGH"]}, {"bought": {"times_at_most": 12}}]}}]}
pytestmark = pytest.mark.slow


def build(filter_: Any, **more: str) -> str:
    return f"/audiences/build?{urlencode({'filter': json.dumps(filter_), **more})}"


def counted(page: str) -> tuple[int, int]:
    """How many of how many."""
    found = re.search(r'role="status">(\d+) <span class="part">of (\d+)<', page)
    assert found
    return int(found[1]), int(found[2])


async def saved(ground: Ground, shop: Shop, name: str, filter_: Any) -> None:
    asked = FilterSave.model_validate({"name": name, "filter": filter_})
    await save_filter(ground, operator_caller(shop.workspace.id), asked, door="test")


@pytest.mark.parametrize("filter_", [OFTEN, NESTED, {"any": []}])
async def test_the_count_is_that_of_the_operation(owner: Browser, ground: Ground, shop: Shop, filter_: Any):
    asked = FilterAsked(filter=filter_, rows=10)
    truth = await count_filter(ground, operator_caller(shop.workspace.id), asked, door="test")

    answer = await owner.get(build(filter_))

    assert answer.status_code == 200
    assert counted(owner.page) == (truth.count, truth.customers_count)
    listed = re.findall(r'class="id" href="/customers/([^"]+)"', owner.page)
    assert listed == [escape(quote(each.customer_id, safe="")) for each in truth.customers]


async def test_a_wrong_rule_says_so_beside_itself_and_keeps_what_was_typed(owner: Browser):
    form = [("0.match", "all"), ("0.0.field", "ordered"), ("0.0.compare", "yes"), ("0.1.field", "feature:orders_365"),
            ("0.1.compare", "at_least"), ("0.1.value", "many")]  # fmt: skip

    answer = await owner.get(f"/audiences/build?{urlencode(form)}")

    assert answer.status_code == 422
    row = owner.page[owner.page.index('id="r0.1"') :]
    assert "Must be a number, not a text." in row
    assert 'value="many"' in row
    assert "Must be a number" not in owner.page[: owner.page.index('id="r0.1"')]


async def test_a_filter_of_an_address_shows_no_script_of_its_writer(owner: Browser):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"

    answer = await owner.get(build({"all": [{"country": evil}, {"attribute": evil, "is": evil}]}, name=evil))

    assert answer.status_code in {200, 422}
    assert "<script>alert" not in owner.page
    assert "<img" not in owner.page.replace('<img src="/assets', "")


@pytest.mark.parametrize("said", ["", "{", "[" * 5_000, "null", '"text"', "7"])
async def test_an_address_that_holds_no_filter_is_no_bug(owner: Browser, said: str):
    answer = await owner.get(f"/audiences/build?{urlencode({'filter': said})}")

    assert answer.status_code in {200, 422}


async def test_an_audience_is_kept_listed_opened_again_and_deleted(owner: Browser):
    await owner.get(build(NESTED))
    kept = await owner.send("/audiences/save", name="Often, & calm", about="For spring", filter=json.dumps(NESTED))
    listed = (await owner.get("/audiences")).text
    opened = (await owner.get(f"/audiences/build?{urlencode({'name': 'Often, & calm'})}")).text
    gone = await owner.send("/audiences/delete", name="Often, & calm")
    after = (await owner.get("/audiences")).text

    assert kept.status_code == gone.status_code == 303
    assert (
        "Orders of the last year at least 10 and none of (Risk of leaving is High or Bought bought times, at most 12)"
        in unescape(listed)
    )
    assert 'class="badge good">Saved<' in opened
    assert "Often, &amp; calm" not in after.replace("“Often, &amp; calm” is deleted", "")


async def test_who_saves_second_is_told_and_sees_both(owner: Browser, ground: Ground, shop: Shop):
    await saved(ground, shop, "Shared", OFTEN)
    await owner.get(build(NESTED, name="Shared", version="1"))
    await saved(ground, shop, "Shared", {"ordered": True})  # somebody else, meanwhile

    editing = (await owner.get(build(NESTED, name="Shared", version="1"))).text
    answer = await owner.send("/audiences/save", name="Shared", version="1", filter=json.dumps(NESTED))
    both = unescape(owner.page)
    still = await show_filter(ground, operator_caller(shop.workspace.id), FilterRef(name="Shared"), door="test")
    version = re.search(r'name="version" value="(\d+)"', owner.page)
    assert version
    over = await owner.send("/audiences/save", name="Shared", version=version[1], filter=json.dumps(NESTED))
    last = await show_filter(ground, operator_caller(shop.workspace.id), FilterRef(name="Shared"), door="test")

    assert "Somebody else changed “Shared” meanwhile" in unescape(editing)
    assert answer.status_code == 409
    assert "Ever ordered yes." in both
    assert "Orders of the last year at least 10 and none of" in both
    assert still.filter == {"ordered": True}
    assert (over.status_code, last.filter) == (303, NESTED)


async def test_what_it_is_worth_is_what_the_operations_say(owner: Browser):
    answer = await owner.get(f"/audiences/worth?{urlencode({'filter': json.dumps(OFTEN)})}")

    assert answer.status_code == 200
    assert re.search(r"<dt>Lifetime value</dt><dd><strong>€[\d,]+</strong>", owner.page)
    assert re.search(r"<dt>At risk of leaving</dt><dd><strong>\d+</strong>", owner.page)


async def test_everybody_in_it_is_taken_out_as_a_file(owner: Browser):
    await owner.get(build(OFTEN))
    expected, _ = counted(owner.page)

    sent = await owner.send("/audiences/export", filter=json.dumps(OFTEN))
    file = await owner.client.get(sent.headers["location"])

    assert file.headers["content-disposition"] == 'attachment; filename="customers.csv"'
    assert len(file.text.splitlines()) == expected + 1
    assert ODD in file.text


@pytest.mark.parametrize(("role", "opens"), [("marketer", 200), ("analyst", 200), ("support", 403)])
async def test_who_may_not_list_customers_builds_no_audience(console: ASGIApp, shop: Shop, role: Role, opens: int):
    browser = Browser.at(console)
    await browser.sign_in(shop.emails[role])

    overview = (await browser.get("/")).text
    codes = [(await browser.get(path)).status_code for path in ("/audiences", build(OFTEN))]
    worth = await browser.get(f"/audiences/worth?{urlencode({'filter': json.dumps(OFTEN)})}")
    await browser.get("/")
    sent = await browser.send("/audiences/export", filter=json.dumps(OFTEN))

    assert ('href="/audiences"' in overview) == (opens == 200)
    assert [*codes, worth.status_code] == [opens, opens, opens]
    assert sent.status_code == (303 if opens == 200 else 403)


async def test_a_form_from_elsewhere_saves_nothing(owner: Browser):
    await owner.get(build(OFTEN))

    answer = await owner.send("/audiences/save", name="Stolen", filter=json.dumps(OFTEN), token="x")  # noqa: S106

    assert answer.status_code == 403
    assert "Stolen" not in (await owner.get("/audiences")).text
