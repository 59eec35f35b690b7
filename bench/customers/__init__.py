"""Finding customers through HTTP: twenty filters of one to six terms, pages of them, and texts.

Each filter is asked again with other bounds, so that no answer can be one that was kept.
"""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import shop
from bench.customers import started
from bench.figures import Figure, percentile, say
from bench.place import PROGRAM, Failed, Place, free_port
from bench.reading import SEARCH, key_of, searched, until_quiet
from bench.reading.client import answer, asked, one_by_one

ROUNDS = 5
SETTLED_S, SETTLED_WITHIN_S = 10.0, 600.0
SEARCHES = 200
KINDS = ("email_opened", "email_clicked", "app_started")
EVENTS_EACH = 2


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace's orders are there, and contacts of some; attributes and events come here."""
    say("attributes and events")
    for kind, write in (("customers", write_attributes), ("events", write_events)):
        path = place.root / f"{kind}.csv"
        write(path, customers)
        place.run("import", kind, str(path), "--workspace", workspace)
        path.unlink()
    place.run("segment", "--workspace", workspace)
    say("the mirror")
    yield Figure(figure="mirror of people, whole", value=place.step("refresh", workspace).said["took_s"], unit="s")
    key, port = key_of(place, workspace), free_port()
    with place.serving([str(PROGRAM), "up", "--port", str(port), "--workers", "1"], port):
        until_quiet(port, key)
        say("filters")
        yield from _filters(port, key)
        say("texts")
        yield from _texts(port, key, customers)
        yield from _kinds(port, key, shop.person_names(customers))
    yield from started.measure(place, key, shop.person_names(customers))


def _filters(port: int, key: str) -> Iterator[Figure]:
    chosen, counts, pages = random.Random(4), list[float](), list[float]()
    first = one_by_one(port, [asked("/v1/customers.count_filter", key, {"filter": {"all": []}})])
    yield Figure(figure="first look at a copy", value=first[0], unit="ms")
    _until_settled(port, key)
    for number in range(len(filters(chosen))):
        took = list[float]()
        for _ in range(ROUNDS):
            filter_ = filters(chosen)[number]
            took += one_by_one(port, [asked("/v1/customers.count_filter", key, {"filter": filter_})])
            pages += one_by_one(port, [asked("/v1/intelligence.search", key, {"filter": filter_, "limit": 100})])
        counts += took
        yield Figure(figure=f"filter {number + 1}, count, median", value=percentile(took, 0.5), unit="ms")
    yield Figure(figure="twenty filters, count, p95", value=percentile(counts, 0.95), unit="ms", target="<= 300")
    yield Figure(figure="page of a counted filter, p95", value=percentile(pages, 0.95), unit="ms", target="<= 50")


def _until_settled(port: int, key: str) -> None:
    """Return when nothing is left to follow: the copy stays the same for a while."""
    until, of = time.monotonic() + SETTLED_WITHIN_S, ""
    while of != (of := answer(port, asked("/v1/customers.count_filter", key, {"filter": {"all": []}}))["facts_as_of"]):
        if time.monotonic() > until:
            raise Failed(f"the mirror still changes after {SETTLED_WITHIN_S:.0f} s")
        time.sleep(SETTLED_S)


def _texts(port: int, key: str, customers: int) -> Iterator[Figure]:
    """Texts of a kind, as of a house in which as many others were asked before."""
    chosen = random.Random(5)
    people = chosen.choices(shop.person_names(customers), k=2 * SEARCHES)
    texts = {
        "names and ids": ([f"{first[:3]} {last[:2]}" for first, last in people], 30),
        "e-mail domains": ([f"@ex{chosen.randrange(500)}.example" for _ in people], 100),
        "slips": ([f"Catgeory {chosen.randrange(40)}" for _ in people], 100),
    }
    for kind, (each, bound) in texts.items():
        took = one_by_one(port, [asked("/v1/intelligence.search", key, {"text": text, "limit": 100}) for text in each])
        yield Figure(figure=f"text search of 100, {kind}, p99", value=percentile(took[SEARCHES:], 0.99), unit="ms",
                     target=f"<= {bound}")  # fmt: skip


