"""The queries a warehouse is asked, in the words of every engine."""

from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.sums import NAMES
from switchboard.intelligence.warehouse.elsewhere import DIALECTS, feature_query
from switchboard.intelligence.warehouse.names import COLUMNS, Names, read_names
from switchboard.intelligence.warehouse.queries import health_query, shape_query, units_query
from tests.intelligence.mirrors import NOW
from tests.intelligence.warehouse.lines import example

pytestmark = pytest.mark.slow

# What an engine calls a double, a text and a whole number of eight bytes.
WORDS = {
    "postgresql": ("DOUBLE PRECISION", "TEXT", "BIGINT"),
    "spark": ("DOUBLE", "STRING", "BIGINT"),
}
VIEWS = ("BigQuery", "Snowflake", "Databricks", "Trino", "PostgreSQL", "ClickHouse", "Spark")
SAID = Path(__file__).parent / "said"
NO_TABLES = ("a; drop table b", "a b", "(select 1)", "f(1)", "", "a as b", "a where true", "x'", "a, b", "a join b")
NO_COLUMNS = ("1", "a + b", "f(a)", "t.a", "*", "null", "a b", "a; drop table b", "(select 1)", "'a'")


def names(engine: str, lines: str = "shop.order_lines", columns: str = "") -> Names:
    return read_names(engine, lines, columns)


@pytest.mark.parametrize("engine", DIALECTS)
def test_every_query_is_of_the_engines_own_grammar(engine: str):
    there = names(engine)
    asked = (
        feature_query(engine, "shop.order_lines", "", NOW), health_query(there, NOW), shape_query(there),
        units_query(there),
    )  # fmt: skip
    for query in asked:
        assert isinstance(parse_one(query, dialect=there.dialect), exp.Select)


@pytest.mark.parametrize("engine", DIALECTS)
def test_the_features_come_one_row_a_customer_under_our_names(engine: str):
    query = parse_one(feature_query(engine, "shop.order_lines", "", NOW), dialect=DIALECTS[engine])
    assert isinstance(query, exp.Select)
    assert tuple(query.named_selects) == NAMES
    assert {table.sql() for table in query.find_all(exp.Table) if table.db} == {"shop.order_lines AS source"}


@pytest.mark.parametrize("engine", ["bigquery", "snowflake", "databricks", "trino"])
def test_what_is_not_run_is_said_as_it_was_read_through(engine: str):
    """The files are what `switchboard warehouse sql` prints of the moment."""
    assert feature_query(engine, "shop.order_lines", "", NOW) + "\n" == (SAID / f"{engine}.sql").read_text("utf-8")


@pytest.mark.parametrize("engine", WORDS)
def test_what_is_computed_is_said_in_the_engines_words(engine: str):
    double, text, whole = WORDS[engine]
    query = feature_query(engine, "shop.order_lines", "", NOW)
    assert f"SUM(CAST(gross AS {double})) AS bought" in query
    assert f"CAST(totals.person AS {text}) AS person" in query
    assert f"CAST(ROUND(source.discount * 10000) AS {whole}) AS discount" in query
    assert f"second < {NOW.second}" in query
    assert f"at_day >= {NOW.day} - 365" in query


def test_nothing_but_the_nine_columns_is_read():
    query = parse_one(feature_query("postgresql", "shop.order_lines", "", NOW), dialect="postgres")
    read = {column.name for column in query.find_all(exp.Column) if column.table == "source"}
    assert read == set(COLUMNS)


@pytest.mark.parametrize("engine", VIEWS)
def test_the_guides_view_has_every_column_and_parses(engine: str):
    view = parse_one(example(engine), dialect=DIALECTS[engine.lower()])
    assert isinstance(view, exp.Create)
    assert isinstance(view.expression, exp.Select)
    assert view.expression.named_selects == list(COLUMNS)


def test_the_guide_says_what_every_column_holds():
    said = example.__globals__["GUIDE"].read_text("utf-8")
    assert all(f"| `{name}` | {holds} |" in said for name, holds in COLUMNS.items())


def test_columns_of_other_names_are_asked_for_by_them():
    query = shape_query(names("postgresql", columns='customer_id=client, gross="Net Amount"'))
    assert "source.client AS customer_id" in query
    assert 'source."Net Amount" AS gross' in query
    assert "source.order_id AS order_id" in query


def test_a_quote_in_a_name_stays_within_its_quotes():
    query = shape_query(names("postgresql", lines='"a"" b"', columns='gross="x"" from secret --"'))
    assert 'source."x"" from secret --" AS gross' in query
    assert 'FROM "a"" b" AS source' in query


@pytest.mark.parametrize("engine", DIALECTS)
@pytest.mark.parametrize("said", NO_TABLES)
def test_what_is_no_name_of_a_table_is_refused(engine: str, said: str):
    with pytest.raises(Invalid, match="SWITCHBOARD_WAREHOUSE_LINES"):
        names(engine, lines=said)


@pytest.mark.parametrize("engine", DIALECTS)
@pytest.mark.parametrize("said", NO_COLUMNS)
def test_what_is_no_name_of_a_column_is_refused(engine: str, said: str):
    with pytest.raises(Invalid, match="SWITCHBOARD_WAREHOUSE_COLUMNS"):
        names(engine, columns=f"gross={said}")


@pytest.mark.parametrize("said", ["amount=gross", "gross", "=gross"])
def test_a_renaming_that_names_no_column_of_ours_is_refused_with_those_there_are(said: str):
    with pytest.raises(Invalid, match="our names are customer_id, order_id"):
        names("postgresql", columns=said)


def test_an_engine_that_is_not_known_is_refused_with_those_there_are():
    with pytest.raises(Invalid, match="choose one of postgresql, spark, clickhouse, bigquery"):
        feature_query("oracle", "t", "", NOW)
