"""Importing a file of orders, against a bare COPY of the same rows into a plain table of the same columns.

The COPY runs on a connection that is open; so the time of a command that does nothing is taken from that of the import.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import uvloop

from bench.figures import Figure, against, median, say
from bench.place import Place, Ran

SMALL = 200_000  # customers; up to here three rounds, alternately
LEAST = 0.35
STARTS = 3
PLAIN = """
create table plain (order_id text, customer_id text, placed_at timestamp, product_id text, category text,
    quantity integer, unit_price numeric, discount numeric, refund numeric)
"""


def measure(place: Place, orders: Path, lines: int, customers: int) -> Iterator[Figure]:
    """Imports into workspaces named shop-1, shop-2, …; the first one stays."""
    rounds = 3 if customers <= SMALL else 1
    copied: list[float] = [uvloop.run(_copy(place, orders))]
    ran: list[Ran] = []
    for number in range(1, rounds + 1):
        say(f"import {number} of {rounds}: {lines:,} lines")
        place.add_shop(f"shop-{number}")
        ran.append(place.run("import", "orders", str(orders), "--workspace", f"shop-{number}"))
        assert ran[-1].said["counts"]["accepted"] == lines, ran[-1].said
        copied.append(uvloop.run(_copy(place, orders)))
    start_s = median(place.run("import", "list", "--workspace", "shop-1").wall_s for _ in range(STARTS))
    took_s, bare = median(each.wall_s for each in ran), lines / median(copied)
    name = f"import of {lines:,} lines"
    yield against(name, lines / (took_s - start_s), "lines/s", bare, f">= {LEAST}")
    yield Figure(figure=f"{name}, time of the command", value=took_s, unit="s")
    yield Figure(figure=f"{name}, of it its start", value=start_s, unit="s")
    yield Figure(figure=f"{name}, memory", value=max(each.process_mb for each in ran), unit="MB")
    yield Figure(figure=f"{name}, memory of the database", value=max(each.server_mb for each in ran), unit="MB")


async def _copy(place: Place, orders: Path) -> float:
    """Seconds of a COPY of the file, as asyncpg does it."""
    say("bare COPY")
    owner = await place.owner()
    try:
        await owner.execute(PLAIN)
        began = time.perf_counter()
        await owner.copy_to_table("plain", source=orders, format="csv", header=True, timeout=3_600)
        return time.perf_counter() - began
    finally:
        await owner.execute("drop table if exists plain")
        await owner.close()
