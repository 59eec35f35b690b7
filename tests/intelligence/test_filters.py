"""Whom filters find, in a shop whose people are few enough to be told apart by hand."""

from typing import Any

import pytest

from switchboard.accounts.operations import change_workspace
from switchboard.accounts.records import WorkspaceChange
from switchboard.customers.consent.operations import record_consent
from switchboard.customers.consent.records import Statement
from switchboard.customers.filters.operations import delete_filter, filters, show_filter
from switchboard.customers.filters.records import FilterRef, FiltersAsked, FilterSave
from switchboard.customers.identities.operations import merge, unmerge
from switchboard.customers.identities.records import MergeAsked, UnmergeAsked
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.reading import read_json
from switchboard.intelligence.filter_records import AudienceAsked, FilterAsked, VocabularyAsked
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.filters import count_filter, export_audience, filter_vocabulary, save_filter
from switchboard.intelligence.records import Customer, SearchAsked
from tests.shop import Shop, as_role, open_shop, orders

PEOPLE = """customer_id,email,country,created_at,vip,points,born,plan
c1,ann@planted.example,GB,2023-01-01,yes,7,1990-02-03,Größe L
c2,bob@planted.example,DE,2023-06-01,no,9,1985-12-24,Basic
c3,cy@planted.example,DE,2024-01-01,yes,7.5,2000-02-29,basic plus
c4,di@planted.example,Côte d'Ivoire,,,,,
"""
ORDERS = orders(
    "o1,c1,2024-03-01T10:00,p1,Bärchen,Toys,1,10,,",
    "o2,c1,2024-04-01T10:00,p1,Bärchen,Toys,1,10,,",
    "o2,c1,2024-04-01T10:00,p2,Cup,Ware,1,5,,",
    "o3,c2,2024-04-02T10:00,p2,Cup,Ware,2,5,1,",
    "o4,c2,2024-05-01T10:00,p1,Bärchen,Toys,1,10,,10",
    "o5,c3,2023-05-01T10:00,p3,Mug,Ware > Mugs,1,8,,",
    "o6,,2024-05-02T10:00,p3,Mug,Ware > Mugs,1,8,,",
)
EVENTS = """event_id,customer_id,kind,at
e1,c1,email_opened,2024-04-30T10:00:00Z
e2,c1,email_opened,2024-05-01T10:00:00Z
e3,c2,email_opened,2024-01-01T10:00:00Z
e4,c4,email_clicked,2024-05-01T10:00:00Z
e5,c4,email_clicked,2001-01-01T00:00:00Z
"""


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """Its clock stands at 2024-05-03, the day after its last order."""
    opened = await open_shop(ground)
    await opened.bring(ORDERS)
    await opened.bring(PEOPLE, "customers")
    await opened.bring(EVENTS, "events")
    await opened.segment()
    return opened


async def found(shop: Shop, filter_: dict[str, Any], **more: Any) -> str:
    """The customers, in order, as one text."""
    asked = SearchAsked.model_validate({"filter": filter_} | more)
    page = await search(shop.ground, shop.caller, asked, door="test")
    customers = [each.customer_id for each in page.customers if isinstance(each, Customer)]
    assert page.total == len(customers)
    assert page.facts_as_of is not None
    return " ".join(customers)


