"""Kills in the middle of the import of a large file: the other shop's reads soon go on, and the import comes whole."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench.figures import Figure, say
from bench.shop import write_orders
from soak import checks
from soak.client import Client
from soak.house import KINDS, Failed, House
from soak.kills import Rounds
from soak.traffic import Traffic

NAME = "Large"
SEND_S = 600.0
WAIT_S = 25.0  # at most, before the next kill
DONE_S = 900.0


def killed_in_import(house: House, client: Client, database: str, customers: int, seed: int) -> Iterator[Figure]:
    """One kill of each kind while one file is imported; reads are those of the shop that is there."""
    file = house.folder.parent / "large.csv"
    say(f"write the orders of {customers:,} customers")
    lines = write_orders(file, customers)
    house.command("workspaces", "add", NAME)
    key = json.loads(house.command("keys", "add", "--workspace", NAME, "--name", "soak", "--role", "owner"))["key"]
    large = Client(port=client.port, key=str(key), timeout_s=SEND_S)
    job = _begin(large, file)
    traffic = Traffic(
        client=client, database=database, customers=checks.some_customers(database, 40), seed=seed, looking=False
    )  # fmt: skip
    rounds = Rounds(
        house=house, client=client, database=database, traffic=traffic, seed=seed, import_s=0, segment_s=0
    )  # fmt: skip
    chance = Random(f"{seed} large")
    with traffic:
        for kind in chance.sample(KINDS, len(KINDS)):
            _wait(large, job, {"running"})
            time.sleep(chance.random() * WAIT_S)
            _still_running(large, job)
            death = rounds.kill(kind, "import", chance)
            name = f"serving_again_after_{kind}_in_import_of_{lines}_lines"
            yield Figure(figure=name, value=death.away_s, unit="s", target="<= 15")
        _wait(large, job, {"done"})
    (brought,) = large.ask("customers.imports")["imports"]
    missing = lines - int(brought["counts"]["accepted"])
    yield Figure(figure="lines_lost_by_kills_in_import", value=missing, unit="", target="<= 0")
    halves = checks.seen(database)
    yield Figure(figure="seen_by_halves_after_kills_in_import", value=len(halves), unit="", target="<= 0")


def _begin(client: Client, file: Path) -> str:
    upload = client.ask("customers.begin_upload", name=file.name)
    client.insist("PUT", upload["path"], file.read_bytes())
    return str(client.ask("customers.start_import", upload_id=upload["upload_id"])["job_id"])


def _wait(client: Client, job: str, wanted: set[str]) -> None:
    until = time.monotonic() + DONE_S
    while (shown := client.ask("jobs.show", id=job))["status"] not in wanted:
        if shown["status"] in {"done", "failed"} or time.monotonic() > until:
            raise Failed(f"the large import is {shown['status']}: {shown['error']}")
        time.sleep(0.2)


def _still_running(client: Client, job: str) -> None:
    if (status := client.ask("jobs.show", id=job)["status"]) == "done":
        raise Failed(f"the large import was {status} before it could be disturbed; take more customers")
