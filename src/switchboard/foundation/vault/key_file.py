"""The master key in a file of its own beside the data, for who has no key service.

Whoever holds this file and a dump of the database reads everything; who holds the dump alone reads no contact and no
secret. So it belongs in a backup of its own.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

from switchboard.foundation.vault.keyset import Keyset, KeyUnusable, StillSealed, new_keyset

OTHERS = 0o077
OTHERS_WRITE = 0o022


class KeyFile:
    """A Tink keyset in `<data_dir>/keys/master.json`, which its owner alone may read."""

    def __init__(self, data_dir: Path, *, first: bool) -> None:
        """Read the key, or make it where `first` says that nothing was sealed yet; raise KeyUnusable."""
        self.path = data_dir / "keys" / "master.json"
        try:
            if first and not self.path.exists():
                _make(self.path)
            self._keys = _read(self.path)
        except FileNotFoundError:
            raise KeyUnusable(
                f"the master key {self.path} is gone, and what it sealed can not be read without it; "
                "put the file back from its backup"
            ) from None
        except OSError as error:
            raise KeyUnusable(f"the master key {self.path} can not be used: {error.strerror}") from error

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._keys.seal(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        key = self._keys.open(wrapped, context)
        if key is not None:
            return key
        if self._keys.has_sealed(wrapped):
            raise StillSealed("a key or secret does not open: it was changed or moved; restore its row from a backup")
        raise StillSealed(
            f"this was sealed with another master key than {self.path}; put the first one back from its backup"
        )


def _read(path: Path) -> Keyset:
    if path.stat().st_mode & OTHERS:
        raise KeyUnusable(
            f"others can read the master key; close it with: chmod 600 {path} (and think of it as known to them)"
        )
    if path.parent.stat().st_mode & OTHERS_WRITE:
        raise KeyUnusable(f"others can replace the master key; close its directory with: chmod 700 {path.parent}")
    try:
        return Keyset(path.read_text())
    except ValueError:
        raise KeyUnusable(f"{path} is no master key any more; put it back from its backup") from None


def _make(path: Path) -> None:
    """Make the key unless another process was first; kill -9 in here leaves no half key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one(path.parent) as folder:
        if path.exists():
            return
        half = path.with_name("half-master.json")
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_keyset())
            file.flush()
            os.fsync(descriptor)
        half.replace(path)
        os.fsync(folder)


@contextlib.contextmanager
def _only_one(folder: Path) -> Generator[int]:
    """The only process in here; the directory itself is what is locked."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
