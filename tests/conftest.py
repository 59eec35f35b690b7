"""One embedded PostgreSQL and one ground for the whole run; each test has a workspace of its own."""

import gc
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.grounds import folder, opened, served

settings.register_profile("patient", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("patient")  # a machine that is busy is no fault of what is tested


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Everything is imported and found without looking for garbage; what is there then is never any."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


def pytest_sessionfinish() -> None:
    """What is frozen would outlive the libraries it belongs to, and they complain."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no worker begins a long one when the other has nothing left to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("heavy")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def data_dir() -> Generator[Path]:
    with folder() as made:
        yield made


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Generator[Embedded]:
    with served(data_dir) as started:
        yield started


@pytest.fixture(scope="session")
async def ground(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    async with opened(server, data_dir) as ground:
        yield ground


@pytest.fixture
async def workspace(ground: Ground) -> Workspace:
    return await tenants.make(ground, f"shop {new_id()}", "EUR", "Europe/Berlin")


@pytest.fixture
def operator(workspace: Workspace) -> Caller:
    """May do everything in the test's workspace."""
    return operator_caller(workspace.id)
