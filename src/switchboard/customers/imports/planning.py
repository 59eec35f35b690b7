"""What a file is and how it will be read, found out from a sample of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Literal

from switchboard.customers.imports.dates import style_of
from switchboard.customers.imports.detection import (
    category_mark_of,
    decimal_mark_of,
    written_as_text,
    written_with_zero,
)
from switchboard.customers.imports.fields import what_of
from switchboard.customers.imports.mapping import check_required, mapped
from switchboard.customers.imports.presets import recognised, simple
from switchboard.customers.imports.records import DateStyle, Kind, Mapped, Overrides, Plan, Source
from switchboard.customers.imports.sampling import Sample, sample_of
from switchboard.foundation.errors import Invalid

MOST_EXTRA = 1_000
NESTED, FEW = re.compile(r"\s*\[\s*\{"), 20
SPREADSHEET_DAYS = re.compile(r"[34567]\d{4}(\.\d+)?")  # counted from 1899-12-30: 1982 to 2118
CLOCKS = {
    "time", "ordertime", "saletime", "transactiontime", "purchasetime", "eventtime", "timeofday", "uhrzeit", "zeit",
    "bestellzeit", "heure", "hora", "ora", "tijd", "tijdstip", "godzina",
}  # fmt: skip
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?")
UNIX_TIME = re.compile(r"1\d{9}(\d{3})?")
CLOSE = Decimal("0.01")
"""A total that differs by at most as much from quantity times price is the line's total before discount."""


def inspect(source: Source, kind: Kind, overrides: Overrides | None = None) -> Plan:
    """The plan for a file, without reading all of it.

    Raises Invalid when the file is empty, of no known format, or lacks a column that must exist; the message says
    which and what to do.
    """
    asked = overrides or Overrides()
    sample = sample_of(source, asked)
    preset = recognised(sample.columns, asked.preset) if kind == "orders" else None
    mapping, suggestions = mapped(kind, sample.columns, preset, asked.mapping)
    check_required(kind, mapping, sample.columns, _nested(sample))
    _check_width(kind, sample.columns, mapping)
    mapping = _with_clock(sample, kind, mapping)
    seen = _Seen(kind=kind, sample=sample, mapping=mapping)
    mark, doubt = seen.decimal_mark()
    mark = asked.decimal_mark or mark
    dates = seen.dates(asked)
    if preset and preset.in_utc:
        dates = replace(dates, zoned=True, utc=True)
    mapping, more = _without_doubtful_total(seen, mark)
    warnings = [*more, *(["1,234 may be a thousand or a fraction: it is read as a thousand."] if doubt else [])]
    return Plan(
        kind=kind,
        format=sample.format,
        compression=sample.compression,
        encoding=sample.encoding,
        delimiter=sample.delimiter,
        header_line=sample.header_line,
        columns=sample.columns,
        mapping=mapping,
        suggestions=suggestions,
        decimal_mark=mark,
        dates=dates,
        category_mark=">" if len(seen.columns("category")) > 1 else category_mark_of(seen.values("category")),
        trim_zero=tuple(field for field in seen.ids() if written_with_zero(seen.values(field))),
        trim_apostrophe=tuple(field for field in seen.ids() if written_as_text(seen.values(field))),
        negated=("discount",) if seen.is_negative("discount", mark) else (),
        preset=preset.name if preset else None,
        warnings=tuple(warnings) + seen.warnings(dates),
        more_dates=seen.more_dates(dates),
    )


def _nested(sample: Sample) -> str | None:
    """The first column that holds lists of objects, as exports of whole orders do."""
    for column in sample.columns:
        if any(NESTED.match(value) for value in sample.values(column)[:FEW]):
            return column
    return None


def _with_clock(sample: Sample, kind: Kind, mapping: tuple[Mapped, ...]) -> tuple[Mapped, ...]:
    """The mapping with a time of day that has a column of its own joined to the day beside it."""
    first = next((entry for entry in mapping if what_of(kind, entry.field) == "moment"), None)
    day = first.columns[0] if first and len(first.columns) == 1 else None
    if first is None or day is None or any(":" in value for value in sample.values(day)):
        return mapping
    taken = {column for entry in mapping for column in entry.columns}
    for column in sample.columns:
        if column not in taken and simple(column) in CLOCKS:
            values = sample.values(column)
            if values and all(CLOCK.fullmatch(value) for value in values):
                joined = replace(first, columns=(day, column))
                return tuple(joined if entry is first else entry for entry in mapping)
    return mapping


