"""A file becomes clean, typed, grouped tables in a scratch database."""

from collections.abc import Generator
from contextlib import contextmanager

from switchboard.customers.imports.records import Plan, Settings, Source, Staged


@contextmanager
def stage(source: Source, plan: Plan, settings: Settings) -> Generator[Staged]:
    """The rows of the file; the scratch directory is removed when the `with` ends.

    Blocking and CPU bound (DuckDB releases the GIL): call it from a thread of its own.
    """
    raise NotImplementedError
    yield
