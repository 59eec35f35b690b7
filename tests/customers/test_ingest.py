"""Batches of events, orders and people: the same rows as an import of the same facts, however often they are sent."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from switchboard.accounts import tenants
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch, Ingested
from switchboard.customers.operations import imports
from switchboard.customers.records import ImportsAsked
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotAllowed
from switchboard.foundation.ground import Ground
from tests.shop import Shop, as_owner, as_role, open_shop, orders, rows, seen

pytestmark = pytest.mark.slow

FILE = orders(
    "o1,c1,2024-03-01T10:00:00Z,p1,Tea,Drinks > Tea,2,4.50,1.00,0",
    "o1,c1,2024-03-01T10:00:00Z,p2,Cup,Ware,1,8.00,,0",
    "o2,c2,2024-03-02T11:30:00Z,p1,Tea,Drinks > Tea,1,4.50,,",
    "o3,,2024-03-03T09:00:00Z,p1,Tea,Drinks > Tea,3,4.50,,",
    "o2,c2,2024-03-02T11:30:00Z,p3,Pot,,-1,20.00,2.5,",
    ",c1,2024-03-04T09:00:00.25Z,,Anything else,,1.5,3.3333,,0.0001",
)
HEAD = ("order_id", "customer_id", "placed_at", "currency", "country", "email", "name", "phone", "status")
PEOPLE = (
    "customer_id,name,email,phone,city,country,created_at,vip,points,since\n"
    "c1,Ann Quill,ann@planted.example,+49 170 1234567,Berlin,DE,2023-01-01T00:00:00Z,yes,3.50,2020-01-01\n"
    ",Bob,bob@planted.example,,,,,,,\n"
    "c9,Cy,,,,,,,,\n"
)
EVENTS = (
    "event_id,customer_id,email,kind,at,properties\n"
    'e1,c1,,viewed,2024-03-01T10:00:00Z,"{""sku"": ""p1"", ""price"": 4.50}"\n'
    "e2,,bob@planted.example,opened,2024-03-02T10:00:00Z,\n"
    ',c1,,viewed,2024-03-01T10:00:05Z,"{""sku"": ""ü""}"\n'
)


def lines_of(text: str) -> list[dict[str, str | None]]:
    return [{name: value or None for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]


def orders_of(text: str) -> list[dict[str, Any]]:
    """A file's lines as orders: every cell is sent, an empty one as null."""
    found: dict[object, dict[str, Any]] = {}
    for row in lines_of(text):
        order = found.setdefault(
            row.get("order_id") or (row["customer_id"], row["placed_at"]),
            {name: row[name] for name in HEAD if name in row} | {"lines": []},
        )
        order["lines"].append({name: value for name, value in row.items() if name not in HEAD})
    return list(found.values())


def people_of(text: str) -> list[dict[str, Any]]:
    extra = ("vip", "points", "since")
    return [
        {name: value for name, value in row.items() if name not in extra}
        | {"attributes": {name: row[name] for name in extra}}
        for row in lines_of(text)
    ]


def events_of(text: str) -> list[dict[str, Any]]:
    return [row | {"properties": json.loads(row["properties"] or "{}")} for row in lines_of(text)]


async def send(shop: Shop, **items: Any) -> Ingested:
    return await ingest(shop.ground, shop.caller, Batch.model_validate(items), door="test")


def order(order_id: str = "o1", **more: Any) -> dict[str, Any]:
    line = {"product_id": "p1", "quantity": 1, "unit_price": "4.50"}
    return {"order_id": order_id, "customer_id": "c1", "placed_at": "2024-03-01T10:00:00Z", "lines": [line]} | more