def _kinds(port: int, key: str, names: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """Each kind of what people search for, whether it is within its bound."""
    for kind, searches in searched(names, port, key).items():
        took = one_by_one(port, [asked(SEARCH, key, each) for each in searches])
        yield Figure(figure=f"search of 100, {kind}, p99", value=percentile(took, 0.99), unit="ms", target="<= 30")


def filters(chosen: random.Random) -> list[dict[str, Any]]:
    """The twenty, with bounds drawn anew."""
    days, category = chosen.randrange(60, 120), f"Category {chosen.randrange(40)}"
    bought = {"bought": {"category": category, "times_at_least": 2, "within_days": days}}
    once = {"bought": {"category": category, "within_days": days}}
    opened = {"did": {"event": "email_opened", "within_days": days}}
    often = {"did": {"event": "email_clicked", "times_at_least": 2, "within_days": days * 3}}
    points = {"attribute": "points", "at_least": chosen.randrange(1_000)}
    plan = {"attribute": "plan", "is": f"plan {chosen.randrange(20)}"}
    vip = {"attribute": "vip", "is": True}
    orders = {"feature": "orders_365", "at_least": chosen.randrange(2, 9)}
    value = {"feature": "lifetime_value", "more_than": chosen.uniform(50, 900)}
    weekly = {"segment": {"purchase_frequency": ["weekly", "frequent"]}}
    risk = {"risk_level": ["HIGH", "CRITICAL"]}
    lapsed = {"last_order": {"older_than_days": days}}
    country = {"country": ["GB", "DE"]}
    spent = {"bought": {"spent_at_least": chosen.uniform(100, 300), "within_days": days}}
    return [
        orders, weekly, points, bought, opened,
        {"all": [value, lapsed]}, {"all": [country, bought]}, {"any": [plan, points]}, {"not": once}, often,
        {"all": [weekly, opened, {"not": risk}]}, {"any": [bought, often, vip]}, {"all": [spent, country, vip]},
        {"all": [orders, {"not": opened}, {"any": [plan, vip]}]}, {"all": [bought, opened, value]},
        {"all": [country, {"any": [bought, {"all": [vip, points]}]}, {"not": lapsed}]},
        {"any": [{"all": [weekly, value]}, {"all": [risk, lapsed, {"not": opened}]}]},
        {"all": [orders, value, country, {"not": risk}, points]},
        {"all": [{"any": [bought, once]}, {"not": often}, country, vip, orders]},
        {"all": [weekly, {"any": [spent, bought]}, {"not": opened}, country, {"any": [vip, plan]}]},
    ]  # fmt: skip


def write_attributes(path: Path, customers: int) -> None:
    """A CSV file of what is known of every customer."""
    chosen = random.Random(8)
    with path.open("w") as out:
        out.write("customer_id,country,vip,points,plan\n")
        for number in range(customers):
            country, vip = chosen.choice(("GB", "DE", "FR", "PL")), chosen.choice(("yes", "no"))
            out.write(f"c{number},{country},{vip},{chosen.randrange(1_000)},plan {chosen.randrange(20)}\n")


def write_events(path: Path, customers: int) -> None:
    """A CSV file of some events of each customer, within the last year."""
    chosen = random.Random(9)
    with path.open("w") as out:
        out.write("event_id,customer_id,kind,at\n")
        for number in range(customers * EVENTS_EACH):
            at = shop.END.astimezone(UTC) - timedelta(seconds=chosen.randrange(1, 365 * 86_400))
            out.write(f"e{number},c{chosen.randrange(customers)},{chosen.choice(KINDS)},{_written(at)}\n")


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
