"""A PostgreSQL with a streaming replica, both started by the test from the programs that come along."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from switchboard.foundation.embedded.account import Account, run_as, serving_account
from switchboard.foundation.embedded.binaries import find_programs
from switchboard.foundation.embedded.places import Places, give

PASSWORD = "owner's"  # noqa: S105 - of a server that lives as long as a test
START_S = 60.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGPASSWORD": PASSWORD}
SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "64MB", "fsync": "off",
    "wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on", "max_connections": "100", "jit": "off",
}  # fmt: skip


@dataclass(kw_only=True)
class Server:
    """One server: where its data is and where it listens."""

    programs: Path
    account: Account | None
    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def url(self, database: str = "switchboard", options: str = "") -> str:
        """Where its owner signs in."""
        return f"postgresql://owner:owner%27s@127.0.0.1:{self.port}/{database}{options}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            cwd="/", env=ENVIRONMENT, **run_as(self.account),
        )  # fmt: skip
        until = time.monotonic() + START_S
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def say(self, statement: str, database: str = "switchboard") -> list[tuple[object, ...]]:
        """Run a statement there as its owner; the rows it gives."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The primary, and the replica that follows it."""

    primary: Server
    replica: Server

    def caught_up(self) -> None:
        """Wait until the replica shows what the primary has kept by now."""
        ((now,),) = self.primary.say("select pg_current_wal_flush_lsn()::text")
        until = time.monotonic() + START_S
        while self.replica.say(f"select pg_last_wal_replay_lsn() >= '{now}'::pg_lsn") != [(True,)]:
            assert time.monotonic() < until, "the replica does not follow"
            time.sleep(0.02)

    def pause(self) -> None:
        """Have the replica show what it shows now, until it is resumed."""
        self.replica.say("select pg_wal_replay_pause()")
        while self.replica.say("select pg_get_wal_replay_pause_state()") != [("paused",)]:
            time.sleep(0.01)

    def resume(self) -> None:
        """Have the replica follow again."""
        self.replica.say("select pg_wal_replay_resume()")


@contextmanager
def pair(folder: Path) -> Generator[Pair]:
    """Both servers, running, with the database `switchboard`."""
    primary = _made(folder)
    primary.start()
    replica = Server(
        programs=primary.programs, account=primary.account, data=folder / "replica", port=_port()
    )  # fmt: skip
    try:
        primary.say("create database switchboard", "postgres")
        subprocess.run(
            [str(primary.programs / "pg_basebackup"), "-d", primary.url("postgres"), "-D", str(replica.data), "-R",
             "--checkpoint=fast", "--no-sync"],
            check=True, capture_output=True, cwd="/", env=ENVIRONMENT, **run_as(primary.account),
        )  # fmt: skip
        replica.start()
        yield Pair(primary=primary, replica=replica)
    finally:
        replica.kill()
        primary.kill()
        shutil.rmtree(folder / "replica", ignore_errors=True)


def _made(folder: Path) -> Server:
    account = serving_account(folder, folder / "primary")
    programs = find_programs(Places(folder), account)
    give(folder, account)
    word = folder / "word"
    word.write_text(PASSWORD)
    give(word, account)
    subprocess.run(
        [str(programs / "initdb"), "-D", str(folder / "primary"), "-U", "owner", "-E", "UTF8", "--no-sync",
         "--auth=scram-sha-256", f"--pwfile={word}", "--locale-provider=builtin", "--locale=C",
         "--builtin-locale=C.UTF-8"],
        check=True, capture_output=True, cwd="/", env=ENVIRONMENT, **run_as(account),
    )  # fmt: skip
    return Server(programs=programs, account=account, data=folder / "primary", port=_port())


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
