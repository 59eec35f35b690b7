"""The query a warehouse is asked, and whether the one that is set answers."""

from pathlib import Path

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow

NOWHERE = Path("/nowhere")  # neither command needs a data directory


@pytest.fixture
def bare() -> Line:
    return Line(data_dir=NOWHERE)


def test_the_query_is_printed_for_an_engine_a_moment_and_other_names(bare: Line):
    said = bare.say(
        "warehouse", "sql", "--dialect", "bigquery", "--as-of", "2024-10-04",
        SWITCHBOARD_WAREHOUSE_LINES="shop.lines", SWITCHBOARD_WAREHOUSE_COLUMNS="customer_id=client",
    )  # fmt: skip
    assert said.exit_code == 0
    assert "source.client AS person" in said.stdout
    assert "FROM shop.lines AS source" in said.stdout
    assert "second < 1728000000" in said.stdout


def test_an_engine_that_is_not_known_is_refused_with_those_there_are(bare: Line):
    assert "choose one of postgresql, spark, clickhouse" in bare.refused("warehouse", "sql", "--dialect", "oracle")


def test_names_that_are_none_are_refused(bare: Line):
    said = bare.refused("warehouse", "sql", "--dialect", "trino", SWITCHBOARD_WAREHOUSE_LINES="a; drop table b")
    assert said == 'SWITCHBOARD_WAREHOUSE_LINES: "a; drop table b" is no table; write one such as shop.order_lines'


def test_without_a_warehouse_there_is_nothing_to_check(bare: Line):
    assert bare.refused("warehouse", "check").startswith("no warehouse is set; name it in SWITCHBOARD_WAREHOUSE_URL")


def test_one_that_does_not_answer_is_told_and_the_exit_code_is_1(bare: Line):
    said = bare.say("warehouse", "check", SWITCHBOARD_WAREHOUSE_URL="postgresql://a:hush@127.0.0.1:9/b")
    assert said.exit_code == 1
    assert "can not be reached" in said.stdout
    assert "hush" not in said.output


def test_whoever_comes_with_a_key_may_not_check(bare: Line):
    said = bare.refused(
        "warehouse", "check", SWITCHBOARD_API_KEY="sb_key", SWITCHBOARD_WAREHOUSE_URL="postgresql://a/b"
    )
    assert said.startswith("this is for whoever owns the data directory")


def test_a_run_of_the_workspace_that_is_named_asks_the_warehouse(line: Line):
    said = line.refused(
        "segment", SWITCHBOARD_WAREHOUSE_URL="postgresql://a:hush@127.0.0.1:9/b",
        SWITCHBOARD_WAREHOUSE_WORKSPACE=str(line.workspace),
    )  # fmt: skip
    assert said == "postgresql://127.0.0.1:9/b can not be reached; start it or mend SWITCHBOARD_WAREHOUSE_URL"


def test_a_run_of_another_workspace_does_not(line: Line):
    said = line.refused("segment", SWITCHBOARD_WAREHOUSE_URL="postgresql://a:hush@127.0.0.1:9/b")
    assert "import orders first" in said
