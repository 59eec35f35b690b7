"""A shop whose orders live in ClickHouse: its own engine, asked over its HTTP interface."""

import socket
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.warehouse.asking import open_warehouse
from switchboard.intelligence.warehouse.elsewhere import look
from switchboard.intelligence.warehouse.errors import WarehouseAway
from switchboard.intelligence.warehouse.names import COLUMNS as NAMED
from tests.intelligence.warehouse import golden
from tests.intelligence.warehouse.clickhouse_server import ClickHouse, served
from tests.intelligence.warehouse.lines import COLUMNS, RATES, as_lines, example, lines, made_up

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def clickhouse() -> Generator[ClickHouse]:
    with served() as there:
        yield there


def filled(there: ClickHouse, name: str, folder: Path) -> str:
    """A table of the lines of golden's; its name."""
    con, _ = golden.lines_of(name)
    file = folder / f"{name}.parquet"
    con.execute(f"copy ({golden.CONTRACT}) to '{file}' (format parquet)")
    there.run(
        f"create table if not exists default.{name} engine = MergeTree order by tuple() as select * from file('{file}')"
    )
    return name


@pytest.mark.parametrize("name", golden.SHOPS)
async def test_the_same_lines_give_the_same_figures(clickhouse: ClickHouse, name: str, tmp_path: Path):
    con, as_of = golden.lines_of(name)
    await golden.assert_as_the_mirror(golden.settings(clickhouse.url(), filled(clickhouse, name, tmp_path)), con, as_of)


async def test_the_guides_view_gives_the_lines(clickhouse: ClickHouse):
    clickhouse.run(
        "create table default.orders (order_id String, customer_id Nullable(String), placed_at DateTime('UTC'),"
        " product_id Nullable(String), category Nullable(String), quantity Int32, unit_price Decimal(12, 2),"
        " discount Nullable(Decimal(12, 2)), refund Nullable(Decimal(12, 2)), currency String)"
        " engine = MergeTree order by order_id"
    )
    clickhouse.run(
        "create table default.rates (currency String, rate Decimal(12, 6)) engine = MergeTree order by currency"
    )
    values = [tuple(each[name] for name in COLUMNS) for each in made_up()]
    clickhouse.run("insert into default.orders values " + ", ".join(map(_row, values)))
    clickhouse.run("insert into default.rates values " + ", ".join(map(_row, RATES.items())))
    clickhouse.run("use default")
    clickhouse.run(example("ClickHouse"))
    warehouse = open_warehouse(golden.settings(clickhouse.url(), "switchboard_lines"))
    found = await warehouse.ask(f"select {', '.join(NAMED)} from switchboard_lines")
    assert as_lines(list(each.values()) for each in found.to_pylist()) == lines()


def _row(values: Sequence[str | None]) -> str:
    """Values of ours as a row of an insert; a moment without what DateTime does not read."""
    said = (
        "null"
        if each is None
        else f"'{each.removesuffix('+00:00').replace('T', ' ')}'"
        if each[:3] == "202"
        else f"'{each}'"
        for each in values
    )
    return f"({', '.join(said)})"


async def test_a_time_out_and_whole_answers_are_asked_for(clickhouse: ClickHouse, tmp_path: Path):
    warehouse = open_warehouse(
        golden.settings(clickhouse.url(), filled(clickhouse, "generated", tmp_path), timeout_s=77)
    )
    await warehouse.ask("select 1 as one")
    assert clickhouse.asked[-1] == (
        "select 1 as one",
        {"database": "default", "default_format": "ArrowStream", "max_execution_time": "77", "wait_end_of_query": "1"},
    )


async def test_it_is_said_to_be_well(clickhouse: ClickHouse, tmp_path: Path):
    looked = await look(golden.settings(clickhouse.url(), filled(clickhouse, "generated", tmp_path)))
    assert [each.ok for each in looked] == [True, True]


@pytest.mark.parametrize(
    ("url", "names", "said"),
    [
        ({}, {"lines": "nothing"}, "has no table as SWITCHBOARD_WAREHOUSE_LINES names it"),
        ({}, {"columns": "gross=amount"}, "lacks a column of the lines"),
        ({"key": "wrong"}, {}, "refuses the account"),
        ({"database": "nowhere"}, {}, "has no such database"),
    ],
)
async def test_what_is_missing_is_told(
    clickhouse: ClickHouse, url: dict[str, str], names: dict[str, str], said: str, tmp_path: Path
):
    there = {"lines": filled(clickhouse, "generated", tmp_path)}
    (looked,) = await look(golden.settings(clickhouse.url(**url), **(there | names)))
    assert not looked.ok
    assert said in looked.said
    assert "k%y" not in looked.said


async def test_a_query_that_takes_too_long_is_ended(clickhouse: ClickHouse):
    warehouse = open_warehouse(golden.settings(clickhouse.url(), "generated", timeout_s=1))
    with pytest.raises(WarehouseAway, match="did not answer within 1 s"):
        await warehouse.ask("select count(*) as n from numbers(1000000000000) where cityHash64(number) = 1")


async def test_who_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"clickhouse://a:b@127.0.0.1:{silent.getsockname()[1]}/d?secure=false"
        warehouse, began = open_warehouse(golden.settings(url, "generated", timeout_s=1)), time.monotonic()
        with pytest.raises(WarehouseAway, match="did not answer within 1 s"):
            await warehouse.ask("select 1")
        assert time.monotonic() - began < 10


async def test_who_is_not_there_is_away():
    (looked,) = await look(golden.settings("clickhouse://a:hush@127.0.0.1:9/d?secure=false", "generated"))
    assert looked.said == "clickhouse://127.0.0.1:9/d can not be reached; start it or mend SWITCHBOARD_WAREHOUSE_URL"


@pytest.mark.parametrize("url", ["clickhouse:///d", "clickhouse://h/d?secure=no"])
async def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(Invalid, match="write clickhouse://USER:PASSWORD@HOST:8443/DATABASE"):
        await open_warehouse(golden.settings(url, "lines")).ask("select 1")
