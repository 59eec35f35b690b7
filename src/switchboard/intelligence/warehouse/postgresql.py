"""PostgreSQL as a warehouse: read by Arrow's own driver, in a transaction that can only read.

Source of the address's parameters: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from adbc_driver_postgresql import dbapi  # pyright: ignore[reportMissingTypeStubs] - it has none

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

CONNECT_S = 10
SILENT_S = 60  # a server that is gone is noticed after so long
REACHING = {
    "connect_timeout": str(CONNECT_S), "application_name": "switchboard", "keepalives_idle": "30",
    "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": str(SILENT_S * 1_000),
}  # fmt: skip
CONNECT: Any = dbapi.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
TIMED_OUT = "57014"
AWAY = ("08", "57", "53")  # connections, an operator's stop, no room


def fetch(warehouse: Warehouse, query: str) -> Arrow:
    """The rows of the query."""
    limit_ms = int(warehouse.timeout_s * 1_000)
    try:
        with CONNECT(_address(warehouse)) as connection, connection.cursor() as cursor:
            cursor.execute("set transaction read only")
            cursor.execute(f"set local statement_timeout = {limit_ms}")
            cursor.execute(query)
            return cursor.fetch_arrow_table()
    except dbapi.Error as error:
        raise _told(warehouse, error) from None  # the driver's own words may hold the address


def _address(warehouse: Warehouse) -> str:
    parts = urlsplit(warehouse.url.get_secret_value())
    asked = REACHING | dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode(asked)))


def _told(warehouse: Warehouse, error: dbapi.Error) -> WarehouseAway | WarehouseRefused:
    state, place = error.sqlstate or "", warehouse.place
    if state == TIMED_OUT:
        return took_too_long(place, warehouse.timeout_s)
    if not state or state.startswith(AWAY):
        return WarehouseAway(f"{place} can not be reached; start it or mend {URL}")
    refused = {
        "42P01": NO_TABLE, "3F000": NO_TABLE, "42501": NO_RIGHT, "28P01": NO_SIGN_IN, "28000": NO_SIGN_IN,
        "42703": f"lacks a column of the lines ({_missing(error)}); see {GUIDE}",
        "3D000": f"has no such database; mend the end of {URL}",
    }  # fmt: skip
    said = refused.get(state, f"refused the query ({state}); run `switchboard warehouse check`")
    return WarehouseRefused(f"{place} {said}")


def _missing(error: dbapi.Error) -> str:
    """Which column is missing, as the server says it; other words of it could be values."""
    return str(error).partition("ERROR:")[2].strip().partition("\n")[0]
