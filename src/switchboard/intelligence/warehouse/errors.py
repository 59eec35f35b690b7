"""What goes wrong with a warehouse."""

from switchboard.foundation.errors import Conflict, SwitchboardError


class WarehouseAway(SwitchboardError):
    """The warehouse can not be reached, or did not answer in time."""

    code = "warehouse_away"
    status = 503


class WarehouseRefused(Conflict):
    """The warehouse answered, and refused: a table, a column or a right is missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="warehouse_refused")


GUIDE = "docs/guide/warehouse.md"
NO_TABLE = f"has no table as SWITCHBOARD_WAREHOUSE_LINES names it; make the view of {GUIDE}"
NO_RIGHT = "does not let the account read the lines; grant it to read them, and nothing else"
NO_SIGN_IN = "refuses the account; mend user and password in SWITCHBOARD_WAREHOUSE_URL"


def took_too_long(place: str, timeout_s: float) -> WarehouseAway:
    """The error of a query that was ended."""
    return WarehouseAway(
        f"{place} did not answer within {timeout_s:.0f} s; give it more to work with, or raise "
        "SWITCHBOARD_WAREHOUSE_TIMEOUT_S"
    )