WORKED: list[tuple[dict[str, Any], str]] = [
    ({"all": []}, "c2 c1 c3 c4"),
    ({"any": []}, ""),
    ({"not": {"any": []}}, "c2 c1 c3 c4"),
    ({"all": [{"country": "DE"}, {"attribute": "vip", "is": True}]}, "c3"),
    ({"any": [{"country": "gb"}, {"customer_id": "c4"}]}, "c1 c4"),
    ({"not": {"country": ["GB", "DE"]}}, "c4"),
    ({"country": "cote d'ivoire"}, "c4"),
    ({"attribute": "vip", "is": True}, "c1 c3"),
    ({"attribute": "vip", "is": False}, "c2"),
    ({"attribute": "vip", "is_not": True}, "c2 c4"),
    ({"attribute": "vip", "known": False}, "c4"),
    ({"attribute": "vip", "known": True}, "c2 c1 c3"),
    ({"attribute": "points", "at_least": 7.5}, "c2 c3"),
    ({"attribute": "points", "more_than": 7, "less_than": 9}, "c3"),
    ({"attribute": "points", "at_most": 7}, "c1"),
    ({"attribute": "points", "is": 9}, "c2"),
    ({"attribute": "points", "in": [7, 9]}, "c2 c1"),
    ({"attribute": "points", "not_in": [7, 9]}, "c3 c4"),
    ({"attribute": "plan", "is": "basic"}, "c2"),
    ({"attribute": "plan", "starts_with": "BASIC"}, "c2 c3"),
    ({"attribute": "plan", "contains": "grosse"}, ""),  # ß stays, accents fold
    ({"attribute": "plan", "contains": "größe"}, "c1"),
    ({"attribute": "plan", "contains": "Groß"}, "c1"),
    ({"attribute": "born", "before": "1990-02-03"}, "c2"),
    ({"attribute": "born", "after": "1990-02-03"}, "c1 c3"),
    ({"attribute": "born", "older_than_days": 9000}, "c2 c1"),
    ({"attribute": "born", "within_days": 9000}, "c3"),
    ({"feature": "orders", "at_least": 2}, "c2 c1"),
    ({"feature": "orders", "is": 1}, "c3"),
    ({"feature": "orders", "known": False}, "c4"),
    ({"feature": "lifetime_value", "at_most": 9}, "c2 c3"),
    ({"feature": "risk_score", "at_least": 0}, "c2 c1 c3"),
    ({"segment": {"purchase_frequency": "one_time"}}, "c3"),
    ({"segment": {"purchase_frequency": ["one_time", "occasional", "weekly"]}}, "c3"),
    ({"bought": {}}, "c2 c1 c3"),
    ({"not": {"bought": {}}}, "c4"),
    ({"ordered": False}, "c4"),
    ({"ordered": True}, "c2 c1 c3"),
    ({"bought": {"category": "Toys"}}, "c2 c1"),
    ({"bought": {"category": "toys", "times_at_least": 2}}, "c1"),
    ({"bought": {"category": "Toys", "times_at_least": 2, "within_days": 63}}, "c1"),
    ({"bought": {"category": "Toys", "times_at_least": 2, "within_days": 62}}, ""),
    ({"bought": {"category": "Toys", "times_at_most": 1}}, "c2 c3 c4"),
    ({"bought": {"category": "Toys", "times_at_least": 1, "times_at_most": 1}}, "c2"),
    ({"bought": {"category": "Ware"}}, "c2 c1 c3"),
    ({"bought": {"category": ["Toys", "Ware"], "times_at_least": 2}}, "c2 c1"),
    ({"bought": {"product": "bärchen"}}, "c2 c1"),
    ({"bought": {"product": "BARCHEN"}}, "c2 c1"),
    ({"bought": {"product": ["p2", "Mug"]}}, "c2 c1 c3"),
    ({"bought": {"spent_at_least": 9}}, "c2 c1"),
    ({"bought": {"spent_at_least": 9, "category": "Ware"}}, "c2"),
    ({"bought": {"spent_at_most": 8}}, "c3"),
    ({"bought": {"category": "Toys", "spent_at_most": 0}}, "c2"),
    ({"bought": {"category": "Toys", "spent_at_most": 0, "times_at_least": 0}}, "c2 c3 c4"),
    ({"bought": {"before": "2024-01-01"}}, "c3"),
    ({"bought": {"after": "2024-04-02"}}, "c2"),
    ({"bought": {"after": "2024-04-01", "before": "2024-04-02"}}, "c1"),
    ({"bought": {"after": "2024-04-01T10:00:00Z", "before": "2024-04-01T10:00:01Z"}}, "c1"),
    ({"last_order": {"before": "2024-01-01"}}, "c3"),
    ({"last_order": {"within_days": 31}}, "c2"),
    ({"last_order": {"older_than_days": 2}}, "c1 c3"),
    ({"last_order": {"known": False}}, "c4"),
    ({"created": {"after": "2023-06-01"}}, "c2 c3"),
    ({"did": {"event": "email_opened"}}, "c2 c1"),
    ({"did": {"event": "email_opened", "times_at_least": 2}}, "c1"),
    ({"did": {"event": "email_opened", "within_days": 30}}, "c1"),
    ({"did": {"event": "email_opened", "times_at_most": 1}}, "c2 c3 c4"),
    ({"did": {"event": ["email_opened", "email_clicked"]}}, "c2 c1 c4"),
    ({"did": {"event": "email_clicked", "before": "2002-01-01"}}, "c4"),
    ({"customer_id": ["c1", "c3", "nobody"]}, "c1 c3"),
    ({"customer_id": "nobody"}, ""),
    ({"near": {"lat": 51, "lon": 0, "km": 20000}}, ""),
    ({"near": {"lat": 51, "lon": 0, "km": 20040}}, ""),  # the whole globe, but nobody has a place
    ({"not": {"near": {"lat": 51, "lon": 0, "km": 20040}}}, "c2 c1 c3 c4"),
    ({"bought": {"timesAtLeast": 2}}, "c2 c1"),
    ({"lastOrder": {"withinDays": 31}}, "c2"),
]


