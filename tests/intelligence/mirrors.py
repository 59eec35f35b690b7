"""Small shops for the tests: a mirror made of a few lines, and customers given by their figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.features import FEATURES, AsOf, Features, Fetched, Numbers, feature_sql
from switchboard.intelligence.health import Health

TODAY = 20_000  # day since 1970-01-01
NOW = AsOf(day=TODAY, second=TODAY * 86_400)
WELL = Health(
    customers=100,
    orders=1_000,
    history_days=400,
    categories=5,
    category_share=1.0,
    discount_known=1.0,
    discounted_share=0.3,
    products=50,
    product_share=1.0,
    top_product_share=0.1,
    refund_customers=0.2,
)

TABLE = """create table line (document bigint, person bigint, day integer, second bigint, product integer,
  category integer, gross bigint, discount bigint, refund bigint)"""

FILL = "insert into line select " + ", ".join(["unnest(?)"] * 9)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line `ago` days before today at `hour`; money in currency units."""

    document: int
    ago: int
    gross: float = 0.0
    person: int | None = 1
    hour: float = 12.0
    product: int | None = None
    category: int | None = None
    discount: float | None = 0.0
    refund: float = 0.0


def mirror(lines: Iterable[Line]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(TABLE)
    rows = [row_of(line) for line in lines]
    if rows:
        con.execute(FILL, [list(column) for column in zip(*rows, strict=True)])
    return con


def row_of(line: Line) -> tuple[int | None, ...]:
    """The line as the columns of TABLE have it."""
    day = TODAY - line.ago
    return (
        line.document,
        line.person,
        day,
        day * 86_400 + round(line.hour * 3_600),
        line.product,
        line.category,
        round(line.gross * 10_000),
        None if line.discount is None else round(line.discount * 10_000),
        round(line.refund * 10_000),
    )


def customers(**figures: Sequence[float]) -> Features:
    """Customers by their figures, a list per feature; the others are 1."""
    count = max(len(column) for column in figures.values())
    columns = {name: np.ones(count) for name in FEATURES}
    columns |= {name: np.array(column, np.float64) for name, column in figures.items()}
    return Features(as_of=NOW, persons=np.arange(1, count + 1, dtype=np.int64), columns=columns)


def columns(fetched: Fetched) -> dict[str, Numbers]:
    """The fetched columns as float64, NaN where they were NULL."""
    return {name: _plain(column) for name, column in fetched.fetchnumpy().items()}


def _plain(column: npt.ArrayLike) -> Numbers:
    return np.ma.asarray(column, np.float64).filled(np.nan)


def by_sql(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> dict[str, Numbers]:
    """The sums of all customers as `features.sql` has them."""
    places = {"lines": "line", "second": str(as_of.second), "day": str(as_of.day), "persons": "person is not null"}
    sql = feature_sql()
    for place, value in places.items():
        sql = sql.replace(f"{{{place}}}", value)
    return columns(con.execute(sql))
