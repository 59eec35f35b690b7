"""A query sent to the warehouse at an address, and its rows as Arrow: which module speaks to which kind of warehouse.

The modules need packages of an extra and are imported when an address asks for them.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from pydantic import SecretStr

from switchboard.foundation.errors import Invalid
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.sums import Numbers
from switchboard.intelligence.warehouse.errors import took_too_long
from switchboard.intelligence.warehouse.names import Names, read_names

URL = "SWITCHBOARD_WAREHOUSE_URL"
PATIENCE_S = 30.0  # for connecting, and for a module to end by itself what takes too long
Arrow = Any
"""A pyarrow.Table; its package is an extra's and has no types."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A kind of warehouse: the module that speaks to it, its name among DIALECTS, and the extra it needs."""

    module: str
    dialect: str
    extra: str


ENGINES: Mapping[str, Engine] = {
    "postgresql": Engine(module="postgresql", dialect="postgresql", extra="warehouse"),
    "postgres": Engine(module="postgresql", dialect="postgresql", extra="warehouse"),
    "clickhouse": Engine(module="clickhouse", dialect="clickhouse", extra="warehouse"),
    "spark": Engine(module="spark", dialect="spark", extra="spark"),
    "sc": Engine(module="spark", dialect="spark", extra="spark"),
}
"""By the first word of the address."""


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """Where the orders of a workspace live, and what they are called there."""

    url: SecretStr
    place: str  # the address without its sign-in, as errors may tell it
    names: Names
    timeout_s: float
    fetch: Callable[["Warehouse", str], Arrow] = field(repr=False)

    async def ask(self, query: str) -> Arrow:
        """The rows of a query; raise WarehouseAway or WarehouseRefused, at the latest some seconds after the time-out.

        Each module ends a query that takes too long, here and in the warehouse.
        """
        try:
            async with asyncio.timeout(self.timeout_s + PATIENCE_S):
                return await asyncio.to_thread(self.fetch, self, query)
        except TimeoutError:
            raise took_too_long(self.place, self.timeout_s) from None


def open_warehouse(settings: WarehouseSettings) -> Warehouse:
    """The warehouse that settings name; raise Invalid for an address or a name that can be none."""
    url = settings.url.get_secret_value()
    scheme = url.partition("://")[0]
    engine = ENGINES.get(scheme)
    if engine is None or "://" not in url:
        allowed = ", ".join(f"{each}://" for each in ENGINES)
        raise Invalid(f"{URL}: its address begins with none of {allowed}", field=URL)
    try:
        fetch = import_module(f"switchboard.intelligence.warehouse.{engine.module}").fetch
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("switchboard"):
            raise
        raise Invalid(f"{scheme}:// needs an extra: pip install 'switchboard[{engine.extra}]'", field=URL) from None
    return Warehouse(
        url=settings.url, place=_place(url), names=read_names(engine.dialect, settings.lines, settings.columns),
        timeout_s=settings.timeout_s, fetch=fetch,
    )  # fmt: skip


def numbers(rows: Arrow, name: str) -> Numbers:
    """A column of doubles, NaN where it is null."""
    return np.asarray(rows[name].to_numpy(), np.float64)


def row(rows: Arrow) -> dict[str, float | None]:
    """The one row of a query."""
    found = {name: float(numbers(rows, name)[0]) for name in rows.column_names}
    return {name: None if np.isnan(figure) else figure for name, figure in found.items()}


def _place(url: str) -> str:
    """The address as it may be shown: kind, host and port, and nothing that signs in."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].partition(";")[0]
    return f"{parts.scheme}://{host}{parts.path.partition(';')[0]}"
