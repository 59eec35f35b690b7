"""A house with nothing but its ground, on a database of its own."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from tests.foundation.job_house import opened, prepared

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ground")


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Generator[Embedded]:
    server = prepared(data_dir)
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def ground(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    async with opened(server, data_dir) as ground:
        yield ground
