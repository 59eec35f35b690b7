"""What searches and profiles really did to the indexes, as the application, under row-level security."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import numpy as np
import pytest

from switchboard.accounts import tenants
from switchboard.customers import contact, texts_among
from switchboard.customers import search as finding
from switchboard.customers.placed import Placed
from switchboard.customers.texts_among import Kept
from switchboard.foundation import sql
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.customers import profile, search
from switchboard.intelligence.records import CustomerAsked, SearchAsked
from tests.shop import Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.slow

SCANS = """
select relname, coalesce(seq_scan, 0) from pg_stat_user_tables where relname = any(%s)
union all select indexrelname, coalesce(idx_scan, 0) from pg_stat_user_indexes where indexrelname = any(%s)
"""
READ = """
select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables where relname = any(%s)
"""
TABLES = ["person", "figures_0", "document_0", "order_line_0"]
INDEXES = ["person_customer", "person_words", "person_newest", "person_pkey", "activity_changed", "person_changed"]
PEOPLE = 6_000


@pytest.fixture(scope="module")
async def big(ground: Ground, server: Embedded) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,{n % 9 + 1},," for n in range(PEOPLE))))
    names = "".join(f"c{n},Ann{chr(97 + n % 26)}{chr(97 + n // 26 % 26)} Quill{n}\n" for n in range(PEOPLE))
    await shop.bring("customer_id,name\n" + names, "customers")
    await shop.segment()
    with as_owner(server) as owner:
        owner.execute("vacuum analyze person, document, order_line, figures, activity")
    return shop


async def scanned(server: Embedded, ground: Ground, act: Callable[[], Awaitable[object]]) -> dict[str, int]:
    """How often tables were read whole, and indexes were used, while something was done ten times."""

    def seen() -> dict[str, int]:
        with as_owner(server) as owner:
            return {str(name): int(str(scans)) for name, scans in rows(owner, SCANS, TABLES, INDEXES)}

    await act()
    await told(ground)
    before = seen()
    for _ in range(10):
        await act()
    await told(ground)
    after = seen()
    return {name: after[name] - before[name] for name in after}


async def told(ground: Ground) -> None:
    """Have each session tell its own figures."""
    async with AsyncExitStack() as held:
        for _ in range(ground.database.pool.get_size()):
            connection = await held.enter_async_context(ground.database.pool.acquire())
            await connection.fetchval("select pg_stat_force_next_flush()")


async def rows_read(server: Embedded, ground: Ground) -> int:
    """How many rows of people and documents were read so far."""
    await told(ground)
    with as_owner(server) as owner:
        return int(str(rows(owner, READ, TABLES)[0][0]))


def no_table_was_read_whole(scans: dict[str, int]) -> bool:
    return not any(scans[table] for table in TABLES)


async def test_a_profile_is_read_by_indexes_alone(ground: Ground, server: Embedded, big: Shop):
    async def act() -> object:
        return await profile(ground, big.caller, CustomerAsked(customer_id="c77"), door="test")

    scans = await scanned(server, ground, act)
    assert scans["person_customer"] >= 10
    assert no_table_was_read_whole(scans), scans


async def test_words_of_contacts_are_found_by_their_index(ground: Ground, server: Embedded, big: Shop):
    async def act() -> object:
        found = await search(ground, big.caller, SearchAsked(text="Quill77"), door="test")
        assert found.total == 11  # and those whose name goes on after it
        return found

    scans = await scanned(server, ground, act)
    assert scans["person_words"] >= 10
    assert no_table_was_read_whole(scans), scans


async def test_of_several_words_the_index_is_entered_by_the_one_that_fewest_have(server: Embedded, big: Shop):
    async with big.ground.work(big.caller) as work:
        key = await tenants.data_key(work)
    first, many, few = (contact.asked_for(key, each)[0] for each in ("quill", "anna", "annab"))
    with as_owner(server) as owner:
        owner.execute("select set_config('app.workspace', %s, false)", [str(big.workspace.id)])
        for given in ([first, many, few], [few, many, first], [many, few, first]):
            assert rows(owner, "select people_rarest_first(%s)", given) == [([few, many, first],)]


async def test_beginnings_of_ids_are_a_range_of_their_index(ground: Ground, server: Embedded, big: Shop):
    async def act() -> object:
        return await search(ground, big.caller, SearchAsked(text="c59", limit=20), door="test")

    scans = await scanned(server, ground, act)
    assert scans["person_customer"] >= 10
    assert no_table_was_read_whole(scans), scans


async def test_a_page_of_a_filter_looks_for_changes_and_people_by_indexes(ground: Ground, server: Embedded, big: Shop):
    async def act() -> object:
        found = await search(
            ground, big.caller, SearchAsked(filter={"feature": "orders", "at_least": 1}, limit=20), door="test"
        )
        assert found.total == PEOPLE
        return found

    scans = await scanned(server, ground, act)
    assert scans["person_pkey"] >= 10, scans
    assert scans["person_changed"] >= 10
    assert not scans["person"], scans


async def test_orders_that_come_again_changed_cost_by_their_number(ground: Ground, server: Embedded, big: Shop):
    shop, many = await open_shop(ground), 3_000
    assert big

    async def bring(price: int) -> int:
        """How many rows were read for each order."""
        before = await rows_read(server, ground)
        await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,{price},," for n in range(many))))
        return (await rows_read(server, ground) - before) // many

    await bring(1)
    assert await bring(2) < many // 2  # some tables are read whole, but none once for each order


async def test_few_are_counted_exactly_and_of_very_many_a_thousand_at_least(ground: Ground, big: Shop):
    async def found(**asked: object) -> tuple[int, int | None, int | None, str | None]:
        page = await search(ground, big.caller, SearchAsked.model_validate(asked), door="test")
        return len(page.customers), page.total, page.total_at_least, page.next_cursor

    assert (await found(text="annaa"))[:3] == (9, 9, None)
    either = {(10, PEOPLE, None), (10, None, 1_000)}  # it depends on which way the database took
    *counted, cursor = await found(text="ann", limit=10)
    assert tuple(counted) in either
    assert (await found(text="ann", limit=10, cursor=cursor))[:3] in either
    assert (await found(text="annaa", limit=5))[:3] == (5, 9, None)
    *_, cursor = await found(text="annaa", limit=5)
    assert (await found(text="annaa", limit=5, cursor=cursor))[:3] == (4, 9, None)


@pytest.mark.parametrize(
    ("number", "people"),
    [(600, 6_000), (600, 600_000), (6_000, 60), (60_000, 60_000)],
    ids=["looked up", "looked up further than needed", "looked up too few at first", "read by their words"],
)
async def test_a_text_finds_the_same_among_people_looked_up_one_by_one_and_among_its_matches(
    ground: Ground, big: Shop, number: int, people: int
):
    oldest = "select person_key from person where workspace_id = $1 order by last_order_at, person_key limit $2"
    async with ground.work(big.caller) as work:
        words = contact.asked_for(await tenants.data_key(work), "ann")
        keys = np.array([row["person_key"] for row in await sql.fetch(work, oldest, big.workspace.id, 2_500)], np.int64)
        of = Placed(persons=keys, ordered=np.arange(len(keys)))
        kept = Kept(
            number=number, people=people, among=lambda asked: np.isin(asked, keys),
            placed=lambda asked: of.only(np.isin(keys, asked)), newest=of.newest,
        )  # fmt: skip
        page = await texts_among.page(work, words, kept, None, 700)
        shown = page.keys.tolist()
        while page.following:
            page = await texts_among.page(work, words, kept, page.following, 700)
            shown += page.keys.tolist()
    assert shown == keys[::-1].tolist()


async def test_among_a_few_people_a_text_looks_into_no_table_but_at_whom_it_found(
    ground: Ground, server: Embedded, big: Shop
):
    async def act() -> object:
        asked = SearchAsked(text="ann", segment_filter={"purchase_frequency": "one_time"}, limit=20)
        found = await search(ground, big.caller, asked, door="test")
        assert len(found.customers) == 20
        return found

    scans = await scanned(server, ground, act)
    assert scans["person_words"] >= 10 or scans["person_pkey"] >= 20, scans
    assert no_table_was_read_whole(scans), scans


async def test_whether_anybody_has_a_word_that_many_have_is_told_by_the_index(
    ground: Ground, server: Embedded, big: Shop
):
    async def act() -> object:
        async with ground.work(big.caller) as work:
            assert await finding.finds_anybody(work, "ann")

    scans = await scanned(server, ground, act)
    assert no_table_was_read_whole(scans), scans


async def test_pages_of_either_way_give_everybody_once_in_one_order(ground: Ground, big: Shop):
    async def paged(text: str, limit: int) -> list[str]:
        found, cursor = list[str](), ""
        while cursor is not None:
            asked = SearchAsked(text=text, limit=limit, cursor=cursor or None)
            page = await search(ground, big.caller, asked, door="test")
            found += [each.customer_id for each in page.customers]
            cursor = page.next_cursor
        return found

    assert (very_many := await paged("ann", 1_000)) == await paged("ann", 700)
    assert len(very_many) == len(set(very_many)) == PEOPLE
    few = await paged("annaa", 4)
    assert few == await paged("annaa", 1_000) == [each for each in very_many if each in set(few)]
    assert len(few) == 9


async def test_a_text_that_the_planner_expects_often_finds_everybody_all_the_same(ground: Ground, server: Embedded):
    """Few are called both Ann and Quill, though each of the names is common; and of one there are very many words."""
    shop, each = await open_shop(ground), 3_000
    names = [f"Ann Other{n}" for n in range(each)] + [f"Bob Quill{n}" for n in range(each)] + ["Ann Quill"] * 3
    many = " ".join(f"Street{n}" for n in range(300))
    lines = [f"c{n},{name},,2020-01-01" for n, name in enumerate(names)] + [f"wordy,Ann Quill,{many},2020-01-01"]
    await shop.bring("customer_id,name,street,created_at\n" + "\n".join(lines), "customers")
    with as_owner(server) as owner:
        owner.execute("vacuum analyze person")
        wordy = "select cardinality(words) > 256 from person where workspace_id = %s and customer_id = 'wordy'"
        assert rows(owner, wordy, shop.workspace.id) == [(True,)]
    async with ground.work(shop.caller) as work:
        found = await finding.search(work, "ann quill", None, None, 100)
        common = await finding.search(work, "ann", None, None, 1_000)
    assert {each.customer_id for each in found.people} == {"c6000", "c6001", "c6002", "wordy"}
    assert found.total == 4
    assert len(common.people) == 1_000
    assert "wordy" in {each.customer_id for each in common.people}
