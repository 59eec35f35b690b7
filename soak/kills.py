"""Rounds of one kill each: something is under way, a process dies, and soon everything goes on."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from bench.figures import say
from soak import checks
from soak.client import Client, Unanswered
from soak.house import KINDS, Failed, House, Kind, is_there, until
from soak.shop import File, orders_file
from soak.traffic import Traffic

Stage = Literal["import", "segmentation", "serving"]
STAGES: tuple[Stage, ...] = ("import", "segmentation", "serving")
SETTLE_S = 1.5  # of reads that go well, before the next
QUIET_S = 2.0  # how long a segmentation waits for further imports
SETTLED_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Death:
    """Who was killed in the middle of what, and how long reads went wrong."""

    kind: Kind
    stage: Stage
    away_s: float
    replaced_s: float
    followed_s: float = 0.0
    """How long the others took to end by themselves, after the death of the supervisor."""


@dataclass(kw_only=True)
class Rounds:
    """Kills in one house; `files` were all imported."""

    house: House
    client: Client
    database: str
    traffic: Traffic
    seed: int
    import_s: float
    segment_s: float
    files: list[File] = field(default_factory=list[File])
    deaths: list[Death] = field(default_factory=list[Death])
    lost_imports: list[str] = field(default_factory=list[str])

    def run(self, kills: int, until_s: float) -> None:
        """So many kills, fewer when the time is over."""
        chance = Random(self.seed)
        while len(self.deaths) < kills and time.monotonic() < until_s:
            for kind in chance.sample(KINDS, len(KINDS)):
                if len(self.deaths) < kills:
                    self._round(kind, chance.choice(STAGES), chance)

    def _round(self, kind: Kind, stage: Stage, chance: Random) -> None:
        importing = threading.Thread(target=self._import) if stage != "serving" else None
        wait_s = chance.random() * {"import": self.import_s, "segmentation": self.segment_s, "serving": 0.5}[stage]
        if importing:
            importing.start()
            if stage == "segmentation":
                importing.join()
                wait_s += QUIET_S
        time.sleep(wait_s)
        self.kill(kind, stage, chance, importing)

    def kill(self, kind: Kind, stage: Stage, chance: Random, importing: threading.Thread | None = None) -> Death:
        """Kill one of the kind, and wait until reads go well again; before that, for the import that goes on."""
        until(lambda: bool(self.house.processes(kind)), f"a {kind} to kill")
        before = set(self.house.processes(kind))
        killed = self.house.kill(kind, chance)
        if killed is None:
            raise Failed(f"there was no {kind} to kill")
        followed_s = self._followed() if kind == "supervisor" else 0.0
        replaced_s = self._replaced(kind, before, killed)
        if importing:
            importing.join()
        until(lambda: self._is_well(killed), "serving again")
        away_s = self.traffic.away_s(killed, time.monotonic())
        death = Death(kind=kind, stage=stage, away_s=away_s, replaced_s=replaced_s, followed_s=followed_s)
        self.deaths.append(death)
        say(f"{len(self.deaths)}: {kind} in {stage}, replaced after {replaced_s:.2f} s, reads away {away_s:.2f} s")
        return death

    def _followed(self) -> float:
        """Until everything the supervisor began is gone; PostgreSQL's processes may stay for the next."""
        ours = [each for each in self.house.everything() if not _is_postgres(each)]
        return until(lambda: not any(is_there(each) for each in ours), "the end of a killed supervisor's processes")

    def _replaced(self, kind: Kind, before: set[int], killed: float) -> float:
        def there() -> bool:
            self.house.keep_up()
            now = set(self.house.processes(kind))
            return bool(now - before) if kind != "backend" else bool(self.house.server.pid)

        until(there, f"a new {kind}")
        return time.monotonic() - killed

    def _is_well(self, killed: float) -> bool:
        """Whether reads have gone well for a moment, all of it after the death."""
        self.house.keep_up()
        since = time.monotonic() - SETTLE_S
        newest = [answer for _, answer in self.traffic.reads[-400:] if answer.began >= since]
        return since > killed and len(newest) > 5 and all(answer.status == 200 for answer in newest)

    def _import(self) -> None:
        """A file through the API, from its upload to the end of its job."""
        file = orders_file(self.seed, len(self.files))
        self.files.append(file)
        try:
            self.lost_imports += bring(self.client, file)
        except Unanswered as error:
            self.lost_imports.append(str(error))


def bring(client: Client, file: File) -> list[str]:
    """Import a file; what went wrong."""
    upload = client.ask("customers.begin_upload", name=file.name)
    client.insist("PUT", upload["path"], file.content)
    job = client.ask("customers.start_import", upload_id=upload["upload_id"])["job_id"]
    until = time.monotonic() + SETTLED_S
    while time.monotonic() < until:
        shown = client.ask("jobs.show", id=job)
        if shown["status"] == "done":
            return []
        if shown["status"] == "failed":
            return [f"{file.name}: {shown['error']}"]
        time.sleep(0.05)
    return [f"{file.name}: neither done nor failed after {SETTLED_S:.0f} s"]


def settle(database: str) -> None:
    """Wait until no job waits or runs."""
    until(lambda: checks.jobs_left(database) == 0, "the end of all jobs", SETTLED_S * 5)


def _is_postgres(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/comm").read_text().startswith("postgres")
    except OSError:
        return True
