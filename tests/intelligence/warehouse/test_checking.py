"""What is said of a warehouse that does not do: one sentence with the next step, and nothing that signs in."""

import asyncio
import socket
import time
from collections.abc import Generator

import psycopg
import pytest
from psycopg import sql

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, SwitchboardError
from switchboard.foundation.ids import new_id
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.warehouse.asking import open_warehouse
from switchboard.intelligence.warehouse.elsewhere import look
from switchboard.intelligence.warehouse.errors import WarehouseAway
from tests.intelligence.warehouse import golden

LINES = """
create table {} (customer_id text, order_id text, product_id text, category text, day integer, second bigint,
    gross numeric(18, 4), discount numeric(18, 4), refund numeric(18, 4))
"""
WELL = ("c1", "o1", "p1", "Tea", 20_000, 20_000 * 86_400 + 60, 10, 0, None)
HUSH = "hush-hush"


@pytest.fixture(scope="module")
def url(server: Embedded) -> str:
    """A database of its own."""
    name = f"warehouse_{new_id().hex[-12:]}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as owner:
        owner.execute(sql.SQL("create database {} owner switchboard").format(sql.Identifier(name)))
    return server.url(role="switchboard", database=name)


@pytest.fixture
def silent() -> Generator[str]:
    """The address of what takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def table(url: str, *rows: tuple[object, ...]) -> str:
    """A new table of lines with these rows; its name."""
    name = f"lines_{new_id().hex[-12:]}"
    with psycopg.connect(url, autocommit=True) as made, made.cursor() as cursor:
        cursor.execute(sql.SQL(LINES).format(sql.Identifier(name)))
        for row in rows:
            places = sql.SQL(", ").join(sql.Placeholder() * len(row))
            cursor.execute(sql.SQL("insert into {} values ({})").format(sql.Identifier(name), places), row)
    return name


async def refused(named: WarehouseSettings) -> str:
    """What is said of the one thing that is not well."""
    (wrong,) = [each for each in await look(named) if not each.ok]
    return wrong.said


async def test_one_that_is_well_is_said_to_be(url: str):
    looked = await look(golden.settings(url, table(url, WELL, (None, *WELL[1:]))))
    assert [each.ok for each in looked] == [True, True]
    assert looked[1].said == "2 lines, 1 of guests, the latest of 2024-10-04T00:01:00+00:00"


async def test_a_table_that_is_not_there_is_told(url: str):
    assert "has no table as SWITCHBOARD_WAREHOUSE_LINES names it" in await refused(golden.settings(url, "nothing"))


async def test_a_column_that_is_not_there_is_told_by_its_name(url: str):
    said = await refused(golden.settings(url, table(url, WELL), columns="gross=amount"))
    assert "column source.amount does not exist" in said


async def test_lines_that_may_not_be_read_are_told(server: Embedded, url: str):
    name = table(url, WELL)
    app = url.replace("switchboard@", "switchboard_app@")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("grant usage on schema public to public")
    assert "does not let the account read the lines" in await refused(golden.settings(app, name))


async def test_a_table_without_lines_is_told(url: str):
    assert await refused(golden.settings(url, table(url))) == "there is no line yet"


async def test_milliseconds_for_seconds_are_told(url: str):
    milliseconds = (*WELL[:5], 20_000 * 86_400_000, *WELL[6:])
    said = await refused(golden.settings(url, table(url, WELL, milliseconds)))
    assert said.startswith("1 of 2 lines have days that are not those of their seconds")


async def test_refunds_below_zero_are_told(url: str):
    said = await refused(golden.settings(url, table(url, (*WELL[:8], -3))))
    assert said.startswith("1 of 1 lines are below zero")


async def test_a_date_for_a_day_is_refused_without_words_of_the_data(url: str):
    name = table(url, WELL)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("alter table {} alter day type date using date '2024-10-04'").format(sql.Identifier(name))
        )
    said = await refused(golden.settings(url, name))
    assert said.endswith("refused the query (42846); run `switchboard warehouse check`")


async def test_who_is_not_there_is_away_and_nothing_that_signs_in_is_told():
    said = await refused(golden.settings(f"postgresql://reader:{HUSH}@127.0.0.1:9/shop", "lines"))
    assert said == "postgresql://127.0.0.1:9/shop can not be reached; start it or mend SWITCHBOARD_WAREHOUSE_URL"


@pytest.mark.heavy
async def test_who_says_nothing_is_given_up_after_ten_seconds(silent: str):
    began = time.monotonic()
    assert "can not be reached" in await refused(golden.settings(f"postgresql://a:{HUSH}@{silent}/shop", "lines"))
    assert time.monotonic() - began < 14


async def test_a_query_that_takes_too_long_is_ended_there_too(url: str):
    name = f"slow_{new_id().hex[-12:]}"
    with psycopg.connect(url, autocommit=True) as owner:
        view = sql.SQL("create view {} as select l.* from {} l, (select pg_sleep(30)) waited")
        owner.execute(view.format(sql.Identifier(name), sql.Identifier(table(url, WELL))))
    warehouse = open_warehouse(golden.settings(url, name, timeout_s=1))
    with pytest.raises(WarehouseAway, match="did not answer within 1 s"):
        await warehouse.ask(f"select * from {name}")
    until = time.monotonic() + 5
    while _runs(url) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert not _runs(url)


def _runs(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as owner:
        query = "select count(*) from pg_stat_activity where query like 'select * from slow%' and state = 'active'"
        return owner.execute(query).fetchone() != (0,)


async def test_nothing_can_be_written_there(url: str):
    name = table(url, WELL)
    warehouse = open_warehouse(golden.settings(url, name))
    with pytest.raises(SwitchboardError, match="25006"):  # read_only_sql_transaction
        await warehouse.ask(f"with gone as (delete from {name} returning *) select * from gone")


@pytest.mark.parametrize("said", ["mysql://h/d", "bigquery://project", "warehouse", "", "http://h", "postgresql"])
async def test_an_address_that_is_none_is_refused_with_those_there_are(said: str):
    with pytest.raises(Invalid, match="begins with none of postgresql://, postgres://, clickhouse://"):
        open_warehouse(golden.settings(said, "lines"))


def test_settings_show_nothing_that_signs_in():
    named = golden.settings(f"postgresql://reader:{HUSH}@h/d", "lines")
    assert HUSH not in f"{named} {open_warehouse(named)!r}"
