"""A backup brought back into an empty data directory: all of it, verified, or nothing."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import psycopg

from switchboard.foundation import schema
from switchboard.foundation.backup import archive
from switchboard.foundation.backup.dumping import fill, is_empty, tables_of
from switchboard.foundation.backup.forgotten import AGAIN, LIST, Forgotten, note, standing
from switchboard.foundation.backup.making import FOLDERS, Manifest, Tell
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Record
from switchboard.foundation.vault import KeyFile, StillSealed, Vault

MARK = "restoring"
"""A file that is there while a restore is not through, with the process it runs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it shall be brought; `database_url` is a server that is not ours. Of key and passphrase one is given."""

    data_dir: Path
    database_url: str | None = None
    key: Path | None = None
    passphrase: str | None = None


class Restored(Record):
    """What was brought back."""

    data_dir: str
    made_at: datetime
    tables: int
    rows: int
    files: int
    forgotten_again: int = 0


def check_whole(data_dir: Path) -> None:
    """Raise Conflict for a data directory whose restore did not end; whoever restores it may go in."""
    mark = data_dir / MARK
    if mark.exists() and mark.read_text().strip() != str(os.getpid()):
        raise Conflict(
            f"a restore into {data_dir} did not end; remove the directory and restore again", code="half_restored"
        )


@contextmanager
def restored(file: Path, target: Target, tell: Tell) -> Generator[Restored]:
    """Bring the backup back; the directory is whole when the block ends well, and as it was when it does not."""
    if target.data_dir.exists() and any(target.data_dir.iterdir()):
        raise Conflict(
            f"{target.data_dir} is not empty; name a new directory with --data-dir, or move this one away",
            code="not_empty",
        )
    was_there = target.data_dir.exists()
    target.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    with ExitStack() as failing:
        failing.callback(_empty, target.data_dir, and_remove=not was_there)
        (target.data_dir / MARK).write_text(str(os.getpid()))
        yield _bring_back(file, target, tell)
        failing.pop_all()
    (target.data_dir / MARK).unlink()


def _empty(folder: Path, *, and_remove: bool) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    if and_remove:
        folder.rmdir()


async def forget_again(ground: Ground, made_at: datetime, forgotten: Iterable[Forgotten]) -> int:
    """Forget whom these name and the backup brought back; how many. They are kept in the new directory's list."""
    found = list(forgotten)
    note(ground.data_dir, [each for each in found if each.at >= made_at])
    return sum([await again(ground, standing(found)) for again in AGAIN.values()])


def _bring_back(file: Path, target: Target, tell: Tell) -> Restored:
    with ExitStack() as leaving:
        source = leaving.enter_context(file.open("rb"))
        header = archive.header_of(source)
        if header.database > schema.head():
            raise Conflict(
                f"this backup is of a newer Switchboard (step {header.database}; this version knows {schema.head()}): "
                f"restore it with {header.program}",
                code="newer_backup",
            )
        key = _key(header, target)
        owner_url = _database(target, leaving)
        manifest, files = None, dict[str, str]()
        for entry, parts in archive.entries(source, key):
            match entry.kind:
                case "database":
                    fill(owner_url, _told(parts, entry.name, tell))
                case "file":
                    files[entry.name] = _write(target.data_dir, entry.name, _told(parts, entry.name, tell))
                case "manifest":
                    manifest = Manifest.model_validate_json(b"".join(parts))
        if manifest is None:
            raise StillSealed("the backup has no end; take another copy of it")
        tell("verifying", 0)
        _verify(owner_url, files, manifest)
        schema.upgrade(owner_url)
        rows = sum(int(said.split()[0]) for said in manifest.tables.values())
        return Restored(
            data_dir=str(target.data_dir), made_at=header.made_at, tables=len(manifest.tables), rows=rows,
            files=len(files),
        )  # fmt: skip


def _key(header: archive.Header, target: Target) -> bytes:
    """The backup's key; the master key that opens it lies in the new directory from now on."""
    if target.key is not None:
        if not target.key.is_file():
            raise Invalid(f"there is no key file {target.key}; name the keys/master.json of then", field="key")
        master = target.key.read_bytes()
    elif target.passphrase is not None:
        master = archive.by_passphrase(header, target.passphrase)
    elif header.master is not None:
        raise Invalid("give the passphrase the backup was made with: --passphrase-stdin", field="passphrase")
    else:
        raise Invalid(
            "the master key is not in this backup; give it with --key FILE: keys/master.json of the data directory "
            "the backup is of, or your copy of it",
            field="key",
        )
    path = target.data_dir / "keys" / "master.json"
    path.parent.mkdir(mode=0o700)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(master)
    return archive.unwrapped(Vault(KeyFile(target.data_dir, first=False)), header)


def _database(target: Target, leaving: ExitStack) -> str:
    """The owner's address of an empty database."""
    if target.database_url is None:
        server = Embedded(target.data_dir / "postgres").start()
        leaving.callback(server.stop)
        schema.create_database(server.url(role="postgres", database="postgres"))
        return server.url(role="switchboard")
    if not is_empty(target.database_url):
        raise Conflict("the database of SWITCHBOARD_DATABASE_URL is not empty; name an empty one", code="not_empty")
    schema.grant_sign_in(target.database_url, secrets.token_hex(32))  # a new password comes when it is opened
    return target.database_url


def _write(data_dir: Path, name: str, parts: Iterator[bytes]) -> str:
    """Write a file of the backup to its place; its digest."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (path.parts[0] not in FOLDERS and name != LIST):
        raise StillSealed(f"the backup holds a file of another place: {name}")
    place = data_dir / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        for part in parts:
            out.write(part)
            digest.update(part)
    return digest.hexdigest()


def _verify(owner_url: str, files: dict[str, str], manifest: Manifest) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute("set datestyle = 'ISO'; set timezone = 'UTC'; set statement_timeout = 0")
        tables = dict(tables_of(owner))
    wrong = sorted(name for name in tables.keys() | manifest.tables if tables.get(name) != manifest.tables.get(name))
    wrong += sorted(name for name in files.keys() | manifest.files if files.get(name) != manifest.files.get(name))
    if wrong:
        raise StillSealed(f"what was restored is not what was backed up: {', '.join(wrong[:5])}; take another copy")


def _told(parts: Iterator[bytes], name: str, tell: Tell) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        tell(name, size)
        yield part
