"""The scratch database of an import while its rows leave it."""

import asyncio

import duckdb
import pytest

from switchboard.customers.scratch import Scratch
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground

ENDLESS = "select range as number from range(1_000_000_000_000)"


async def test_when_the_store_is_left_the_query_its_rows_come_from_ends_too(ground: Ground, operator: Caller):
    with duckdb.connect() as database:
        rows = Scratch(database=database).rows(ENDLESS)
        with pytest.raises(TimeoutError):
            async with ground.work(operator) as work, asyncio.timeout(1):
                await sql.execute(work, "create temporary table incoming_number (number bigint) on commit drop")
                await sql.copy_in(work, "incoming_number", ["number"], rows, csv=True)
        assert database.execute("select 1").fetchall() == [(1,)]  # it refuses while another query runs
