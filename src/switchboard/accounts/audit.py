"""The audit trail: every call leaves one line, and no kill -9 loses it.

A change writes its line in its own transaction. A read must not wait for a commit: its line goes into a journal file
first and to the database a moment later, many at a time. There are two journals, so that one can be emptied while
the other is written. Lines carry an id, so writing one twice writes it once.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from switchboard.accounts import searched, tenants
from switchboard.accounts.journal import Journal, Line, journals, left_behind, line_of
from switchboard.accounts.records import AuditAsked, AuditLine, AuditList
from switchboard.accounts.store import trail as store
from switchboard.foundation.database import Database
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.ground import Done, Work
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.wake import wait_for

GATHER_S = 0.1  # how long lines wait for others
ADOPT_S = 30.0  # how often it looks for journals of dead processes
LARGEST_BATCH = 1_000
MOST_WAITING = 100_000  # lines in memory while the database is away; then the file alone keeps them
MOST_JOURNALS = 64  # files of so many lines, about a gigabyte; then new lines are lost, and the log says so
LOG = structlog.get_logger()


class JournalledTrail:
    """The trail of one process; `keep` runs for as long as it serves."""

    def __init__(self, database: Database, folder: Path, *, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._database = database
        self._folder = folder
        self._open()
        self._some = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def remember(self, done: Done) -> None:
        """Keep the line past a kill -9 of this process, and write it to the database soon."""
        line = line_of(done)
        self._current.write(line)
        self._waiting.append(line)
        self._some.set()

    async def write(self, work: Work, done: Done) -> None:
        """Write the line in the transaction of the change it tells of."""
        await store.add(work, line_of(done))

    async def keep(self) -> None:
        """Write what waits for as long as the process lives; sleeps when nothing does."""
        loop = asyncio.get_running_loop()
        looked = float("-inf")
        while True:
            try:
                if loop.time() - looked >= ADOPT_S:
                    await self.adopt()
                    looked = loop.time()
                await self.flush()
            except (OSError, DatabaseDown) as error:
                self._wait_on(error)
                await asyncio.sleep(1)
            else:
                await wait_for(self._some, ADOPT_S)
                await asyncio.sleep(GATHER_S)

    async def flush(self) -> None:
        """Write all lines that wait by now to the database, then empty their journal."""
        async with self._one_at_a_time:
            if not self._writing:
                self._writing, self._waiting = self._waiting, []
                self._current, self._full = self._full, self._current
            await self._write_batches(self._writing)
            self._full.empty()

    async def adopt(self) -> None:
        """Write the lines that dead processes left in their journals, and remove those."""
        for path in journals(self._folder):
            with left_behind(path) as lines:
                await self._write_batches(lines or [])

    async def close(self) -> None:
        """Write what waits and end; what the database does not take stays for who comes later."""
        try:
            await self.flush()  # what could not be written before
            await self.flush()  # what came since
        except (OSError, DatabaseDown) as error:
            self._wait_on(error)
        self._current.close()
        self._full.close()

    async def _write_batches(self, lines: list[Line]) -> None:
        while batch := lines[:LARGEST_BATCH]:
            async with self._database.session(None) as session:
                await store.add_many(session, batch)
            del lines[: len(batch)]

    def _open(self) -> None:
        self._waiting: list[Line] = []  # in the current journal
        self._writing: list[Line] = []  # in the full one
        self._current, self._full = Journal(self._folder), Journal(self._folder)

    def _wait_on(self, error: Exception) -> None:
        """The database is away: the journals have the lines; beyond a bound memory has them no more."""
        waiting = len(self._waiting) + len(self._writing)
        LOG.warning("audit_waits", lines=waiting, reason=type(error).__name__)
        if waiting < self._most_waiting:
            return
        if len(journals(self._folder)) < MOST_JOURNALS:
            self._current.close()  # to be adopted, by us too
            self._full.close()
            self._open()
        else:
            LOG.error("audit_lines_lost", lines=len(self._waiting))
            self._waiting.clear()
            self._current.empty()


async def listed(work: Work, asked: AuditAsked) -> AuditList:
    """Lines of the workspace at work, newest first."""
    whose = None if asked.customer_id is None else await subject(work, asked.customer_id)
    reads = [each.name for each in OPERATIONS.values() if each.reads] if asked.changes_only else None
    rows = await store.page(work, asked, whose, reads)
    lines = [AuditLine(**row, search=await searched.told(work, search)) for row, search in map(_apart, rows)]
    return AuditList(lines=lines, next_cursor=lines[-1].id if len(lines) == asked.limit else None)


def _apart(row: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the line says, and what it says of a search."""
    return (
        {name: value for name, value in row.items() if name not in searched.TOLD},
        {name: row[name] for name in searched.TOLD},
    )


async def about(work: Work, customer_id: str) -> None:
    """Have this call's line say whom it was about, by a keyed hash; for operations on one customer."""
    work.subjects.append(await subject(work, customer_id))


async def subject(work: Work, customer_id: str) -> str:
    """What the trail calls a customer: a keyed hash of the id they were asked for by."""
    key = await tenants.data_key(work)
    return key.hasher("audit").digest(customer_id).hex()
