"""A shop whose orders live in Spark, run in this machine; without a Java there is nothing to run."""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.warehouse.asking import open_warehouse
from switchboard.intelligence.warehouse.elsewhere import look
from switchboard.intelligence.warehouse.errors import WarehouseAway
from switchboard.intelligence.warehouse.names import COLUMNS as NAMED
from tests.intelligence.warehouse import golden
from tests.intelligence.warehouse.lines import COLUMNS, RATES, as_lines, example, lines, made_up
from tests.intelligence.warehouse.spark_server import served

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs a Java: apt-get install default-jre-headless"),
]
LOCAL = "spark://local"
ORDERS = """order_id string, customer_id string, placed_at timestamp, product_id string, category string, quantity int,
    unit_price decimal(12, 2), discount decimal(12, 2), refund decimal(12, 2), currency string"""


@pytest.fixture(scope="module")
def spark() -> Generator[Any]:
    """The session that the product finds when it asks for one: small, in another time zone than the shop."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only where there is a Java

    settings = {
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1", "spark.sql.session.timeZone": "America/New_York",
    }  # fmt: skip
    builder: Any = SparkSession.builder
    session = builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.parametrize("name", golden.SHOPS)
async def test_the_same_lines_give_the_same_figures(spark: Any, name: str, tmp_path: Path):
    con, as_of = golden.lines_of(name)
    con.execute(f"copy ({golden.CONTRACT}) to '{tmp_path}/lines.parquet' (format parquet)")
    await golden.assert_as_the_mirror(golden.settings(LOCAL, f"parquet.`{tmp_path}/lines.parquet`"), con, as_of)


async def test_the_guides_view_gives_the_lines(spark: Any):
    rows = [tuple(_typed(name, each[name]) for name in COLUMNS) for each in made_up()]
    spark.createDataFrame(rows, ORDERS).createOrReplaceTempView("orders")
    rates = [(currency, Decimal(rate)) for currency, rate in RATES.items()]
    spark.createDataFrame(rates, "currency string, rate decimal(12, 6)").createOrReplaceTempView("rates")
    spark.sql(example("Spark"))
    warehouse = open_warehouse(golden.settings(LOCAL, "switchboard_lines"))
    found = await warehouse.ask(f"select {', '.join(NAMED)} from switchboard_lines")
    assert as_lines(list(each.values()) for each in found.to_pylist()) == lines()
    assert [each.ok for each in await look(golden.settings(LOCAL, "switchboard_lines"))] == [True, True]


def _typed(name: str, said: str | None) -> object:
    if said is None:
        return None
    if name == "placed_at":
        return datetime.fromisoformat(said)
    if name == "quantity":
        return int(said)
    return Decimal(said) if name in {"unit_price", "discount", "refund"} else said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"lines": "nothing"}, "has no table as SWITCHBOARD_WAREHOUSE_LINES names it"),
        ({"columns": "gross=amount"}, "lacks a column of the lines"),
    ],
)
async def test_what_is_missing_is_told(spark: Any, names: dict[str, str], said: str):
    columns = ", ".join(f"cast(null as double) as {name}" for name in NAMED)
    spark.sql(f"create or replace temporary view empty as select {columns}")
    (looked,) = await look(golden.settings(LOCAL, **({"lines": "empty"} | names)))
    assert not looked.ok
    assert said in looked.said


async def test_a_query_that_takes_too_long_is_ended(spark: Any):
    warehouse = open_warehouse(golden.settings(LOCAL, "lines", timeout_s=2))
    with pytest.raises(WarehouseAway, match="did not answer within 2 s"):
        await warehouse.ask("select count(*) from range(1000000000000) where hash(id) = 1")
    assert not spark.sparkContext.statusTracker().getActiveJobsIds()


@pytest.mark.parametrize("url", ["spark://master:7077", "sc:///;token=x"])
async def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(Invalid, match="write sc://HOST:15002"):
        await open_warehouse(golden.settings(url, "lines")).ask("select 1")


def test_a_server_of_spark_connect_gives_the_same_figures_and_tells_what_is_missing(tmp_path: Path):
    with served(tmp_path) as url:
        asked = subprocess.run(
            [sys.executable, "-m", "tests.intelligence.warehouse.spark_server", url, str(tmp_path / "lines.parquet")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert asked.returncode == 0, asked.stderr[-2_000:]
    said = json.loads(asked.stdout)
    assert "10000 lines, 921 of guests" in said["well"]
    assert "has no table as SWITCHBOARD_WAREHOUSE_LINES names it" in said["table"]
    assert "lacks a column of the lines" in said["column"]
    assert said["away"] == "sc://127.0.0.1:9/ can not be reached; start it or mend SWITCHBOARD_WAREHOUSE_URL"
    assert "did not answer within 3 s" in said["late"]
