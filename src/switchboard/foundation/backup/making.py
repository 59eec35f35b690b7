"""A backup made while everything runs: the database of one moment, then the files."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from switchboard.foundation import schema
from switchboard.foundation.backup import archive
from switchboard.foundation.backup.dumping import dumped, one_moment, tables_of
from switchboard.foundation.backup.forgotten import LIST
from switchboard.foundation.errors import Conflict
from switchboard.foundation.records import Record
from switchboard.foundation.vault import Vault
from switchboard.foundation.version import own_version

FOLDERS = ("uploads", "quarantine", "exports", "audit")
"""What can not be worked out again; the mirror can."""
BLOCK = 1 << 20
Tell = Callable[[str, int], None]
"""Told which entry is being written or read, and how many bytes of it there were so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is backed up."""

    data_dir: Path
    owner_url: str
    vault: Vault


class Manifest(Record):
    """What was in it: rows and hashes of every table, the digest of every file."""

    tables: dict[str, str]
    files: dict[str, str]


class BackupMade(Record):
    """A backup."""

    file: str
    bytes: int
    made_at: datetime
    tables: int
    rows: int
    files: int
    with_key: bool


def make_backup(origin: Origin, target: Path, passphrase: str | None, tell: Tell) -> BackupMade:
    """Write it; seen under its name only when it is whole. Raise Conflict when there is such a file.

    With a passphrase the master key is in it too, sealed with that.
    """
    if target.exists():
        raise Conflict(f"there is {target} already; name another file, or move it away", code="file_there")
    half = target.with_name(f"half-{secrets.token_hex(6)}-{target.name}")
    made_at, key = datetime.now(UTC), archive.new_key()
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            written = archive.Archive(file, _header(origin, key, passphrase, made_at), key)
            manifest = _write(origin, written, tell)
            written.finish()
            os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return BackupMade(
        file=str(target), bytes=target.stat().st_size, made_at=made_at, tables=len(manifest.tables),
        rows=sum(int(said.split()[0]) for said in manifest.tables.values()), files=len(manifest.files),
        with_key=passphrase is not None,
    )  # fmt: skip


def _header(origin: Origin, key: bytes, passphrase: str | None, made_at: datetime) -> archive.Header:
    master = None
    if passphrase is not None:
        master = archive.with_passphrase((origin.data_dir / "keys" / "master.json").read_bytes(), passphrase)
    return archive.Header(
        format=archive.FORMAT, program=own_version(), database=schema.step_of(origin.owner_url) or schema.head(),
        made_at=made_at, key=archive.wrapped(origin.vault, key), master=master,
    )  # fmt: skip


def _write(origin: Origin, to: archive.Archive, tell: Tell) -> Manifest:
    with one_moment(origin.owner_url) as moment:
        to.add(
            archive.Entry(kind="database", name="database"), _told(dumped(origin.owner_url, moment), "database", tell)
        )
        tables = dict(tables_of(moment.owner))
    files = dict[str, str]()
    for name, path in _files(origin.data_dir):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # an import may just have ended
            parts = _told(iter(partial(file.read, BLOCK), b""), name, tell)
            files[name] = to.add(archive.Entry(kind="file", name=name), parts).digest
    manifest = Manifest(tables=tables, files=files)
    to.add(archive.Entry(kind="manifest", name="manifest"), [manifest.model_dump_json().encode()])
    return manifest


def _files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """Each file with its name below the data directory; links lead out of it, halves are being written."""
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("half-"):
                yield str(path.relative_to(data_dir)), path
    if (data_dir / LIST).is_file():
        yield LIST, data_dir / LIST


def _told(parts: Iterator[bytes], name: str, tell: Tell) -> Iterator[bytes]:
    size = 0
    tell(name, 0)
    for part in parts:
        size += len(part)
        tell(name, size)
        yield part
