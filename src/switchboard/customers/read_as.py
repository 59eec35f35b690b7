"""How a file was read, as people are told it: from the plan, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue, TypeAdapter

from switchboard.customers.imports.records import Plan
from switchboard.customers.records import ReadAs

PLAN = TypeAdapter(Plan)
SHOWN = 100
"""Other columns that are named; the rest is counted."""
DELIMITERS = {"\t": "tab", " ": "space"}
SOMEDAY = datetime(2024, 12, 31, 17, 5, 9, tzinfo=UTC)
ORDERS = {
    "iso": "year first",
    "day_first": "day first",
    "month_first": "month first",
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
}


def read_as(plan: Mapping[str, JsonValue], undecodable: int = 0) -> ReadAs:
    """What was detected and which column is which, of a plan as JSON."""
    return told(PLAN.validate_python(plan), undecodable)


def told(plan: Plan, undecodable: int = 0) -> ReadAs:
    """The same of a plan; `undecodable` lines were in another encoding."""
    used = {column for entry in plan.mapping for column in entry.columns}
    others = [column for column in plan.columns if column not in used]
    more = [f"and {len(others) - SHOWN:,} more"] if len(others) > SHOWN else []
    odd = [f"{undecodable:,} lines are not in {plan.encoding}: they were read as Windows-1252."] if undecodable else []
    return ReadAs(
        format=plan.format,
        compression=plan.compression,
        encoding=plan.encoding,
        delimiter=DELIMITERS.get(plan.delimiter, plan.delimiter),
        header_line=plan.header_line,
        preset=plan.preset,
        decimal_mark=plan.decimal_mark,
        dates=_dates(plan),
        columns={entry.field: " + ".join(entry.columns) for entry in plan.mapping},
        other_columns=(*others[:SHOWN], *more),
        suggestions=tuple(f"--map {entry.field}={'+'.join(entry.columns)}" for entry in plan.suggestions),
        warnings=(*plan.warnings, *odd),
    )


def _dates(plan: Plan) -> str:
    style = plan.dates
    examples = f" (such as {', '.join(map(_example, style.formats))})" if style.formats else ""
    if style.order in {"epoch_s", "epoch_ms"}:
        return ORDERS[style.order]
    zone = "in UTC" if style.utc else "with their zone" if style.zoned else "in the workspace's zone"
    return f"{ORDERS[style.order]}{examples}, {zone}"


def _example(pattern: str) -> str:
    """A moment as the pattern writes it; fractions as they are in the file, to nine digits at most."""
    return SOMEDAY.strftime(pattern.replace("%n", "%f000"))
