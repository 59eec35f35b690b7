"""Calls of tools over MCP: what they cost beside a bare endpoint that is served by the same server in the same run.

One serving process each. Cost is the time of the processors that the serving process takes for a call, so that it
counts on a busy machine, too; the database's own is not in it.
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench.figures import Figure, against, median, percentile, say
from bench.mcp import serving
from bench.place import Place, free_port
from bench.processors import resident_mb, took_s
from bench.reading import key_of
from bench.reading.client import HOST, answer, asked, one_by_one, timed

META = "io.modelcontextprotocol/"
VERSION = "2026-07-28"
ENVELOPE: dict[str, Any] = {f"{META}protocolVersion": VERSION, f"{META}clientCapabilities": {}}
PREFIX = "customer_data_"
MEMORY, PROFILE = f"{PREFIX}customers_remembered", f"{PREFIX}get_customer_profile"
SDK = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}  # what the fast lane leaves to it
IN_FLIGHT, CONNECTIONS = 8, 32
ROUNDS, ROUND_S, WARM_S = 5, 2.0, 1.0
FEWEST_TOOLS = 60
ALONE, EACH = 1_000, 2_000  # requests of one client, different requests of many
FIRST, LAST = 10_000, 100_000  # calls between which memory may hardly grow


@dataclass(frozen=True, kw_only=True)
class Served:
    """A serving process, and what was measured of it."""

    port: int
    pid: int
    cost_us: list[float] = field(default_factory=list[float])
    rate: list[float] = field(default_factory=list[float])
    p99_ms: list[float] = field(default_factory=list[float])


def call(tool: str, arguments: dict[str, Any], key: str, more: dict[str, Any] | None = None) -> bytes:
    """A call of a tool as it goes over the wire."""
    meta = ENVELOPE | {f"{META}clientInfo": {"name": "bench", "version": "1"}} | (more or {})
    params: dict[str, Any] = {"name": tool, "arguments": arguments, "_meta": meta}
    return posted({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, tool, key)


def posted(said: dict[str, Any], name: str, key: str, path: str = "/mcp") -> bytes:
    """A request of the protocol."""
    body = json.dumps(said).encode()
    heads = {
        "Host": HOST, "Authorization": f"Bearer {key}", "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION, "Mcp-Method": said["method"],
        **({"Mcp-Name": name} if name else {}), "Content-Length": str(len(body)),
    }  # fmt: skip
    lines = "".join(f"{head}: {value}\r\n" for head, value in heads.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace is segmented; no worker runs beside, so nothing runs in the background."""
    key, port = key_of(place, workspace), free_port()
    on = {f"SWITCHBOARD_MCP_{each}ENABLED": "true" for each in ("", "CUSTOMER_DATA_", "MONITORING_")}
    with ExitStack() as leaving:
        leaving.enter_context(place.serving(_command("ours", port), port, on))
        profile = answer(port, asked("/api/mcp/customer/c1", key))
        document = place.root / "profile.json"
        document.write_text(json.dumps(profile))
        beside = free_port()
        leaving.enter_context(place.serving(_command("bare", beside), beside, {serving.DOCUMENT: str(document)}))
        ours, bare = Served(port=port, pid=_worker(port)), Served(port=beside, pid=_worker(beside))
        yield _tools(ours, key)
        yield from _memory(ours, bare, key)
        yield from _profiles(ours, bare, key, customers)
        yield _growth(ours, key, customers)


def _command(name: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--workers", "1", "--port",
        str(port), "--log-level", "warning", "--factory", f"bench.mcp.serving:{name}",
    ]  # fmt: skip


def _worker(port: int) -> int:
    """The process that serves there: of those that listen, the one that was forked."""
    text = f":{port:04X}"
    inodes = {
        line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(text) and line.split()[3] == "0A"
    }  # fmt: skip
    holders = [each for each in Path("/proc").glob("[0-9]*") if inodes & _sockets(each)]
    parents = {int(each.name): int((each / "stat").read_text().rpartition(")")[2].split()[1]) for each in holders}
    return next((pid for pid, parent in parents.items() if parent in parents), next(iter(parents)))


def _sockets(process: Path) -> set[str]:
    try:
        links = [str(each.readlink()) for each in (process / "fd").iterdir()]
    except OSError:
        return set()
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def _tools(ours: Served, key: str) -> Figure:
    """How many tools are mounted while the rest is measured."""
    found, cursor = 0, None
    while True:
        params: dict[str, Any] = {"_meta": ENVELOPE} | ({"cursor": cursor} if cursor else {})
        said: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params}
        page = answer(ours.port, posted(said, "", key, "/mcp?tools=all"))["result"]
        found, cursor = found + len(page["tools"]), page.get("nextCursor")
        if cursor is None:
            return Figure(figure="tools mounted", value=found, unit="tools", target=f">= {FEWEST_TOOLS}")


