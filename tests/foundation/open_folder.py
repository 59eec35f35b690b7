"""A folder the account PostgreSQL runs as can enter; those of pytest are closed to all but their owner."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def open_folder() -> Generator[Path]:
    made = Path(mkdtemp(prefix="switchboard-tests-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)
