"""`python -m soak`: kills, and what the house costs when it is quiet; figures as JSON lines on standard output.

SOAK_KILLS is how often something is killed (100), SOAK_SEED what the moments follow from, SOAK_IDLE_S how long the
quiet house is watched (60), SOAK_SECONDS when no further kill is begun (1,500). SOAK_CUSTOMERS is the size of a shop of
twenty lines a customer in whose import there is a kill of each kind (0: none; 1,000,000 takes a quarter of an hour).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bench.figures import Figure, median, percentile, say, tell
from soak import checks, large, quiet
from soak.client import Client
from soak.house import KINDS, Failed, House, free_port, until
from soak.kills import Death, Rounds, bring, settle
from soak.shop import ORDERS, File, orders_file
from soak.traffic import Traffic

Left = tuple[list[File], dict[str, str]]  # what was imported, and digests of what is kept
AGAIN = "<= 2"
NOTHING = "<= 0"
PATIENCE_S = 2.0  # for the last lines of the trail to reach the database

MOST = 100_000_000  # calls an hour: allowances are on, but must not end


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the environment asks for."""

    kills: int
    seed: int
    idle_s: float
    seconds: float
    customers: int

    @classmethod
    def read(cls) -> "Asked":
        kills = int(os.environ.get("SOAK_KILLS", "100"))
        return cls(
            kills=kills, seed=int(os.environ.get("SOAK_SEED", "7")),
            idle_s=float(os.environ.get("SOAK_IDLE_S", "60" if kills >= 50 else "20")),
            seconds=float(os.environ.get("SOAK_SECONDS", "1500" if kills >= 50 else "150")),
            customers=int(os.environ.get("SOAK_CUSTOMERS", "0")),
        )  # fmt: skip


