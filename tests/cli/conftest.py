"""A data directory of the command line's own, with PostgreSQL up, and workspaces in it."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ids import new_id
from tests.cli.line import ORDERS, Line
from tests.foundation.open_folder import open_folder


@pytest.fixture(scope="package", autouse=True)
def no_settings() -> Generator[None]:
    """Nothing of the machine's own settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SWITCHBOARD_")]:
            patch.delenv(name)
        patch.setenv("SWITCHBOARD_LOG_LEVEL", "ERROR")
        patch.setenv("SWITCHBOARD_PUBLIC_URL", "http://127.0.0.1:9")  # nobody is there
        yield


@pytest.fixture(scope="package")
def place() -> Generator[Path]:
    """The directory; we use its server too, so that it stays up."""
    with open_folder() as folder:
        server = Embedded(folder / "data" / "postgres").start()
        yield folder / "data"
        server.stop()


@pytest.fixture
def line(place: Path) -> Line:
    """A new workspace."""
    name = f"shop {new_id()}"
    Line(data_dir=place).json("workspaces", "add", name)
    return Line(data_dir=place, workspace=name)


@pytest.fixture(scope="package")
def shop(place: Path, no_settings: None) -> Line:
    """A workspace whose orders are segmented; only to be read."""
    line = Line(data_dir=place, workspace="the shop")
    line.json("workspaces", "add", "the shop")
    line.json("import", "orders", "-", given=ORDERS)
    line.json("segment")
    return line


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file of orders."""
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path
