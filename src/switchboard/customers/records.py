"""What customers are asked for and give."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from switchboard.customers.imports.records import DateOrder, Encoding
from switchboard.foundation.records import Record

CustomerId = str


class ImportRequest(Record):
    """How an uploaded file shall be imported; what is left out is detected."""

    upload_id: UUID = Field(description="what customers.begin_upload gave, after the file was sent there")
    kind: Literal["orders", "customers", "events"] = "orders"
    source: str = Field(
        default="shop", pattern=r"^[a-z0-9_-]{1,40}$", description="where the ids come from; the first one's stay bare"
    )
    mapping: dict[str, str] = Field(
        default_factory=dict, description="our field → the file's column; - for a field that shall be left out"
    )
    preset: str | None = Field(default=None, description="online_retail, shopify, woocommerce, complete_journey, none")
    products_upload_id: UUID | None = Field(default=None, description="a second file with names and categories")
    delimiter: str | None = Field(default=None, max_length=3, description="what stands between columns; tab is a word")
    encoding: Encoding | None = Field(default=None, description="how letters are written")
    date_order: DateOrder | None = Field(default=None, description="how dates are written")
    decimal_mark: Literal[".", ","] | None = Field(default=None, description="the mark before the fraction")


class UploadRequest(Record):
    """The name of a file that is about to be sent."""

    name: str = Field(min_length=1, max_length=200)


class Upload(Record):
    """Where to send the file's bytes."""

    upload_id: UUID
    path: str = Field(description="PUT the bytes here, under the address of this API")


class UploadRef(Record):
    """Which upload."""

    upload_id: UUID = Field(description="what customers.begin_upload gave")


class ImportStarted(Record):
    """An import that runs in the background."""

    job_id: UUID


class ReadAs(Record):
    """How a file is read: what was detected, and which column is which."""

    format: str
    compression: str
    encoding: str
    delimiter: str = Field(description="between columns; empty unless CSV")
    header_line: int = Field(description="the line the names of the columns end on; 0 unless CSV")
    preset: str | None
    decimal_mark: str
    dates: str
    columns: dict[str, str] = Field(description="our field → the file's columns")
    other_columns: tuple[str, ...] = Field(
        description="the first hundred that no field uses: attributes of customers, properties of events, else left out"
    )
    suggestions: tuple[str, ...] = Field(description="what might be meant but is not used")
    warnings: tuple[str, ...]


class ImportPreview(Record):
    """How the file would be read, with its first rows."""

    read_as: ReadAs
    plan: dict[str, JsonValue]
    columns: tuple[str, ...]
    rows: tuple[tuple[JsonValue, ...], ...]


class Import(Record):
    """One import."""

    import_id: UUID
    kind: str
    source: str
    file: str
    status: Literal["done", "undone"]
    counts: dict[str, JsonValue] = Field(description="rows read, accepted, quarantined by reason; new, replaced, same")
    quarantine: str | None = Field(description="the file of the rows that were wrong, with line numbers and reasons")
    began_at: datetime
    done_at: datetime
    undone_at: datetime | None = None
    read_as: ReadAs | None = Field(default=None, description="how the file was read; told by the import itself")


class ImportRef(Record):
    """Which import."""

    import_id: UUID


class WrongRowsAsked(Record):
    """Which import's wrong rows, and from where on."""

    import_id: UUID
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: int | None = Field(default=None, ge=0, le=10**15, description="next_cursor of the page before")


class WrongRow(Record):
    """A row that was not imported, as it was written; one that a spreadsheet would take for a formula has a mark."""

    line: int = Field(description="of the file it begins on; of Parquet the number of the row")
    reasons: str
    row: str


class WrongRows(Record):
    """Wrong rows, in the order of the file."""

    rows: tuple[WrongRow, ...]
    next_cursor: int | None = None


class ImportsAsked(Record):
    """A page of imports."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: UUID | None = None


class Imports(Record):
    """Imports, newest first."""

    imports: tuple[Import, ...]
    next_cursor: UUID | None = None


class ImportUndone(Record):
    """What an undo took away."""

    import_id: UUID
    removed: int = Field(description="documents, people and events that are gone")


class DatedRate(Record):
    """What one unit of a currency is worth in the workspace's, from a day on."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    day: date
    rate: Decimal = Field(gt=0, max_digits=18, decimal_places=9)


class Rates(Record):
    """Dated exchange rates."""

    rates: tuple[DatedRate, ...] = Field(
        max_length=10_000, description='a list, as in [{"currency": "USD", "day": "2026-01-31", "rate": "0.92"}]'
    )
