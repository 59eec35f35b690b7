"""Who was forgotten, beside the data: a backup made before does not bring them back.

A line of the list is a workspace, a keyed hash and a moment; it tells nobody who it was. The room that forgets people
writes lines with `note`, and declares with `forgets_again` what is done about those a restored backup brought back. Of
a hash the last line counts: whoever may come back has one that says so.
"""

import fcntl
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Record

LIST = "forgotten.jsonl"
LONGEST = 1_000  # bytes of a line


class Forgotten(Record):
    """Somebody, by a hash the room that forgets them has of them, in hex; `together` is what all of theirs have."""

    workspace: UUID
    hash: str
    together: UUID
    at: datetime
    lifted: bool = False


Again = Callable[[Ground, list[Forgotten]], Awaitable[int]]
AGAIN: dict[str, Again] = {}
"""What is called once a backup was restored, by the room's name; each tells how many it forgot again."""


def forgets_again(room: str) -> Callable[[Again], Again]:
    """Declare what a room does about people who were forgotten after the backup was made."""

    def declare(again: Again) -> Again:
        AGAIN[room] = again
        return again

    return declare


def note(data_dir: Path, forgotten: Iterable[Forgotten]) -> None:
    """Add to the list; kept past a loss of power when this returns."""
    lines = b"".join(each.model_dump_json().encode() + b"\n" for each in forgotten)
    if not lines:
        return
    with os.fdopen(os.open(data_dir / LIST, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST))
        tail = file.read()
        file.seek(len(tail[tail.rfind(b"\n") + 1 :]) * -1, os.SEEK_END)  # over what a crash tore
        file.write(lines)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def standing(lines: Iterable[Forgotten]) -> list[Forgotten]:
    """Who is still to stay gone, by the last line of each."""
    last = {(each.workspace, each.hash): each for each in lines}
    return [each for each in last.values() if not each.lifted]


def listed(path: Path) -> Iterator[Forgotten]:
    """Whom a list names, or the list in a data directory; a line torn by a crash at its end is none.

    Raise Invalid when it is no list.
    """
    file = path / LIST if path.is_dir() else path
    if not file.exists():
        raise Invalid(
            f"there is no list {file} of who was forgotten; name {LIST} of a data directory", field="forgotten"
        )
    with file.open("rb") as lines:
        for line in lines:
            try:
                yield Forgotten.model_validate_json(line)
            except ValidationError:
                if line.endswith(b"\n"):
                    raise Invalid(f"{file} is no list of who was forgotten; name {LIST}", field="forgotten") from None
