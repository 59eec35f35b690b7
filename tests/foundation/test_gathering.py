"""Reads that come while one is on its way go together; each asker hears of their own, and of what went wrong."""

import asyncio
from collections.abc import Mapping

import pytest

from switchboard.foundation import gathering
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.gathering import Gathering


class Shelf:
    """Where keys are read, each read as slow as the test lets it be; every key but "none" is found."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, list[str]]] = []
        self.let_go = asyncio.Event()
        self.broken = False

    async def read(self, group: str, keys: list[str]) -> Mapping[str, str]:
        self.reads.append((group, sorted(keys)))
        await self.let_go.wait()
        if self.broken:
            raise DatabaseDown("away")
        return {key: f"{group} {key}" for key in keys if key != "none"}


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_while_a_read_is_on_its_way_goes_with_the_next():
    shelf = Shelf()
    gathered = Gathering(shelf.read)
    first = asyncio.create_task(gathered.find("a", "1"))
    await turns()
    others = [asyncio.create_task(gathered.find("a", key)) for key in ("2", "3", "2", "none")]
    other_group = asyncio.create_task(gathered.find("b", "2"))
    await turns()
    assert shelf.reads == [("a", ["1"]), ("b", ["2"])]
    shelf.let_go.set()
    assert await first == "a 1"
    assert await asyncio.gather(*others) == ["a 2", "a 3", "a 2", None]
    assert await other_group == "b 2"
    assert shelf.reads[2:] == [("a", ["2", "3", "none"])]


async def test_a_read_takes_so_many_and_the_rest_follows():
    shelf = Shelf()
    shelf.let_go.set()
    gathered = Gathering(shelf.read)
    keys = [str(number) for number in range(gathering.MOST + 10)]
    assert await asyncio.gather(*(gathered.find("a", key) for key in keys)) == [f"a {key}" for key in keys]
    assert [len(read) for _, read in shelf.reads] == [gathering.MOST, 10]


async def test_a_failure_is_told_to_all_who_asked_and_the_next_reads_anew():
    shelf = Shelf()
    shelf.broken = True
    gathered = Gathering(shelf.read)
    asked = [asyncio.create_task(gathered.find("a", key)) for key in ("1", "2")]
    await turns()
    shelf.let_go.set()
    for each in asked:
        with pytest.raises(DatabaseDown):
            await each
    shelf.broken = False
    assert await gathered.find("a", "1") == "a 1"


async def test_whoever_goes_away_takes_nothing_from_the_others():
    shelf = Shelf()
    gathered = Gathering(shelf.read)
    gone, stays = (asyncio.create_task(gathered.find("a", key)) for key in ("1", "2"))
    await turns()
    gone.cancel()
    shelf.let_go.set()
    assert await stays == "a 2"
    with pytest.raises(asyncio.CancelledError):
        await gone