@pytest.mark.parametrize(("filter_", "customers"), WORKED, ids=[str(each[0]) for each in WORKED])
async def test_a_filter_finds_whom_it_describes(shop: Shop, filter_: dict[str, Any], customers: str):
    assert await found(shop, filter_) == customers


WRONG: list[tuple[object, str, str]] = [
    ({}, "filter", "is empty"),
    ({"all": {}}, "filter.all", "must be a list"),
    ({"all": [{"bouhgt": {}}]}, "filter.all[0].bouhgt", "did you mean 'bought'"),
    ({"all": [{"country": "GB"}, {"bought": {"times_at_least": -1}}]}, "filter.all[1].bought.times_at_least", "0 to"),
    ({"bought": {"times_at_least": 1.5}}, "filter.bought.times_at_least", "whole number"),
    ({"bought": {"times_at_least": True}}, "filter.bought.times_at_least", "must be a number"),
    ({"bought": {"times_at_least": 3, "times_at_most": 2}}, "filter.bought.times_at_most", "nobody could match"),
    ({"bought": {"category": "Toyz"}}, "filter.bought.category", "did you mean 'Toys'"),
    ({"bought": {"product": "Barchn"}}, "filter.bought.product", "did you mean 'Bärchen'"),
    ({"bought": {"colour": "red"}}, "filter.bought.colour", "there is no such field"),
    ({"bought": {"after": "yesterday"}}, "filter.bought.after", "must be a date"),
    ({"did": {}}, "filter.did", "event is missing"),
    ({"did": {"event": "emial_opened"}}, "filter.did.event", "did you mean 'email_opened'"),
    ({"attribute": "vpi", "is": True}, "filter.attribute", "did you mean 'vip'"),
    ({"attribute": "vip"}, "filter", "says nothing of the value"),
    ({"attribute": "vip", "is": "maybe"}, "filter.is", "must be true or false"),
    ({"attribute": "points", "is": "many"}, "filter.is", "must be a number"),
    ({"attribute": "points", "before": "2024-01-01"}, "filter.before", "a number is not asked so"),
    ({"attribute": "points", "at_least": "7"}, "filter.at_least", "must be a number, not a text"),
    ({"attribute": "plan", "in": []}, "filter.in", "a list of 1 to"),
    ({"attribute": "plan", "is": "x" * 201}, "filter.is", "1 to 200 letters"),
    ({"attribute": "plan", "is": "a\0b"}, "filter.is", "U+0000"),
    ({"feature": "orders_36", "at_least": 1}, "filter.feature", "did you mean 'orders_365'"),
    ({"feature": "orders", "at_least": 1e300}, "filter.at_least", "must be a number from"),
    ({"segment": {"purchase_frequencey": "weekly"}}, "filter.segment.purchase_frequencey", "did you mean"),
    ({"segment": {"purchase_frequency": "wekly"}}, "filter.segment.purchase_frequency", "did you mean 'weekly'"),
    ({"segment": {}}, "filter.segment", "must name an axis"),
    ({"segment": {"purchase_frequency": "weekly"}, "strength": "mighty"}, "filter.strength", "there is no strength"),
    ({"archetype": "00000000"}, "filter.archetype", "there is no archetype"),
    ({"risk_level": "AWFUL"}, "filter.risk_level", "there is no risk level"),
    ({"near": {"lat": 91, "lon": 0, "km": 1}}, "filter.near.lat", "from -90 to 90"),
    ({"near": {"lat": 1, "lon": 0}}, "filter.near", "km is missing"),
    ({"near": {"lat": 1, "lon": 0, "km": 0}}, "filter.near.km", "from 0.001"),
    ({"country": "GB", "city": "London"}, "filter", "says country and city at once"),
    ({"ordered": "yes"}, "filter.ordered", "must be true or false"),
    ({"created": {"within_days": -1}}, "filter.created.within_days", "from 0 to"),
    ({"customer_id": []}, "filter.customer_id", "a list of 1 to"),
    ({"not": [{"country": "GB"}]}, "filter.not", "must be an object"),
    ({"all": [{"country": "GB"}] * 101}, "filter.all[99]", "more than 100 terms"),
]