def _memory(ours: Served, bare: Served, key: str) -> Iterator[Figure]:
    """A governed call of a tool that answers from memory, on both roads."""
    chosen = random.Random(1)
    ids = [f"c{chosen.randrange(serving.ROWS)}" for _ in range(EACH)]
    usual = [call(MEMORY, {"customer_id": each}, key) for each in ids]
    unusual = [call(MEMORY, {"customer_id": each}, key, SDK) for each in ids]
    slow = Served(port=ours.port, pid=ours.pid)
    say("a tool that answers from memory")
    _rounds([(bare, usual), (ours, usual), (slow, unusual)], IN_FLIGHT)
    floor = median(bare.cost_us)
    yield against("governed call, fast lane, CPU", median(ours.cost_us), "us", floor, "<= 1")
    yield against("governed call, SDK, CPU", median(slow.cost_us), "us", floor, "<= 5")
    _rounds([(bare, usual), (ours, usual), (slow, unusual)], CONNECTIONS)
    floor = median(bare.p99_ms[ROUNDS:])
    figure = f"governed call at {CONNECTIONS} connections"
    yield against(f"{figure}, fast lane, p99", median(ours.p99_ms[ROUNDS:]), "ms", floor, "<= 2")
    yield against(f"{figure}, SDK, p99", median(slow.p99_ms[ROUNDS:]), "ms", floor)


def _profiles(ours: Served, bare: Served, key: str, customers: int) -> Iterator[Figure]:
    """A profile, which is one row of the database."""
    chosen = random.Random(2)
    reads = [call(PROFILE, {"customer_id": f"c{chosen.randrange(customers)}"}, key) for _ in range(EACH)]
    ours, bare = Served(port=ours.port, pid=ours.pid), Served(port=bare.port, pid=bare.pid)
    say("profiles")
    _rounds([(bare, reads), (ours, reads)], IN_FLIGHT)
    yield against("profile over MCP", median(ours.rate), "calls/s", median(bare.rate), ">= 0.3")
    yield against("profile over MCP, CPU", median(ours.cost_us), "us", median(bare.cost_us))
    took = one_by_one(ours.port, reads[:ALONE])
    yield Figure(figure="profile over MCP, one client, median", value=percentile(took, 0.5), unit="ms")
    yield Figure(figure="profile over MCP, one client, p99", value=percentile(took, 0.99), unit="ms", target="<= 10")


def _growth(ours: Served, key: str, customers: int) -> Figure:
    """Memory after many calls beside that after some: profiles and rows, on both roads."""
    say(f"memory from call {FIRST:,} to call {LAST:,}")
    chosen, known = random.Random(3), min(customers, serving.ROWS)
    mixed = [
        call(MEMORY if number % 2 else PROFILE, {"customer_id": f"c{chosen.randrange(known)}"}, key,
             SDK if number % 5 == 0 else None)
        for number in range(EACH)
    ]  # fmt: skip
    _calls(ours, mixed, FIRST)
    before = resident_mb(ours.pid)
    _calls(ours, mixed, LAST - FIRST)
    grown = resident_mb(ours.pid)
    return Figure(
        figure=f"memory, call {FIRST:,} to {LAST:,}", value=grown, unit="MB", reference=before, ratio=grown / before,
        target="<= 1.05",
    )  # fmt: skip


def _calls(served: Served, requests: Sequence[bytes], count: int) -> None:
    done = 0
    while done < count:
        done += len(uvloop.run(timed(served.port, requests, IN_FLIGHT, ROUND_S)))


def _rounds(asked_of: Sequence[tuple[Served, Sequence[bytes]]], in_flight: int) -> None:
    """Each in turn, some rounds of it."""
    for served, requests in asked_of:
        uvloop.run(timed(served.port, requests, in_flight, WARM_S))
    for number in range(1, ROUNDS + 1):
        say(f"{in_flight} in flight, round {number}")
        for served, requests in asked_of:
            before = took_s(served.pid)
            took = uvloop.run(timed(served.port, requests, in_flight, ROUND_S))
            served.cost_us.append((took_s(served.pid) - before) / len(took) * 1e6)
            served.rate.append(len(took) / ROUND_S)
            served.p99_ms.append(percentile(took, 0.99))
