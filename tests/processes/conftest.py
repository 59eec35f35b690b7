"""One data directory for all of them: making one takes longest."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.foundation.open_folder import open_folder


@pytest.fixture(scope="package")
def folder() -> Generator[Path]:
    with open_folder() as made:
        yield made
