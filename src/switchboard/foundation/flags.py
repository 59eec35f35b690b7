"""Switches: what was set in the console goes before the settings.

A process that has a bell knows of a change at once, any other within five seconds.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.settings import Settings
from switchboard.foundation.wake import Bell

TRUSTED_S = 5.0
HOLDS_S = 300.0  # how long what was read last holds while the database is away
CHANNEL = "switchboard_flag"
STORED = "select name, value::text from flag where name = any($1)"
KEEP = """
insert into flag (name, value, changed_at) values ($1, $2::jsonb, $3)
on conflict (name) do update set value = excluded.value, changed_at = excluded.changed_at
"""


@dataclass(slots=True, kw_only=True)
class Flags:
    """The switches as one process sees them, named as their fields in the settings: `mcp_enabled`."""

    ground: Ground
    settings: Settings
    _stored: dict[str, bool | None] = field(default_factory=dict[str, bool | None])
    _read_at: dict[str, float] = field(default_factory=dict[str, float])
    _trusted: dict[tuple[str, ...], float] = field(default_factory=dict[tuple[str, ...], float])  # until when
    _changes: int = 0  # heard of
    _heeding: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    _by_settings: frozenset[str] = field(init=False)  # worked out once, as it is asked at each request

    def __post_init__(self) -> None:
        self._by_settings = self.settings.switched_on

    async def all_on(self, *names: str) -> bool:
        """Whether each of them is on."""
        now = time.monotonic()
        if now >= self._trusted.get(names, 0.0):
            await self._read(names, now)
        return all(map(self._on, names))

    def watch(self, bell: Bell) -> None:
        """Hear of changes from this bell. Ask before it is kept."""
        bell.hear(CHANNEL, self._changed)

    def heed(self, then: Callable[[], object]) -> None:
        """Have `then` called when a switch was changed somewhere."""
        self._heeding.append(then)

    def _changed(self, _name: str) -> None:
        self._changes += 1
        self._trusted.clear()  # to be read again
        for then in self._heeding:
            then()

    def _on(self, name: str) -> bool:
        stored = self._stored[name]
        return name in self._by_settings if stored is None else stored

    async def _read(self, names: tuple[str, ...], now: float) -> None:
        heard = self._changes
        try:
            async with self.ground.work(job_caller(NOBODY)) as work:
                found = await stored_switches(work, *names)
        except DatabaseDown:
            if all(now - self._read_at.get(name, float("-inf")) < HOLDS_S for name in names):
                return
            raise
        for name in names:
            self._stored[name], self._read_at[name] = found.get(name), now
        if heard == self._changes:  # else what was read may be from before the change
            self._trusted[names] = now + TRUSTED_S


async def stored_switches(work: Work, *names: str) -> dict[str, bool]:
    """What was set of them, by whomever; those left to the settings are not in it."""
    rows = await sql.fetch(work, STORED, list(names))
    found = {row["name"]: json.loads(row["value"]) for row in rows}
    return {name: value for name, value in found.items() if isinstance(value, bool)}


async def switch(work: Work, name: str, *, on: bool | None) -> None:
    """Set the stored switch; None leaves it to the settings again. Those who listen know it with the commit."""
    await sql.execute(work, KEEP, name, json.dumps(on), work.now)
    await sql.execute(work, "select pg_notify($1, $2)", CHANNEL, name)
