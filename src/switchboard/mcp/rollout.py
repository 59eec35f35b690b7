"""Rollout of a server by percentage of callers: a plan of steps, advanced by the clock, taken back when it goes ill.

Pure functions. A caller's place is a hash of server and caller, so the same callers stay in as the percentage grows.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

State = Literal["rolling_out", "done", "rolled_back"]
FEWEST_CALLS = 20  # on fewer nothing is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """So many percent of callers, from so many days after the beginning on."""

    percent: float
    after_days: float


FIRST_PLAN = (
    Step(percent=10, after_days=0), Step(percent=25, after_days=3), Step(percent=50, after_days=7),
    Step(percent=100, after_days=14),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The calls of a server in the time that is looked at."""

    calls: int
    failed: int
    p95_ms: float

    @property
    def error_rate(self) -> float:
        """The share of calls that failed through no fault of who called, 0 to 1."""
        return self.failed / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A plan at work; `most_error_rate` is a share of calls, 0 to 1."""

    steps: tuple[Step, ...] = FIRST_PLAN
    began_at: datetime
    state: State = "rolling_out"
    most_error_rate: float = 0.05
    most_p95_ms: float = 2_000.0
    changed_at: datetime
    reason: str = ""


def percent(rollout: Rollout | None, now: datetime) -> float:
    """How many percent of callers are let in; all of them where there is no plan."""
    if rollout is None or rollout.state == "done":
        return 100.0
    if rollout.state == "rolled_back":
        return 0.0
    passed = now - rollout.began_at
    return max((step.percent for step in rollout.steps if timedelta(days=step.after_days) <= passed), default=0.0)


def place(server: str, caller: UUID) -> float:
    """Where a caller stands, from 0 to 100: let in below the percentage."""
    digest = hashlib.blake2b(f"{server} {caller}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32 * 100


def lets_in(server: str, rollout: Rollout | None, caller: UUID, now: datetime) -> bool:
    """Whether this caller is among them."""
    share = percent(rollout, now)
    return share >= 100 or place(server, caller) < share


def judged(rollout: Rollout, health: Health, now: datetime) -> Rollout:
    """The plan after a look at its health: the same, done, or taken back with the reason."""
    if rollout.state != "rolling_out":
        return rollout
    if health.calls >= FEWEST_CALLS:
        if health.error_rate > rollout.most_error_rate:
            told = f"{health.error_rate:.1%} of {health.calls:,} calls failed, more than {rollout.most_error_rate:.1%}"
            return rolled_back(rollout, told, now)
        if health.p95_ms > rollout.most_p95_ms:
            told = f"5 % of {health.calls:,} calls took longer than {health.p95_ms:,.0f} ms"
            return rolled_back(rollout, f"{told}, the bound is {rollout.most_p95_ms:,.0f} ms", now)
    if percent(rollout, now) >= 100:
        return replace(rollout, state="done", changed_at=now)
    return rollout


def rolled_back(rollout: Rollout, reason: str, now: datetime) -> Rollout:
    """The plan taken back: nobody is let in."""
    return replace(rollout, state="rolled_back", reason=reason, changed_at=now)
