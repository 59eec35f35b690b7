"""A workspace's first large import is loaded beside the others; nothing of that can be seen afterwards."""

from collections.abc import AsyncGenerator
from datetime import date

import pytest

from switchboard.customers import copying
from switchboard.customers.orders import LOADED_FROM
from switchboard.customers.store import orders as store
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
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


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


@pytest.mark.slow
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


async def nothing() -> AsyncGenerator[bytes]:
    yield copying.HEADER + copying.TRAILER


def is_table(server: Embedded, name: str) -> bool:
    with as_owner(server) as owner:
        return rows(owner, "select to_regclass(%s) is not null", name) == [(True,)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_lines_whose_documents_never_came_go_with_the_next_load(shop: Shop, ground: Ground, server: Embedded):
    tables: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with ground.work(shop.caller) as work:
            load = await store.begin_load(work, new_id(), "EUR")
            async with ground.work(shop.caller) as beside:
                await store.load_lines(beside, load, (), nothing())
            tables += [f"order_line_{load.number}", f"document_{load.number}"]
            raise ZeroDivisionError
    assert [is_table(server, each) for each in tables] == [True, False]
    assert count(server, "order_line", shop.workspace.id) == 0
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
        async with ground.work(other.caller) as theirs:
            await store.begin_load(theirs, new_id(), "EUR")
        await store.finish_load(work, load)
    assert is_table(server, f"order_line_{load.number}")
