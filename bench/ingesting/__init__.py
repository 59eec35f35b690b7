"""Batches of events and orders through HTTP, of a real `switchboard up`, and how soon an order shows in a profile."""

import json
import random
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import uvloop

from bench.figures import Figure, median, percentile, say
from bench.place import PROGRAM, Place, free_port
from bench.reading import key_of, until_quiet
from bench.reading.client import answer, asked, at_once, one_by_one

INGEST = "/v1/customers.ingest"
WORKERS = 2
BATCHES = ((500, 4), (2_000, 4))  # events of a batch, clients at once
LONG_S = 8.0
MOST_SENT = 400_000  # events made beforehand; enough for sixteen times the target
ORDERS, LOOKED_AT = 100, 80
PACE_S, LOAD_EVENTS, LOAD_ORDERS = (
    0.2,
    200,
    20,
)  # beside what is looked at: a thousand events a second, a hundred orders
GIVE_UP_S = 30.0
LOOK_S = 0.01
EVENTS_A_SECOND, SMALL_MS, SHOWN_S = 5_000, 100, 1.0
PLAIN = "create table plain (event_id text, customer_id text, kind text, at timestamptz, properties jsonb)"
NUMBERS = count()


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace is segmented."""
    key, port = key_of(place, workspace), free_port()
    with place.serving([str(PROGRAM), "up", "--port", str(port), "--workers", str(WORKERS)], port):
        say("until nothing runs in the background")
        until_quiet(port, key)
        for size, clients in BATCHES:
            yield _events(place, port, key, customers, (size, clients))
        yield from _single(port, key, customers)
        yield from _shown(port, key, customers)


def _events(place: Place, port: int, key: str, customers: int, shape: tuple[int, int]) -> Figure:
    size, clients = shape
    batches = [[_event(customers) for _ in range(size)] for _ in range(MOST_SENT // size)]
    say(f"bare COPY of {MOST_SENT:,} events")
    bare = MOST_SENT / uvloop.run(_copy(place, batches))
    say(f"batches of {size:,} events, {clients} clients, {LONG_S:.0f} s")
    requests = [asked(INGEST, key, {"events": batch}) for batch in batches]
    speed = size * uvloop.run(at_once(port, requests, clients, LONG_S))
    return Figure(
        figure=f"events through HTTP, batches of {size:,} by {clients} clients", value=speed, unit="events/s",
        reference=bare, target=f">= {EVENTS_A_SECOND}",
    )  # fmt: skip


def _single(port: int, key: str, customers: int) -> Iterator[Figure]:
    say(f"{ORDERS} orders, one by one")
    took = one_by_one(port, [asked(INGEST, key, {"orders": [_order(customers)]}) for _ in range(ORDERS)])
    yield Figure(figure="one order through HTTP, p50", value=median(took), unit="ms")
    yield Figure(figure="one order through HTTP, p95", value=percentile(took, 0.95), unit="ms", target=f"<= {SMALL_MS}")


def _shown(port: int, key: str, customers: int) -> Iterator[Figure]:
    for beside in (False, True):
        say(f"from the answer to the profile, {'beside a load' if beside else 'alone'}")
        ended = threading.Event()
        load = threading.Thread(target=_load, args=(port, key, customers, ended))
        if beside:
            load.start()
        try:
            took = [_one_shown(port, key, customers) for _ in range(LOOKED_AT)]
        finally:
            ended.set()
            if beside:
                load.join()
        name = f"an order in its profile, {'beside a load' if beside else 'alone'}"
        yield Figure(figure=f"{name}, p50", value=median(took), unit="s")
        yield Figure(figure=f"{name}, p95", value=percentile(took, 0.95), unit="s", target=f"<= {SHOWN_S}")


def _one_shown(port: int, key: str, customers: int) -> float:
    """Seconds from the answer that an order is stored to a profile that has it."""
    order = _order(customers)
    answer(port, asked(INGEST, key, {"orders": [order]}))
    began = time.perf_counter()
    profile = asked(f"/api/mcp/customer/{order['customer_id']}", key)
    while time.perf_counter() - began < GIVE_UP_S:
        seen = answer(port, profile)
        days = seen["metrics"]["days_since_last_purchase"]
        if days == 0 and order["order_id"] in {each["order_id"] for each in seen["orders"]}:
            return time.perf_counter() - began
        time.sleep(LOOK_S)
    return GIVE_UP_S


def _load(port: int, key: str, customers: int, ended: threading.Event) -> None:
    """A batch every so often, until it is ended."""
    while not ended.is_set():
        began = time.monotonic()
        batch = {
            "events": [_event(customers) for _ in range(LOAD_EVENTS)],
            "orders": [_order(customers) for _ in range(LOAD_ORDERS)],
        }
        one_by_one(port, [asked(INGEST, key, batch)])
        ended.wait(max(0.0, PACE_S - (time.monotonic() - began)))


def _event(customers: int) -> dict[str, Any]:
    number, chosen = next(NUMBERS), random.randrange(customers)
    at = datetime.now(UTC) - timedelta(seconds=number % 86_400)
    properties = {"sku": f"p{number % 50_000}", "price": 19.9, "page": f"/products/p{number % 50_000}"}
    return {
        "event_id": f"e{number}-{time.monotonic_ns()}", "customer_id": f"c{chosen}", "kind": "viewed",
        "at": at.isoformat(), "properties": properties,
    }  # fmt: skip


def _order(customers: int) -> dict[str, Any]:
    number, chosen = next(NUMBERS), random.randrange(customers)
    line = {"product_id": f"p{number % 50_000}", "quantity": 2, "unit_price": 19.9, "discount": 0, "refund": 0}
    return {
        "order_id": f"n{number}-{time.monotonic_ns()}", "customer_id": f"c{chosen}",
        "placed_at": datetime.now(UTC).isoformat(), "lines": [line, line | {"product_id": f"p{number % 997}"}],
    }  # fmt: skip


async def _copy(place: Place, batches: Sequence[Sequence[dict[str, Any]]]) -> float:
    """Seconds of bare COPYs of the same rows into a plain table, batch by batch."""
    owner = await place.owner()
    try:
        await owner.execute(PLAIN)
        began = time.perf_counter()
        for batch in batches:
            rows = "".join(
                "\t".join((each["event_id"], each["customer_id"], each["kind"], each["at"])) + "\t"
                + json.dumps(each["properties"]) + "\n"
                for each in batch
            )  # fmt: skip
            await owner.copy_to_table("plain", source=_piece(rows))
        return time.perf_counter() - began
    finally:
        await owner.execute("drop table if exists plain")
        await owner.close()


async def _piece(rows: str) -> AsyncGenerator[bytes]:
    yield rows.encode()
