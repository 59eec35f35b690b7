from datetime import UTC, date, datetime, timedelta

import pytest

from switchboard.customers.operations import import_file, wrong_rows_of
from switchboard.customers.records import ImportRequest, WrongRowsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.shop import Shop, as_owner, as_role, count, open_shop, orders, rows, seen

pytestmark = pytest.mark.slow

FIRST = orders(
    "o1,c1,2024-03-01T10:00,p1,Tea,Drinks > Tea,2,4.50,1.00,0",
    "o1,c1,2024-03-01T10:00,p2,Cup,Ware,1,8.00,,0",
    "o2,c2,2024-03-02T11:30,p1,Tea,Drinks > Tea,1,4.50,,",
    "o3,,2024-03-03T09:00,p1,Tea,Drinks > Tea,3,4.50,,",
)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, 3, day, hour, minute, tzinfo=UTC)


async def stamps(shop: Shop, server: Embedded) -> list[tuple[object, ...]]:
    """When each document was last written."""
    with as_owner(server) as owner:
        return rows(
            owner,
            "select document_key, changed, import_id from document where workspace_id = %s order by 1",
            shop.workspace.id,
        )


async def test_a_file_of_orders_becomes_documents_lines_products_categories_and_people(
    ground: Ground, server: Embedded
):
    shop = await open_shop(ground)
    brought = await shop.bring(FIRST)
    found = seen(server, shop.workspace.id)
    assert found["document"] == [
        ("o1", "c1", at(1, 10), 19783, "EUR", None, True, 170_000, 10_000, 0, 2),
        ("o2", "c2", at(2, 11, 30), 19784, "EUR", None, True, 45_000, 0, 0, 1),
        ("o3", None, at(3, 9), 19785, "EUR", None, True, 135_000, 0, 0, 1),
    ]
    assert found["line"] == [
        ("o1", 1, None, "p1", 20_000, 45_000, 90_000, 10_000, 0),
        ("o1", 2, None, "p2", 10_000, 80_000, 80_000, 0, 0),
        ("o2", 1, None, "p1", 10_000, 45_000, 45_000, 0, 0),
        ("o3", 1, None, "p1", 30_000, 45_000, 135_000, 0, 0),
    ]
    assert [(row[0], row[4]) for row in found["person"]] == [
        ("c1", "2024-03-01 10:00:00+00"),
        ("c2", "2024-03-02 11:30:00+00"),
    ]
    with as_owner(server) as owner:
        catalogue = rows(
            owner,
            "select p.product_id, p.name, c.path, c.top from product p join category c using (category_key)"
            " where p.workspace_id = %s order by 1",
            shop.workspace.id,
        )
    assert catalogue == [("p1", "Tea", "Drinks > Tea", "Drinks"), ("p2", "Cup", "Ware", "Ware")]
    assert {name: brought.counts[name] for name in ("rows", "orders", "new", "replaced", "same", "new_people")} == {
        "rows": 4, "orders": 3, "new": 3, "replaced": 0, "same": 0, "new_people": 2
    }  # fmt: skip


async def test_importing_twice_changes_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    before, written = seen(server, shop.workspace.id), await stamps(shop, server)
    again = await shop.bring(FIRST)
    assert seen(server, shop.workspace.id) == before
    assert await stamps(shop, server) == written
    assert (again.counts["new"], again.counts["replaced"], again.counts["same"]) == (0, 0, 3)