def main() -> int:
    """All of it; 1 when a target is missed, or the house did not come back."""
    signal.signal(signal.SIGTERM, end)
    asked = Asked.read()
    with tempfile.TemporaryDirectory(prefix="sb-soak-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o711)  # the account that PostgreSQL runs as enters it
        try:
            return int(not tell(figures(asked, root)))
        except Failed as failed:
            say(f"failed: {failed}")
            for log in root.glob("*.log"):
                say(f"{log.name}: {log.read_text(errors='replace')[-8_000:]}")
            return 1


def end(_number: int, _frame: FrameType | None) -> None:
    """Leave in order, so that no house is left standing."""
    sys.exit(143)


def figures(asked: Asked, root: Path) -> Iterator[Figure]:
    house = House(folder=root / "house", port=free_port(), log=root / "up.log")
    key = fill(house)
    control = House(folder=root / "control", port=house.port, log=root / "control.log")
    subprocess.run(["cp", "-a", str(house.folder), str(control.folder)], check=True)
    client = Client(port=house.port, key=key)
    try:
        say("start")
        yield from quiet.starts(house, client, 5 if asked.kills >= 50 else 3)
        settle(database(house))
        yield from quiet.idle(house, asked.idle_s)
        files, found = yield from killed(asked, house, client)
        if asked.customers:
            yield from large.killed_in_import(house, client, database(house), asked.customers, asked.seed)
        yield from left(house)
        say(f"the same without kills: {len(files)} files")
        yield from undisturbed(control, client, files, found)
    finally:
        house.end()
        control.end()


def fill(house: House) -> str:
    """The demo's gift shop, imported and segmented; a key."""
    house.folder.mkdir(mode=0o711)
    say("fill")
    house.command("workspaces", "add", "Gifts", "--currency", "GBP", "--time-zone", "Europe/London")
    house.command("import", "orders", str(ORDERS), "--preset", "online_retail")
    house.command("segment")
    return key_without_bounds(house)


def fill_small(house: House, seed: int) -> str:
    """A shop of one small file; a key."""
    house.folder.mkdir(mode=0o711)
    say("fill")
    file = orders_file(seed, 0)
    path = house.folder / file.name
    path.write_bytes(file.content)
    house.command("workspaces", "add", "Gifts", "--currency", "GBP", "--time-zone", "Europe/London")
    house.command("import", "orders", str(path))
    return key_without_bounds(house)


def key_without_bounds(house: House) -> str:
    """An owner's key, whose allowances do not end."""
    for about, name in (("role", ("--name", "owner")), ("workspace", ())):
        house.command("limits", "change", "--about", about, *name, "--per-hour", str(MOST))
    return str(json.loads(house.command("keys", "add", "--name", "soak", "--role", "owner"))["key"])


def killed(asked: Asked, house: House, client: Client) -> Generator[Figure, None, Left]:
    """The rounds, and what they must have left whole."""
    where = database(house)
    say("measure an import and a segmentation")
    first = orders_file(asked.seed, 0)
    import_s = timed(lambda: bring(client, first))
    segment_s = timed(lambda: client.ask("intelligence.segment"))
    settle(where)
    say(f"kill {asked.kills} times; an import takes {import_s:.2f} s, a segmentation {segment_s:.2f} s")
    traffic = Traffic(client=client, database=where, customers=checks.some_customers(where, 40), seed=asked.seed)
    rounds = Rounds(
        house=house, client=client, database=where, traffic=traffic, seed=asked.seed, import_s=import_s,
        segment_s=segment_s, files=[first],
    )  # fmt: skip
    with traffic:
        rounds.run(asked.kills, time.monotonic() + asked.seconds)
    say("settle")
    settle(where)
    yield from of_deaths(rounds.deaths, asked)
    yield from of_answers(rounds, client)
    client.ask("intelligence.segment")
    found = checks.digests(where)
    again = [wrong for file in rounds.files for wrong in bring(client, file)]
    settle(where)
    yield count("second_import_changes", len(again) + (checks.digests(where) != found))
    yield count("seen_by_halves_at_the_end", len(checks.seen(where)))
    return rounds.files, found


def of_deaths(deaths: Sequence[Death], asked: Asked) -> Iterator[Figure]:
    yield Figure(figure="kills", value=len(deaths), unit="", target=f">= {asked.kills}")
    for kind in KINDS:
        own = [each for each in deaths if each.kind == kind]
        if not own:
            continue
        away = [each.away_s for each in own]
        target = "<= 5" if kind == "supervisor" else AGAIN  # whoever serves is started anew
        yield Figure(figure=f"serving_again_after_{kind}_p50", value=median(away), unit="s", target=target)
        yield Figure(figure=f"serving_again_after_{kind}_max", value=max(away), unit="s", target=target)
        yield Figure(figure=f"{kind}_replaced_p50", value=median(each.replaced_s for each in own), unit="s")
        if kind == "supervisor":
            gone = [each.followed_s for each in own]
            yield Figure(figure="supervisor_followed_max", value=max(gone), unit="s", target="<= 10")


def of_answers(rounds: Rounds, client: Client) -> Iterator[Figure]:
    traffic, where = rounds.traffic, rounds.database
    answered = [answer.ended - answer.began for _, answer in traffic.reads if answer.status == 200]
    yield Figure(figure="reads_answered", value=len(answered), unit="")
    yield Figure(figure="reads_p99", value=1_000 * percentile(answered, 0.99), unit="ms")
    yield Figure(figure="reads_not_answered", value=len(traffic.reads) - len(answered), unit="")
    yield Figure(figure="changes_answered", value=len(traffic.rates), unit="")
    yield count("answered_changes_lost", checks.lost_rates(where, traffic.rates))
    yield count("changes_without_audit_line", checks.changes_without_line(where))
    time.sleep(PATIENCE_S)
    yield count("answered_reads_without_audit_line", reads_without_line(traffic, client))
    yield Figure(figure="imports", value=len(rounds.files), unit="")
    yield count("imports_lost", len(rounds.lost_imports), rounds.lost_imports)
    yield count("failed_jobs", len(failed := checks.failed_jobs(where)), failed)
    yield Figure(figure="looks_from_outside", value=traffic.looks, unit="")
    yield count("seen_by_halves", len(traffic.half), traffic.half)
    yield count("odd_answers", sum(traffic.odd.values()), [f"{code}: {often}" for code, often in traffic.odd.items()])
    yield count("ended_by_itself", len(rounds.house.ended), [f"exit code {code}" for code in rounds.house.ended])


def reads_without_line(traffic: Traffic, client: Client) -> int:
    """Of each customer's answered reads, those beyond the lines that tell of one."""
    lost = 0
    for who, often in traffic.answered_reads().items():
        told, cursor = 0, None
        while True:
            page = client.ask("audit.list", customer_id=who, outcome="done", limit=1000, cursor=cursor)
            told += len(page["lines"])
            cursor = page["next_cursor"]
            if cursor is None:
                break
        lost += max(0, often - told)
    return lost


def left(house: House) -> Iterator[Figure]:
    """Stopping, and what is still there afterwards."""
    said = house.log.read_text(errors="replace")
    began = time.monotonic()
    code = house.stop()
    yield Figure(figure="stop", value=time.monotonic() - began, unit="s", target="<= 10")
    for line in house.log.read_text(errors="replace")[len(said) :].splitlines():
        say(f"at its end: {line}")
    yield count("stop_exit_code", code)
    time.sleep(0.5)
    still = house.everything()
    yield count("processes_left_behind", len(still), [str(each) for each in still])
    wrong = wrong_lines(said)
    yield count("wrong_lines_in_the_log", len(wrong), wrong)


def wrong_lines(said: str) -> list[str]:
    """What should not be in a log: faults of ours and of libraries, a traceback with the lines around it as one."""
    found: list[str] = []
    lines = said.splitlines()
    for at, line in enumerate(lines):
        if "Traceback" in line:
            end = next((n for n in range(at + 1, len(lines)) if not lines[n].startswith(" ")), len(lines) - 1)
            found.append("\n".join(lines[max(0, at - 2) : end + 1]))
        elif "request_failed" in line or "leaked" in line:
            found.append(line)
    return found


def undisturbed(control: House, client: Client, files: Sequence[File], found: dict[str, str]) -> Iterator[Figure]:
    """The same files in a house where nobody dies: all must be equal."""
    control.begin()
    until(lambda: client.call("GET", "/readyz").status == 200, "readiness")
    wrong = [each for file in files for each in bring(client, file)]
    client.ask("intelligence.segment")
    same = checks.digests(database(control))
    control.stop()
    yield count("control_imports_lost", len(wrong), wrong)
    yield count("differences_to_control", sum(found[name] != same[name] for name in found), list(found))


def count(figure: str, value: int, which: Sequence[str] = ()) -> Figure:
    """A number that must be nought."""
    for each in list(which)[:5] if value else ():
        say(f"{figure}: {each}")
    return Figure(figure=figure, value=value, unit="", target=NOTHING)


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def database(house: House) -> str:
    """Where the database's administrator connects, who sees all workspaces."""
    return house.server.url(role="postgres", database="switchboard")


if __name__ == "__main__":
    sys.exit(main())
