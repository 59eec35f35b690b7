"""Whether the orders of a workspace live elsewhere; what speaks to a warehouse is imported only once one is asked.

It costs each process a tenth of a second and 16 MB.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from switchboard.accounts import tenants
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.foundation.records import Record
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.working_out import Measured

DIALECTS: Mapping[str, str] = {
    "postgresql": "postgres",
    "spark": "spark",
    "clickhouse": "clickhouse",
    "bigquery": "bigquery",
    "snowflake": "snowflake",
    "databricks": "databricks",
    "trino": "trino",
    "duckdb": "duckdb",
}
"""The engines the feature query can be said to, with sqlglot's names for them."""


STAY_THERE = "order lines: they stay in the warehouse, and predictions are worked out from them"
"""What a shop lacks for predictions whose orders live in a warehouse."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a warehouse said of a shop: features of everybody known here, and the health of all of it.

    `left_out` customers are not known here (forgotten, or with an id that can be none); `merged` are counted as one
    here with somebody else who has a row, and theirs is not taken.
    """

    moment: datetime
    shop: Measured
    left_out: int
    merged: int


class Looked(Record):
    """One thing that was looked at."""

    name: str
    ok: bool
    said: str


def lines_stay_there() -> Conflict:
    """The error of a question about order lines that are not here."""
    return Conflict(
        "the orders of this workspace live in a warehouse and this question reads their lines, which stay there: ask "
        "the warehouse itself, or import the orders too",
        code="lines_elsewhere",
    )


async def warehouse_of(work: Work) -> WarehouseSettings | None:
    """The warehouse the orders of the workspace at work live in; None for the store and its mirror."""
    settings = work.ground.warehouse
    if settings is None:
        return None
    workspace = await tenants.current(work)
    return settings if settings.workspace in {workspace.name, str(workspace.id)} else None


async def lacks(work: Work) -> tuple[str, ...]:
    """What the shop at work lacks for predictions, wherever its history may be long enough."""
    return (STAY_THERE,) if await warehouse_of(work) is not None else ()


async def read(work: Work, settings: WarehouseSettings, moment: datetime, as_of: AsOf) -> Reading:
    """The features and health of the shop before a moment; whoever is new becomes a customer here, by the id alone.

    Raise WarehouseAway, WarehouseRefused, or Invalid for settings that can be none.
    """
    reading: Reading = await _part("measuring").read(work, settings, moment, as_of)
    return reading


async def look(settings: WarehouseSettings, *, whole: bool = True) -> tuple[Looked, ...]:
    """What a warehouse is like, each thing after the ones it needs; the `whole` of it goes over all lines once."""
    looked: tuple[Looked, ...] = await _part("checking").look(settings, whole=whole)
    return looked


def feature_query(dialect: str, lines: str, columns: str, as_of: AsOf) -> str:
    """The query that works out everybody's figures in the words of one of DIALECTS; raise Invalid for wrong names."""
    query: str = _part("queries").feature_query(_part("names").read_names(dialect, lines, columns), as_of)
    return query


def _part(name: str) -> Any:
    return import_module(f"switchboard.intelligence.warehouse.{name}")