@pytest.mark.parametrize(("filter_", "path", "says"), WRONG, ids=[each[1] + " " + each[2] for each in WRONG])
async def test_what_is_wrong_is_told_of_the_term(shop: Shop, filter_: Any, path: str, says: str):
    with pytest.raises(Invalid) as wrong:
        await found(shop, filter_)
    assert wrong.value.field == path
    assert str(wrong.value).startswith(f"{path}: ")
    assert says in str(wrong.value)


async def test_a_filter_stays_found_by_its_name_until_it_is_deleted(shop: Shop):
    vip: dict[str, Any] = {"attribute": "vip", "is": True}
    kept = await save_filter(shop.ground, shop.caller, FilterSave(name="VIPs", filter=vip), door="test")
    page = await search(shop.ground, shop.caller, SearchAsked(audience="VIPs"), door="test")
    counted = await count_filter(shop.ground, shop.caller, FilterAsked(audience="VIPs", rows=1), door="test")
    listed = await filters(shop.ground, shop.caller, FiltersAsked(), door="test")
    shown = await show_filter(shop.ground, shop.caller, FilterRef(name="VIPs"), door="test")
    assert [each.customer_id for each in page.customers if isinstance(each, Customer)] == ["c1", "c3"]
    assert (counted.count, counted.customers_count, [each.customer_id for each in counted.customers]) == (2, 4, ["c1"])
    assert kept == shown == listed.filters[0]
    await delete_filter(shop.ground, shop.caller, FilterRef(name="VIPs"), door="test")
    with pytest.raises(NotFound, match=r"customers\.filters lists them"):
        await search(shop.ground, shop.caller, SearchAsked(audience="VIPs"), door="test")


async def test_a_saved_filter_is_not_replaced_by_whom_has_not_seen_its_last_version(shop: Shop):
    asked = FilterSave(name="Toys", filter={"bought": {"category": "Toys"}})
    first = await save_filter(shop.ground, shop.caller, asked, door="test")
    second = await save_filter(shop.ground, shop.caller, asked.model_copy(update={"version": 1}), door="test")
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(Conflict, match="another version"):
        await save_filter(shop.ground, shop.caller, asked.model_copy(update={"version": 1}), door="test")
    with pytest.raises(Conflict, match="another version"):
        await save_filter(shop.ground, shop.caller, asked.model_copy(update={"name": "X", "version": 1}), door="test")
    with pytest.raises(NotFound):
        await show_filter(shop.ground, shop.caller, FilterRef(name="X"), door="test")


