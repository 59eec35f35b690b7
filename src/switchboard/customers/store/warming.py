"""What searches touch, read into the database's memory."""

from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work


async def began(work: Work) -> datetime:
    """When the server began to run."""
    row = await sql.fetch_row(work, "select pg_postmaster_start_time() as began")
    assert row is not None
    return row["began"]


async def touch(work: Work) -> None:
    """Read people, the index of their words, the newest of each workspace, and the figures that are served."""
    await sql.execute(work, "select touch_people()")
