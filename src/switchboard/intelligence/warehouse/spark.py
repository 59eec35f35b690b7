"""Spark as a warehouse: a Spark Connect server, or one of this machine's own to try it with.

The package `pyspark` has both ways; Spark Connect needs its extra `connect` beside, the own one a Java.
"""

import threading
from typing import Any
from uuid import uuid4

from py4j.protocol import Py4JError  # pyright: ignore[reportMissingTypeStubs] - it has none
from pyspark.errors import PySparkException
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
AGAIN_S = 1.0
REFUSED = {
    "TABLE_OR_VIEW_NOT_FOUND": NO_TABLE, "SCHEMA_NOT_FOUND": NO_TABLE, "INSUFFICIENT_PERMISSIONS": NO_RIGHT,
    "UNRESOLVED_COLUMN": f"lacks a column of the lines; see {GUIDE}",
}  # fmt: skip


def fetch(warehouse: Warehouse, query: str) -> Arrow:
    """The rows of the query."""
    session, tag = _session(warehouse), f"switchboard-{uuid4()}"
    done, late = threading.Event(), threading.Event()
    local = warehouse.url.get_secret_value() == LOCAL

    def end_in_time() -> None:
        if done.wait(warehouse.timeout_s):
            return
        late.set()
        while not done.wait(AGAIN_S):  # a job that was not there yet is there the next time
            if local:  # rows are sent by a thread that does not bear the tag, of a Spark that is ours alone
                session.sparkContext.cancelAllJobs()
            else:
                session.interruptTag(tag)

    session.addTag(tag)
    threading.Thread(target=end_in_time, daemon=True).start()
    try:
        rows: Arrow = session.sql(query).toArrow()
    except (PySparkException, Py4JError) as error:
        raise (
            took_too_long(warehouse.place, warehouse.timeout_s) if late.is_set() else _told(warehouse, error)
        ) from None
    finally:
        done.set()
        session.removeTag(tag)
    return rows


def _session(warehouse: Warehouse) -> Any:
    url, builder = warehouse.url.get_secret_value(), SparkSession.builder.appName("switchboard")
    try:
        if url == LOCAL:
            return builder.master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
        if url.startswith("sc://"):
            return builder.remote(url).getOrCreate()
    except ImportError as missing:
        raise Invalid(
            f"{warehouse.place} needs more: pip install 'pyspark[connect]' ({missing.name})", field=URL
        ) from None
    except (PySparkException, RuntimeError) as error:
        raise WarehouseAway(f"{warehouse.place} can not be started or reached; {LOCAL} needs a Java 17") from error
    raise Invalid(f"{URL}: write sc://HOST:15002/;token=… for a server, or {LOCAL}", field=URL)


def _told(warehouse: Warehouse, error: PySparkException | Py4JError) -> WarehouseRefused:
    condition = str(error.getCondition() or "") if isinstance(error, PySparkException) else "failed while it ran"
    said = REFUSED.get(condition.partition(".")[0])
    return WarehouseRefused(
        f"{warehouse.place} {said or f'refused the query ({condition}); run `switchboard warehouse check`'}"
    )