async def test_a_wrong_filter_is_not_saved_and_an_agent_saves_none(shop: Shop):
    with pytest.raises(Invalid, match="did you mean 'vip'"):
        await save_filter(
            shop.ground, shop.caller, FilterSave(name="x", filter={"attribute": "vipp", "is": True}), door="test"
        )
    with pytest.raises(NotAllowed):
        await save_filter(shop.ground, as_role(shop, "agent"), FilterSave(name="x", filter={"all": []}), door="test")


async def test_the_vocabulary_tells_names_types_and_examples_that_are_right(shop: Shop):
    told = await filter_vocabulary(shop.ground, shop.caller, VocabularyAsked(), door="test")
    assert {each.name: (each.type, each.people) for each in told.attributes} == {
        "vip": ("flag", 3), "points": ("number", 3), "born": ("date", 3), "plan": ("text", 3)
    }  # fmt: skip
    assert (told.categories, told.events) == (("Toys", "Ware"), ("email_clicked", "email_opened"))
    assert "one_time" in told.segments["purchase_frequency"]
    for term in told.terms:
        if term.term not in {"archetype", "did"}:
            assert isinstance(await found(shop, term.example), str)
    some = await filter_vocabulary(shop.ground, shop.caller, VocabularyAsked(like="toy"), door="test")
    assert (some.categories, some.events, some.attributes) == (("Toys",), (), ())


async def by_text(shop: Shop, text: str, **more: Any) -> tuple[str, list[tuple[str, str | None]]]:
    """The customers, in order, and what the text was found in."""
    page = await search(shop.ground, shop.caller, SearchAsked.model_validate({"text": text} | more), door="test")
    customers = " ".join(each.customer_id for each in page.customers if isinstance(each, Customer))
    return customers, [(each.by, each.name) for each in page.matched_by]


@pytest.mark.parametrize(
    ("text", "customers", "by"),
    [
        ("c1", "c1", [("id", None)]),
        ("cy@planted.example", "c3", [("contact", None)]),
        ("bärch", "c2 c1", [("product", "Bärchen")]),
        ("BARCHEN", "c2 c1", [("product", "Bärchen")]),
        ("Bärhcen", "c2 c1", [("product", "Bärchen")]),
        ("toys", "c2 c1", [("category", "Toys")]),
        ("toyz", "c2 c1", [("category", "Toys")]),
        ("mug", "c3", [("product", "Mug")]),
        ("plus basic", "c3", [("attribute", "basic plus")]),
        ("bsaic", "c2 c3", [("attribute", "basic"), ("attribute", "basic plus")]),
        ("zebra", "", []),
        ("mu'g; drop table customer --", "", []),
    ],
)
async def test_a_text_is_looked_for_in_ids_then_contacts_then_names(
    shop: Shop, text: str, customers: str, by: list[tuple[str, str | None]]
):
    assert await by_text(shop, text) == (customers, by)


async def test_text_and_filter_hold_together(shop: Shop):
    assert (await by_text(shop, "toys", filter={"country": "DE"}))[0] == "c2"
    assert (await by_text(shop, "c", filter={"attribute": "vip", "is": True}))[0] == "c1 c3"
    assert (await by_text(shop, "toys", segment_filter={"purchase_frequency": "one_time"}))[0] == ""


async def test_names_are_paged_to_their_end(shop: Shop):
    asked = SearchAsked(text="ware", limit=1)
    seen = list[str]()
    while True:
        page = await search(shop.ground, shop.caller, asked, door="test")
        seen += [each.customer_id for each in page.customers if isinstance(each, Customer)]
        assert page.total == 3
        if page.next_cursor is None:
            break
        asked = asked.model_copy(update={"cursor": page.next_cursor})
    assert seen == ["c2", "c1", "c3"]


