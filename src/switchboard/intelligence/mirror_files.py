"""Where a workspace's mirror lies: sealed with the workspace's data key, one file under a new name with every change.

DuckDB works on the unsealed bytes in a file without a name, so none of them are found on the disk. What this process
unsealed to read it keeps a while, as long as it is the newest.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import UUID

import duckdb

from switchboard.foundation.unnamed import blocks_of, made, path_of
from switchboard.foundation.vault import StillSealed, opened_file, seal_file

QUIET = "set enable_progress_bar = false"  # else a query of two seconds draws one on standard output
MEMORY = "1500MB"
KEPT_S = 300.0  # how long an unsealed copy that nobody reads is kept
FIRST_BYTES = 1  # of a mirror that is not there yet
Configured = dict[str, str | bool | int | float | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorPlace:
    """A workspace's folder, and the key that its files are sealed with."""

    folder: Path
    key: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class _Unsealed:
    """A copy as this process reads it."""

    file: int
    readers: int = 0
    used_at: float = 0.0


_unsealed: dict[tuple[Path, bytes], _Unsealed] = {}
_looking = threading.Lock()
# Who connects first makes the database, and who comes beside may get it before it knows the arrays of Python.
_opening = threading.Lock()


def folder_of(data_dir: Path, workspace: UUID) -> Path:
    """Where a workspace's mirror lies."""
    return data_dir / "mirrors" / str(workspace)


@contextmanager
def published(place: MirrorPlace) -> Generator[duckdb.DuckDBPyConnection | None]:
    """The newest mirror, to read; None where there is none that opens."""
    for _ in range(3):  # a newer one may take its place between look and open
        newest = _newest(place.folder)
        if newest is None:
            break
        with contextlib.suppress(FileNotFoundError):
            try:
                taken = _take(newest, place.key)
            except StillSealed:
                break
            try:
                with _reading(place, taken) as mirror:
                    yield mirror
            finally:
                _give_back(taken)
            return
    yield None


def is_published(place: MirrorPlace) -> bool:
    """Whether there is a mirror that opens."""
    with published(place) as mirror:
        return mirror is not None


@asynccontextmanager
async def changing(place: MirrorPlace, schema: str, *, anew: bool = False) -> AsyncGenerator[duckdb.DuckDBPyConnection]:
    """The mirror to write, sealed and published when the block ends well; one that does not open is begun anew.

    Made `anew`, nothing is in it yet. Whoever calls is `alone`.
    """
    _clear(place.folder)
    with tempfile.TemporaryDirectory(dir=place.folder, prefix="work-") as work:
        file = await asyncio.to_thread(_new if anew else _copy_of_newest, place)
        try:
            with _writing(Path(work), file, schema) as mirror:
                yield mirror
            await asyncio.to_thread(_publish, place, file)
        finally:
            os.close(file)


@asynccontextmanager
async def alone(place: MirrorPlace) -> AsyncGenerator[None]:
    """Hold the lock of the mirror, among all processes of this machine."""
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place.folder / ".lock").open("a") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield


def name_of_newest(place: MirrorPlace) -> str | None:
    """What the newest mirror is called; None before the first."""
    newest = _newest(place.folder)
    return newest.name if newest else None


def drop(place: MirrorPlace) -> None:
    """Remove the mirror and what belongs to it; the next change makes it anew."""
    for copy in place.folder.glob("copy-*"):
        copy.unlink(missing_ok=True)


def _newest(folder: Path) -> Path | None:
    return max(folder.glob("copy-*.sealed"), default=None)


def _take(path: Path, key: bytes) -> _Unsealed:
    """The unsealed copy, ours until it is given back."""
    with _looking:
        _let_go(path)
        which = (path, key)
        if which not in _unsealed:
            _unsealed[which] = _Unsealed(file=_unseal(path, key))
        _unsealed[which].readers += 1
        return _unsealed[which]


