"""One look at the figures that are served of all customers, in the newest copy of the mirror: of the present alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

import duckdb

from switchboard.accounts import tenants
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence import copies, moments, predictors, runs
from switchboard.intelligence.expecting import ANOTHER_RUN
from switchboard.intelligence.runs import Run

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Present(Generic[Found]):
    """What was found, of which run, and up to when facts were looked at; `lacking` is what there is no prediction for.

    A run without predictions, or a shop with too little data for them, says so in `lacking`.
    """

    found: Found
    run: Run
    currency: str
    facts_as_of: datetime
    lacking: tuple[str, ...]


async def present(
    work: Work, said: datetime | date | None, read: Callable[[duckdb.DuckDBPyConnection, Run], Found]
) -> Present[Found]:
    """What `read` finds, in a thread.

    Raise Conflict `not_segmented` before the first run, Invalid for a moment other than that of the run.
    """
    run, workspace = await runs.served(work), await tenants.current(work)
    if await moments.asked(work, said) not in {None, run.as_of}:
        raise Invalid(
            "as_of: risks and expectations of customers are of the present alone; leave it out", field="as_of"
        )
    fit = await predictors.of_run(work, run.number)
    copy = await copies.fresh(work)

    def look_up() -> Found:
        with copy.cursor() as cursor:
            return read(cursor, run)

    return Present(
        found=await asyncio.to_thread(look_up), run=run, currency=workspace.currency,
        facts_as_of=workspace.as_of(copy.moment), lacking=(ANOTHER_RUN,) if fit is None else fit.missing,
    )  # fmt: skip
