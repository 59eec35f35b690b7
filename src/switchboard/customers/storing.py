"""How far the storing of an import is, told as its rows leave for the store."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from switchboard.customers.imports.records import Progress, Staged, Step

EVERY_S = 0.2


@dataclass(kw_only=True)
class Storing:
    """One import's rows on their way into the store."""

    tell: Callable[[Progress], None]
    size: int
    """Bytes of the file, all of them read."""
    total: int
    rows: int = 0
    told_at: float = 0.0

    def say(self, step: Step) -> None:
        """Tell it at once."""
        self.told_at = time.monotonic()
        rows = min(self.rows, self.total)
        self.tell(
            Progress(step=step, rows=rows, rows_total=self.total, bytes_read=self.size, bytes_total=self.size)
        )  # fmt: skip


STORING: ContextVar[Storing | None] = ContextVar("STORING", default=None)


@contextmanager
def storing(tell: Callable[[Progress], None] | None, staged: Staged, size: int) -> Generator[None]:
    """Tell how many of the rows are stored in here, and at the end that all is done."""
    if tell is None:
        yield
        return
    at = Storing(tell=tell, size=size, total=rows_to_store(staged))
    before = STORING.set(at)
    try:
        at.say("storing")
        yield
    finally:
        STORING.reset(before)
    at.rows = at.total
    at.say("done")


def stored(rows: int) -> None:
    """So many more rows are in the store; told at most every 0.2 s."""
    if at := STORING.get():
        at.rows += rows
        if time.monotonic() - at.told_at >= EVERY_S:
            at.say("storing")


def finishing() -> None:
    """All rows are there; what is left is to put them among the others, and to index them."""
    if at := STORING.get():
        at.rows = at.total
        at.say("finishing")


def rows_to_store(staged: Staged) -> int:
    """Documents, lines, products and people of orders; people and what is said of them; events and theirs."""
    counts, plan = staged.counts, staged.plan
    if plan.kind == "customers":
        return 2 * counts.customers
    told = counts.customers if any(plan.has(field) for field in ("email", "name", "phone")) else 0
    return counts.accepted + counts.documents + counts.products + counts.customers + told
