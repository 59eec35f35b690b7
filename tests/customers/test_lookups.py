"""The look-ups that must stay quick have their index, below the guard too."""

from collections.abc import Generator

import psycopg
import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.shop import Shop, as_owner, open_shop, orders, rows

App = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
async def big(ground: Ground, server: Embedded) -> Shop:
    """A shop of a thousand people with names, segmented."""
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,{n % 9 + 1},," for n in range(1_000))))
    names = "".join(f"c{n},Ann{chr(97 + n % 26)} Quill\n" for n in range(1_000))
    await shop.bring("customer_id,name\n" + names, "customers")
    await shop.segment()
    with as_owner(server) as owner:
        owner.execute("vacuum analyze person, document, order_line, figures, activity")
    return shop


@pytest.fixture
def app(server: Embedded, big: Shop) -> Generator[App]:
    """The application, in the big shop, made to use an index wherever there is one."""
    with psycopg.connect(server.url()) as connection:
        connection.execute("select set_config('app.workspace', %s, true)", (str(big.workspace.id),))
        connection.execute("set local enable_seqscan = off")
        yield connection
        connection.rollback()


def plan(connection: App, query: str, *values: object) -> str:
    return "\n".join(str(row[0]) for row in rows(connection, "explain " + query, *values))


def test_a_person_is_looked_up_by_id_in_an_index(app: App, big: Shop):
    app.execute("set local enable_bitmapscan = off")  # of a few people it may cost as little
    found = plan(app, "select * from person where workspace_id = %s and customer_id = 'c7'", big.workspace.id)
    assert "Index Scan using person_customer" in found
    assert "customer_id = 'c7'" in found.split("Index Cond", 1)[1].splitlines()[0]


def test_ids_that_begin_alike_are_a_range_of_an_index(app: App, big: Shop):
    app.execute("set local enable_bitmapscan = off")  # of a few people it may cost as little, with a sort
    found = plan(
        app, "select person_key from person where workspace_id = %s and customer_id ^@ 'c77'"
        " order by customer_id limit 9", big.workspace.id,
    )  # fmt: skip
    condition = found.split("Index Cond", 1)[1].splitlines()[0]
    assert "customer_id >= 'c77'" in condition
    assert "Sort" not in found


def test_who_was_merged_into_a_person_is_found_in_an_index(app: App, big: Shop):
    found = plan(
        app, "select person_key from person where workspace_id = %s and merged_into = 7 and merged_into is not null",
        big.workspace.id,
    )  # fmt: skip
    assert "person_merged" in found
    assert "merged_into = 7" in found.split("Index Cond", 1)[1].splitlines()[0]


def test_the_documents_of_a_person_come_in_order_from_an_index(app: App, big: Shop):
    found = plan(
        app, "select document_key from document where workspace_id = %s and person_key = 7"
        " order by placed_at desc, document_key desc limit 20", big.workspace.id,
    )  # fmt: skip
    assert "Seq Scan" not in found
    assert "person_key = 7" in found.split("Index Cond", 1)[1].splitlines()[0]


def test_lines_figures_and_activity_of_one_person_need_no_scan(app: App, big: Shop):
    for query in (
        "select * from order_line where document_key = 7",
        "select * from figures where person_key = 7 and run = 7 and workspace_id = %s",
        "select * from activity where workspace_id = %s and person_key = 7 order by at desc limit 20",
    ):
        found = plan(app, query, *([big.workspace.id] if "%s" in query else []))
        assert "Seq Scan" not in found, query


def test_inside_the_function_that_pages_the_index_of_words_serves(server: Embedded, big: Shop):
    asked = (
        "select p.person_key from person p where p.workspace_id = %s and p.words <> '{}' and p.words @> %s::bigint[]"
    )
    with as_owner(server) as owner:  # as whom the function runs
        owner.execute("set enable_seqscan = off")
        found = plan(
            owner, f"{asked} order by p.last_order_at desc, p.person_key desc limit 11", big.workspace.id, [1, 2]
        )
    assert "Bitmap Index Scan on person_words" in found


def test_the_guard_would_keep_words_from_their_index(app: App, big: Shop):
    found = plan(app, "select * from person where workspace_id = %s and words @> '{1}'", big.workspace.id)
    assert "person_words" not in found  # why a function does it


def test_the_newest_people_come_with_their_words_from_an_index_in_order(server: Embedded, big: Shop):
    with as_owner(server) as owner:
        owner.execute("set enable_seqscan = off; set enable_bitmapscan = off")  # as the function does before
        older = " and (p.last_order_at, p.person_key) < (now(), 9)"
        asked = str(rows(owner, "select people_in_order('{1,2}', %s, '50', '11')", older)[0][0])
        found = plan(owner, f"select * from {asked}".replace("$1", "%s"), big.workspace.id, big.workspace.id)
    assert "Index Only Scan using person_newest" in found
    assert "Index Scan using person_of_many_words" in found
    assert "->  Sort" not in found


@pytest.mark.parametrize("words", [0, 1, 256, 257, 5_000])
def test_a_person_may_have_however_many_words(server: Embedded, big: Shop, words: int):
    with as_owner(server) as owner:
        owner.execute(
            "insert into person (workspace_id, person_key, customer_id, import_id, words)"
            " values (%s, 1000000 + %s, 'w' || %s, gen_random_uuid(), array(select (random() * 1e18)::bigint"
            " from generate_series(1, %s)))", (big.workspace.id, words, words, words),
        )  # fmt: skip
        owner.execute(
            "delete from person where workspace_id = %s and customer_id = %s", (big.workspace.id, f"w{words}")
        )
