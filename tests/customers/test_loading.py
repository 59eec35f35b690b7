"""A workspace's first large import is loaded beside the others; nothing of that can be seen afterwards."""

from collections.abc import AsyncGenerator, Generator
from datetime import date
from pathlib import Path

import pytest

from switchboard.customers import copying
from switchboard.customers.operations import import_file
from switchboard.customers.orders import LOADED_FROM
from switchboard.customers.records import ImportRequest
from switchboard.customers.store import orders as store
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.customers.test_interrupted import killed
from tests.grounds import folder, opened, served
from tests.shop import ORDERS, Shop, as_owner, count, open_shop, rows, seen

CUSTOMERS = 1_000
COLUMNS = {
    "plain": ("", [""]),
    "with line ids": (",line_id", [",", ",1", ",22"]),
    "from abroad": (
        ",currency,country,customer_email",
        [",USD,United States,ann@example.com", ",EUR,Österreich,", ",,,"],
    ),
}


def history(orders: int, kind: str = "plain") -> str:
    """So many orders of one line, every tenth of a guest; with what else stands in a file of the kind."""
    more, ends = COLUMNS[kind]
    return ORDERS.replace("\n", f"{more}\n") + "".join(
        f"o{n},{f'c{n % CUSTOMERS}' if n % 10 else ''},2026-03-{1 + n % 28:02}T10:00,p{n % 50},,,1,{n % 7 + 1},0.5,"
        f"{ends[n % len(ends)]}\n"
        for n in range(orders)
    )


@pytest.fixture(scope="module")
def data_dir() -> Generator[Path]:
    """Of our own, as is the server: millions of lines would be in the way of the tests that come after."""
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Generator[Embedded]:
    with served(data_dir) as started:
        yield started


@pytest.fixture(scope="module")
async def ground(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    async with opened(server, data_dir) as ground:
        yield ground


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


@pytest.mark.heavy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", COLUMNS)
async def test_a_loaded_history_is_as_if_it_had_come_in_two(shop: Shop, ground: Ground, server: Embedded, kind: str):
    text = history(LOADED_FROM, kind)
    head, *lines = text.splitlines(keepends=True)
    other = await open_shop(ground)
    for each in (shop, other):
        for day in range(1, 29, 7):
            await each.rate("USD", date(2026, 3, day), f"0.91{day:02}37")
    await other.bring(head + "".join(lines[:2]))
    await other.bring(text)

    loaded = await shop.bring(text)

    assert loaded.counts["new"] == LOADED_FROM
    for table in ("document", "rate", "line", "person"):
        assert seen(server, shop.workspace.id, table)[table] == seen(server, other.workspace.id, table)[table]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_loaded_history_is_told_again_changed_and_undone_like_any(shop: Shop, server: Embedded):
    text = history(LOADED_FROM)
    loaded = await shop.bring(text)
    again = await shop.bring(text)
    changed = await shop.bring(ORDERS + "o1,c1,2026-03-02T10:00,p9,,,3,10,,\n")

    assert (again.counts["new"], again.counts["same"], changed.counts["replaced"]) == (0, LOADED_FROM, 1)
    for each in (changed, again, loaded):
        await shop.undo(each)
    assert count(server, "document", shop.workspace.id) == 0


@pytest.mark.heavy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("known", ["nothing", "people", "products"])
async def test_what_is_known_before_a_history_is_loaded_keeps_its_key(
    shop: Shop, ground: Ground, server: Embedded, known: str
):
    other = await open_shop(ground)
    some = ORDERS + "x1,c7,2026-03-02T10:00,p9,,,1,10,,\nx2,c8,2026-03-02T10:00,p7,,,1,10,,\n"
    text = history(LOADED_FROM).replace(",c1,", ",,").replace("\no5,", "\n,")  # one order without an id
    for each in (shop, other):
        if known == "people":
            await each.bring("customer_id,name\nc7,Ann\nc999,Bob\n", "customers")
        if known == "products":
            await each.undo(await each.bring(some))
    first = ORDERS + "o0,,2026-03-01T10:00,p0,,,1,1,0.5,\n"
    await other.bring(first)
    await other.bring(text)

    await shop.bring(text)

    for table in ("document", "line", "person"):
        assert seen(server, shop.workspace.id, table)[table] == seen(server, other.workspace.id, table)[table]


@pytest.mark.heavy
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("step", "after_s"), [("storing", 0.1), ("storing", 0.4), ("finishing", 0.0)])
async def test_a_load_that_is_killed_leaves_nothing_to_see_and_works_again(
    shop: Shop, ground: Ground, server: Embedded, step: str, after_s: float
):
    upload = await shop.upload(history(LOADED_FROM))
    before = seen(server, shop.workspace.id)
    killed(shop, server, upload, step, after_s)
    assert seen(server, shop.workspace.id) == before
    brought = await import_file(ground, shop.caller, ImportRequest(upload_id=upload), door="test")
    assert brought.counts["new"] == LOADED_FROM == count(server, "document", shop.workspace.id)
    assert count(server, "order_line", shop.workspace.id) == LOADED_FROM


async def nothing() -> AsyncGenerator[bytes]:
    yield copying.HEADER + copying.TRAILER


def is_table(server: Embedded, name: str) -> bool:
    with as_owner(server) as owner:
        return rows(owner, "select to_regclass(%s) is not null", name) == [(True,)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_came_of_a_load_that_never_finished_goes_with_the_next(shop: Shop, ground: Ground, server: Embedded):
    tables: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with ground.work(shop.caller) as work:
            load = await store.begin_load(work, new_id(), "EUR")
            async with ground.work(shop.caller) as beside:
                await store.load_lines(beside, load, (), nothing())
                await store.load_documents(beside, load, (), nothing())
            tables += [f"order_line_{load.number}", f"document_{load.number}"]
            raise ZeroDivisionError
    assert [is_table(server, each) for each in tables] == [True, True]
    assert count(server, "document", shop.workspace.id) == count(server, "order_line", shop.workspace.id) == 0
    await shop.bring(history(LOADED_FROM))
    assert [is_table(server, each) for each in tables] == [False, False]
    assert count(server, "order_line", shop.workspace.id) == LOADED_FROM


@pytest.mark.slow
async def test_a_load_that_is_under_way_keeps_its_lines(shop: Shop, ground: Ground, server: Embedded):
    other = await open_shop(ground)
    async with ground.work(shop.caller) as work:
        load = await store.begin_load(work, new_id(), "EUR")
        async with ground.work(shop.caller) as beside:
            await store.load_lines(beside, load, (), nothing())
            await store.load_documents(beside, load, (), nothing())
        async with ground.work(other.caller) as theirs:
            await store.begin_load(theirs, new_id(), "EUR")
        await store.finish_load(work, load)
    assert is_table(server, f"order_line_{load.number}")
    assert is_table(server, f"document_{load.number}")
