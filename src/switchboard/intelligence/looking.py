"""One look at the mirror: what is worked out of its lines up to the moment that somebody asks about."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

import duckdb

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.reached import reach
from switchboard.intelligence import moments, runs
from switchboard.intelligence.features import AsOf, has_begun
from switchboard.intelligence.mirror_files import published

Found = TypeVar("Found")
READING = "reading the order lines"


@dataclass(frozen=True, kw_only=True)
class Seen(Generic[Found]):
    """What was found, the workspace's currency, and the moment it is of."""

    found: Found
    currency: str
    as_of: datetime


async def look(
    work: Work, said: datetime | date | None, read: Callable[[duckdb.DuckDBPyConnection, AsOf], Found]
) -> Seen[Found]:
    """What `read` finds, in a thread, at the moment asked about; left out, at that of the run that is served.

    Raise Conflict `not_segmented` before the first run, Invalid before the first order of a customer, Conflict
    `lines_elsewhere` where the orders live in a warehouse.
    """
    run, workspace = await runs.served(work), await tenants.current(work)
    moment = await moments.asked(work, said) or run.as_of
    place, at = await runs.mirrored(work), moments.as_of(moment, workspace)
    nothing_sold = await runs.nothing_sold(work)

    def look_up() -> Found:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            with lines.cursor() as cursor:
                if not has_begun(cursor, at):
                    raise nothing_sold
            reach(READING)
            return read(lines, at)

    return Seen(found=await asyncio.to_thread(look_up), currency=workspace.currency, as_of=moment)
