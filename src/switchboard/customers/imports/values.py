"""What is written in a cell as a typed value, in SQL: NULL where it can not be read."""

from switchboard.customers.imports.records import DateStyle
from switchboard.customers.imports.sql import literal

MARKS = "€$£¥₹₺₽₩₪฿₫₦₴₱ '\u00a0\u202f\u2009\u2019"
"""Currency signs and what stands between thousands beside . and ,"""

CODE = "^[A-Za-zł]{1,3}[.]?|[A-Za-zł]{1,3}[.]?$"
"""A currency's code before or after a number."""

NOTHING = ("NULL", "null", "NaN", "nan", "None", "N/A", "<NA>", "\\N", "undefined")
"""What tools write for an empty id."""

NO_ZONE = r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?"
WITH_ZONE = r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"


def text(cell: str) -> str:
    """Without spaces around it; NULL when nothing is left. To trim what has none costs five times as much."""
    return (
        f"CASE WHEN {cell} = '' THEN NULL WHEN starts_with({cell}, ' ') OR ends_with({cell}, ' ') "
        f"THEN nullif(trim({cell}), '') ELSE {cell} END"
    )


def name_of(cell: str, *, trim_zero: bool) -> str:
    """An id: without the .0 of numbers where the file writes them so; NULL and the like are none."""
    nothing = " OR ".join(f"{cell} = {literal(word)}" for word in NOTHING)
    whole = f"WHEN ends_with({cell}, '.0') THEN left({cell}, -2) " if trim_zero else ""
    return f"CASE WHEN {nothing} THEN NULL {whole}ELSE {cell} END"


def number(cell: str, mark: str) -> str:
    """DECIMAL(14, 4), rounded half away from zero.

    At once where nothing but digits and the mark stand there; else currency signs and codes, thousands in groups of
    three (or two, above the first, as in India), a minus at the end and accountants' brackets are understood.
    """
    other = "," if mark == "." else "."
    direct = cell if mark == "." else f"CASE WHEN NOT contains({cell}, '.') THEN replace({cell}, ',', '.') END"
    bare = f"regexp_replace(translate({cell}, {literal(MARKS)}, ''), {literal(CODE)}, '', 'g')"
    minus = f"regexp_full_match({bare}, '[(].*[)]|[^-]+-')"
    signed = f"CASE WHEN {minus} THEN '-' || translate({bare}, '()-', '') ELSE {bare} END"
    groups = rf"\d{{1,3}}([{other}]\d{{3}})+|\d{{1,2}}([{other}]\d{{2}})+[{other}]\d{{3}}"
    grouped = rf"[-+]?(\d+|{groups})([{mark}]\d+)?"
    digits = f"replace(replace({signed}, '{other}', ''), '{mark}', '.')"
    return (
        f"coalesce(try_cast({direct} AS DECIMAL(14, 4)), CASE WHEN regexp_full_match({signed}, '{grouped}') "
        f"THEN try_cast({digits} AS DECIMAL(14, 4)) END)"
    )


def scaled(amount: str) -> str:
    """A number as an integer of 1/10,000; with more digits the multiplication would not fit."""
    return f"CAST({amount} * 10000 AS BIGINT)"


def is_number(cell: str) -> str:
    """Whether it is a number, however large."""
    return f"try_cast(replace({cell}, ',', '.') AS DOUBLE) IS NOT NULL"


def moment(cell: str, style: DateStyle) -> str:
    """TIMESTAMP: in UTC when the style is zoned, else as the clock on the wall showed it.

    The session's time zone is the workspace's.
    """
    if style.order in {"epoch_s", "epoch_ms"}:
        micros = 1_000_000 if style.order == "epoch_s" else 1000
        return f"make_timestamp(CAST(try_cast({cell} AS DECIMAL(24, 6)) * {micros} AS BIGINT))"
    tries = [_parsed(cell, pattern, style) for pattern in style.formats]
    for date in dict.fromkeys(_date_part(pattern) for pattern in style.formats):
        more = [date + clock for clock in ("", " %H:%M", " %H:%M:%S") if date + clock not in style.formats]
        tries += [_parsed(cell, pattern, style) for pattern in more]
    tries.append(_iso(cell, style))
    return f"coalesce({', '.join(tries)})"


def _date_part(pattern: str) -> str:
    ends = [place for mark in ("T%H", " %H", " %I", ", %H", ", %I", " at ") if (place := pattern.find(mark)) > 0]
    return pattern[: min(ends)] if ends else pattern


def _parsed(cell: str, pattern: str, style: DateStyle) -> str:
    parsed = f"try_strptime({cell}, {literal(pattern)})"
    if pattern.endswith("%z"):
        return f"timezone('UTC', {parsed})"
    if pattern.endswith(("Z", "UTC", "GMT")):
        return parsed
    return in_utc(parsed) if style.zoned and not style.utc else f"{parsed}::TIMESTAMP"


def _iso(cell: str, style: DateStyle) -> str:
    # The bare cast ignores what it does not know, a zone too: only what is surely a date gets there.
    at_zone = f"try_cast(replace(replace({cell}, ' +', '+'), ' -', '-') AS TIMESTAMPTZ)"
    bare = f"try_cast({cell} AS TIMESTAMP)"
    if style.zoned:
        there, here = f"timezone('UTC', {at_zone})", bare if style.utc else in_utc(bare)
    else:
        there, here = f"{at_zone}::TIMESTAMP", bare
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(NO_ZONE)}) THEN {here} "
        f"WHEN regexp_full_match({cell}, {literal(WITH_ZONE)}) THEN {there} END"
    )


def in_utc(local: str) -> str:
    """A wall-clock TIMESTAMP of the workspace's zone in UTC."""
    return f"timezone('UTC', ({local})::TIMESTAMP::TIMESTAMPTZ)"
