"""A PostgreSQL with our database in it, and the real parts on top of it, as one process has them."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.limits import SharedAllowances
from switchboard.foundation import clock, schema
from switchboard.foundation.database import open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.vault import KeyFile, Vault


@contextmanager
def folder() -> Generator[Path]:
    """A directory PostgreSQL's account can enter; pytest's own is closed to all but us."""
    with tempfile.TemporaryDirectory(prefix="sb") as made:
        path = Path(made)
        path.chmod(0o711)
        yield path


@contextmanager
def served(data_dir: Path) -> Generator[Embedded]:
    """The server, with our database at the newest schema."""
    started = Embedded(data_dir / "postgres").start()
    schema.create_database(started.url(role="postgres", database="postgres"))
    schema.upgrade(started.url(role="switchboard"))
    yield started
    started.stop()


@asynccontextmanager
async def opened(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    """The ground of the process that has the data directory first."""
    async with of_process(server.url(), data_dir, first=True) as ground:
        yield ground


@asynccontextmanager
async def of_process(url: str, data_dir: Path, *, first: bool = False) -> AsyncGenerator[Ground]:
    """The ground of a process."""
    database = await open_database(url)
    allowances = SharedAllowances(database, clock.now)
    trail = JournalledTrail(database, data_dir / "audit")
    ground = Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=first)), allowances=allowances, trail=trail,
        clock=clock.now, ids=new_id, data_dir=data_dir,
    )  # fmt: skip
    yield ground
    await ground.charts.close()
    await allowances.close()
    await trail.close()
    await database.close()
