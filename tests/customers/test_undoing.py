"""Imports taken back: the store is as if they had never been."""

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.records import Import
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from tests.customers.histories import File, Known, Order, event_files, known, order_files, people_files
from tests.shop import Shop, as_owner, count, open_shop, orders, rows, seen

pytestmark = pytest.mark.slow

A = orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,", "o2,c2,2024-03-01T11:00,p1,,,1,10,,")
B = orders("o1,c1,2024-03-01T10:00,p1,,,5,10,,", "o3,c3,2024-03-03T10:00,p2,,,1,7,,")
C = orders("o1,c2,2024-03-04T10:00,p2,,,2,10,,", "o3,c3,2024-03-03T10:00,p2,,,1,7,,")
HISTORIES = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=(HealthCheck.too_slow,),
    phases=(Phase.explicit, Phase.generate),  # each step is an import: making a failure small would take an hour
)  # fmt: skip
Step = File | int  # a file comes in, or the n-th of those that are there is undone


async def stored(shop: Shop, server: Embedded) -> Known:
    """What the tables hold, contacts unsealed."""
    async with shop.ground.work(shop.caller) as work:
        key = await tenants.data_key(work)
    found: dict[str, list[Any]] = dict(seen(server, shop.workspace.id, "document", "line", "activity"))
    with as_owner(server) as owner:
        people: list[Any] = rows(
            owner,
            "select customer_id, person_key, contact, country, nullif(last_order_at, '-infinity'), words from person"
            " where workspace_id = %s order by customer_id",
            shop.workspace.id,
        )
    shown: dict[str, tuple[str | None, str | None, str | None, datetime | None]] = {}
    for customer, person, sealed, country, newest, words in people:
        said = contact.unseal(key, person, sealed)
        assert words == contact.found_by(key, said)
        shown[customer] = (said.email, said.phone, country, newest)
    lines: dict[str, list[tuple[str, int]]] = {}
    for document, _, _, product, quantity, *_ in found["line"]:
        lines.setdefault(document, []).append((product, quantity // 10_000))
    return Known(
        orders={row[0]: (row[1], row[2], tuple(sorted(lines[row[0]]))) for row in found["document"]},
        people=shown,
        events={row[0]: (row[1], row[3]) for row in found["activity"]},
    )


async def hold(ground: Ground, server: Embedded, steps: Sequence[Step]) -> None:
    """Go through the steps in a new shop; after each the store is what the files that are left come to."""
    shop = await open_shop(ground)
    left = list[tuple[File, Import]]()
    for step in steps:
        if isinstance(step, File):
            left.append((step, await shop.bring(step.text(), step.kind)))
        elif left:
            await shop.undo(left.pop(step % len(left))[1])
        assert await stored(shop, server) == known([file for file, _ in left])
    with as_owner(server) as owner:
        (clock,) = rows(owner, "select last_order_at from workspace where id = %s", shop.workspace.id)
    newest = max((placed for _, placed, _ in known([file for file, _ in left]).orders.values()), default=None)
    assert clock == (newest,)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@HISTORIES
@given(steps=st.lists(st.one_of(order_files, order_files, st.integers(0, 9)), min_size=3, max_size=9))
async def test_orders_undone_in_any_order_are_as_if_they_had_never_come(
    ground: Ground, server: Embedded, steps: list[Step]
):
    await hold(ground, server, steps)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@HISTORIES
@given(
    steps=st.lists(
        st.one_of(order_files, people_files, event_files, st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=9
    )
)
async def test_files_of_all_kinds_undone_in_any_order_are_as_if_they_had_never_come(
    ground: Ground, server: Embedded, steps: list[Step]
):
    await hold(ground, server, steps)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join("ABC"[n] for n in order))
async def test_a_chain_of_three_files_undone_in_any_order(ground: Ground, server: Embedded, order: Sequence[int]):
    shop, alone = await open_shop(ground), await open_shop(ground)
    brought = [await shop.bring(text) for text in (A, B, C)]
    for undone in order[:2]:
        await shop.undo(brought[undone])
    await alone.bring((A, B, C)[order[2]])
    tables = ("document", "line", "person")
    assert seen(server, shop.workspace.id, *tables) == seen(server, alone.workspace.id, *tables)
    await shop.undo(brought[order[2]])
    assert all(not found for found in seen(server, shop.workspace.id).values())
    assert count(server, "replaced_document", shop.workspace.id) == count(server, "told", shop.workspace.id) == 0


async def test_an_order_that_two_files_bring_alike_outlives_the_first_of_them(ground: Ground, server: Embedded):
    same = File(kind="orders", orders={"o1": Order(customer="c1", day=1, lines=(("p1", 1),), email="")})
    other = File(kind="orders", orders={"o1": Order(customer="c1", day=1, lines=(("p1", 2),), email="")})
    await hold(ground, server, [same, same, other, 0, 1, 0])


async def test_an_import_is_undone_once(ground: Ground):
    shop = await open_shop(ground)
    brought = await shop.bring(A)
    assert await shop.undo(brought) == 4  # two orders, two people
    with pytest.raises(Conflict) as refused:
        await shop.undo(brought)
    assert refused.value.code == "already_undone"


async def test_the_figures_of_people_who_are_gone_are_gone(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(A)
    brought = await shop.bring(B)
    await shop.segment()
    await shop.undo(brought)
    assert count(server, "figures", shop.workspace.id) == 2
