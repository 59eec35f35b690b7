"""Values of a type: whether what somebody says by hand is one, and what values become under another type."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import cast

import duckdb
from pydantic import JsonValue

from switchboard.customers.imports.detection import decimal_mark_of
from switchboard.customers.imports.extras import LONGEST_VALUE, MOST_ITEMS, as_json, style_of_column
from switchboard.customers.imports.records import AttributeType, DateStyle, Extra
from switchboard.foundation.errors import Invalid

AS_NUMBERS_GO = 10**15


def checked(name: str, kind: AttributeType, value: JsonValue) -> JsonValue:
    """The value as it is kept; Invalid naming the attribute when it is none of its type. None stays None."""
    if value is None:
        return None
    is_one, wanted = CHECKS[kind]
    if not is_one(value):
        raise Invalid(f"attributes.{name}: it is {wanted}", field=f"attributes.{name}")
    return value


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and "\0" not in value


def _is_number(value: JsonValue) -> bool:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and math.isfinite(cast("float", value)) and abs(cast("float", value)) < AS_NUMBERS_GO


def _is_day(value: JsonValue) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value and value >= "1000"
    except ValueError:
        return False


def _is_list(value: JsonValue) -> bool:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        return False
    return all(_is_text(item) for item in value) and len(json.dumps(value, ensure_ascii=False)) <= LONGEST_VALUE


CHECKS: dict[AttributeType, tuple[Callable[[JsonValue], bool], str]] = {
    "text": (_is_text, f"a text of 1 to {LONGEST_VALUE:,} letters"),
    "number": (_is_number, "a number of at most fifteen digits, as in 38 or 39.5"),
    "money": (_is_number, "an amount in the workspace's currency, a number as in 12.5"),
    "date": (_is_day, "a day, as in 2026-11-21"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "list": (
        _is_list,
        f'a list of at most {MOST_ITEMS} texts, {LONGEST_VALUE:,} letters together, as in ["red", "blue"]',
    ),
}


def converted(values: Sequence[str], kind: AttributeType, currency: str) -> list[str | None]:
    """What each value, as JSON, becomes under a type, as JSON; None for those that do not fit."""
    cells = [_cell(json.loads(value)) for value in values]
    mark, _ = decimal_mark_of(cells)
    of = Extra(name="", place=0, kind=kind, mark=mark, dates=style_of_column(cells, DateStyle(order="iso")))
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute("SET TimeZone = 'UTC'")
        asked = f"SELECT {as_json(kind, 'cell', of, currency)} FROM (SELECT unnest($1::VARCHAR[]) AS cell)"  # noqa: S608 - made by `as_json`
        return [row[0] for row in database.execute(asked, [cells]).fetchall()]


def _cell(value: JsonValue) -> str:
    """A value as a file would write it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
