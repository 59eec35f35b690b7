"""A full disk: said in a sentence, nothing half made, and all well again once there is room."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown
from tests.foundation.open_folder import open_folder

pytestmark = pytest.mark.slow

FULL = "there is no room left for PostgreSQL in"
START_WITH_LIMIT = """
import resource, sys
from pathlib import Path
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    Embedded(Path(sys.argv[1])).start()
except DatabaseDown as error:
    print(error)
"""


@pytest.fixture
def folder() -> Generator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture
def small(folder: Path) -> Generator[Path]:
    """A disk of 120 MB."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m,mode=755", "none", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this account may not mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def server(small: Path) -> Generator[Embedded]:
    made = Embedded(small / "pg").start()
    yield made
    made.stop()


def fill(disk: Path, *, leave: int = 0) -> Path:
    room = os.statvfs(disk)
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb") as file:
        file.write(bytes(room.f_bavail * room.f_frsize - leave))
    return filler


def test_a_first_start_without_room_makes_nothing(folder: Path):
    root = folder / "pg"

    said = subprocess.run(
        [sys.executable, "-c", START_WITH_LIMIT, str(root)], capture_output=True, text=True, check=True
    )

    assert said.stdout.startswith(f"{FULL} {root}; free some space")
    assert not (root / "data").exists()
    assert list(root.glob("half-*")) == []
    after = Embedded(root).start()
    after.stop()


def test_a_disk_too_small_is_refused_before_anything_is_made(small: Path):
    fill(small, leave=50_000_000)

    with pytest.raises(DatabaseDown, match=FULL):
        Embedded(small / "pg").start()
    assert not (small / "pg" / "data").exists()


def test_a_start_on_a_full_disk_says_so_and_succeeds_once_there_is_room(server: Embedded, small: Path):
    server.stop()
    filler = fill(small)

    with pytest.raises(DatabaseDown, match=FULL):
        server.start()
    filler.unlink()
    server.start()

    assert server.answers()


def test_a_disk_that_fills_up_loses_no_committed_row(server: Embedded, small: Path):
    url = server.url(role="postgres", database="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept (text text)")
        connection.execute("insert into kept values ('before')")
    filler = fill(small, leave=25_000_000)
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute("insert into kept select repeat(md5(n::text), 30) from generate_series(1, 100000) n")
    fill(small)
    if server.pid:
        os.kill(server.pid, signal.SIGKILL)
    with suppress(DatabaseDown):
        server.start()

    filler.unlink()
    server.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("select text from kept").fetchall() == [("before",)]
