"""The main road at each size: which parts are measured, and what must be there before."""

import math
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from bench import asking, browsing, importing, ingesting, mcp, memberships, numbers, reading, recomputing, shop
from bench import customers as finding
from bench.figures import Figure, say, tell
from bench.place import Place, open_place

SIZES = (100_000, 1_000_000)
OF_A_SHOP: Mapping[str, Callable[[Place, int], Iterator[Figure]]] = {
    "customers": finding.measure,
    "reading": reading.measure,
    "mcp": mcp.measure,
    "asking": asking.measure,
    "browsing": browsing.measure,
    "ingesting": ingesting.measure,
}
"""What is measured of a shop that is filled, in this order."""


def main(*parts: str) -> None:
    """Measure these parts, at the size BENCH_CUSTOMERS or at both; exit 1 when a target is missed."""
    signal.signal(signal.SIGTERM, _end)
    given = os.environ.get("BENCH_CUSTOMERS")
    sizes = (int(given),) if given else SIZES
    seen: list[list[Figure]] = []
    well = True
    for customers in sizes:
        figures: list[Figure] = []
        for figure in _all(parts, customers):
            well = tell([figure]) and well
            figures.append(figure)
        seen.append(figures)
    if len(seen) > 1:
        tell(_growth(seen, sizes))
    sys.exit(0 if well else 1)


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave in order, so that everything that was begun is ended, too."""
    sys.exit(143)


def _all(parts: tuple[str, ...], customers: int) -> Iterator[Figure]:
    if "memberships" in parts:
        yield from memberships.measure(customers)
    if "numbers" in parts:
        yield from numbers.measure(customers)
    if set(parts) - {"memberships", "numbers"}:
        with open_place() as place:
            yield from _in(place, parts, customers)


def _in(place: Place, parts: tuple[str, ...], customers: int) -> Iterator[Figure]:
    say(f"a shop of {customers:,} customers")
    orders = place.root / "orders.csv"
    lines = shop.write_orders(orders, customers)
    if "importing" in parts:
        yield from importing.measure(place, orders, lines, customers)
    else:
        place.add_shop("shop-1")
        place.run("import", "orders", str(orders), "--workspace", "shop-1")
    orders.unlink()
    if {"reading", "customers", "browsing"} & set(parts):
        contacts = place.root / "customers.csv"
        names = shop.write_customers(contacts, customers)
        say(f"contacts of {len(names):,} customers")
        ran = place.run("import", "customers", str(contacts), "--workspace", "shop-1")
        yield Figure(figure="contacts sealed", value=len(names) / ran.wall_s, unit="people/s")
    if "recomputing" in parts:
        yield from recomputing.measure(place, customers)
    elif not {"reading", "ingesting", "asking", "browsing", "mcp"}.isdisjoint(parts):
        place.run("segment", "--workspace", "shop-1")
    for part, measure in OF_A_SHOP.items():
        if part in parts:
            yield from measure(place, customers)


def _growth(seen: list[list[Figure]], sizes: tuple[int, ...]) -> Iterator[Figure]:
    """The exponent of each cost between the smallest and the largest size: 1 is in proportion."""
    apart, smaller = math.log(sizes[-1] / sizes[0]), {_name(each): each for each in seen[0]}
    for large in seen[-1]:
        small = smaller.get(_name(large))
        if small is None:  # lifetimes was done at one size only
            continue
        cost = (1 / small.value, 1 / large.value) if small.unit.endswith("/s") else (small.value, large.value)
        exponent = math.log(max(cost[1], 1e-9) / max(cost[0], 1e-9)) / apart
        if small.unit.endswith("lines/s") or "customers/s" in small.unit:
            exponent += 1  # of the whole, not of one
        target = "<= 1.05" if large.unit in {"s", "CPU s"} else None
        yield Figure(
            figure=f"{large.figure}: growth exponent", value=exponent, unit=f"of {large.unit}", target=target
        )  # fmt: skip


def _name(figure: Figure) -> str:
    """What it is called, however large the shop."""
    return re.sub(r"\d[\d,]*", "", figure.figure)
