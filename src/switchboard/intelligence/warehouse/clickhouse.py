"""ClickHouse as a warehouse: asked over HTTP, answers as Arrow.

Source: https://clickhouse.com/docs/interfaces/http and its codes, `src/Common/ErrorCodes.cpp`.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs] - it has none

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.warehouse.asking import URL, Arrow, Warehouse
from switchboard.intelligence.warehouse.errors import (
    GUIDE,
    NO_RIGHT,
    NO_SIGN_IN,
    NO_TABLE,
    WarehouseAway,
    WarehouseRefused,
    took_too_long,
)

CONNECT_S = 10.0
OPEN: Any = pa.ipc.open_stream  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
PATIENCE_S = 5.0  # beyond the time-out that the server is told
TIMED_OUT = {"159", "160"}
WITHOUT_TLS = {"secure=false"}
REFUSED = {
    "60": NO_TABLE, "81": f"has no such database; mend the end of {URL}", "497": NO_RIGHT, "516": NO_SIGN_IN,
    "194": NO_SIGN_IN, "192": NO_SIGN_IN, "47": f"lacks a column of the lines; see {GUIDE}",
    "164": "does not let the account set max_execution_time; give it readonly = 2",
}  # fmt: skip


def fetch(warehouse: Warehouse, query: str) -> Arrow:
    """The rows of the query."""
    url, sign_in, asked = _address(warehouse)
    asked |= {
        "default_format": "ArrowStream", "max_execution_time": f"{warehouse.timeout_s:.0f}",
        "wait_end_of_query": "1",  # so that what goes wrong at the end is no half answer
    }  # fmt: skip
    longest = httpx2.Timeout(warehouse.timeout_s + PATIENCE_S, connect=CONNECT_S)
    try:
        with httpx2.Client(timeout=longest, trust_env=False) as client:
            answer = client.post(url, params=asked, headers=sign_in, content=query.encode())
    except httpx2.ReadTimeout:
        raise took_too_long(warehouse.place, warehouse.timeout_s) from None
    except httpx2.TransportError:
        raise WarehouseAway(f"{warehouse.place} can not be reached; start it or mend {URL}") from None
    if answer.status_code != 200:
        raise _told(warehouse, answer)
    with OPEN(answer.content) as stream:
        rows: Arrow = stream.read_all()
    return rows


def _address(warehouse: Warehouse) -> tuple[str, dict[str, str], dict[str, str]]:
    """Where to send, what signs in, and the database."""
    parts = urlsplit(warehouse.url.get_secret_value())
    if not parts.hostname or (parts.query and parts.query not in WITHOUT_TLS):
        raise Invalid(
            f"{URL}: write clickhouse://USER:PASSWORD@HOST:8443/DATABASE, or ?secure=false at its end", field=URL
        )
    plain = parts.query in WITHOUT_TLS
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    url = f"{'http' if plain else 'https'}://{host}:{parts.port or (8123 if plain else 8443)}/"
    sign_in = {
        "X-ClickHouse-User": unquote(parts.username or "default"), "X-ClickHouse-Key": unquote(parts.password or ""),
    }  # fmt: skip
    return url, sign_in, {"database": unquote(parts.path.strip("/")) or "default"}


def _told(warehouse: Warehouse, answer: httpx2.Response) -> WarehouseAway | WarehouseRefused:
    code = answer.headers.get("X-ClickHouse-Exception-Code", "")
    if code in TIMED_OUT:
        return took_too_long(warehouse.place, warehouse.timeout_s)
    if not code:
        return WarehouseAway(f"{warehouse.place} answers {answer.status_code}, as no ClickHouse does; mend {URL}")
    said = REFUSED.get(code, f"refused the query (code {code}); run `switchboard warehouse check`")
    return WarehouseRefused(f"{warehouse.place} {said}")
