"""What the table of order lines and its columns are called in a warehouse, and the lines as our queries read them.

Names come from the operator's settings and are parsed, never pasted: what is no plain name of a table or a column is
refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.errors import SqlglotError

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.warehouse.elsewhere import DIALECTS

COLUMNS: Mapping[str, str] = {
    "customer_id": "who bought: text or a number, null for a guest",
    "order_id": "which order: text or a number",
    "product_id": "what was bought: text or a number, null where it is not known",
    "category": "its category: text, null where it has none",
    "day": "whole number: the day of the order since 1970-01-01, in the workspace's time zone",
    "second": "whole number: the moment of the order in seconds since 1970-01-01 00:00 UTC",
    "gross": "the line's value before discount, in the workspace's currency; 0 on a line that only returns",
    "discount": "the line's discount, in the same currency; 0 for none, null where it is not stated",
    "refund": "what was given back, in the same currency, as a positive number; 0 or null for nothing",
}
"""The columns of the table, each with what it has to hold."""

LINES, RENAMED = "SWITCHBOARD_WAREHOUSE_LINES", "SWITCHBOARD_WAREHOUSE_COLUMNS"
SOURCE = "source"
PER_UNIT = 10_000  # as the mirror keeps money: figures are the same to the last bit


@dataclass(frozen=True, kw_only=True)
class Names:
    """The table and its columns, parsed for one dialect (by sqlglot's name)."""

    dialect: str
    table: exp.Table
    columns: Mapping[str, exp.Identifier]

    def column(self, name: str) -> exp.Column:
        """The column that holds this."""
        return exp.column(self.columns[name].copy(), table=SOURCE)

    def source(self) -> exp.Table:
        """The table itself, by the name its columns are asked for with."""
        table = self.table.copy()
        table.set("alias", exp.TableAlias(this=exp.to_identifier(SOURCE)))
        return table

    def lines(self, alias: str) -> exp.Subquery:
        """The lines with the columns and units of the mirror."""
        chosen = exp.select(
            exp.alias_(self.column("customer_id"), "person"),
            exp.alias_(self.column("order_id"), "document"),
            exp.alias_(self.column("product_id"), "product"),
            exp.alias_(self.column("category"), "category"),
            exp.alias_(self.column("day"), "day"),
            exp.alias_(self.column("second"), "second"),
            exp.alias_(exp.func("coalesce", self._money("gross"), exp.Literal.number(0)), "gross"),
            exp.alias_(self._money("discount"), "discount"),
            exp.alias_(exp.func("coalesce", self._money("refund"), exp.Literal.number(0)), "refund"),
        )
        return chosen.from_(self.source()).subquery(alias)

    def _money(self, name: str) -> exp.Cast:
        scaled = exp.Mul(this=self.column(name), expression=exp.Literal.number(PER_UNIT))
        return exp.cast(exp.Round(this=scaled), "bigint")


def read_names(engine: str, lines: str, renamed: str) -> Names:
    """The names as settings give them: a table, and `our_name=their_name, …`; raise Invalid naming the setting.

    A name in the engine's own quotes is taken as it is written.
    """
    if engine not in DIALECTS:
        raise Invalid(f"no query is made for {engine}; choose one of {', '.join(DIALECTS)}", field="dialect")
    dialect = DIALECTS[engine]
    theirs = dict(zip(COLUMNS, COLUMNS, strict=True))
    for pair in filter(None, (each.strip() for each in renamed.split(","))):
        ours, said, name = (part.strip() for part in pair.partition("="))
        if ours not in COLUMNS or not said:
            there = ", ".join(COLUMNS)
            raise Invalid(f'{RENAMED}: "{pair}" is no OUR_NAME=THEIR_NAME; our names are {there}', field=RENAMED)
        theirs[ours] = name
    return Names(
        dialect=dialect,
        table=_table(lines, dialect),
        columns={ours: _identifier(name, dialect) for ours, name in theirs.items()},
    )


def _table(said: str, dialect: str) -> exp.Table:
    found = _parsed(said, exp.Table, dialect)
    if not isinstance(found, exp.Table) or not found.name or not _is_plain(found):
        raise Invalid(f'{LINES}: "{said}" is no table; write one such as shop.order_lines', field=LINES)
    return found


def _identifier(said: str, dialect: str) -> exp.Identifier:
    found = _parsed(said, exp.Column, dialect)
    if not isinstance(found, exp.Column) or not isinstance(found.this, exp.Identifier) or not _is_plain(found):
        raise Invalid(f'{RENAMED}: "{said}" is no column; write its name alone', field=RENAMED)
    if found.table:
        raise Invalid(f'{RENAMED}: "{said}" names a table too; write the column alone', field=RENAMED)
    return found.this


def _is_plain(found: exp.Expr) -> bool:
    """Whether there is nothing in it but names."""
    return all(isinstance(node, (exp.Table, exp.Column, exp.Identifier, exp.Dot)) for node in found.walk())


def _parsed(said: str, kind: type[exp.Expr], dialect: str) -> exp.Expr | None:
    try:
        return parse_one(said, into=kind, dialect=dialect, error_level=ErrorLevel.RAISE)
    except SqlglotError:
        return None
