"""The scratch database of an import while its rows leave it."""

import asyncpg
import duckdb
import pytest

from switchboard.customers.scratch import Scratch
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground

ENDLESS = "select 'no number' as number from range(50_000_000)"


async def test_when_the_store_takes_no_more_rows_the_query_they_come_from_ends_with_it(
    ground: Ground, operator: Caller
):
    with duckdb.connect() as database:
        rows = Scratch(database=database).rows(ENDLESS)
        with pytest.raises(asyncpg.DataError):
            async with ground.work(operator) as work:
                await sql.execute(work, "create temporary table incoming_number (number bigint) on commit drop")
                await sql.copy_in(work, "incoming_number", ["number"], rows, csv=True)
        assert database.execute("select 1").fetchall() == [(1,)]  # it refuses while another query runs
