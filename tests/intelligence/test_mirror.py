"""The columnar mirror holds what the database holds, whatever came in between."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from switchboard.customers import intake
from switchboard.customers.records import Import, ImportRequest
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.intelligence import mirror, refreshing
from switchboard.intelligence.mirror_files import MirrorPlace, changing, drop, published
from tests.customers.histories import File, order_files
from tests.shop import Rows, Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.slow

LINES = """select d.document_key, d.person_key, d.day, extract(epoch from d.placed_at)::bigint, l.product_key, l.gross,
        l.discount, l.refund
    from document d join order_line l on l.document_key = d.document_key where d.workspace_id = %s
    order by 1, 5, 6, 7, 8"""
CATALOGUE = """select p.product_id, p.name, c.top from product p left join category c using (category_key)
    where p.workspace_id = %s order by 1"""
FIRST = orders(
    "o1,c1,2024-03-01T10:00,p1,Tea,Drinks > Tea,2,4.50,1.00,0",
    "o1,c1,2024-03-01T10:00,p2,Cup,Ware,1,8.00,,0",
    "o2,,2024-03-02T11:30,,,,1,4.50,,2",
)
MANY = orders(*(f"o{n // 3},c{n // 30},2024-03-0{n % 9 + 1}T10:00,p{n % 50},,,1,{n % 7 + 1},," for n in range(60_000)))
READERS, TIMES = 4, 200  # without a lock one of them found a database half made in 6 of 6 runs
Step = File | int | str


async def refresh(shop: Shop) -> mirror.Refreshed:
    async with shop.ground.work(shop.caller) as work:
        return await refreshing.refresh(work)


async def place(shop: Shop) -> MirrorPlace:
    async with shop.ground.work(shop.caller) as work:
        return await mirror.place_of(work)


async def copy_of(shop: Shop) -> Path:
    """The one file there is."""
    (copy,) = (await place(shop)).folder.glob("copy-*")
    return copy


async def mirrored(shop: Shop) -> tuple[Rows, Rows]:
    """Lines and products of the published mirror."""
    with published(await place(shop)) as lines:
        assert lines is not None
        sales = lines.execute(
            "select document, person, day, second, product, gross, discount, refund from sale order by 1, 5, 6, 7, 8"
        ).fetchall()
        products = lines.execute(
            "select p.product_id, p.name, c.name from product p left join category c using (category) order by 1"
        ).fetchall()
    return sales, products


def stored(shop: Shop, server: Embedded) -> tuple[Rows, Rows]:
    """The same from the database."""
    with as_owner(server) as owner:
        return rows(owner, LINES, shop.workspace.id), rows(owner, CATALOGUE, shop.workspace.id)


async def test_the_mirror_holds_every_line_and_product(ground: Ground, server: Embedded):
    shop = await open_shop(ground, zone="Pacific/Auckland")
    await shop.bring(FIRST)
    done = await refresh(shop)
    assert (done.came, done.lines) == (3, 3)
    assert await mirrored(shop) == stored(shop, server)
    sales, products = await mirrored(shop)
    assert [(person is None, gross, discount, refund) for _, person, _, _, _, gross, discount, refund in sales] == [
        (False, 90_000, 10_000, 0), (False, 80_000, 0, 0), (True, 45_000, 0, 20_000)
    ]  # fmt: skip
    assert products == [("p1", "Tea", "Drinks"), ("p2", "Cup", "Ware")]


async def test_only_what_changed_comes_again(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    assert (await refresh(shop)).came == 0
    await shop.bring(FIRST)
    assert (await refresh(shop)).came == 0
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,3,4.50,,"))
    done = await refresh(shop)
    assert (done.came, done.lines) == (1, 2)
    assert await mirrored(shop) == stored(shop, server)


async def test_a_product_that_gets_another_name_or_category_has_it_after_the_next_refresh(
    ground: Ground, server: Embedded
):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    await shop.bring(orders("o9,c9,2024-03-05T10:00,p1,Green tea,Leaves,1,2,,"))
    await refresh(shop)
    assert ("p1", "Green tea", "Leaves") in (await mirrored(shop))[1]
    await shop.bring(orders("o10,c9,2024-03-06T10:00,p1,,,1,2,,"))
    await refresh(shop)
    assert await mirrored(shop) == stored(shop, server)


async def test_a_shop_without_orders_has_an_empty_mirror(ground: Ground):
    shop = await open_shop(ground)
    done = await refresh(shop)
    assert (done.came, done.lines) == (0, 0)
    assert await mirrored(shop) == ([], [])


@pytest.mark.heavy
@pytest.mark.timeout(600)
@settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=(HealthCheck.too_slow,),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
@given(
    steps=st.lists(st.one_of(order_files, order_files, st.integers(0, 9), st.just("refresh")), min_size=3, max_size=9)
)
async def test_after_imports_replacements_and_undos_the_mirror_is_the_database(
    ground: Ground, server: Embedded, steps: list[Step]
):
    shop = await open_shop(ground)
    left: list[Import] = []
    for step in [*steps, "refresh"]:
        if isinstance(step, File):
            left.append(await shop.bring(step.text()))
        elif isinstance(step, int):
            if left:
                await shop.undo(left.pop(step % len(left)))
        else:
            await refresh(shop)
            assert await mirrored(shop) == stored(shop, server)


async def test_what_was_not_committed_during_a_refresh_is_in_the_next(ground: Ground, server: Embedded):
    shop, beside = await open_shop(ground), await open_shop(ground)
    await shop.bring(FIRST)
    asked = ImportRequest(upload_id=await shop.upload(orders("o7,c7,2024-03-01T10:00,p1,,,1,7,,")))
    async with ground.work(shop.caller) as late:
        await intake.take_in(late, asked)
        await beside.bring(FIRST)  # a later transaction that commits before it
        assert (await refresh(shop)).lines == 3
    assert (await refresh(shop)).came == 1
    assert await mirrored(shop) == stored(shop, server)


async def test_an_import_that_was_rolled_back_is_in_none(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    asked = ImportRequest(upload_id=await shop.upload(orders("o1,c7,2024-03-01T10:00,p1,,,1,7,,")))
    with pytest.raises(ZeroDivisionError):
        async with ground.work(shop.caller) as late:
            await intake.take_in(late, asked)
            await refresh(shop)
            raise ZeroDivisionError
    await refresh(shop)
    assert await mirrored(shop) == stored(shop, server)


async def test_whoever_opens_a_mirror_at_once_with_others_may_add_tables_of_their_own(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    mine, ready = await place(shop), threading.Barrier(READERS)

    def read(number: int) -> None:
        for _ in range(TIMES):
            ready.wait(timeout=20)
            with published(mine) as lines:
                assert lines is not None
                lines.register("part", {"person": np.array([number])})
                assert lines.execute("select person from part").fetchall() == [(number,)]

    await asyncio.gather(*(asyncio.to_thread(read, number) for number in range(READERS)))


async def test_who_reads_an_old_copy_reads_on(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    with published(await place(shop)) as old:
        assert old is not None
        for n in range(3):
            await shop.bring(orders(f"n{n},c1,2024-03-01T10:00,p1,,,1,7,,"))
            await refresh(shop)
        assert old.execute("select count(*), sum(gross) from sale").fetchall() == [(3, 215_000)]
    assert len((await mirrored(shop))[0]) == 6
    assert (await copy_of(shop)).exists()


@pytest.mark.parametrize("wound", ["cut", "garbage", "emptied", "flipped", "shortened", "gone"])
async def test_a_damaged_mirror_is_made_anew(ground: Ground, server: Embedded, wound: str):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n % 90},2024-03-01T10:00,p{n % 9},,,1,{n % 5 + 1},," for n in range(3_000))))
    await refresh(shop)
    file = await copy_of(shop)
    whole = file.read_bytes()
    match wound:
        case "cut":
            file.write_bytes(whole[: len(whole) // 2])
        case "garbage":
            file.write_bytes(b"no database" * 9_000)
        case "emptied":
            file.write_bytes(b"")
        case "flipped":
            file.write_bytes(whole[:9_000] + bytes([whole[9_000] ^ 1]) + whole[9_001:])
        case "shortened":
            file.write_bytes(whole[:-1])
        case _:
            shutil.rmtree(file.parent)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,3,4.50,,"))
    await refresh(shop)
    assert await mirrored(shop) == stored(shop, server)


async def test_who_read_a_mirror_that_was_dropped_reads_the_new_one(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    await mirrored(shop)
    drop(await place(shop))
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,,,3,4.50,,"))
    await refresh(shop)
    assert await mirrored(shop) == stored(shop, server)


async def test_the_cursor_of_another_cluster_counts_as_none(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    async with changing(await place(shop), mirror.SCHEMA) as opened:
        opened.execute("update cursor set cluster = '1/1', snapshot = '999999999:999999999:'")
        opened.execute("insert into sale values (1, 1, 1, 1, 1, 1, 1, 1)")  # what that history had
    assert (await refresh(shop)).came == 3
    assert await mirrored(shop) == stored(shop, server)


@pytest.mark.heavy
@pytest.mark.timeout(300)
async def test_a_refresh_that_is_killed_leaves_a_mirror_that_serves(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    await refresh(shop)
    await shop.bring(MANY)
    before = await mirrored(shop)
    given_to = (server.url(), str(ground.data_dir), str(shop.workspace.id))
    for after_s in (0.0, 0.05, 0.1, 0.2, 0.4):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.intelligence.mortal", *given_to], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(after_s)
            child.kill()
        assert await mirrored(shop) in (before, stored(shop, server))
    await refresh(shop)
    assert await mirrored(shop) == stored(shop, server)
    left = {path.name.partition("-")[0] for path in (await place(shop)).folder.iterdir()}
    assert left <= {"copy", ".lock"}


async def test_the_mirror_is_sealed_with_the_workspaces_key(ground: Ground):
    shop, other = await open_shop(ground), await open_shop(ground)
    await shop.bring(orders("o1,c1,2024-03-01T10:00,planted-product,Planted Teapot,Planted Ware,2,4.50,1.00,0"))
    await refresh(shop)
    mine, others = await place(shop), await place(other)
    files = [path.read_bytes() for path in mine.folder.rglob("*") if path.is_file()]
    assert files
    assert not [one for one in files if b"lanted" in one]
    assert others.key != mine.key
    assert repr(mine).count("key") == 0
    with published(MirrorPlace(folder=mine.folder, key=others.key)) as lines:
        assert lines is None


async def test_two_refreshes_at_once_take_turns(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(FIRST)
    done = await asyncio.gather(*(refresh(shop) for _ in range(4)))
    assert sorted(each.came for each in done) == [0, 0, 0, 3]
    assert await mirrored(shop) == stored(shop, server)
