"""A scratch database at work: its limits, and telling how far a long statement is."""

import os
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from switchboard.customers.imports.records import Progress, Settings, Source, Step
from switchboard.customers.imports.sql import FORGET_REJECTS, literal
from switchboard.foundation.errors import Invalid
from switchboard.foundation.unnamed import made, path_of

EVERY_S = 0.2


@dataclass(kw_only=True)
class Work:
    """One import's database and its progress so far."""

    database: duckdb.DuckDBPyConnection
    scratch: Path
    settings: Settings
    source: Source
    leaving: ExitStack
    rows: int = 0
    """Lines of the file once they are counted."""
    told_at: float = field(default=0.0)
    told: Step | None = None

    def tell(self, step: Step, rows: int, read: int) -> None:
        """Each step as it begins, and then at most every 0.2 s."""
        now = time.monotonic()
        if self.settings.progress and (step != self.told or now - self.told_at >= EVERY_S):
            self.told_at, self.told = now, step
            self.settings.progress(Progress(step=step, rows=rows, bytes_read=read, bytes_total=self.source.size))

    def run(self, statement: str, step: Step = "grouping") -> None:
        """A statement that may take long."""
        if not self.settings.progress:
            self.database.execute(statement)
            return
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(self.database.execute, statement)
            try:
                self._tell_share(step, 0)
                while not done.done():
                    time.sleep(EVERY_S / 10)
                    self._tell_share(step, max(0.0, self.database.query_progress()) / 100)
            finally:
                if not done.done():  # whoever is told may stop the import
                    self.database.interrupt()
            done.result()

    def _tell_share(self, step: Step, share: float) -> None:
        share = share if step == "reading" else 1
        self.tell(step, round(self.rows * share), round(self.source.size * share))

    def nameless(self, size: int) -> Path:
        """A new file of some `size` bytes that nobody finds on the disk, to be written and read until this ends."""
        file = made(size, self.scratch)
        self.leaving.callback(os.close, file)
        return path_of(file)

    def forget_rejects(self) -> None:
        """DuckDB keeps the rows it rejected, of all files it read, in the same two tables."""
        self.database.execute(FORGET_REJECTS)

    def number(self, query: str) -> int:
        """The first value of the first row, 0 for NULL."""
        row = self.database.execute(query).fetchone()
        return int(row[0] or 0) if row else 0

    def rows_of(self, query: str) -> list[tuple[object, ...]]:
        return self.database.execute(query).fetchall()


@contextmanager
def working(source: Source, settings: Settings) -> Generator[Work]:
    """A database in memory that spills into a directory of its own, gone when the `with` ends."""
    check_zone(settings.zone)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.scratch, prefix="import-") as scratch:
        limits: dict[str, str | bool | int | float | list[str]] = {
            "threads": settings.threads,
            "memory_limit": f"{settings.memory_mb}MB",
            "temp_directory": str(Path(scratch) / "spill"),
            # What does not fit into memory is written sealed, with a key that DuckDB has in memory alone.
            "force_mbedtls_unsafe": True,
            "temp_file_encryption": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with ExitStack() as leaving, duckdb.connect(config=limits) as database:
            database.execute(f"SET TimeZone = {literal(settings.zone)}")
            # The one makes a join, which loses the order of the rows, of a list of constants; the other works out what
            # only rare rows need, for all of them.
            database.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'")
            database.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
            yield Work(
                database=database, scratch=Path(scratch), settings=settings, source=source, leaving=leaving
            )  # fmt: skip


def check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise Invalid(f"There is no time zone {zone}: write it like Europe/Berlin.", field="zone") from unknown
