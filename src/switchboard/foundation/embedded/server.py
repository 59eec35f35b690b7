"""One embedded server as its users see it: start or join it, keep it running, leave it."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from switchboard.foundation.embedded.account import serving_account
from switchboard.foundation.embedded.launch import launch
from switchboard.foundation.embedded.places import (
    PORT,
    Places,
    clear_folders,
    locked,
    make_folders,
    make_reachable,
    open_lock,
    told,
)
from switchboard.foundation.embedded.process import answers, left_behind, server_pid
from switchboard.foundation.errors import DatabaseDown

Role = Literal["postgres", "switchboard", "switchboard_app"]

STOP_S = 60.0  # a fast shutdown writes what is only in memory
LEAVE_S = 5.0
LOOK_S = 0.4  # where the system can not tell us that a process ended
AGAIN_S = 1.0  # after a start that failed

_log = logging.getLogger(__name__)
_handed_on: list[subprocess.Popen[bytes]] = []  # children that others still use when we leave; reaped at our end


class Embedded:
    """A data directory with a server in it; any number of processes may start and stop it at once."""

    def __init__(self, root: Path) -> None:
        self.places = Places(root.expanduser().resolve())
        self._users: int | None = None  # the descriptor that holds our shared lock, while we use the server
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Join the server, starting it when it does not answer; raise DatabaseDown when it will not."""
        self._bring_up(join=True)
        return self

    def stop(self) -> None:
        """Leave the server; the last one out shuts it down."""
        if self._users is None:
            return
        with locked(self.places):
            if self._leave():
                _shut_down(self.places)
                clear_folders(self.places)
        self._forget_child()

    def hand_on(self) -> None:
        """Leave the server running for who joins it next."""
        if self._users is not None:
            os.close(self._users)
            self._users = None
        self._forget_child()

    async def keep(self) -> None:
        """Start it again whenever it is gone; every process that uses it does this, one at a time starts it.

        Waits for the end of the server's process and costs nothing until then.
        """
        while self._users is not None:
            await _gone(self.places)
            try:
                await asyncio.to_thread(self._bring_up, join=False)
            except DatabaseDown as error:
                _log.warning("database_down: %s", error)
                await asyncio.sleep(AGAIN_S)

    def answers(self) -> bool:
        """Whether the server speaks the protocol and accepts connections."""
        return answers(self.places)

    @property
    def pid(self) -> int | None:
        """The server's process, None while there is none."""
        return server_pid(self.places)

    def url(self, *, role: Role = "switchboard_app", database: str = "switchboard") -> str:
        """Where asyncpg and psycopg connect, over the socket."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.places.run))}&port={PORT}"

    def _bring_up(self, *, join: bool) -> None:
        with told(self.places):
            account = serving_account(self.places.root, self.places.data)
            make_reachable(self.places.root, account)
            with locked(self.places) as lock:
                joined = self._users is not None
                if not joined and not join:  # stopped while `keep` was about to start it
                    return
                self._join()
                with contextlib.ExitStack() as undoing:
                    if not joined:
                        undoing.callback(self._leave)
                    make_folders(self.places, account)
                    if not answers(self.places):
                        self._reap()
                        self._child = launch(self.places, account, lock)
                    undoing.pop_all()

    def _join(self) -> None:
        if self._users is None:
            self._users = open_lock(self.places.root / ".users")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def _leave(self) -> bool:
        """Give up our share; true when nobody else has one."""
        if self._users is None:
            return False
        held, self._users = self._users, None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(held)
        return True

    def _forget_child(self) -> None:
        if self._child is not None and self._child.poll() is None:
            _handed_on.append(self._child)
        self._child = None

    def _reap(self) -> None:
        """Take note of the end of a server that this process started; else it stays as a zombie."""
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(1)


async def _gone(places: Places) -> None:
    """Return once the server's process has ended, at once when there is none."""
    pid = server_pid(places)
    if pid is None:
        return
    try:
        watch = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, an old kernel, or it ended just now
        while server_pid(places) == pid:  # noqa: ASYNC110 - nothing here could set an event
            await asyncio.sleep(LOOK_S)
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(watch, ended.set)
    try:
        if server_pid(places) == pid:  # the id was still its own when we opened it
            await ended.wait()
    finally:
        loop.remove_reader(watch)
        os.close(watch)


def _shut_down(places: Places) -> None:
    """Return once nothing of the server runs any more: its log's writer is the last to leave."""
    for how, patience_s in ((signal.SIGINT, STOP_S), (signal.SIGQUIT, 10)):  # fast: clients are sent away; immediate
        pid = server_pid(places)
        if pid is None:
            break
        os.kill(pid, how)
        _wait_while(lambda: server_pid(places) is not None, patience_s)
    _wait_while(lambda: bool(left_behind(places)), LEAVE_S)


def _wait_while(holds: Callable[[], bool], patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while holds() and time.monotonic() < until:
        time.sleep(0.01)
