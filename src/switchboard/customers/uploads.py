"""Files on their way in: where they lie follows from the workspace and a random id, never from a caller's words."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.imports.records import Source
from switchboard.customers.store import uploads as store
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.unnamed import path_of, unnamed
from switchboard.foundation.vault import is_sealed, opened_file

PURPOSE = "customers.uploads"


def place(data_dir: Path, workspace: UUID, upload_id: UUID) -> Path:
    """Where the bytes of an upload lie; the folder is made."""
    folder = data_dir / "uploads" / str(workspace)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / str(upload_id)


async def begin(work: Work, name: str) -> UUID:
    """A new upload, its bytes still to come."""
    upload_id = work.ground.ids()
    await store.add(work, upload_id, Path(name).name)
    return upload_id


async def source(work: Work, upload_id: UUID) -> Source:
    """The uploaded file; raise NotFound when there is none, or its bytes have not come."""
    name = await store.name(work, upload_id)
    path = place(work.ground.data_dir, work.caller.workspace, upload_id)
    if name is None or not path.exists():
        raise NotFound(f"there is no upload {upload_id}; send the file again (customers.begin_upload says where)")
    return Source(path=path, name=name, size=path.stat().st_size)


async def key_of(work: Work) -> bytes:
    """What the workspace's uploads are sealed with."""
    return (await tenants.data_key(work)).derived(PURPOSE)


@contextmanager
def opened(sent: Source, key: bytes, scratch: Path) -> Generator[Source]:
    """The upload as it can be read while this block lasts: unsealed in a file without a name.

    A file of this machine that is only linked is read where it lies.
    """
    if sent.path.is_symlink() or not is_sealed(sent.path):
        yield sent
        return
    with unnamed(opened_file(sent.path, key), sent.size, scratch) as file:
        yield Source(path=path_of(file), name=sent.name, size=os.fstat(file).st_size)


def drop(data_dir: Path, workspace: UUID, upload_id: UUID) -> None:
    """Remove the bytes of an upload (of a linked file: the link)."""
    place(data_dir, workspace, upload_id).unlink(missing_ok=True)


async def forget(work: Work, upload_id: UUID) -> None:
    """Forget an upload whose bytes are dropped."""
    await store.remove(work, [str(upload_id)])


@contextmanager
def held(path: Path) -> Generator[None]:
    """Keep the file of an upload from being dropped while an import reads it."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def claimed(path: Path) -> Generator[bool]:
    """Whether no import reads the file of an upload; none begins to while this holds it."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
