"""Files without a name: what must be a file for a library, and must not be found on the disk by anybody.

They are in memory while they are small for this machine, else on the disk without an entry in any folder; either way
they end with the process that holds them, however it ends.
"""

import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

OF_MEMORY = 32  # what is at most this share of the machine's is held there
BLOCK = 1 << 20


@contextmanager
def unnamed(parts: Iterable[bytes], size: int, folder: Path) -> Generator[int]:
    """A file of these bytes, some `size` in all, as a descriptor; `folder` is where it lies when it is large."""
    file = made(size, folder)
    try:
        for part in parts:
            os.write(file, part)
        yield file
    finally:
        os.close(file)


def made(size: int, folder: Path) -> int:
    """An empty file without a name, for some `size` bytes."""
    if hasattr(os, "memfd_create") and size <= _memory() // OF_MEMORY:
        return os.memfd_create("unnamed", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        return os.dup(file.fileno())


def path_of(file: int) -> Path:
    """A path by which this process, and no other, opens the file."""
    own = Path(f"/proc/{os.getpid()}/fd")
    return (own if own.exists() else Path("/dev/fd")) / str(file)


def blocks_of(file: int) -> Iterator[bytes]:
    """All that is in the file, some at a time."""
    at = 0
    while block := os.pread(file, BLOCK, at):
        yield block
        at += len(block)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
