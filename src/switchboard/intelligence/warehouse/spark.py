"""Spark as a warehouse: a Spark Connect server, or one of this machine's own to try it with, which needs a Java."""

import logging
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from py4j.protocol import Py4JError  # pyright: ignore[reportMissingTypeStubs] - it has none
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.warehouse.asking import URL, Arrow, Warehouse
from switchboard.intelligence.warehouse.errors import (
    GUIDE,
    NO_RIGHT,
    NO_TABLE,
    WarehouseAway,
    WarehouseRefused,
    took_too_long,
)

LOCAL = "spark://local"
PORT = 15_002
CONNECT_S = 10.0
AGAIN_S = 1.0
for _name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):  # they write queries and plans to standard error
    PySparkLogger.getLogger(_name).setLevel(logging.CRITICAL + 1)
REFUSED = {
    "TABLE_OR_VIEW_NOT_FOUND": NO_TABLE, "SCHEMA_NOT_FOUND": NO_TABLE, "INSUFFICIENT_PERMISSIONS": NO_RIGHT,
    "UNRESOLVED_COLUMN": f"lacks a column of the lines; see {GUIDE}",
}  # fmt: skip


def fetch(warehouse: Warehouse, query: str) -> Arrow:
    """The rows of the query."""
    url = warehouse.url.get_secret_value()
    local = url == LOCAL
    session = _local(warehouse) if local else _remote(warehouse, url)
    late = threading.Event()

    def end() -> None:
        if local:  # rows are sent by a thread that does not bear the tag, of a Spark that is ours alone
            session.sparkContext.cancelAllJobs()
        else:
            session.interruptAll()

    try:
        with _ending(warehouse.timeout_s, late, end):
            rows: Arrow = session.sql(query).toArrow()
    except (PySparkException, Py4JError) as error:
        raise (
            took_too_long(warehouse.place, warehouse.timeout_s) if late.is_set() else _told(warehouse, error)
        ) from None
    finally:
        if not local:
            session.stop()
    return rows


@contextmanager
def _ending(after_s: float, late: threading.Event, end: Callable[[], None]) -> Generator[None]:
    """End what runs in here after so long, again and again: a job that was not there yet is there the next time."""
    done = threading.Event()

    def watch() -> None:
        if done.wait(after_s):
            return
        late.set()
        while not done.wait(AGAIN_S):
            end()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _local(warehouse: Warehouse) -> Any:
    """The one session of this machine's own Spark."""
    builder: Any = SparkSession.builder
    try:
        return builder.appName("switchboard").master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise WarehouseAway(f"{warehouse.place} can not be started; it needs a Java 17") from error


def _remote(warehouse: Warehouse, url: str) -> Any:
    """A session of its own on a Spark Connect server, which is there: the client itself would try for minutes."""
    parts = urlsplit(url)
    if parts.scheme != "sc" or not parts.hostname:
        raise Invalid(f"{URL}: write sc://HOST:15002/;token=… for a server, or {LOCAL}", field=URL)
    builder: Any = SparkSession.builder
    try:
        socket.create_connection((parts.hostname, parts.port or PORT), CONNECT_S).close()
        return builder.appName("switchboard").remote(url).create()
    except (OSError, PySparkException) as error:
        away = WarehouseAway(f"{warehouse.place} can not be reached; start it or mend {URL}")
        raise away from (None if isinstance(error, PySparkException) else error)  # its words may hold the token


def _told(warehouse: Warehouse, error: PySparkException | Py4JError) -> WarehouseRefused:
    condition = str(error.getCondition() or "") if isinstance(error, PySparkException) else "failed while it ran"
    said = REFUSED.get(condition.partition(".")[0])
    return WarehouseRefused(
        f"{warehouse.place} {said or f'refused the query ({condition}); run `switchboard warehouse check`'}"
    )
