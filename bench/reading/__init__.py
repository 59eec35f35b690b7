"""Reads through HTTP, of a real `switchboard up` with sign-in, allowances and the audit trail on."""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import uvloop

from bench import shop
from bench.figures import Figure, against, median, percentile, say
from bench.place import PROGRAM, Failed, Place, free_port
from bench.reading import bare
from bench.reading.client import answer, asked, at_once, one_by_one
from switchboard.intelligence.packing import VOCABULARY

WORKERS = 2
IN_FLIGHT = 16
ROUNDS, ROUND_S = 3, 5.0
ALONE, SEARCHES = 1_000, 200  # requests of each kind
MOST = 100_000_000  # calls an hour; allowances are on, but must not end
SEARCH = "/v1/intelligence.search"
LOOK_S, LOOKS, QUIET_WITHIN_S = 2.0, 6, 3_600.0
Names = Sequence[tuple[str, str]]


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace is segmented, and contacts of some are there."""
    key, names = key_of(place, workspace), shop.person_names(customers)
    port = free_port()
    with place.serving([str(PROGRAM), "up", "--port", str(port), "--workers", str(WORKERS)], port):
        say("until nothing runs in the background")
        until_quiet(port, key)
        say("one client")
        yield from _alone(port, key, customers, names)
        yield from _together(place, port, key, customers)


def until_quiet(port: int, key: str) -> None:
    """Return when no job has waited or run for some seconds: a segmentation is asked for once imports are quiet."""
    until, empty = time.monotonic() + QUIET_WITHIN_S, 0
    while empty < LOOKS:
        if time.monotonic() > until:
            raise Failed(f"jobs still run after {QUIET_WITHIN_S:.0f} s")
        time.sleep(LOOK_S)
        jobs = [answer(port, asked("/v1/jobs.list", key, {"status": each})) for each in ("waiting", "running")]
        empty = 0 if any(each["jobs"] for each in jobs) else empty + 1


def key_of(place: Place, workspace: str) -> str:
    """A key of the owner, whose allowance does not end."""
    for about, name in (("role", "owner"), ("workspace", "")):
        named = ("--name", name) if name else ()
        place.run("limits", "change", "--about", about, *named, "--per-hour", str(MOST), "--workspace", workspace)
    added = place.run("keys", "add", "--name", "bench", "--role", "owner", "--workspace", workspace)
    return str(added.said["key"])


def _alone(port: int, key: str, customers: int, names: Names) -> Iterator[Figure]:
    chosen = random.Random(1)
    ids = [f"c{chosen.randrange(customers)}" for _ in range(ALONE)]
    for name, path in (("profile", "/api/mcp/customer/{}"), ("churn risk", "/api/mcp/customer/{}/churn-risk")):
        took = one_by_one(port, [asked(path.format(each), key) for each in ids])
        yield Figure(figure=f"{name}, one client, median", value=percentile(took, 0.5), unit="ms")
        yield Figure(figure=f"{name}, one client, p99", value=percentile(took, 0.99), unit="ms", target="<= 5")
    every = list[float]()
    for kind, searches in searched(names, port, key).items():
        took = one_by_one(port, [asked(SEARCH, key, each) for each in searches])
        every += took
        yield Figure(figure=f"search of 100, {kind}, median", value=percentile(took, 0.5), unit="ms")
        yield Figure(figure=f"search of 100, {kind}, p99", value=percentile(took, 0.99), unit="ms", target="<= 30")
    yield Figure(figure="search of 100, all kinds, p99", value=percentile(every, 0.99), unit="ms", target="<= 30")


def searched(names: Names, port: int, key: str) -> dict[str, list[dict[str, object]]]:
    """What people search for: beginnings of names, segments, archetypes and several at once."""
    chosen = random.Random(2)
    people = chosen.choices(names, k=SEARCHES)
    archetypes = archetypes_of(port, key)
    known = [(axis, name) for axis, names_of in VOCABULARY.items() for name in names_of]
    kinds: dict[str, list[dict[str, object]]] = {
        f"{letters} letters of a name": [{"text": chosen.choice(each)[:letters]} for each in people]
        for letters in range(2, 9)
    }
    kinds["two beginnings of two letters"] = [{"text": f"{first[:2]} {last[:2]}"} for first, last in people]
    kinds["a first name and a letter more"] = [{"text": f"{first} {last[:3]}"} for first, last in people]
    kinds["a segment"] = [{"segment_filter": dict([chosen.choice(known)])} for _ in people]
    kinds["two segments"] = [{"segment_filter": dict(chosen.sample(known, 2))} for _ in people]
    kinds["three segments"] = [{"segment_filter": dict(chosen.sample(known, 3))} for _ in people]
    kinds["an archetype"] = [{"archetype_id": chosen.choice(archetypes)} for _ in people]
    kinds["an archetype and a segment"] = [
        {"archetype_id": chosen.choice(archetypes), "segment_filter": dict([chosen.choice(known)])} for _ in people
    ]
    kinds["two letters and a segment"] = [
        {"text": first[:2], "segment_filter": dict([chosen.choice(known)])} for first, _ in people
    ]
    kinds["three letters and an archetype"] = [
        {"text": last[:3], "archetype_id": chosen.choice(archetypes)} for _, last in people
    ]
    kinds["a name and a segment"] = [
        {"text": f"{first} {last}", "segment_filter": dict([chosen.choice(known)])} for first, last in people
    ]
    return kinds


def archetypes_of(port: int, key: str) -> list[str]:
    """The ids of the largest archetypes."""
    found = answer(port, asked("/api/mcp/archetypes/top?metric=member_count&limit=50", key))
    return [str(each["archetype_id"]) for each in found["archetypes"]]


def _together(place: Place, port: int, key: str, customers: int) -> Iterator[Figure]:
    chosen = random.Random(3)
    reads = [asked(f"/api/mcp/customer/c{chosen.randrange(customers)}", key) for _ in range(20_000)]
    document = place.root / "profile.json"
    document.write_text(json.dumps(answer(port, reads[0])))
    at = {"ours": port}
    with ExitStack() as leaving:
        for name in ("bare", "least"):
            at[name] = free_port()
            command = [
                sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--workers", str(WORKERS),
                "--port", str(at[name]), "--log-level", "warning", "--factory", f"bench.reading.bare:{name}",
            ]  # fmt: skip
            leaving.enter_context(place.serving(command, at[name], {bare.DOCUMENT: str(document)}))
        rates: dict[str, list[float]] = {name: [] for name in at}
        for number in range(1, ROUNDS + 1):
            say(f"{IN_FLIGHT} in flight, round {number}")
            for name, where in at.items():
                rates[name].append(uvloop.run(at_once(where, reads, IN_FLIGHT, ROUND_S)))
    ours, figure = median(rates["ours"]), f"profile reads at {IN_FLIGHT} in flight"
    yield against(figure, ours, "requests/s", median(rates["bare"]), ">= 0.3")
    yield against(f"{figure}, beside the least that can be served", ours, "requests/s", median(rates["least"]))
