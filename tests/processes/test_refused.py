"""What can not be served is said once, in a sentence."""

import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from switchboard.foundation import schema
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.settings import Settings
from switchboard.house import make_ready
from tests.foundation.open_folder import open_folder
from tests.processes.running import PROGRAM

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def used() -> Generator[Path]:
    """A data directory that somebody has used, and a server that ended."""
    with open_folder() as made:
        data_dir = made / "data"
        make_ready(Settings(data_dir=data_dir))
        Embedded(data_dir / "postgres").start().stop()
        yield data_dir


def up(data_dir: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return subprocess.run(
        [str(PROGRAM), "up", "--port", "25999", "--data-dir", str(data_dir)], env=own, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_a_database_of_a_newer_version_is_said_once_and_nothing_stays(used: Path):
    server = Embedded(used / "postgres").start()
    with psycopg.connect(server.url(role="switchboard"), autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = '9999'")
    server.stop()
    ended = up(used)
    with psycopg.connect(server.start().url(role="switchboard"), autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = %s", (schema.head(),))
    server.stop()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("the database was made by a newer Switchboard (step 9999; ")
    assert ended.stderr.count("\n") == 1


def test_a_database_of_another_postgresql_is_said_once_and_nothing_stays(used: Path):
    made_by = used / "postgres" / "data" / "PG_VERSION"
    version = made_by.read_text()
    made_by.write_text("17\n")
    ended = up(used)
    made_by.write_text(version)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "was made by PostgreSQL 17, this is 18" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert Embedded(used / "postgres").pid is None
