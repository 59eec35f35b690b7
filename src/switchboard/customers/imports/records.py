"""What an import deals in: how a file is read (`Plan`), with what (`Settings`), and what came of it (`Staged`)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

Kind = Literal["orders", "customers", "events", "products"]
Format = Literal["csv", "jsonl", "parquet"]
Compression = Literal["none", "gzip", "zstd"]
Encoding = Literal["utf-8", "utf-16-le", "utf-16-be", "cp1252"]
Found = Literal["named", "preset", "synonym", "similar", "chosen"]
DateOrder = Literal["iso", "day_first", "month_first", "epoch_s", "epoch_ms"]
AttributeType = Literal["text", "number", "date", "flag", "list", "money"]
Step = Literal["preparing", "reading", "grouping", "storing", "finishing", "done"]

MONEY_SCALE = 10_000
"""Money and quantities are integers of 1/10,000 of the unit."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that can be read more than once; standard input is first written to the scratch directory."""

    path: Path
    name: str
    size: int
    """Bytes as they lie there, compressed or not."""


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """Where a field comes from: several columns are added (amounts) or joined (category, name, day and time of day).

    `how`: `named` like the field, by the `preset`, a known `synonym`, a `similar` name, or `chosen` with --map.
    """

    field: str
    columns: tuple[str, ...]
    how: Found
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DateStyle:
    """How dates are written. `ambiguous`: no value of the sample tells day from month; the whole file decides."""

    order: DateOrder
    zoned: bool = False
    utc: bool = False
    """A value without a zone is in UTC, not in the workspace's zone."""
    ambiguous: bool = False
    formats: tuple[str, ...] = ()
    """strptime patterns, the most frequent first; empty for ISO, epochs and typed columns."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a file will be read, shown to the user before it is."""

    kind: Kind
    format: Format
    compression: Compression
    encoding: Encoding
    delimiter: str
    """Empty unless CSV."""
    header_line: int
    """Line of the file the header ends on, from 1; 0 unless CSV."""
    columns: tuple[str, ...]
    """The columns of the file, in its order."""
    mapping: tuple[Mapped, ...]
    suggestions: tuple[Mapped, ...] = ()
    """What might be meant but is not used; `--map` says so."""
    decimal_mark: Literal[".", ","] = "."
    dates: DateStyle = field(default_factory=lambda: DateStyle(order="iso"))
    category_mark: Literal[">", "/", ""] = ""
    """What stands between the levels of a category; empty: one level."""
    trim_zero: tuple[str, ...] = ()
    """Id fields written as 17850.0 that are read as 17850."""
    trim_apostrophe: tuple[str, ...] = ()
    """Id fields written behind an apostrophe, as spreadsheets write text."""
    negated: tuple[str, ...] = ()
    """Amounts the file writes below zero: discounts."""
    preset: str | None = None
    warnings: tuple[str, ...] = ()
    more_dates: Mapping[str, DateStyle] = field(default_factory=dict[str, DateStyle])
    """How the dates of further fields are written, where a kind has more than one."""

    def column(self, name: str) -> tuple[str, ...]:
        """The columns of a field; empty when the file does not have it."""
        return next((mapped.columns for mapped in self.mapping if mapped.field == name), ())

    def has(self, name: str) -> bool:
        return bool(self.column(name))

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What the user says instead of what is detected."""

    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field → column; `a+b` adds or joins columns."""
    preset: str | None = None
    """A preset's name, or `none` to recognise none."""
    delimiter: str | None = None
    encoding: Encoding | None = None
    date_order: DateOrder | None = None
    decimal_mark: Literal[".", ","] | None = None


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One unit of `currency` is worth `rate` units of the workspace's currency on `day`."""

    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an import is.

    `step`: preparing and reading (bytes of the file tell how far), grouping, storing (rows tell), finishing, done.
    """

    step: Step
    rows: int
    """Lines of the file; while storing, rows of the tables."""
    bytes_read: int
    bytes_total: int | None
    rows_total: int | None = None
    """None until rows are stored."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """With what a file is read."""

    scratch: Path
    """A directory of its own is made in it and removed afterwards."""
    quarantine: Path
    """Where the sealed file of wrong rows goes; not made when there are none."""
    key: bytes = field(repr=False)
    """What it is sealed with."""
    zone: str = "UTC"
    currency: str = "EUR"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    memory_mb: int = 1024
    threads: int = 2
    rates: tuple[Rate, ...] = ()
    products: Source | None = None
    """A second file with names and categories of the products, for orders that name only ids."""
    progress: Callable[[Progress], None] | None = None
    told_by: str = "shop"
    """The name of the source the file is from."""


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A column that is no field: an attribute, and how its values are written."""

    name: str
    place: int
    kind: AttributeType
    """What all of its values are."""
    mark: Literal[".", ","]
    dates: DateStyle | None
    """None where hardly a value is a date."""
    kept_out: str | None = None
    """Why it becomes no attribute."""
    no_column: int = 0
    """So many values of what has no column in the table of them, as there were too many."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Rows read = accepted + quarantined + duplicates."""

    rows: int
    accepted: int
    quarantined: int
    duplicates: int
    """Earlier rows with the order_id and line_id (or event_id, customer_id) of a later one, which wins."""
    reasons: dict[str, int]
    """Reason (with its field) → rows that have it; a row may have several."""
    documents: int = 0
    orders: int = 0
    customers: int = 0
    products: int = 0
    undecodable: int = 0
    """Lines that were not in the file's encoding and were read as Windows-1252."""
    card_numbers_masked: int = 0


@dataclass(frozen=True, kw_only=True)
class Staged:
    """The rows of a file, clean, in a scratch database that is gone when the `with` ends.

    Times are TIMESTAMP in UTC, `day` is days since 1970-01-01 in the workspace's zone, amounts are BIGINT of 1/10,000:
    `unit_price` in the order's currency, `gross`, `discount` and `refund` in the workspace's.

    orders     document(document_no, order_key, customer_no, customer, placed_at, day, currency, rate, country,
               is_order, gross, discount, refund, lines, content), document_no dense from 1 by customer
               and, of each, in the order of the file; guests last
               line(document_no, ordinal, line_id, product_no, quantity, unit_price, gross, discount, refund), sorted
               product(product_no, product_id, name, category_no), category(category_no, path, top)
               customer(customer_no, customer, email, name, phone, country), both numbers dense from 1
    customers  person(person_no, customer, email, email_ok, name, phone, country, region, city, street, postal_code,
               created_at, updated_at, consent_email, consent_sms, consent_at, content), one of customer and email is
               not null
               extra(person_no, t<place> …): the text of every other column; `extras` tells what each of them is
    events     event(event_no, event_id, customer, email, kind, at, properties), sorted by the file; properties is JSON
    """

    database: duckdb.DuckDBPyConnection
    plan: Plan
    """As it was carried out: what the whole file decided is filled in."""
    counts: Counts
    quarantine: Path | None
    """None when no row is wrong."""
    first_at: datetime | None
    last_at: datetime | None
    few: bool = False
    """A batch, not a file: its rows are written out at once."""
    extras: tuple[Extra, ...] = ()
    told_by: str = "shop"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The plan and the first rows as they would be read; `reasons` is empty for a good row."""

    plan: Plan
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
