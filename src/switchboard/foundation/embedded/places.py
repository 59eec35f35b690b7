"""Where the parts of one embedded server lie, and locking between the processes that use it."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from switchboard.foundation.embedded.account import Account
from switchboard.foundation.errors import DatabaseDown

PORT = 5432  # names the socket; no network port is opened
LONGEST_SOCKET = 103  # bytes without the closing zero; sun_path has 104 on macOS, 108 on Linux
PLAIN = re.compile(r"[\w./+-]+", re.ASCII)  # what connection strings need not quote: asyncpg splits hosts at commas
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LEAST_BYTES = 20_000_000  # one more segment of the log of changes
OPEN_DIRECTORY = 0o711  # to be walked through, not listed


@dataclass(frozen=True, slots=True)
class Places:
    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def access(self) -> Path:
        """Who may connect (pg_hba.conf); outside the data, so that only we write it."""
        return self.root / "access.conf"

    @property
    def accounts(self) -> Path:
        """Which account may be which role (pg_ident.conf)."""
        return self.root / "accounts.conf"

    @property
    def run(self) -> Path:
        """The socket's directory: beside the data, or one derived from it where that path is too long or odd."""
        inside = self.root / "run"
        if len(os.fsencode(inside / self._socket)) <= LONGEST_SOCKET and PLAIN.fullmatch(str(inside)):
            return inside
        return Path("/tmp") / f"switchboard-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:20]}"  # noqa: S108 - checked in `prepare`: ours, closed to others

    @property
    def socket(self) -> Path:
        return self.run / self._socket

    @property
    def _socket(self) -> str:
        return f".s.PGSQL.{PORT}"


def make_folders(places: Places, account: Account | None) -> None:
    """Make the socket's and the log's directory where missing; raise DatabaseDown when someone else did."""
    for folder in (places.run, places.log):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            give(folder, account)
        found = folder.lstat()
        owner = account.user if account else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o022:
            raise DatabaseDown(f"{folder} is not a directory of the account PostgreSQL runs as; remove it")


def clear_folders(places: Places) -> None:
    """Leave nothing outside the root once the server is down."""
    if places.run.parent != places.root:
        with contextlib.suppress(OSError):
            places.run.rmdir()


def make_reachable(folder: Path, account: Account | None) -> None:
    """Make a directory and its missing parents: closed, or to be walked through by the account."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(OPEN_DIRECTORY if account else 0o700)


def give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.user, account.group, follow_symlinks=False)


@contextlib.contextmanager
def locked(places: Places) -> Generator[int]:
    """The only one of all processes that starts or stops this server; gives the lock's descriptor."""
    descriptor = open_lock(places.root / ".lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """A descriptor of a lock file that belongs to the owner of its directory, even when root makes it."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    with contextlib.suppress(FileExistsError):
        made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        folder = path.parent.stat()
        if os.geteuid() == 0 and folder.st_uid != 0:
            os.fchown(made, folder.st_uid, folder.st_gid)
        return made
    return os.open(path, flags)


def is_full(places: Places, needed_bytes: int) -> bool:
    """Whether the file system leaves less than this to anyone but root."""
    room = os.statvfs(next(each for each in (places.root, *places.root.parents) if each.exists()))
    return room.f_bavail * room.f_frsize < needed_bytes


def full(places: Places) -> DatabaseDown:
    return DatabaseDown(
        f"there is no room left for PostgreSQL in {places.root}; "
        "free some space there, or set SWITCHBOARD_DATA_DIR to a larger disk"
    )


@contextlib.contextmanager
def told(places: Places) -> Generator[None]:
    """Trouble with files and programs, said in a sentence with the next step."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL or is_full(places, LEAST_BYTES):
            raise full(places) from error
        where = str(error.filename or places.root)
        if isinstance(error, PermissionError):
            raise DatabaseDown(
                f"this account may not use {where}; run Switchboard as the account that owns it, "
                "or set SWITCHBOARD_DATA_DIR to a directory of its own"
            ) from error
        raise DatabaseDown(f"PostgreSQL can not use {where}: {error.strerror or error}") from error
