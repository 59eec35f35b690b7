"""The wrong rows of an import, which lie sealed beside the database: read page by page."""

import asyncio
from itertools import islice
from pathlib import Path

from switchboard.accounts import tenants
from switchboard.customers.imports.quarantine import rows_of
from switchboard.customers.records import Import, WrongRow, WrongRows, WrongRowsAsked
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work

PURPOSE = "customers.quarantine"


async def key_of(work: Work) -> bytes:
    """What the workspace's quarantine files are sealed with."""
    return (await tenants.data_key(work)).derived(PURPOSE)


async def page(work: Work, of: Import, asked: WrongRowsAsked) -> WrongRows:
    """The rows after the place of the cursor; raise NotFound when the import had none, or they are kept no longer."""
    path = folder_of(work) / of.quarantine if of.quarantine else None
    if path is None or not path.exists():
        raise NotFound(f"import {of.import_id} has no wrong rows that are kept")
    key, skipped = await key_of(work), asked.cursor or 0

    def read() -> list[WrongRow]:
        some = islice(rows_of(path, key), skipped, skipped + asked.limit + 1)
        return [WrongRow(line=each.place, reasons=each.reasons, row=each.row) for each in some]

    rows = await asyncio.to_thread(read)
    more = len(rows) > asked.limit
    return WrongRows(rows=tuple(rows[: asked.limit]), next_cursor=skipped + asked.limit if more else None)


def folder_of(work: Work) -> Path:
    """Where the workspace's quarantine files lie."""
    return work.ground.data_dir / "quarantine" / str(work.caller.workspace)