async def test_what_a_later_file_says_of_an_order_replaces_its_lines(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    later = await shop.bring(orders("o1,c1,2024-02-01T10:00,p3,Pot,Ware,1,20.00,,"))
    found = seen(server, shop.workspace.id)
    assert [row for row in found["line"] if row[0] == "o1"] == [("o1", 1, None, "p3", 10_000, 200_000, 200_000, 0, 0)]
    assert found["person"][0][4] == "2024-02-01 10:00:00+00"  # the newest order moved to the past
    assert (later.counts["new"], later.counts["replaced"], later.counts["same"]) == (0, 1, 0)


async def test_an_order_that_turns_out_to_be_somebody_elses_leaves_the_first_without_one(
    ground: Ground, server: Embedded
):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"))
    await shop.bring(orders("o1,c2,2024-03-01T10:00,p1,,,1,4,,"))
    people = seen(server, shop.workspace.id, "person")["person"]
    assert [(row[0], row[4]) for row in people] == [("c1", "-infinity"), ("c2", "2024-03-01 10:00:00+00")]


async def test_ids_of_a_second_source_carry_its_name(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"), source="till")
    await shop.bring(orders("o1,c1,2024-03-02T10:00,p1,,,1,5,,"), source="web")
    await shop.bring("customer_id,phone\nc1,0301234567\n", "customers", source="web")
    await shop.bring("event_id,customer_id,kind,at\ne1,c1,opened,2024-03-02T10:00:00Z\n", "events", source="web")
    found = seen(server, shop.workspace.id)
    assert [row[0] for row in found["document"]] == ["o1", "web:o1"]
    assert [row[0] for row in found["person"]] == ["c1", "web:c1"]
    assert [row[:2] for row in found["activity"]] == [("web:e1", "web:c1")]


async def test_the_ids_of_the_first_source_stay_bare_after_its_import_is_undone(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    first = await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"), source="till")
    await shop.bring(orders("o1,c1,2024-03-02T10:00,p1,,,1,5,,"), source="web")
    await shop.undo(first)
    again = await shop.bring(orders("o1,c1,2024-03-02T10:00,p1,,,1,5,,"), source="web")
    assert again.counts["same"] == 1
    assert [row[0] for row in seen(server, shop.workspace.id, "document")["document"]] == ["web:o1"]


async def test_when_every_import_is_undone_the_next_source_is_the_first(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.undo(await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"), source="mistaken"))
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"), source="till")
    await shop.bring(orders("o2,c1,2024-03-01T11:00,p1,,,1,4,,"), source="till")
    assert [row[0] for row in seen(server, shop.workspace.id, "document")["document"]] == ["o1", "o2"]


async def test_amounts_are_kept_in_the_workspaces_currency_at_the_rate_of_the_day(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.rate("USD", date(2024, 3, 1), "0.9")
    await shop.rate("USD", date(2024, 3, 2), "0.8")
    header = "order_id,customer_id,placed_at,unit_price,currency\n"
    await shop.bring(
        header + "o1,c1,2024-03-01T10:00,10,USD\no2,c1,2024-03-02T10:00,10,USD\no3,c1,2024-03-02T11:00,10,EUR\n"
    )
    found = seen(server, shop.workspace.id, "document", "line")
    assert [(row[4], row[7]) for row in found["document"]] == [("USD", 90_000), ("USD", 80_000), ("EUR", 100_000)]
    assert [row[5] for row in found["line"]] == [100_000] * 3  # the price stays what the file says


async def test_an_order_in_a_currency_without_a_rate_goes_to_quarantine(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    brought = await shop.bring(
        "order_id,customer_id,placed_at,unit_price,currency\n"
        "o1,c1,2024-03-01T10:00,10,USD\no2,c1,2024-03-02T10:00,10,EUR\n"
    )
    assert (brought.counts["accepted"], brought.counts["quarantined"]) == (1, 1)
    assert [row[0] for row in seen(server, shop.workspace.id, "document")["document"]] == ["o2"]
    assert brought.quarantine is not None
    kept = ground.data_dir / "quarantine" / str(shop.workspace.id) / brought.quarantine
    assert b"o1,c1,2024" not in kept.read_bytes()
    asked = WrongRowsAsked(import_id=brought.import_id)
    (wrong,) = (await wrong_rows_of(ground, shop.caller, asked, door="test")).rows
    assert (wrong.line, wrong.row) == (2, "o1,c1,2024-03-01T10:00,10,USD")
    assert "no rate for USD" in wrong.reasons
    with pytest.raises(NotAllowed):  # they hold contacts
        await wrong_rows_of(ground, as_role(shop, "analyst"), asked, door="test")


async def test_wrong_rows_come_in_pages_and_of_their_own_import_alone(ground: Ground):
    shop, other = await open_shop(ground), await open_shop(ground)
    lines = [f"o{n},c1,never,10" for n in range(25)]
    good_rows = "".join(f"o{n},c1,2024-03-01T10:00,10\n" for n in range(90, 95))
    brought = await shop.bring("order_id,customer_id,placed_at,unit_price\n" + good_rows + "\n".join(lines) + "\n")
    rows, cursor = list[str](), None
    for size in (10, 10, 5):
        asked = WrongRowsAsked(import_id=brought.import_id, limit=10, cursor=cursor)
        page = await wrong_rows_of(ground, shop.caller, asked, door="test")
        assert len(page.rows) == size
        rows, cursor = [*rows, *(each.row for each in page.rows)], page.next_cursor
    assert (rows, cursor) == (lines, None)
    with pytest.raises(NotFound):
        await wrong_rows_of(ground, other.caller, WrongRowsAsked(import_id=brought.import_id), door="test")
    good = await shop.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-03-01T10:00,10\n")
    with pytest.raises(NotFound, match="no wrong rows"):
        await wrong_rows_of(ground, shop.caller, WrongRowsAsked(import_id=good.import_id), door="test")


async def test_orders_of_the_future_go_to_quarantine(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    soon = (ground.clock() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    brought = await shop.bring(orders(f"o1,c1,{soon},p1,,,1,4,,", "o2,c1,2024-03-01T10:00,p1,,,1,4,,"))
    assert brought.counts["quarantined"] == 1
    assert [row[0] for row in seen(server, shop.workspace.id, "document")["document"]] == ["o2"]


async def test_a_file_in_which_every_row_is_wrong_brings_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    brought = await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,many,4,,"))
    assert (brought.counts["rows"], brought.counts["new"], brought.counts["quarantined"]) == (1, 0, 1)
    assert count(server, "event", shop.workspace.id) == 0  # nothing changed: nobody has to segment


async def test_a_file_without_rows_is_refused(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    with pytest.raises(Invalid, match="no rows"):
        await shop.bring(orders())
    assert count(server, "import", shop.workspace.id) == 0


async def test_a_hundred_orders_of_one_customer_are_one_person(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c1,2024-03-01T10:{n % 60:02},p1,,,1,4,," for n in range(100))))
    assert count(server, "document", shop.workspace.id) == 100
    assert [row[0] for row in seen(server, shop.workspace.id, "person")["person"]] == ["c1"]


async def test_customers_who_are_all_alike_stay_apart(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,4,," for n in range(50))))
    done = await shop.segment()
    assert done.customers == 50
    assert count(server, "figures", shop.workspace.id) == 50


async def test_events_are_kept_with_whom_they_are_of(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,"))
    text = (
        "event_id,customer_id,kind,at,campaign\n"
        "e1,c1,opened,2024-03-02T10:00:00Z,spring\ne2,c9,clicked,2024-03-02T11:00:00Z,\n"
    )
    brought = await shop.bring(text, "events")
    found = seen(server, shop.workspace.id, "activity")["activity"]
    assert found == [
        ("e1", "c1", "opened", at(2, 10), {"campaign": "spring"}),
        ("e2", "c9", "clicked", at(2, 11), {}),
    ]
    assert (brought.counts["new"], brought.counts["new_people"]) == (2, 1)
    again = await shop.bring(text, "events")
    assert (again.counts["new"], again.counts["same"]) == (0, 2)
    assert seen(server, shop.workspace.id, "activity")["activity"] == found


async def test_a_history_gets_the_clock_of_the_day_after_its_last_order(ground: Ground, server: Embedded):
    shop = await open_shop(ground, zone="Europe/Berlin")
    first = await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,4,,", "o2,,2024-03-03T23:30,p1,,,1,4,,"))
    with as_owner(server) as owner:
        clock = rows(owner, "select clock from workspace where id = %s", shop.workspace.id)
    assert clock == [(datetime(2024, 3, 3, 23, tzinfo=UTC),)]  # midnight in Berlin after a guest's order
    await shop.undo(first)
    with as_owner(server) as owner:
        assert rows(owner, "select clock from workspace where id = %s", shop.workspace.id) == [(None,)]


async def test_an_upload_that_is_not_there_is_named(ground: Ground):
    shop = await open_shop(ground)
    with pytest.raises(NotFound, match=r"send the file again \(customers\.begin_upload says where\)"):
        await import_file(ground, shop.caller, ImportRequest(upload_id=new_id()), door="test")
