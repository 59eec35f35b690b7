"""The queries a warehouse is asked, each made of the SQL the mirror is described by, said in the engine's own words.

Nothing is put together of texts: the SQL is parsed, the table takes its place as a tree, and moments are whole numbers.
"""

from sqlglot import ErrorLevel, exp, parse_one

from switchboard.intelligence.features import AsOf, feature_sql
from switchboard.intelligence.health import health_sql
from switchboard.intelligence.warehouse.names import COLUMNS, Names

OURS, THERE = "duckdb", "lines_there"
DAY_S = 86_400
KEY = "person"


def feature_query(names: Names, as_of: AsOf) -> str:
    """The feature query: the columns of `sums.NAMES`, as doubles but for the customer, who is text; in no order."""
    query = _placed(feature_sql(), names, as_of)
    assert isinstance(query, exp.Select), "it is one"
    query.set("order", None)
    query.set("expressions", [_typed(each) for each in query.expressions])
    return _said(query, names)


def health_query(names: Names, as_of: AsOf) -> str:
    """The query about the whole shop: one row of doubles."""
    query = _placed(health_sql(), names, as_of)
    assert isinstance(query, exp.Select), "it is one"
    query.set("expressions", [_typed(each) for each in query.expressions])
    return _said(query, names)


def shape_query(names: Names) -> str:
    """A query that gives no row, and fails where the table or a column of it is missing."""
    query = exp.select(*(exp.alias_(names.column(name), name) for name in COLUMNS)).from_(names.source())
    return _said(query.where(exp.false()), names)


def units_query(names: Names) -> str:
    """One row of doubles: how many lines there are and how many can not be right, and the latest moment (Unix time)."""
    day, second, gross, refund = (names.column(name) for name in ("day", "second", "gross", "refund"))
    seconds = exp.Mul(this=exp.cast(day, "bigint"), expression=exp.Literal.number(DAY_S))
    apart = exp.Abs(this=exp.Paren(this=exp.Sub(this=seconds, expression=second)))
    counted = {
        "lines": exp.true(),
        "guests": names.column("customer_id").is_(exp.null()),
        "days_apart": exp.GT(this=apart, expression=exp.Literal.number(2 * DAY_S)),
        "below_zero": exp.or_(exp.LT(this=gross, expression=exp.Literal.number(0)),
                              exp.LT(this=refund, expression=exp.Literal.number(0))),
    }  # fmt: skip
    columns = [
        _typed(exp.alias_(exp.Count(this=exp.Case().when(holds, exp.Literal.number(1))), name))
        for name, holds in counted.items()
    ]
    columns.append(_typed(exp.alias_(exp.Max(this=second.copy()), "latest")))
    return _said(exp.select(*columns).from_(names.source()), names)


def _placed(sql: str, names: Names, as_of: AsOf) -> exp.Expr:
    places = {"lines": THERE, "second": str(as_of.second), "day": str(as_of.day), "persons": f"{KEY} is not null"}
    for place, value in places.items():
        sql = sql.replace(f"{{{place}}}", value)
    query = parse_one(sql, dialect=OURS)
    for table in [each for each in query.find_all(exp.Table) if each.name == THERE]:
        table.replace(names.lines(THERE))
    return query


def _typed(column: exp.Expr) -> exp.Expr:
    """A column of the answer as a double, the customer's as text."""
    of = "text" if column.alias == KEY else "double"
    return exp.alias_(exp.cast(column.unalias(), of), column.alias)


def _said(query: exp.Expr, names: Names) -> str:
    return query.sql(dialect=names.dialect, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)
