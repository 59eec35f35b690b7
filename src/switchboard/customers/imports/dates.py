"""How the dates of a column are written, by evidence over a sample."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from switchboard.customers.imports.records import DateOrder, DateStyle

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
COMPACT = re.compile(r"(?:19|20)\d{6}(?!\d)")
DAY_NAME_YEAR = re.compile(r"\d{1,2}([ -])(?P<name>[A-Za-z]{3,9})\1(?P<year>\d{4}|\d{2})(?!\d)")
NAME_DAY_YEAR = re.compile(r"(?P<name>[A-Za-z]{3,9}) \d{1,2}(?P<comma>,?) (?P<year>\d{4})(?!\d)")
TIME = re.compile(r"(T| at |, | )(\d{1,2}):(\d{2})(:\d{2})?(\.\d{1,9})?( ?[AaPp][Mm])?")
ZONE = re.compile(r"( ?)(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)")
EPOCH_SECONDS, EPOCH_MILLIS = re.compile(r"\d{9,10}(\.\d+)?"), re.compile(r"\d{12,13}(\.0)?")


@dataclass(frozen=True, kw_only=True)
class Written:
    """One value taken apart: the pattern with the day first where the order is open."""

    pattern: str
    zoned: bool
    numbers: tuple[int, int] | None
    """First and second number of a date like 1/2/2024."""


def style_of(values: Iterable[str], chosen: DateOrder | None = None) -> DateStyle | None:
    """None when hardly a value is a date. Contradicting evidence: the majority; the others are wrong rows."""
    given = [value.strip() for value in values if value.strip()]
    if chosen in {"epoch_s", "epoch_ms"} or (chosen is None and given):
        epoch = chosen if chosen in {"epoch_s", "epoch_ms"} else _epoch_of(given)
        if epoch:
            return DateStyle(order=epoch, zoned=True)
    written = [found for value in given if (found := taken_apart(value))]
    if len(written) * 10 < len(given) or (not written and chosen is None):
        return None
    patterns = tuple(pattern for pattern, _ in Counter(found.pattern for found in written).most_common(6))
    style = DateStyle(order="iso", zoned=any(found.zoned for found in written), formats=patterns)
    numbers = [found.numbers for found in written if found.numbers]
    return _in_order(style, numbers, chosen) if len(numbers) * 2 > len(written) else style


def _epoch_of(given: list[str]) -> DateOrder | None:
    for order, pattern in (("epoch_s", EPOCH_SECONDS), ("epoch_ms", EPOCH_MILLIS)):
        if sum(1 for value in given if pattern.fullmatch(value)) * 2 > len(given):
            return "epoch_s" if order == "epoch_s" else "epoch_ms"
    return None


def _in_order(style: DateStyle, numbers: list[tuple[int, int]], chosen: DateOrder | None) -> DateStyle:
    day_first = sum(1 for first, second in numbers if first > 12 >= second)
    month_first = sum(1 for first, second in numbers if second > 12 >= first)
    return decided(style, day_first, month_first, chosen)


def decided(style: DateStyle, day_first: int, month_first: int, chosen: DateOrder | None = None) -> DateStyle:
    """By the number of values that can only be the one or the other.

    Without any: month first where a 12-hour clock goes with slashes (the American way), else day first.
    """
    american = any("/" in pattern and "%p" in pattern for pattern in style.formats)
    dotted = all("." in pattern[:3] for pattern in style.formats)  # 3.4.2024 is written day first only
    ambiguous = day_first == month_first and chosen is None and not dotted
    month = month_first > day_first or (ambiguous and american)
    if chosen in {"day_first", "month_first"}:
        month = chosen == "month_first"
    formats = tuple(ordered(pattern, month=month) for pattern in style.formats)
    return replace(style, order="month_first" if month else "day_first", ambiguous=ambiguous, formats=formats)


def ordered(pattern: str, *, month: bool) -> str:
    """The pattern with month or day first; year-first patterns and month names stay."""
    if pattern.startswith(("%d/%m", "%d-%m", "%d.%m", "%m/%d", "%m-%d", "%m.%d")):
        first, second = ("%m", "%d") if month else ("%d", "%m")
        return first + pattern[2] + second + pattern[5:]
    return pattern


def taken_apart(value: str) -> Written | None:
    for read in (_year_first, _year_last, _named):
        found = read(value)
        if found:
            pattern, end, numbers = found
            rest = _clock(value[end:])
            return None if rest is None else Written(pattern=pattern + rest[0], zoned=rest[1], numbers=numbers)
    return None


Read = tuple[str, int, tuple[int, int] | None]


def _year_first(value: str) -> Read | None:
    if match := YEAR_FIRST.match(value):
        mark = match[2]
        return f"%Y{mark}%m{mark}%d", match.end(), None
    if match := COMPACT.match(value):
        return "%Y%m%d", match.end(), None
    return None


def _year_last(value: str) -> Read | None:
    match = YEAR_LAST.match(value)
    if not match:
        return None
    mark, year = match[2], "%Y" if len(match[4]) == 4 else "%y"
    return f"%d{mark}%m{mark}{year}", match.end(), (int(match[1]), int(match[3]))


def _named(value: str) -> Read | None:
    if match := DAY_NAME_YEAR.match(value):
        name, year = "%b" if len(match["name"]) == 3 else "%B", "%Y" if len(match["year"]) == 4 else "%y"
        return f"%d{match[1]}{name}{match[1]}{year}", match.end(), None
    if match := NAME_DAY_YEAR.match(value):
        return f"{'%b' if len(match['name']) == 3 else '%B'} %d{match['comma']} %Y", match.end(), None
    return None


def _clock(rest: str) -> tuple[str, bool] | None:
    """The pattern of what follows a date, and whether it names a zone; None when it is no time."""
    pattern = ""
    if match := TIME.match(rest):
        half_day = bool(match[6])
        pattern = match[1] + ("%I" if half_day else "%H") + ":%M" + (":%S" if match[4] else "")
        if match[5]:
            pattern += ".%f" if len(match[5]) <= 7 else ".%n"
        pattern += (" %p" if match[6].startswith(" ") else "%p") if half_day else ""
        rest = rest[match.end() :]
    if not rest:
        return pattern, False
    match = ZONE.fullmatch(rest)
    if not match or not pattern:
        return None
    return pattern + match[1] + (match[2] if match[2].isalpha() else "%z"), True
