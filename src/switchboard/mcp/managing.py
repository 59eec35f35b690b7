"""Servers as a workspace has them: who is let in to which, and how they work; remembered until something changes."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from switchboard.accounts.remembered import Remembered
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.flags import HOLDS_S, Flags
from switchboard.foundation.ground import Ground, Work
from switchboard.mcp import store
from switchboard.mcp.rollout import Rollout, judged, lets_in
from switchboard.mcp.servers.names import EVERYTHING, NAMES
from switchboard.mcp.store import ServerRow

LOOKS_BACK = timedelta(minutes=15)


class Servers:
    """What one process knows of them."""

    def __init__(self, ground: Ground, flags: Flags) -> None:
        self._ground = ground
        self.flags = flags
        self._known: Remembered[UUID, dict[str, ServerRow]] = Remembered(at_most=1_000)
        self._before: Remembered[UUID, dict[str, ServerRow]] = Remembered(for_s=HOLDS_S, at_most=1_000)
        flags.heed(self._forget)

    async def row(self, caller: Caller, name: str) -> ServerRow:
        """A server as the caller's workspace has it."""
        now = self._ground.clock()
        known = self._known.get(caller.workspace, now)
        if known is None:
            try:
                async with self._ground.work(caller) as work:
                    known = await store.servers(work)
            except DatabaseDown:
                known = self._before.get(caller.workspace, now)
                if known is None:
                    raise
            self._known.keep(caller.workspace, known, now)
            self._before.keep(caller.workspace, known, now)
        return known.get(name) or ServerRow(name=name)

    async def there(self, caller: Caller, name: str) -> ServerRow | None:
        """The server if it is there for the caller: switched on everywhere, and here, and rolled out to them."""
        if not await self.flags.all_on(EVERYTHING, NAMES[name].switch):
            return None
        row = await self.row(caller, name)
        return row if row.enabled and lets_in(name, row.rollout, caller.id, self._ground.clock()) else None

    async def lets_in(self, caller: Caller, name: str) -> bool:
        """Whether the server is there for the caller."""
        return await self.there(caller, name) is not None

    def _forget(self) -> None:
        self._known = Remembered(at_most=1_000)


async def look_after(work: Work) -> list[str]:
    """Advance what is rolled out in the workspace at work, or take it back; the names of those that changed."""
    changed: list[str] = []
    for name, row in (await store.servers(work)).items():
        if row.rollout is None or row.rollout.state != "rolling_out":
            continue
        since = max(work.now - LOOKS_BACK, row.rollout.began_at)
        after = judged(row.rollout, await store.health(work, NAMES[name].rooms, since), work.now)
        if after != row.rollout:
            await _settle(work, name, row.rollout, after)
            changed.append(name)
    return changed


async def _settle(work: Work, name: str, before: Rollout, after: Rollout) -> None:
    """Keep what was decided, unless somebody decided otherwise meanwhile."""
    row = await store.lock_server(work, name)
    if row.rollout == before:
        await store.keep_server(work, replace(row, rollout=after))
