"""`python -m soak.gateway`: kills of serving processes while clients of MCP read and write; figures as JSON lines.

SOAK_KILLS is how often one is killed (200), SOAK_SEED what the moments follow from, SOAK_FLIPS how often a switch is
turned before those who listen (100), SOAK_SECONDS when no further kill is begun (1,800).
"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self

import psycopg

from bench.figures import Figure, percentile, say, tell
from soak.__main__ import count, database, end, fill_small
from soak.checks import some_customers
from soak.client import Client
from soak.flips import flips
from soak.house import Failed, House, free_port, until
from soak.mcp_client import Called, McpClient

READ, WRITE = "customer_data_customers_consent", "customer_data_customers_record_consent"
READERS, WRITERS, PAUSE_S = 4, 3, 0.01
CUSTOMERS = 100
LONGEST_S = 2.0
ESTABLISHED = "01"  # in /proc/net/tcp
ROWS = """
select c.purpose, count(*) from consent c where c.purpose ^@ 'soak' group by c.purpose
"""
LINES = "select count(*) from audit_line where operation = 'customers.record_consent' and outcome = 'done'"


@dataclass(kw_only=True)
class Calls:
    """Readers and writers, running until the block ends; every call of theirs is noted."""

    client: McpClient
    customers: Sequence[str]
    seed: int
    reads: list[tuple[str, Called]] = field(default_factory=list[tuple[str, Called]])
    writes: list[tuple[str, Called]] = field(default_factory=list[tuple[str, Called]])
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def __enter__(self) -> Self:
        acts = [self._read] * READERS + [self._write] * WRITERS
        self._threads += [threading.Thread(target=act, args=(number,)) for number, act in enumerate(acts)]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for each in self._threads:
            each.join()

    def _read(self, number: int) -> None:
        chance = Random(f"{self.seed} {number}")
        while not self._done.wait(PAUSE_S):
            who = chance.choice(self.customers)
            self.reads.append((who, self.client.call(READ, customer_id=who)))

    def _write(self, number: int) -> None:
        """What is said of a purpose of its own, so that what was written twice is seen."""
        chance, written = Random(f"{self.seed} {number}"), 0
        while not self._done.wait(PAUSE_S):
            written += 1
            purpose = f"soak_{number}_{written}"
            called = self.client.call(
                WRITE, customer_id=chance.choice(self.customers), channel="email", purpose=purpose, state="given",
                source="soak", idempotency_key=purpose,
            )  # fmt: skip
            self.writes.append((purpose, called))


def main() -> int:
    """All of it; 1 when a target is missed, or the house did not come back."""
    signal.signal(signal.SIGTERM, end)
    with tempfile.TemporaryDirectory(prefix="sb-gateway-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o711)  # the account that PostgreSQL runs as enters it
        house = House(folder=root / "house", port=free_port(), log=root / "up.log")
        try:
            return int(not tell(figures(house)))
        except Failed as failed:
            say(f"failed: {failed}\n{house.log.read_text(errors='replace')[-8_000:] if house.log.exists() else ''}")
            return 1
        finally:
            house.end()


def figures(house: House) -> Iterator[Figure]:
    kills, seed = int(os.environ.get("SOAK_KILLS", "200")), int(os.environ.get("SOAK_SEED", "7"))
    until_s = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "1800"))
    key = fill_small(house, seed)
    house.command("flags", "set", "mcp_enabled", "true")
    house.command("flags", "set", "mcp_customer_data_enabled", "true")
    house.command("flags", "set", "mcp_monitoring_enabled", "true")
    house.begin()
    client, mcp = Client(port=house.port, key=key), McpClient(port=house.port, key=key)
    until(lambda: client.call("GET", "/readyz").status == 200, "readiness")
    yield from flips(client, mcp, int(os.environ.get("SOAK_FLIPS", "100")))
    calls = Calls(client=mcp, customers=some_customers(database(house), CUSTOMERS), seed=seed)
    with calls:
        killed, away = kill(house, kills, Random(seed), until_s)
    say("settle")
    time.sleep(LONGEST_S)
    yield Figure(figure="gateway_kills", value=killed, unit="", target=f">= {kills}")
    yield Figure(figure="serving_process_replaced_p50", value=percentile(away, 0.5), unit="s")
    yield from of_calls(calls, house, client)


def kill(house: House, kills: int, chance: Random, until_s: float) -> tuple[int, list[float]]:
    """Kill a serving process at a time, when all of them serve; how often, and how long each was away."""
    away: list[float] = []
    whole = len(house.processes("serving"))
    while len(away) < kills and time.monotonic() < until_s:
        time.sleep(chance.random() * 0.5)
        house.kill("serving", chance)
        away.append(until(lambda: serving(house) >= whole, "a serving process in its place"))
        if len(away) % 20 == 0:
            say(f"{len(away)} killed")
    return len(away), away


def serving(house: House) -> int:
    """How many serving processes hold a client's connection."""
    held = set(_accepted(house.port))
    return sum(bool(held & set(_sockets(each))) for each in house.processes("serving"))


