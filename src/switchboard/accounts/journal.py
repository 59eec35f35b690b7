"""Lines of the audit trail in a file, so that kill -9 loses none; whoever comes later adopts what was left.

A journal belongs to the process that holds its lock. What power loss of the machine can take is the last moment of
reads, never a change: that one's line is in its own transaction.
"""

import contextlib
import fcntl
import os
import random
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog

from switchboard.foundation.ground import Done
from switchboard.foundation.ids import new_id

LOG = structlog.get_logger()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND, MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)
RANDOM_BITS = 74
RANDOM = random.Random()  # noqa: S311 - what makes an id unlike others need not be secret
os.register_at_fork(after_in_child=RANDOM.seed)
ENDING = ".lines"
FIELDS = 11


class Line(NamedTuple):
    """A line of the trail, in the order of the table's columns."""

    workspace_id: UUID
    id: UUID
    caller_id: UUID
    caller_kind: str
    client_id: UUID | None
    operation: str
    outcome: str
    door: str
    began: datetime
    took_us: int
    subject: str


def line_of(done: Done) -> Line:
    """The line of a call; its id says when the call began, so lines lie in the order of time."""
    caller = done.caller
    rest = RANDOM.getrandbits(RANDOM_BITS)
    return Line(
        caller.workspace, _id(done.began, rest), caller.id, caller.kind, caller.client,
        done.operation, done.outcome, done.door, done.began, done.took_us, done.subject,
    )  # fmt: skip


def first_id(began: datetime) -> UUID:
    """The smallest id a call that began then can have."""
    return _id(began, 0)


def moment_of(line: UUID) -> datetime:
    """When the call of the line with this id began, to the millisecond."""
    return EPOCH + (line.int >> 80) * MILLISECOND


def _id(began: datetime, rest: int) -> UUID:
    """A version 7 UUID: 48 bits of milliseconds, then 74 of the rest."""
    stamp = max(0, (began - EPOCH) // MILLISECOND)
    return UUID(int=stamp << 80 | 7 << 76 | (rest >> 62) << 64 | 2 << 62 | rest & (1 << 62) - 1)


def as_bytes(line: Line) -> bytes:
    """The line as the journal holds it; ids, names and numbers only, none of which can hold a tab."""
    client = "" if line.client_id is None else line.client_id.hex
    began_us = (line.began - EPOCH) // MICROSECOND
    return (
        f"{line.workspace_id.int:032x}\t{line.id.int:032x}\t{line.caller_id.int:032x}\t{line.caller_kind}\t{client}\t"
        f"{line.operation}\t{line.outcome}\t{line.door}\t{began_us}\t{line.took_us}\t{line.subject}\n"
    ).encode()


def from_bytes(text: bytes) -> Line | None:
    """The line; None when it is torn."""
    parts = text.decode(errors="replace").split("\t")
    if len(parts) != FIELDS:
        return None
    workspace, line_id, caller, kind, client, operation, outcome, door, began_us, took_us, subject = parts
    try:
        return Line(
            UUID(workspace), UUID(line_id), UUID(caller), kind, UUID(client) if client else None,
            operation, outcome, door, EPOCH + int(began_us) * MICROSECOND, int(took_us), subject,
        )  # fmt: skip
    except (ValueError, OverflowError):
        return None


class Journal:
    """A file that this process writes; the kernel keeps it when the process dies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = _opened(folder)
        self._torn = False

    def write(self, line: Line) -> None:
        """Append the line, in one call of the system; a full disk is logged once, the line still waits in memory."""
        text = as_bytes(line)
        try:
            written = os.write(self._file, b"\n" + text if self._torn else text)
        except OSError as error:
            if not self._torn:
                LOG.warning("audit_journal_unwritable", reason=type(error).__name__)
            self._torn = True
        else:
            self._torn = written < len(text)

    def empty(self) -> None:
        """Forget all lines: the database has them."""
        os.ftruncate(self._file, 0)
        self._torn = False

    def close(self) -> None:
        """Let go of the file: what is in it may be adopted."""
        os.close(self._file)


def _opened(folder: Path) -> int:
    """A new journal, locked. One that was adopted, and so removed, before the lock was held is not it."""
    while True:
        path = folder / f"{new_id()}{ENDING}"
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:
                return file
        os.close(file)


def journals(folder: Path) -> list[Path]:
    """All journals, of living processes and dead ones."""
    return sorted(folder.glob(f"*{ENDING}"))


@contextlib.contextmanager
def left_behind(path: Path) -> Generator[list[Line] | None]:
    """The lines of a journal nobody holds; it is removed when the block ends well. None when somebody does."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield [line for text in path.read_bytes().split(b"\n") if (line := from_bytes(text))]
        path.unlink(missing_ok=True)
    finally:
        os.close(file)