async def test_a_filter_is_paged_to_its_end_those_who_never_ordered_last(shop: Shop):
    asked, seen = SearchAsked(filter={"all": []}, limit=1), list[str]()
    while True:
        page = await search(shop.ground, shop.caller, asked, door="test")
        seen += [each.customer_id for each in page.customers if isinstance(each, Customer)]
        if page.next_cursor is None:
            break
        asked = asked.model_copy(update={"cursor": page.next_cursor})
    assert seen == ["c2", "c1", "c3", "c4"]


async def test_without_contact_a_text_finds_whole_ids_alone(shop: Shop):
    async def of(text: str) -> int | None:
        return (await search(shop.ground, as_role(shop, "analyst"), SearchAsked(text=text), door="test")).total

    assert (await of("c1"), await of("toys"), await of("c")) == (1, 0, 0)


THEN = "2024-04-15T00:00:00Z"  # after o1, o2, o3 and o5
WORKED_THEN: list[tuple[dict[str, Any], str]] = [
    ({"all": []}, "c2 c1 c3"),
    ({"country": "GB"}, "c1"),
    ({"not": {"country": "GB"}}, "c2 c3"),
    ({"feature": "orders", "at_least": 2}, "c1"),
    ({"feature": "lifetime_value", "at_most": 9}, "c2 c3"),
    ({"bought": {"category": "Toys"}}, "c1"),
    ({"bought": {"category": "Toys", "within_days": 20, "times_at_least": 2}}, ""),
    ({"bought": {"category": "Toys", "within_days": 60, "times_at_least": 2}}, "c1"),
    ({"did": {"event": "email_opened"}}, "c2"),
    ({"attribute": "vip", "is": True}, "c1 c3"),
    ({"customer_id": ["c1", "c4"]}, "c1"),
    ({"ordered": False}, ""),
    ({"last_order": {"before": "2024-04-02"}}, "c1 c3"),
]


@pytest.mark.parametrize(("filter_", "who"), WORKED_THEN)
async def test_a_filter_of_a_past_moment_sees_facts_and_figures_up_to_it(shop: Shop, filter_: dict[str, Any], who: str):
    asked = SearchAsked.model_validate({"filter": filter_, "as_of": THEN})
    page = await search(shop.ground, shop.caller, asked, door="test")
    assert " ".join(each.customer_id for each in page.customers if isinstance(each, Customer)) == who
    tried = FilterAsked.model_validate({"filter": filter_, "as_of": THEN, "rows": 2})
    counted = await count_filter(shop.ground, shop.caller, tried, door="test")
    assert (counted.count, counted.customers_count) == (page.total, 3)
    assert [each.customer_id for each in counted.customers] == who.split()[:2]
    assert page.as_of_today == counted.as_of_today == ("attributes", "places", "who is one person")


async def test_only_at_a_past_moment_something_is_told_to_be_as_of_today(shop: Shop):
    async def of(**more: Any) -> tuple[str, ...]:
        page = await search(shop.ground, shop.caller, SearchAsked.model_validate(more), door="test")
        return page.as_of_today

    assert await of(filter={"feature": "orders", "at_least": 2}) == ()
    assert await of(text="ann", as_of=THEN) == ("ids and contacts",)
    assert await of(as_of=THEN) == ()


async def test_a_saved_filter_a_place_and_a_text_look_at_a_past_moment_too(shop: Shop):
    twice = FilterSave(name="Twice", filter={"feature": "orders", "at_least": 2})
    await save_filter(shop.ground, shop.caller, twice, door="test")

    async def of(**more: Any) -> list[str]:
        asked = SearchAsked.model_validate({"as_of": THEN} | more)
        page = await search(shop.ground, shop.caller, asked, door="test")
        return [each.customer_id for each in page.customers if isinstance(each, Customer)]

    assert await of(audience="Twice") == ["c1"]
    assert await of(audience="Twice", text="ann@planted.example") == ["c1"]
    assert await of(audience="Twice", text="bob@planted.example") == []
    assert await of(filter={"country": "DE"}, segment_filter={"purchase_frequency": "one_time"}) == ["c2", "c3"]
    assert await of(near={"lat": 0, "lon": 0, "km": 20_000}) == []  # of nobody a city is known


