"""Switches: what was set in the console goes before the settings; every process knows within five seconds."""

import json
import time
from dataclasses import dataclass, field

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.settings import Settings

TRUSTED_S = 5.0
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
    _stored: dict[str, tuple[bool | None, float]] = field(default_factory=dict[str, tuple[bool | None, float]])

    async def all_on(self, *names: str) -> bool:
        """Whether each of them is on."""
        now = time.monotonic()
        if any(now >= self._stored.get(name, (None, 0.0))[1] for name in names):
            await self._read(names, now)
        return all(self._on(name) for name in names)

    def _on(self, name: str) -> bool:
        stored, _ = self._stored[name]
        return bool(getattr(self.settings, name)) if stored is None else stored

    async def _read(self, names: tuple[str, ...], now: float) -> None:
        async with self.ground.work(job_caller(NOBODY)) as work:
            rows = await sql.fetch(work, STORED, list(names))
        found = {row["name"]: json.loads(row["value"]) for row in rows}
        for name in names:
            value = found.get(name)
            self._stored[name] = (value if isinstance(value, bool) else None, now + TRUSTED_S)


async def switch(work: Work, name: str, *, on: bool | None) -> None:
    """Set the stored switch; None leaves it to the settings again."""
    await sql.execute(work, KEEP, name, json.dumps(on), work.now)
