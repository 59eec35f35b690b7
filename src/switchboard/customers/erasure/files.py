"""What `customers` leaves of people in files, and in rows that PostgreSQL has deleted but not yet taken away."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from switchboard.customers import leftovers, uploads, wrong_rows
from switchboard.customers.erasure.mentions import Mentions
from switchboard.customers.imports import quarantine
from switchboard.customers.imports.records import Source
from switchboard.customers.store import emptying
from switchboard.customers.store import uploads as upload_store
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import under_way
from switchboard.foundation.personal import Cleaned, Gone, Leftover, leave_people
from switchboard.foundation.vault import StillSealed

IMPORT = "customers.import"
LONGEST_S = 3600.0
PAUSES_S = (0.0, 0.2, 0.5, 1.0)  # before a table that was in use is tried again


async def clean_quarantine(ground: Ground, workspace: UUID, gone: Gone) -> Cleaned:
    """Wrong rows that mention them, taken out of every quarantine file; in doubt a row goes, for none was imported."""
    mentions = Mentions(gone.whom.words)
    async with ground.work(job_caller(workspace)) as work:
        key = await wrong_rows.key_of(work)

    def clean() -> int:
        return sum(quarantine.without(path, mentions.in_text, key) for path in _files(ground, "quarantine", workspace))

    return Cleaned(removed=await asyncio.to_thread(clean))


async def clean_uploads(ground: Ground, workspace: UUID, gone: Gone) -> Cleaned:
    """Files that were sent and mention them, or can not be searched; those whose import is under way go after it."""
    async with ground.work(job_caller(workspace)) as work:
        awaited, key = await under_way(work, IMPORT), await uploads.key_of(work)
    scratch = ground.data_dir / "scratch"
    scratch.mkdir(exist_ok=True, mode=0o700)
    mentions, later, dropped = Mentions(gone.whom.words), False, list[str]()

    def drop(path: Path) -> bool:
        with uploads.claimed(path) as free:
            if free:
                path.unlink()
            return free

    def mentioned(path: Path) -> bool:
        sent = Source(path=path, name=path.name, size=path.stat().st_size)
        try:
            with uploads.opened(sent, key, scratch) as source:
                return mentions.in_file(source.path)
        except StillSealed:  # what is still coming can not be searched
            return True

    for path in _files(ground, "uploads", workspace):
        if await asyncio.to_thread(mentioned, path):
            if path.name not in {str(each) for each in awaited} and await asyncio.to_thread(drop, path):
                dropped.append(path.name)
            else:
                later = True
    async with ground.work(job_caller(workspace)) as work:
        await upload_store.remove(work, dropped)
    return Cleaned(removed=len(dropped), done=not later)


async def clean_scratch(ground: Ground, _: UUID, gone: Gone) -> Cleaned:
    """What imports work on until they end, and what killed ones left, which goes once nobody can be at it any more."""
    folder = ground.data_dir / "scratch"
    if not folder.exists():
        return Cleaned(removed=0)

    def clean() -> Cleaned:
        removed = leftovers.sweep(folder, ground.clock())
        older = [path for path in folder.iterdir() if leftovers.touched(path) <= gone.since_s]
        return Cleaned(removed=removed, done=not older)

    return await asyncio.to_thread(clean)


async def clean_dead_rows(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """Rows that are deleted already, out of the tables' files and indexes."""
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        return Cleaned(removed=await emptying.vacuum(work))


async def clean_pages(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """Pages in which deleted rows lay: of small tables, by files that are made anew; one in use is tried again.

    What a table is in at the end tells whether it was; then PostgreSQL gives up the changes that it logged before.
    """
    caller = job_caller(workspace)
    async with ground.work(caller) as work:
        before = {table: await emptying.file_of(work, table) for table in await emptying.small(work)}
    left = before
    for pause_s in PAUSES_S:
        await asyncio.sleep(pause_s)
        for table in left:
            async with ground.work(caller, timeout_s=LONGEST_S) as work:
                await emptying.write_anew(work, table)
        async with ground.work(caller) as work:
            left = {table: file for table, file in left.items() if await emptying.file_of(work, table) == file}
        if not left:
            break
    async with ground.work(caller) as work:
        may = await emptying.may_checkpoint(work)
    if may:
        async with ground.work(caller, timeout_s=LONGEST_S) as work:
            await emptying.checkpoint(work)
    return Cleaned(removed=len(before) - len(left))


def _files(ground: Ground, kind: str, workspace: UUID) -> Iterable[Path]:
    folder = ground.data_dir / kind / str(workspace)
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.exists() else ()


leave_people(Leftover(name="quarantined rows", about="wrong rows of imports", clean=clean_quarantine))
leave_people(Leftover(name="uploads", about="files that were sent to be imported", clean=clean_uploads))
leave_people(Leftover(name="scratch files", about="what imports work on", clean=clean_scratch))
leave_people(Leftover(name="vacuumed tables", about="deleted rows in PostgreSQL's files", clean=clean_dead_rows))
leave_people(Leftover(name="tables written anew", about="pages in which deleted rows lay", clean=clean_pages))