async def test_what_is_expected_from_today_on_is_asked_of_no_past_moment(shop: Shop):
    leaving = {"all": [{"feature": "churn_probability", "at_least": 0.5}]}
    asked = FilterAsked.model_validate({"filter": leaving, "as_of": THEN})
    with pytest.raises(Invalid, match="filter: churn_probability and expected_value are told of the present alone"):
        await count_filter(shop.ground, shop.caller, asked, door="test")


async def test_a_past_moment_before_the_first_order_or_ahead_of_the_clock_says_so(shop: Shop):
    for moment, why in (("2020-01-01", "before the first"), ("2030-01-01", "after the workspace's clock")):
        asked = FilterAsked.model_validate({"filter": {"all": []}, "as_of": moment})
        with pytest.raises(Invalid, match=why):
            await count_filter(shop.ground, shop.caller, asked, door="test")


async def test_another_workspace_finds_nobody_of_this_one(shop: Shop, ground: Ground):
    other = await open_shop(ground)
    await other.bring(orders("x1,z1,2024-03-01T10:00,p1,Bärchen,Toys,1,10,,"))
    await other.segment()
    assert await found(other, {"all": []}) == "z1"
    assert await found(other, {"customer_id": ["c1", "z1"]}) == "z1"
    assert await found(other, {"bought": {"category": "Toys"}}) == "z1"
    assert (await by_text(other, "toys"))[0] == "z1"
    assert "vip" not in {
        each.name for each in (await filter_vocabulary(ground, other.caller, VocabularyAsked(), door="test")).attributes
    }


