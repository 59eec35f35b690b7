"""What streams are given to read, and readers that are killed while they do."""

import asyncio
import os
import random
import subprocess
import sys
import time
from typing import Any

from switchboard.customers.operations import imports
from switchboard.customers.records import ImportsAsked
from switchboard.foundation.embedded import Embedded
from tests.shop import Shop, as_owner, count, rows, seen

KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "6"))
OF_EACH_KIND = 170 * KILLS  # more than are read before the last kill
REACHED = "select count(*) from consumed where workspace_id = %s"
KEPT = """
select (select count(*) from activity where workspace_id = %s) + (select count(*) from document where workspace_id = %s)
"""


def event(n: int) -> dict[str, Any]:
    at = f"2024-03-01T10:{n // 60 % 60:02}:{n % 60:02}Z"
    return {"event": {"event_id": f"e{n}", "customer_id": f"c{n % 7}", "kind": "viewed", "at": at}}


def order(n: int) -> dict[str, Any]:
    head = {"order_id": f"o{n}", "customer_id": f"c{n % 7}", "placed_at": "2024-03-01T10:00:00Z"}
    return {"order": head | {"lines": [{"unit_price": n + 1}]}}


async def counts(shop: Shop) -> dict[str, Any]:
    (stream,) = (await imports(shop.ground, shop.caller, ImportsAsked(), door="test")).imports
    return dict(stream.counts)


def sent_to_readers() -> list[dict[str, Any]]:
    """Events and orders, in turn."""
    return [message for n in range(OF_EACH_KIND) for message in (event(n), order(n))]


async def killed_again_and_again(shop: Shop, server: Embedded, stream: str) -> None:
    """Have readers begin in processes of their own, and kill each some batches later: never is half of one kept."""
    chance = random.Random(7)  # noqa: S311 - moments
    for _ in range(KILLS):
        await asyncio.to_thread(_killed, shop, server, stream, chance)
        kept, told = -1, dict[str, Any]()
        while kept != (kept := _kept(shop, server)):  # what was asked for before the kill may still be committed
            told = await counts(shop)
        stored = told.get("event_new", 0) + told.get("order_new", 0)  # a partition may hold one kind alone
        assert kept == stored > 0


def _kept(shop: Shop, server: Embedded) -> int:
    with as_owner(server) as owner:
        assert rows(owner, REACHED, shop.workspace.id) != [(0,)]
        return int(str(rows(owner, KEPT, shop.workspace.id, shop.workspace.id)[0][0]))


async def all_is_there_once(shop: Shop, server: Embedded) -> None:
    """What was sent to readers was stored, and nothing of it twice."""
    told = await counts(shop)
    assert (told["event_new"], told["order_new"]) == (OF_EACH_KIND, OF_EACH_KIND)
    assert (told["event_same"], told["order_same"], told["order_replaced"]) == (0, 0, 0)
    found = seen(server, shop.workspace.id, "activity", "document")
    assert (len(found["activity"]), len(found["document"])) == (OF_EACH_KIND, OF_EACH_KIND)
    assert count(server, "order_line", shop.workspace.id) == OF_EACH_KIND


def _killed(shop: Shop, server: Embedded, stream: str, chance: random.Random) -> None:
    """Begin to read in another process, and kill it some batches later."""
    given = (server.url(), str(shop.ground.data_dir), str(shop.workspace.id), stream)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customers.reader", *given], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(chance.randint(1, 5)):
            assert child.stdout.readline()
        time.sleep(chance.random() / 10)
        child.kill()
