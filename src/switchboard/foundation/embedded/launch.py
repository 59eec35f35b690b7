"""Making a data directory and starting the server in it; the caller holds the lock."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from switchboard.foundation.embedded.account import Account, allowed_names, closed_to, run_as
from switchboard.foundation.embedded.binaries import MAJOR, find_programs
from switchboard.foundation.embedded.places import LEAST_BYTES, PORT, Places, full, give, is_full
from switchboard.foundation.embedded.process import answers, is_ready, left_behind, server_pid
from switchboard.foundation.errors import DatabaseDown

ROLES = ("postgres", "switchboard", "switchboard_app")
START_S = 300.0  # recovering a few gigabytes after a crash takes minutes
ORPHANS_S = 0.3  # how long children of a killed server may take to leave by themselves
NEW_BYTES = 100_000_000  # a new data directory takes 55 MB, and the log of changes grows at once
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}  # PGPORT, PGDATA and their like are not for us

MB = 1 << 20
LEAST_BUFFERS_MB, MOST_BUFFERS_MB, OF_MEMORY = 128, 4_096, 8


def _buffers_mb() -> int:
    """An eighth of the machine's memory for what is read again and again, within bounds; taken as it is used."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB
    return min(max(memory // OF_MEMORY, LEAST_BUFFERS_MB), MOST_BUFFERS_MB)


SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": f"{_buffers_mb()}MB",
    "jit": "off",
    "client_connection_check_interval": "2s",  # what killed programs had asked for ends with them
    "wal_compression": "pglz",
    "wal_level": "minimal",  # nobody copies the log of changes: tables that are loaded whole need none
    "max_wal_senders": "0",
    "max_wal_size": "4GB",  # an import of 20 million lines is not slowed by checkpoints
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Quiet when idle: these sleep as long as they may.
    "bgwriter_delay": "10s",
    "max_logical_replication_workers": "0",
    # The log: a week of small files, without texts of statements, values or errors, for they name people.
    "logging_collector": "on",
    "log_filename": "postgres-%u.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_min_messages": "log",  # above ERROR in PostgreSQL's order: what went wrong in the server, not in a statement
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
if sys.platform == "linux":
    SETTINGS["recovery_init_sync_method"] = "syncfs"  # else a restart after a crash opens every file: 15 s, not 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    places: Places
    account: Account | None
    programs: Path


def launch(places: Places, account: Account | None, lock: int) -> subprocess.Popen[bytes] | None:
    """Start the server, after making its data directory where there is none; raise DatabaseDown when it will not.

    None when a server that someone else was starting came up by itself.
    """
    _clear_litter(places)
    if account and (closed := closed_to(account, places.root)):
        raise DatabaseDown(
            f"PostgreSQL runs as the account '{account.name}', which may not enter {closed}; set SWITCHBOARD_DATA_DIR "
            f"to a directory it can reach, such as /var/lib/switchboard, or allow it: chmod o+x {closed}"
        )
    making = Launch(places=places, account=account, programs=find_programs(places, account))
    _write_access(places)
    if not _has_data(places):
        _create(making, lock)
    return _serve(making)


def _clear_litter(places: Places) -> None:
    for half in places.root.glob("half-*"):
        if half.is_dir():
            shutil.rmtree(half, ignore_errors=True)
        else:
            half.unlink()


def _has_data(places: Places) -> bool:
    """Whether there is a data directory; raise when there is one we can not use."""
    if not places.data.exists() or not any(places.data.iterdir()):
        return False
    try:
        made_by = (places.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise DatabaseDown(f"{places.data} holds something that is not a PostgreSQL database; move it away") from None
    if made_by != MAJOR:
        raise DatabaseDown(
            f"{places.data} was made by PostgreSQL {made_by}, this is {MAJOR}: with the Switchboard that made it run "
            "`switchboard backup FILE`, then with this one `switchboard restore FILE --data-dir` a new directory"
        )
    return True


def _create(making: Launch, lock: int) -> None:
    """A new data directory, made under another name and renamed.

    `initdb` inherits the lock: when we are killed in here, the next starter waits until it is through.
    """
    places = making.places
    if is_full(places, NEW_BYTES):
        raise full(places)
    half = places.root / f"half-data.{os.getpid()}.{time.monotonic_ns()}"
    half.mkdir(mode=0o700)
    give(half, making.account)
    options = ["-U", "postgres", "-E", "UTF8", "--auth=reject", "--sync-method=" + _sync_method()]
    locale = ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(  # noqa: S603 - our own binaries and paths
        [str(making.programs / "initdb"), "-D", str(half), *options, *locale],
        check=False, capture_output=True, cwd="/", env=ENVIRONMENT, pass_fds=(lock,), **run_as(making.account),
    )  # fmt: skip
    if made.returncode:
        said = os.fsdecode(made.stderr)
        shutil.rmtree(half, ignore_errors=True)
        raise _reason(places, said, "PostgreSQL could not make its data directory")
    half.rename(places.data)
    _sync(places.root)


def _sync_method() -> str:
    return "syncfs" if sys.platform == "linux" else "fsync"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_access(places: Places) -> None:
    """Who may connect as whom: local accounts, proven by the system, each as one of our roles."""
    allowed = allowed_names(places.root)
    pairs = [f'switchboard "{name}" {role}\n' for name in allowed for role in ROLES]
    for path, text in (
        (places.access, f"local all {','.join(ROLES)} peer map=switchboard\n"),
        (places.accounts, "".join(pairs)),
    ):
        if path.exists() and path.read_text() == text:
            continue
        half = path.with_name(f"half-{path.name}.{os.getpid()}")
        half.unlink(missing_ok=True)
        half.write_text(text)
        half.chmod(0o644)
        half.replace(path)


def _serve(making: Launch) -> subprocess.Popen[bytes] | None:
    """The started server, once it answers."""
    places, begun = making.places, time.monotonic()
    while time.monotonic() < begun + START_S:
        if server_pid(places):  # another process was starting or stopping it when it was killed
            if _comes_up(places, None, begun):
                return None
            continue
        _clear_leftovers(places)
        child = _spawn(making)
        if _comes_up(places, child, begun):
            if child.stderr:
                child.stderr.close()
            return child
        said = os.fsdecode(child.communicate()[1])
        if "still in use" not in said and "already exists" not in said:
            raise _reason(places, said + _last_words(places), "PostgreSQL did not start")
        if time.monotonic() > begun + ORPHANS_S:
            _dismiss(left_behind(places))
        time.sleep(0.01)
    raise DatabaseDown(f"PostgreSQL did not start within {START_S:.0f} s; see {places.log}")


def _spawn(making: Launch) -> subprocess.Popen[bytes]:
    places = making.places
    sockets = str(places.run).replace('"', '""')
    settings = SETTINGS | {
        "unix_socket_directories": f'"{sockets}"',
        "hba_file": str(places.access),
        "ident_file": str(places.accounts),
        "log_directory": str(places.log),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(  # noqa: S603 - our own binaries and paths
        [str(making.programs / "postgres"), "-D", str(places.data), *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True, cwd="/", env=ENVIRONMENT, **run_as(making.account),
    )  # fmt: skip


def _comes_up(places: Places, child: subprocess.Popen[bytes] | None, begun: float) -> bool:
    """Whether the server answers before it ends: our child, or the one the pid file names."""
    while time.monotonic() < begun + START_S:
        if is_ready(places) and answers(places):
            return True
        if child.poll() is not None if child else server_pid(places) is None:
            return False
        time.sleep(0.005)
    if child:
        child.send_signal(signal.SIGQUIT)
    return False


def _clear_leftovers(places: Places) -> None:
    """Remove the pid and socket locks of a server that is gone; PostgreSQL trusts kill(pid, 0), we do not."""
    for left in (places.pid_file, places.socket.with_name(places.socket.name + ".lock")):
        if server_pid(places, left) is None:
            left.unlink(missing_ok=True)


def _dismiss(orphans: list[int]) -> None:
    """End children of a killed server that are too busy to notice; what they committed is in the log of changes."""
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _last_words(places: Places) -> str:
    logs = sorted(places.log.glob("postgres-*.log"), key=lambda log: log.stat().st_mtime)
    return logs[-1].read_text(errors="replace")[-2000:] if logs else ""


def _reason(places: Places, said: str, what: str) -> DatabaseDown:
    """The error to raise, from what a program said on its way out."""
    if any(word in said for word in ("No space left", "quota exceeded", "File too large", "File size limit")):
        return full(places)
    if is_full(places, LEAST_BYTES):
        return full(places)
    lines = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "error" in line]
    last = lines[-1] if lines else said.strip().rsplit("\n", 1)[-1]
    return DatabaseDown(f"{what}: {last.strip() or 'it said nothing'}; see {places.log}")