async def test_whoever_was_merged_counts_as_the_survivor_and_again_as_two_once_it_is_undone(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,a,2024-03-01T10:00,p1,Tea,Drinks,1,10,,", "o2,b,2024-03-02T10:00,p1,Tea,Drinks,1,4,,"))
    await shop.bring(
        "event_id,customer_id,kind,at\ne1,a,opened,2024-03-01T11:00:00Z\ne2,b,opened,2024-03-01T12:00:00Z\n", "events"
    )
    await shop.segment()
    asked: list[dict[str, Any]] = [
        {"bought": {"times_at_least": 2}}, {"did": {"event": "opened", "times_at_least": 2}}, {"all": []}
    ]  # fmt: skip
    assert [await found(shop, each) for each in asked] == ["", "", "b a"]
    merged = await merge(ground, shop.caller, MergeAsked(customer_id="a", other_id="b"), door="test")
    assert [await found(shop, each) for each in asked] == [merged.customer_id] * 3
    assert await found(shop, {"customer_id": ["a", "b"]}) == merged.customer_id
    await unmerge(ground, shop.caller, UnmergeAsked(merge_id=merged.merge_id), door="test")
    assert [await found(shop, each) for each in asked] == ["", "", "b a"]


async def test_a_filter_hundreds_of_levels_deep_is_refused_in_every_door(shop: Shop):
    deep: dict[str, Any] = {"country": "GB"}
    for _ in range(30):
        deep = {"not": deep}
    with pytest.raises(Invalid, match="more than 20 levels deep"):
        await found(shop, deep)
    shallower = read_json(SearchAsked, nested(150))
    with pytest.raises(Invalid, match="more than 20 levels deep"):
        await search(shop.ground, shop.caller, shallower, door="test")
    for levels in (200, 5_000):
        with pytest.raises(Invalid, match="nested too deeply"):
            read_json(SearchAsked, nested(levels))


def nested(levels: int) -> bytes:
    """A body with a filter of so many levels."""
    return ('{"filter": ' + '{"not": ' * levels + '{"country": "GB"}' + "}" * (levels + 1)).encode()


async def test_an_audience_is_taken_out_in_pages_of_those_who_may_be_contacted(ground: Ground):
    shop = await open_shop(ground)
    lines = "".join(f"a{n},Ann Quill,a{n}@planted.example,{n}\n" for n in range(9))
    await shop.bring("customer_id,name,email,points\n" + lines, "customers")
    for n in (1, 4, 7, 8):
        said = {"customer_id": f"a{n}", "channel": "email", "purpose": "marketing", "state": "given", "source": "t"}
        await record_consent(shop.ground, shop.caller, Statement.model_validate(said), door="test")
    kept = FilterSave.model_validate({"name": "few points", "filter": {"attribute": "points", "at_most": 7}})
    await save_filter(shop.ground, shop.caller, kept, door="test")
    cursor, content, left_out, pages = None, "", 0, 0
    while pages == 0 or cursor is not None:
        asked = AudienceAsked(audience="few points", channel="email", purpose="marketing", limit=3, cursor=cursor)
        page = await export_audience(shop.ground, shop.caller, asked, door="test")
        content, cursor, pages = content + page.content, page.next_cursor, pages + 1
        left_out += page.left_out["no_consent"]
        assert page.count == 8
    assert [line for line in content.splitlines() if "@" in line] == [
        f"a{n},Ann Quill,a{n}@planted.example" for n in (1, 4, 7)
    ]
    assert (pages, left_out) == (3, 5)


@pytest.mark.parametrize("role", ["analyst", "viewer"])
async def test_who_may_not_see_contacts_takes_no_audience_out(shop: Shop, role: str):
    asked = AudienceAsked(filter={"attribute": "points", "at_least": 0}, channel="email", purpose="marketing")
    with pytest.raises(NotAllowed):
        await export_audience(shop.ground, as_role(shop, role), asked, door="test")


async def test_a_filter_with_a_number_is_not_kept_as_somebody_sees_it_who_sees_it_masked(shop: Shop):
    asked = FilterSave(name="Cy", filter={"attribute": "plan", "is": "+44 20 7946 0018"})
    kept = await save_filter(shop.ground, shop.caller, asked, door="test")
    analyst = as_role(shop, "analyst")
    seen = await show_filter(shop.ground, analyst, FilterRef(name="Cy"), door="test")
    assert "7946" not in str(seen.filter)
    again = FilterSave(name="Cy", filter=seen.filter, version=seen.version)
    with pytest.raises(Invalid, match="hidden from you"):
        await save_filter(shop.ground, analyst, again, door="test")
    assert await show_filter(shop.ground, shop.caller, FilterRef(name="Cy"), door="test") == kept


async def test_a_text_that_begins_somebodys_name_is_no_product_even_where_they_are_left_out(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p2,Cup,Ware,1,5,,", "o2,c2,2024-03-02T10:00,p2,Cup,Ware,1,5,,"))
    await shop.bring("customer_id,name,country\nc1,Cuppa Quill,GB\nc2,Bob Stone,DE\n", "customers")
    await shop.segment()
    assert await found(shop, {"country": "GB"}, text="cup") == "c1"
    assert await found(shop, {"country": "DE"}, text="cup") == ""
    assert await found(shop, {"country": "DE"}, text="ware") == "c2"


async def test_orders_after_the_moment_make_nobody_a_buyer_of_a_category(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p2,Cup,Ware,1,5,,", "o2,c2,2024-05-01T10:00,p2,Cup,Ware,1,5,,"))
    await shop.segment()
    assert await found(shop, {"all": []}, text="ware") == "c2 c1"
    clock = WorkspaceChange.model_validate({"clock": "2024-04-01"})
    await change_workspace(ground, shop.caller, clock, door="test")
    await shop.segment()
    assert await found(shop, {"all": []}, text="ware") == "c1"
