"""Messages of streams that are no item: kept sealed beside the wrong rows of imports, and read page by page."""

import asyncio
import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from switchboard.customers import wrong_rows
from switchboard.customers.cards import masked
from switchboard.customers.imports.quarantine import lines_of
from switchboard.customers.ingest.messages import Refused
from switchboard.customers.ingest.records import RefusedAsked, RefusedMessage, RefusedMessages
from switchboard.foundation.ground import Work
from switchboard.foundation.spreadsheets import harmless
from switchboard.foundation.vault import seal_file

COLUMNS = ("stream", "place", "offset", "reasons", "row")


async def set_aside(work: Work, stream: str, group: str, refused: Sequence[Refused]) -> None:
    """Keep what was refused of a batch, card numbers masked; read again after a kill -9, it is written again."""
    first = refused[0].message
    batch = f"{stream}\0{group}\0{first.place}\0{first.offset}"
    path = wrong_rows.folder_of(work) / f"stream-{hashlib.sha256(batch.encode()).hexdigest()[:16]}.csv"
    key = await wrong_rows.key_of(work)

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        seal_file(path, _written(stream, refused), key)

    await asyncio.to_thread(write)


async def page(work: Work, asked: RefusedAsked) -> RefusedMessages:
    """The messages after the place of the cursor, the oldest batches first."""
    key, skipped = await wrong_rows.key_of(work), asked.cursor or 0

    def read() -> list[RefusedMessage]:
        return list(islice(_kept(wrong_rows.folder_of(work), key), skipped, skipped + asked.limit + 1))

    found = await asyncio.to_thread(read)
    more = len(found) > asked.limit
    return RefusedMessages(messages=tuple(found[: asked.limit]), next_cursor=skipped + asked.limit if more else None)


def _written(stream: str, refused: Sequence[Refused]) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for each in refused:
        row = masked(each.message.value.decode("utf-8", "replace")).text
        yield _line((stream, each.message.place, each.message.offset, each.reason, harmless(row)))


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _kept(folder: Path, key: bytes) -> Iterator[RefusedMessage]:
    for path in sorted(folder.glob("stream-*.csv"), key=lambda each: (each.stat().st_mtime_ns, each.name)):
        for stream, place, offset, reasons, row in islice(csv.reader(lines_of(path, key)), 1, None):
            yield RefusedMessage(stream=stream, place=place, offset=offset, reasons=reasons, message=row)