def _check_width(kind: Kind, columns: tuple[str, ...], mapping: tuple[Mapped, ...]) -> None:
    """Invalid when more columns would become attributes than a workspace may have."""
    extra = len(columns) - sum(len(entry.columns) for entry in mapping)
    if kind == "customers" and extra > MOST_EXTRA:
        raise Invalid(
            f"The file has {extra:,} columns that are no field, and at most {MOST_EXTRA:,} become attributes: "
            "leave some out.",
            field="file",
        )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The sample by field."""

    kind: Kind
    sample: Sample
    mapping: tuple[Mapped, ...]

    def columns(self, field: str) -> tuple[str, ...]:
        return next((entry.columns for entry in self.mapping if entry.field == field), ())

    def values(self, field: str) -> list[str]:
        columns = self.columns(field)
        if columns and what_of(self.kind, field) == "moment":
            return self.sample.values(*columns)
        return [value for column in columns for value in self.sample.values(column)]

    def ids(self) -> list[str]:
        return [entry.field for entry in self.mapping if what_of(self.kind, entry.field) == "id"]

    def decimal_mark(self) -> tuple[Literal[".", ","], bool]:
        amounts = [entry.field for entry in self.mapping if what_of(self.kind, entry.field) == "amount"]
        return decimal_mark_of([value for field in amounts for value in self.values(field)])

    def is_negative(self, field: str, mark: str) -> bool:
        numbers = [number for value in self.values(field) if (number := number_of(value, mark)) is not None]
        return any(number < 0 for number in numbers) and not any(number > 0 for number in numbers)

    def are_shares(self, field: str) -> bool:
        """Whether all of several amounts that are not 0 lie between 0 and 1, as shares do."""
        mark = self.decimal_mark()[0]
        numbers = {number for value in self.values(field) if (number := number_of(value, mark))}
        return len(numbers) > 1 and all(0 < number < 1 for number in numbers)

    def dates(self, asked: Overrides) -> DateStyle:
        """The style of the moment column; Invalid when it holds no dates."""
        for entry in self.mapping:
            if what_of(self.kind, entry.field) != "moment":
                continue
            values = self.values(entry.field)
            style = style_of(values, asked.date_order)
            if style:
                return style
            if self.kind == "customers":
                continue
            example = f": the first value is {values[0]!r}" if values else ": it is empty"
            raise Invalid(
                f"The column {entry.columns[0]} holds no dates{example}. {_instead(values, entry.field)}",
                field=entry.field,
            )
        return DateStyle(order="iso")

    def more_dates(self, first: DateStyle) -> dict[str, DateStyle]:
        """The styles of the moment columns after the first; where day and month can not be told apart, its order."""
        order = first.order if first.order in {"day_first", "month_first"} else None
        moments = [entry.field for entry in self.mapping if what_of(self.kind, entry.field) == "moment"]
        found = {field: style_of(self.values(field)) for field in moments[1:]}
        return {
            field: (style_of(self.values(field), order) or style) if style.ambiguous else style
            for field, style in found.items()
            if style
        }

    def warnings(self, style: DateStyle) -> tuple[str, ...]:
        told = [
            f"{column} stands more than once: the first is taken for {entry.field}; --map {entry.field}=COLUMN if it "
            f"is another of {', '.join(again)}."
            for entry in self.mapping
            for column in entry.columns
            if entry.how != "chosen" and (again := _repeated(column, self.sample.columns))
        ]
        if self.kind == "orders" and self.columns("customer_id") == self.columns("email") != ():
            (mail, *_) = self.columns("email")
            told.append(f"There is no column of customers' ids: whoever has the same {mail} is one customer.")
        told += [
            f"{entry.columns[0]} is taken for {entry.field}: --map {entry.field}=COLUMN if it is not."
            for entry in self.mapping
            if entry.how == "similar"
        ]
        if self.are_shares("discount"):
            (column, *_) = self.columns("discount")
            told.append(f"{column} is nowhere above 1: it is read as an amount of money, not as a share.")
        if style.ambiguous:
            first = "month" if style.order == "month_first" else "day"
            told.append(
                f"Day and month can not be told apart in the sample: the whole file decides, else the {first} is first."
            )
        return tuple(told)


def _instead(values: Sequence[str], field: str) -> str:
    """What to do where a column of moments can not be read."""
    if values and SPREADSHEET_DAYS.fullmatch(values[0]):
        return "These are a spreadsheet's numbers of days: format the column as a date, and save it as CSV again."
    if values and UNIX_TIME.fullmatch(values[0]):
        return "Some are seconds since 1970 and some are not: write all alike, or say which with --date-order."
    return f"Name another with --map {field}=COLUMN."


def _repeated(column: str, columns: tuple[str, ...]) -> list[str]:
    """The names a column that stands several times got, when there are several; see `detection`."""
    again = re.compile(re.escape(column) + r" \(\d+\)", re.IGNORECASE)
    return [column, *found] if (found := [name for name in columns if again.fullmatch(name)]) else []


def _without_doubtful_total(seen: _Seen, mark: str) -> tuple[tuple[Mapped, ...], list[str]]:
    """Leaves out a total beside a price that is not quantity times price: it may be the order's, or after discount."""
    total = next((entry for entry in seen.mapping if entry.field == "total" and entry.how == "named"), None)
    if not total or not seen.columns("unit_price") or _total_fits(seen, mark):
        return seen.mapping, []
    left = tuple(entry for entry in seen.mapping if entry.field != "total")
    return left, [f"{total.columns[0]} is not quantity times price: not used. --map total={total.columns[0]} uses it."]


def _total_fits(seen: _Seen, mark: str) -> bool:
    places = [seen.sample.columns.index(seen.columns(field)[0]) for field in ("unit_price", "total")]
    quantity = seen.columns("quantity")
    fits = tried = 0
    for row in seen.sample.rows[:500]:
        price, total = (number_of(row[place], mark) for place in places)
        pieces = number_of(row[seen.sample.columns.index(quantity[0])], mark) if quantity else Decimal(1)
        if price is not None and total is not None and pieces is not None:
            tried += 1
            fits += abs(price * pieces - total) <= max(CLOSE, abs(total) * CLOSE)
    return fits * 20 >= tried * 19


def number_of(value: str, mark: str) -> Decimal | None:
    """A number of the sample, roughly: what is no digit, mark or sign is left out."""
    kept = "".join(letter for letter in value if letter.isdigit() or letter in {mark, "-"})
    try:
        return Decimal(kept.replace(mark, "."))
    except InvalidOperation:
        return None
