"""The trimmed sample shop is as mixed as the original."""

import json
from pathlib import Path

import duckdb
import pytest

from demo import make_gifts

ORIGINAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail_2010_2011.parquet"


def trimmed() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute(
        "create table line as select row_number() over () as position, * from read_parquet($path)",
        {"path": str(make_gifts.ORDERS)},
    )
    database.execute(make_gifts.DESCRIBE)
    return database


def test_each_kind_of_customer_and_line_is_as_frequent_as_in_the_original():
    original = json.loads(make_gifts.SHARES.read_text())
    assert make_gifts.shares(trimmed()) == pytest.approx(original, abs=0.005)


def test_it_is_small_and_holds_enough_customers():
    found = trimmed().execute('select count(distinct "CustomerID") from line').fetchone()
    assert found is not None
    assert found[0] >= 1200
    assert make_gifts.ORDERS.stat().st_size <= 1_500_000


def test_every_customer_has_a_contact_that_says_it_is_a_sample():
    wrong = trimmed().execute(
        """
        select customer_id, "CustomerID", email, name
        from (select distinct "CustomerID" from line where "CustomerID" is not null)
        full join read_parquet($path) on customer_id = "CustomerID"
        where email is distinct from 'sample.' || "CustomerID" || '@example.com' or name not like '%_ (sample)'
        """,
        {"path": str(make_gifts.CUSTOMERS)},
    )
    assert wrong.fetchall() == []


@pytest.mark.slow
@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"the shared data set is not there: {ORIGINAL}")
def test_the_original_makes_the_same_rows_again(tmp_path: Path):
    make_gifts.make(ORIGINAL, tmp_path)
    assert (tmp_path / make_gifts.SHARES.name).read_text() == make_gifts.SHARES.read_text()
    for made in (make_gifts.ORDERS, make_gifts.CUSTOMERS):
        again = tmp_path / made.name
        database = duckdb.connect()
        differences = database.execute(
            "select count(*) from ((from read_parquet($old) except all from read_parquet($new))"
            " union all (from read_parquet($new) except all from read_parquet($old)))",
            {"old": str(made), "new": str(again)},
        )
        assert differences.fetchone() == (0,)