def _accepted(port: int) -> Iterator[str]:
    """The sockets of this machine that clients of the port are connected to."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, ours, _, state, *_, inode = line.split()[:10]
        if state == ESTABLISHED and int(ours.partition(":")[2], 16) == port:
            yield f"socket:[{inode}]"


def _sockets(process: int) -> Iterator[str]:
    for each in Path(f"/proc/{process}/fd").glob("*"):
        with contextlib.suppress(OSError):
            yield str(each.readlink())


def of_calls(calls: Calls, house: House, client: Client) -> Iterator[Figure]:
    everything = [called for _, called in [*calls.reads, *calls.writes]]
    waited = [called.waited_s for called in everything]
    yield Figure(figure="mcp_reads", value=len(calls.reads), unit="", target=">= 1")
    yield Figure(figure="mcp_writes", value=len(calls.writes), unit="", target=">= 1")
    yield Figure(figure="mcp_calls_asked_again", value=sum(called.attempts > 1 for called in everything), unit="")
    yield Figure(figure="mcp_waited_p99", value=1_000 * percentile(waited, 0.99), unit="ms")
    yield Figure(figure="mcp_waited_max", value=max(waited), unit="s", target=f"<= {LONGEST_S}")
    wrong = [str(called.said) for called in everything if not called.is_done]
    yield count("mcp_calls_not_answered_well", len(wrong), wrong)
    with psycopg.connect(database(house)) as connection:
        rows = {str(purpose): int(often) for purpose, often in connection.execute(ROWS).fetchall()}
        lines = int(str(connection.execute(LINES).fetchall()[0][0]))
    yield count("mcp_writes_done_twice", sum(often > 1 for often in rows.values()), list(rows))
    lost = [purpose for purpose, called in calls.writes if called.is_done and purpose not in rows]
    yield count("mcp_writes_lost", len(lost), lost)
    yield count("mcp_writes_without_one_audit_line", abs(sum(rows.values()) - lines))
    wanting = reads_without_line(calls, client)
    yield count("mcp_reads_without_audit_line", len(wanting), wanting)


def reads_without_line(calls: Calls, client: Client) -> list[str]:
    """Customers of whose answered reads a line is missing; a read that was asked again may have left several."""
    answered = Counter(who for who, called in calls.reads if called.is_done)
    again = {who for who, called in calls.reads if called.attempts > 1}
    wanting: list[str] = []
    for who, often in answered.items():
        told, cursor = 0, None
        while True:
            page: Any = client.ask("audit.list", customer_id=who, outcome="done", limit=1000, cursor=cursor)
            told += sum(line["operation"] == "customers.consent" for line in page["lines"])
            cursor = page["next_cursor"]
            if cursor is None:
                break
        if told < often or (told != often and who not in again):
            wanting.append(f"{who}: {often} answered, {told} lines")
    return wanting


if __name__ == "__main__":
    sys.exit(main())