async def test_a_batch_leaves_the_rows_that_an_import_of_the_same_facts_leaves(ground: Ground, server: Embedded):
    sent, brought = await open_shop(ground), await open_shop(ground)
    await brought.bring(PEOPLE, "customers")
    await brought.bring(FILE)
    await brought.bring(EVENTS, "events")
    told = await send(sent, people=people_of(PEOPLE), orders=orders_of(FILE), events=events_of(EVENTS))
    assert not told.rejected
    assert (told.orders.new, told.events.new, told.people.new) == (4, 3, 3)
    found, expected = seen(server, sent.workspace.id), seen(server, brought.workspace.id)
    for kind in expected:  # e-mails that stand in for ids are hashed with each workspace's own key
        assert without_stand_ins(found[kind]) == without_stand_ins(expected[kind]), kind


def without_stand_ins(found: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [tuple("e-…" if str(value).startswith("e-") else value for value in row) for row in found]


async def test_importing_the_file_of_what_was_sent_changes_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await send(shop, people=people_of(PEOPLE), orders=orders_of(FILE), events=events_of(EVENTS))
    before = seen(server, shop.workspace.id)
    people = await shop.bring(PEOPLE, "customers")
    counts = (await shop.bring(FILE)).counts
    events = await shop.bring(EVENTS, "events")
    assert seen(server, shop.workspace.id) == before
    assert (counts["new"], counts["replaced"], counts["same"]) == (0, 0, 4)
    assert (people.counts["new_people"], people.counts["known_people"]) == (0, 3)
    assert (events.counts["new"], events.counts["same"]) == (0, 3)


async def test_sending_what_was_imported_changes_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(PEOPLE, "customers")
    await shop.bring(FILE)
    await shop.bring(EVENTS, "events")
    before = seen(server, shop.workspace.id)
    told = await send(shop, people=people_of(PEOPLE), orders=orders_of(FILE), events=events_of(EVENTS))
    assert seen(server, shop.workspace.id) == before
    assert (told.orders.new, told.orders.replaced, told.orders.same) == (0, 0, 4)
    assert (told.events.same, told.people.same, told.new_people) == (3, 3, 0)


async def test_sending_again_changes_nothing_however_it_is_cut_into_batches(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    everything = orders_of(FILE)
    await send(shop, orders=everything)
    before = seen(server, shop.workspace.id)
    for one in everything:
        told = await send(shop, orders=[one])
        assert (told.orders.new, told.orders.replaced, told.orders.same) == (0, 0, 1)
    assert seen(server, shop.workspace.id) == before


async def test_what_an_order_leaves_open_does_not_hang_on_what_is_sent_beside_it(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    states = order("o2", lines=[{"unit_price": 5, "discount": 1}])
    await send(shop, orders=[order(), states])
    assert [row[2:] for row in await amounts(server, shop)] == [(None, 0), (10_000, 0)]
    told = await send(shop, orders=[order()])
    assert told.orders.same == 1


async def amounts(server: Embedded, shop: Shop) -> list[tuple[object, ...]]:
    """Of each document: identity, gross, discount, refund."""
    return [(row[0], row[7], row[8], row[9]) for row in seen(server, shop.workspace.id, "document")["document"]]


async def test_what_is_sent_of_an_order_later_replaces_it(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await send(shop, orders=[order()])
    told = await send(shop, orders=[order(lines=[{"product": "Pot", "total": "20.00"}])])
    assert (told.orders.new, told.orders.replaced) == (0, 1)
    assert seen(server, shop.workspace.id, "line")["line"] == [
        ("o1", 1, None, "Pot", 10_000, 200_000, 200_000, None, 0)
    ]


async def test_an_order_that_turns_out_to_be_somebody_elses_is_told_of_both(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await send(shop, orders=[order()])
    await send(shop, orders=[order(customer_id="c2")])
    people = seen(server, shop.workspace.id, "person")["person"]
    assert [(row[0], row[4]) for row in people] == [("c1", "-infinity"), ("c2", "2024-03-01 10:00:00+00")]
    assert await changed(server, shop) == {"c1", "c2"}


async def changed(server: Embedded, shop: Shop) -> set[object]:
    query = "select customer_id from changed_person join person using (person_key) where person.workspace_id = %s"
    with as_owner(server) as owner:
        return {row[0] for row in rows(owner, query, shop.workspace.id)}


async def test_of_items_with_the_same_identity_the_last_of_the_batch_counts(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    told = await send(
        shop,
        orders=[order(), order(lines=[{"unit_price": 9}])],
        people=[{"customer_id": "c1", "city": "Ulm"}, {"customer_id": "c1", "country": "DE"}],
        events=[{"event_id": "e1", "customer_id": "c1", "kind": kind, "at": "2024-03-01"} for kind in ("a", "b")],
    )
    assert (told.orders.repeated, told.people.repeated, told.events.repeated) == (1, 1, 1)
    found = seen(server, shop.workspace.id)
    assert [row[7] for row in found["document"]] == [90_000]
    assert [row[2] for row in found["activity"]] == ["b"]


async def test_wrong_items_are_refused_one_by_one_and_the_others_stored(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    event = {"event_id": "e1", "customer_id": "c1", "kind": "viewed", "at": "2024-03-01T10:00:00Z"}
    told = await send(
        shop,
        events=[
            event,
            event | {"event_id": "e2", "at": "1970-01-01T00:00:00Z"},
            event | {"event_id": "e3", "at": "2099-01-01T00:00:00Z"},
            event | {"event_id": "e4", "customer_id": " "},
            event | {"event_id": "e5", "kind": ""},
            event | {"event_id": "e6", "colour": "red"},
            event | {"event_id": "e7", "kind": "a\0b"},
            "no event at all",
        ],
        orders=[
            order("o1", lines=[{"quantity": 1}]),
            order("o2", lines=[{"unit_price": -1}]),
            order("o3", currency="USD"),
            order("o4", lines=[]),
            order("o5", lines=[{"unit_price": "1e11"}]),
            order("o6", lines=[{"unit_price": "NaN"}]),
            order("o7"),
        ],
        people=[{"email": "not an address"}, {"name": "Ann"}, {"customer_id": "x" * 256}, {"customer_id": "c1"}],
    )
    assert (told.events.new, told.orders.new, told.people.new) == (1, 1, 1)
    assert [(each.kind, each.index, each.field) for each in told.rejected] == [
        ("event", 1, "at"),
        ("event", 2, "at"),
        ("event", 3, "customer_id"),
        ("event", 4, "kind"),
        ("event", 5, "colour"),
        ("event", 6, "kind"),
        ("event", 7, "item"),
        ("order", 0, "lines.0.unit_price"),
        ("order", 1, "lines.0.unit_price"),
        ("order", 2, "currency"),
        ("order", 3, "lines"),
        ("order", 4, "lines.0.unit_price"),
        ("order", 5, "lines.0.unit_price"),
        ("person", 0, "email"),
        ("person", 1, "customer_id"),
        ("person", 2, "customer_id"),
    ]
    reasons = {(each.kind, each.index): each.reason for each in told.rejected}
    assert reasons["event", 1] == "before 1990"
    assert reasons["event", 2] == "in the future"
    assert reasons["order", 2].startswith("no rate for USD within 7 days")
    assert [row[0] for row in seen(server, shop.workspace.id, "activity")["activity"]] == ["e1"]


async def test_a_blank_attribute_says_nothing_as_an_empty_cell_does(ground: Ground, server: Embedded):
    sent, brought = await open_shop(ground), await open_shop(ground)
    blank = {"customer_id": "c1", "attributes": {"tier": "", "points": "  "}}
    told = await send(sent, people=[blank, {"customer_id": "c2", "attributes": {"tier": "gold", "points": "7"}}])
    await brought.bring("customer_id,tier,points\nc1,,\nc2,gold,7\n", "customers")
    assert not told.rejected
    found, expected = seen(server, sent.workspace.id), seen(server, brought.workspace.id)
    assert found["person"] == expected["person"]


async def test_nothing_that_is_right_leaves_no_import(ground: Ground):
    shop = await open_shop(ground)
    told = await send(shop, orders=[order(lines=[])])
    assert told.import_id is None
    assert (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports == ()


async def test_more_than_five_thousand_items_are_refused_as_a_whole(ground: Ground):
    shop = await open_shop(ground)
    event = {"customer_id": "c1", "kind": "viewed", "at": "2024-03-01"}
    with pytest.raises(Invalid, match="at most 5,000"):
        await send(shop, events=[event] * 2_501, people=[{"customer_id": "c1"}] * 2_500)
    with pytest.raises(ValidationError, match="at most 5000"):
        await send(shop, events=[event] * 5_001)


async def test_a_source_has_one_import_a_day_which_is_undone_as_a_whole(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    first = await send(shop, orders=[order()], people=[{"customer_id": "c7", "city": "Ulm"}])
    second = await send(shop, orders=[order(lines=[{"unit_price": 5}]), order("o2")])
    assert first.import_id == second.import_id
    (listed,) = (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports
    assert (listed.kind, listed.source, listed.counts["order_new"]) == ("stream", "shop", 2)
    assert await shop.undo(listed) == 4
    assert not any(seen(server, shop.workspace.id).values())
    again = await send(shop, orders=[order()])
    assert again.import_id != first.import_id
    assert again.orders.new == 1


async def test_undoing_a_stream_brings_back_what_a_file_had_brought(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FILE)
    await shop.bring(PEOPLE, "customers")
    before = seen(server, shop.workspace.id)
    for price in (5, 6):
        await send(
            shop,
            orders=[order(lines=[{"unit_price": price}]), *orders_of(FILE)[1:]],
            people=[{"customer_id": "c1", "country": "FR", "created_at": f"2022-01-0{price}"}],
        )
    (stream, *_) = (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports
    await shop.undo(stream)
    assert seen(server, shop.workspace.id) == before


async def test_undoing_a_stream_that_moved_a_historys_clock_moves_it_back(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FILE)
    before = clock_of(server, shop)
    await send(shop, orders=[order("o9", placed_at="2024-08-01T10:00:00Z")])
    moved = clock_of(server, shop)
    (stream, *_) = (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports
    await shop.undo(stream)
    assert moved == datetime(2024, 8, 2, tzinfo=UTC)
    assert clock_of(server, shop) == before != moved


def clock_of(server: Embedded, shop: Shop) -> object:
    """Where the workspace's clock stands; None for a live shop."""
    with as_owner(server) as owner:
        return rows(owner, "select clock from workspace where id = %s", shop.workspace.id)[0][0]


async def test_a_file_that_comes_between_batches_keeps_its_place_among_them(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    one = await send(shop, orders=[order(lines=[{"unit_price": 1}])])
    between = await shop.bring(orders("o1,c1,2024-03-01T10:00:00Z,p1,,,1,2,,"))
    two = await send(shop, orders=[order(lines=[{"unit_price": 3}])])
    assert one.import_id != two.import_id
    listed = {
        each.import_id: each for each in (await imports(ground, shop.caller, ImportsAsked(), door="test")).imports
    }
    worth: list[object] = []
    for undone in (two.import_id, between.import_id):
        assert undone is not None
        await shop.undo(listed[undone])
        worth += [row[1] for row in await amounts(server, shop)]
    assert worth == [20_000, 10_000]


async def test_what_a_stream_found_in_place_stays_when_the_file_is_undone(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    file = await shop.bring(FILE)
    people = await shop.bring(PEOPLE, "customers")
    await send(shop, orders=orders_of(FILE), people=people_of(PEOPLE))
    await send(shop, people=[{"customer_id": "c1", "city": "Ulm"}])
    before = seen(server, shop.workspace.id)
    await shop.undo(file)
    await shop.undo(people)
    after = seen(server, shop.workspace.id)
    assert (after["document"], after["line"]) == (before["document"], before["line"])
    assert [row[0] for row in after["person"]] == [row[0] for row in before["person"]]


async def test_a_stream_that_repeats_a_file_and_says_more_keeps_both_when_the_file_is_undone(ground: Ground):
    shop = await open_shop(ground)
    file = await shop.bring("customer_id,city,tier\nc1,Ulm,gold\n", "customers")
    await send(shop, people=[{"customer_id": "c1", "city": "Ulm", "attributes": {"tier": "gold"}}])
    await send(shop, people=[{"customer_id": "c1", "attributes": {"size": 38}}])
    await shop.undo(file)
    seen_now = await show(ground, shop.caller, CustomerAsked(customer_id="c1"), door="test")
    assert seen_now.place.city == "Ulm"
    assert {each.name: each.value for each in seen_now.attributes} == {"tier": "gold", "size": 38}


async def test_ids_of_a_second_source_carry_its_name(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FILE, source="till")
    await send(shop, source="web", orders=[order()], events=[{"customer_id": "c1", "kind": "a", "at": "2024-03-01"}])
    found = seen(server, shop.workspace.id)
    assert found["document"][-1][0] == "web:o1"
    assert found["activity"][0][1] == "web:c1"


async def test_times_without_a_zone_are_those_of_the_workspace(ground: Ground, server: Embedded):
    shop = await open_shop(ground, zone="Europe/Berlin")
    await send(shop, orders=[order(placed_at="2024-03-01T00:30:00"), order("o2", placed_at="2024-02-29T23:30:00Z")])
    found = seen(server, shop.workspace.id, "document")["document"]
    assert [(row[2], row[3]) for row in found] == [(datetime(2024, 2, 29, 23, 30, tzinfo=UTC), 19_783)] * 2


async def test_amounts_are_kept_at_the_rate_of_the_day(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.rate("USD", date(2024, 2, 27), "0.9")
    told = await send(shop, orders=[order(currency="usd"), order("o2", currency="USD", placed_at="2024-03-09")])
    assert [(each.index, each.field) for each in told.rejected] == [(1, "currency")]
    assert await amounts(server, shop) == [("o1", 40_500, None, 0)]


async def test_an_order_moves_the_clock_of_a_history_and_an_older_one_does_not(ground: Ground):
    shop = await open_shop(ground)
    for placed_at, clock in (("2024-03-05", 6), ("2024-03-01", 6), ("2024-03-09", 10)):
        await send(shop, orders=[order(placed_at, placed_at=placed_at)])
        async with ground.work(shop.caller) as work:
            assert (await tenants.current(work)).clock == datetime(2024, 3, clock, tzinfo=UTC)


async def test_agents_and_analysts_may_not_send(ground: Ground):
    shop = await open_shop(ground)
    for role in ("agent", "analyst", "support"):
        with pytest.raises(NotAllowed):
            await ingest(ground, as_role(shop, role), Batch(), door="test")
    told = await ingest(ground, as_role(shop, "marketer"), Batch.model_validate({"orders": [order()]}), door="test")
    assert told.orders.new == 1


async def test_an_order_of_tomorrow_is_kept_and_one_of_next_week_refused(ground: Ground):
    shop = await open_shop(ground)
    now = datetime.now(UTC)
    told = await send(shop, orders=[order(str(hours), placed_at=now + timedelta(hours=hours)) for hours in (1, 100)])
    assert (told.orders.new, [each.reason for each in told.rejected]) == (1, ["in the future"])


async def test_the_stream_of_another_workspace_is_another(ground: Ground, server: Embedded):
    ours, theirs = await open_shop(ground), await open_shop(ground)
    ids: set[UUID | None] = {(await send(shop, orders=[order()])).import_id for shop in (ours, theirs)}
    assert len(ids) == 2
    assert len(seen(server, ours.workspace.id, "document")["document"]) == 1
