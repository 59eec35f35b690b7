"""One embedded PostgreSQL and one ground for the whole run; each test has a workspace of its own."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from switchboard.accounts import tenants
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.foundation import clock, schema
from switchboard.foundation.callers import Caller
from switchboard.foundation.database import open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.vault import KeyFile, Vault


@pytest.fixture(scope="session")
def data_dir() -> Generator[Path]:
    """A directory PostgreSQL's account can enter; pytest's own is closed to all but us."""
    with tempfile.TemporaryDirectory(prefix="sb") as made:
        path = Path(made)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Generator[Embedded]:
    """The server, with our database at the newest schema."""
    started = Embedded(data_dir / "postgres").start()
    schema.create_database(started.url(role="postgres", database="postgres"))
    schema.upgrade(started.url(role="switchboard"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
async def ground(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    """The real parts, as one process has them."""
    database = await open_database(server.url())
    allowances = SharedAllowances(database, clock.now)
    trail = JournalledTrail(database, data_dir / "audit")
    yield Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=True)), allowances=allowances, trail=trail,
        clock=clock.now, ids=new_id, data_dir=data_dir,
    )  # fmt: skip
    await allowances.close()
    await trail.close()
    await database.close()


@pytest.fixture
async def workspace(ground: Ground) -> Workspace:
    return await tenants.make(ground, f"shop {new_id()}", "EUR", "Europe/Berlin")


@pytest.fixture
def operator(workspace: Workspace) -> Caller:
    """May do everything in the test's workspace."""
    return operator_caller(workspace.id)
