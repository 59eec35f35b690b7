"""What is held of a whole shop: read once, read again when the orders changed, and never another workspace's."""

from collections.abc import Hashable
from datetime import date

import duckdb
import pytest

from switchboard.foundation.ground import Ground
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.jobs import job_caller
from switchboard.intelligence.operations.attention import insights
from switchboard.intelligence.records import Asked
from switchboard.intelligence.remembering import MOST_HELD, Memory
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow


class Reader:
    """Counts the lines of a shop, and how often it was asked to."""

    def __init__(self) -> None:
        self.memory, self.asked = Memory[int](), 0

    def read(self, lines: duckdb.DuckDBPyConnection, at: AsOf) -> int:
        self.asked += 1
        ((count,),) = lines.execute("select count(*) from line where second < ?", [at.second]).fetchall()
        return int(count)

    async def lines(self, shop: Shop, as_of: date | None = None, depends_on: Hashable = None) -> int:
        async with shop.ground.work(job_caller(shop.workspace.id)) as work:
            return (await self.memory.look(work, as_of, self.read, depends_on)).found


def sold(first: int, last: int) -> str:
    return orders(*(f"o{n},c{n % 3},2024-01-{n:02}T10:00,tea,,,1,10,," for n in range(first, last)))


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(sold(1, 9))
    await made.segment()
    return made


async def test_a_shop_is_read_once_as_long_as_nothing_changes(shop: Shop):
    reader = Reader()
    assert [await reader.lines(shop) for _ in range(3)] == [8, 8, 8]
    assert reader.asked == 1


async def test_another_moment_or_another_question_is_read_by_itself(shop: Shop):
    reader = Reader()
    assert await reader.lines(shop) == 8
    assert await reader.lines(shop, date(2024, 1, 4)) == 3
    assert await reader.lines(shop, depends_on=2) == 8
    assert (await reader.lines(shop, date(2024, 1, 4)), reader.asked) == (3, 3)


async def test_new_orders_are_in_the_next_answer(shop: Shop):
    reader = Reader()
    before, told = await reader.lines(shop), await insights(shop.ground, shop.caller, Asked(), door="test")
    await shop.bring(sold(9, 20))
    await shop.segment()
    after, again = await reader.lines(shop), await insights(shop.ground, shop.caller, Asked(), door="test")
    assert (before, after, reader.asked) == (8, 19, 2)
    assert told.as_of < again.as_of
    assert len(reader.memory.held) == 1


async def test_workspaces_do_not_share_and_the_last_used_are_held(ground: Ground, shop: Shop):
    other = await open_shop(ground)
    await other.bring(sold(1, 3))
    await other.segment()
    reader = Reader()
    assert [await reader.lines(each) for each in (shop, other, shop, other)] == [8, 2, 8, 2]
    assert reader.asked == 2
    for number in range(MOST_HELD):
        await reader.lines(other, depends_on=number)
    assert len(reader.memory.held) == MOST_HELD
    assert (await reader.lines(shop), reader.asked) == (8, 2 + MOST_HELD + 1)
