"""Shares, ratios and pages of lists, the same in every answer."""

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.features import MONEY

MOST_ROWS = 1_000_000_000


def money(whole: float | None) -> float:
    """A sum of the mirror in currency units; nothing is 0."""
    return float(whole or 0) / MONEY


def share(part: float, whole: float) -> float | None:
    """Part of the whole; None where there is nothing to divide by."""
    return float(part) / float(whole) if whole else None


def first_row(cursor: str | None) -> int:
    """Which row of a list a page begins with; raise Invalid for a cursor that no page gave."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor) < MOST_ROWS):
        raise Invalid("the cursor is not one of ours; take next_cursor of the page before", field="cursor")
    return int(cursor)


def next_cursor(first: int, shown: int, total: int) -> str | None:
    """What the page after asks for; None after the last."""
    return str(first + shown) if shown and first + shown < total else None
