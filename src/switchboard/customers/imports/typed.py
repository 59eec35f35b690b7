"""Cells become typed fields with the reasons why a row is wrong: the form of that query, the same for every kind."""

from dataclasses import dataclass

from switchboard.customers.cards import A_CARD, IN_GROUPS
from switchboard.customers.imports.records import Plan
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.values import name_of, text

LONGEST_ID = 255
BETWEEN = "\x1f"
"""Between the reasons of a row; no reason has it in it."""

Check = tuple[str, str]
"""A condition in SQL that is true for a wrong row, and the reason. Conditions may be NULL: then nothing is wrong."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The fields of a kind in SQL: `fields` from cells, `derived` from fields, `checks` over both."""

    fields: dict[str, str]
    derived: dict[str, str]
    checks: tuple[Check, ...]
    keep: tuple[str, ...]
    """What of fields and derived becomes a column of the table `row`."""
    every_column: bool = False
    """Whether the trimmed text of columns without a field is kept too, as `t<i>`."""


def columns_left(plan: Plan) -> list[int]:
    """Places of the columns no field uses."""
    used = {column for entry in plan.mapping for column in entry.columns}
    return [place for place, column in enumerate(plan.columns) if column not in used]


def cell(plan: Plan, column: str) -> str:
    """The trimmed text of a column of the file, NULL when empty, in the query `query_of` makes."""
    return f"t{plan.columns.index(column)}"


def cells(plan: Plan, field: str) -> list[str]:
    return [cell(plan, column) for column in plan.column(field)]


def moment_cell(plan: Plan, field: str) -> str:
    """A moment as it is written: a day with the time of day beside it where that has a column of its own."""
    day, *clock = cells(plan, field)
    return f"CASE WHEN {day} IS NOT NULL THEN concat_ws(' ', {day}, {clock[0]}) END" if clock else day


def query_of(plan: Plan, typed: Typed, rows: str) -> str:
    """The table `row` without names of the user's: its row k is the k-th row of the file.

    Last column `reasons`: NULL for a good row, else all reasons with BETWEEN between them.
    """
    used = sorted({plan.columns.index(column) for entry in plan.mapping for column in entry.columns})
    extra = columns_left(plan) if typed.every_column else []
    used = sorted([*used, *extra])
    trimmed = ", ".join(f"{text(f'c{place}')} AS t{place}" for place in used)
    fields = ", ".join(f"{sql} AS {name}" for name, sql in typed.fields.items())
    derived = "".join(f", {sql} AS {name}" for name, sql in typed.derived.items())
    keep = ", ".join([*typed.keep, *(f"t{place}" for place in extra)])
    return (
        f"SELECT {keep}, {_reasons(plan, typed, used)} AS reasons FROM (SELECT *{derived} FROM "  # noqa: S608 - names of our own, numbers and quoted literals
        f"(SELECT *, {fields} FROM (SELECT {trimmed} FROM ({rows}))))"
    )


def _reasons(plan: Plan, typed: Typed, used: list[int]) -> str:
    empty = " AND ".join(f"t{place} IS NULL" for place in used)
    what = "row: no JSON object, or none of the columns is in it" if plan.format == "jsonl" else "row: empty"
    again = " AND ".join(f"t{place} = {literal(plan.columns[place])}" for place in used[:3])
    wrong = " OR ".join(f"({condition})" for condition, _ in typed.checks)
    each = ", ".join(f"CASE WHEN {condition} THEN {literal(reason)} END" for condition, reason in typed.checks)
    return (
        f"CASE WHEN {wrong} THEN CASE WHEN {empty} THEN {literal(what)} "
        f"WHEN {again} THEN 'row: the header again' ELSE concat_ws({literal(BETWEEN)}, {each}) END END"
    )


def id_field(plan: Plan, field: str) -> str:
    given = cells(plan, field)
    if not given:
        return "NULL::VARCHAR"
    if field in plan.trim_apostrophe:
        given = [
            f"CASE WHEN starts_with({one}, chr(39)) THEN nullif(substr({one}, 2), '') ELSE {one} END" for one in given
        ]
    return " || '-' || ".join(name_of(one, trim_zero=field in plan.trim_zero) for one in given)


def text_field(plan: Plan, field: str, between: str = " ") -> str:
    given = cells(plan, field)
    if not given:
        return "NULL::VARCHAR"
    return given[0] if len(given) == 1 else f"nullif(concat_ws({literal(between)}, {', '.join(given)}), '')"


def id_checks(names: dict[str, str]) -> list[Check]:
    """Ids no longer than can be stored, and none written as cards are; field → name in the query.

    A bare number is somebody's numbering: of sixteen digits, one in ten would pass for a card's.
    """
    long = [(f"length({name}) > {LONGEST_ID}", f"{field}: longer than 255 characters") for field, name in names.items()]
    card = [
        (f"length({name}) >= 17 AND regexp_full_match({name}, {literal(IN_GROUPS.pattern)})", f"{field}: {A_CARD}")
        for field, name in names.items()
    ]
    return [*long, *card]