def _give_back(taken: _Unsealed) -> None:
    with _looking:
        taken.readers, taken.used_at = taken.readers - 1, time.monotonic()


def _let_go(newest: Path) -> None:
    """Close copies that nobody reads, when a newer one is there or they have not been asked for in a while."""
    now = time.monotonic()
    for which, held in list(_unsealed.items()):
        older = which[0].parent == newest.parent and which[0] != newest
        if not held.readers and (older or now - held.used_at > KEPT_S):
            os.close(_unsealed.pop(which).file)


def _unseal(path: Path, key: bytes) -> int:
    with contextlib.ExitStack() as failing:
        file = made(path.stat().st_size, path.parent)
        failing.callback(os.close, file)
        for part in opened_file(path, key):
            os.write(file, part)
        failing.pop_all()
    return file


def _config(spill: Path) -> Configured:
    # What does not fit into memory is written sealed too; the key to it is DuckDB's own and never leaves the memory.
    return {
        "memory_limit": MEMORY, "threads": "2", "temp_directory": str(spill), "force_mbedtls_unsafe": True,
        "temp_file_encryption": True,
    }  # fmt: skip


@contextmanager
def _reading(place: MirrorPlace, taken: _Unsealed) -> Generator[duckdb.DuckDBPyConnection]:
    spill = place.folder / f"spill-{os.getpid()}"
    with _opening:
        connection = duckdb.connect(path_of(taken.file), read_only=True, config=_config(spill))
    with connection as mirror:
        mirror.execute(QUIET)
        yield mirror


def _copy_of_newest(place: MirrorPlace) -> int:
    newest = _newest(place.folder)
    if newest is not None:
        with contextlib.suppress(StillSealed):
            return _unseal(newest, place.key)
    return _new(place)


def _new(place: MirrorPlace) -> int:
    file = made(FIRST_BYTES, place.folder)
    os.write(file, _empty())
    return file


@cache
def _empty() -> bytes:
    """A database without a table; DuckDB makes none in a file that is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        duckdb.connect(path).close()
        return path.read_bytes()


@contextmanager
def _writing(work: Path, file: int, schema: str) -> Generator[duckdb.DuckDBPyConnection]:
    """The database in the file, open to write; DuckDB wants a folder beside it, where it leaves nothing."""
    name = work / "mirror.duckdb"
    name.symlink_to(path_of(file))
    with duckdb.connect(config=_config(work / "spill")) as mirror:
        attach = f"{QUIET}; attach '{name}' as mirror (recovery_mode no_wal_writes); use mirror; {schema}"
        try:
            mirror.execute(attach)
        except duckdb.Error:  # sealed whole, but of another form
            os.ftruncate(file, 0)
            os.pwrite(file, _empty(), 0)
            mirror.execute(f"use memory; detach database if exists mirror; {attach}")
        yield mirror
        mirror.execute("use memory; detach mirror")


def _publish(place: MirrorPlace, file: int) -> None:
    """A copy under a new name, which readers find; the ones before it go, whoever reads them reads on."""
    old = sorted(place.folder.glob("copy-*.sealed"))
    last = int(old[-1].stem.partition("-")[2]) if old else 0
    number = max(time.time_ns(), last + 1)  # no name comes twice: by it readers know what they have unsealed
    seal_file(place.folder / f"copy-{number:020}.sealed", blocks_of(file), place.key)
    for path in old:
        path.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """What refreshes that were killed left, and mirrors from before they were sealed; whoever holds the lock may."""
    for left in [*folder.glob("half-*"), *folder.glob("*.duckdb*"), *folder.glob("work-*"), *folder.glob("spill-*")]:
        if not left.is_dir():
            left.unlink(missing_ok=True)
        elif left.name.startswith("work-") or not Path(f"/proc/{left.name.partition('-')[2]}").exists():
            shutil.rmtree(left, ignore_errors=True)
