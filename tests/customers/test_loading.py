"""A workspace's first large import is loaded beside the others; nothing of that can be seen afterwards."""

from datetime import date

import pytest

from switchboard.customers.orders import LOADED_FROM
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.shop import ORDERS, Shop, count, open_shop, seen

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
