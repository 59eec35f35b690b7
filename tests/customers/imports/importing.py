"""A file's bytes through the whole import, and what came out, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.quarantine import rows_of
from switchboard.customers.imports.records import Counts, Extra, Kind, Overrides, Plan, Rate, Settings
from switchboard.customers.imports.sources import opened
from switchboard.customers.imports.staging import stage
from switchboard.foundation.vault import is_sealed

KEY = bytes(range(32))
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
HEADER = "order_id,customer_id,placed_at,product,quantity,unit_price"

Row = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What an import is told beside the file."""

    kind: Kind = "orders"
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    preset: str | None = None
    zone: str = "UTC"
    rates: tuple[Rate, ...] = ()
    products: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of it: tables as rows, the quarantine as (line, reasons, row)."""

    plan: Plan
    counts: Counts
    tables: dict[str, list[Row]]
    quarantine: list[tuple[int, str, str]]
    extras: tuple[Extra, ...] = ()

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def column(self, table: str, name: str) -> list[object]:
        return [row[name] for row in self.tables[table]]

    def reasons(self) -> list[str]:
        return [reasons for _, reasons, _ in self.quarantine]

    def sum(self, table: str, name: str) -> Decimal:
        return sum((Decimal(cast("int", row[name])) for row in self.tables[table]), Decimal()) / 10_000


TABLES: dict[str, tuple[str, ...]] = {
    "orders": ("document", "line", "product", "category", "customer"),
    "customers": ("person", "extra"),
    "events": ("event",),
}


def imported(data: bytes | str, folder: Path, given: Given | None = None, name: str = "file.csv") -> Came:
    """The bytes of a file (text is UTF-8) imported; `folder` is used for scratch and quarantine."""
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return imported_file(file, folder, given)


def imported_file(file: Path, folder: Path, given: Given | None = None) -> Came:
    told = given or Given()
    scratch, quarantine = folder / "scratch", folder / "quarantine.csv"
    with opened(file, scratch) as source:
        plan = inspect(source, told.kind, Overrides(mapping=told.mapping, preset=told.preset))
        settings = Settings(
            scratch=scratch, quarantine=quarantine, key=KEY, zone=told.zone, now=NOW, rates=told.rates, memory_mb=512
        )
        if told.products is not None:
            (folder / "products.csv").write_bytes(told.products)
            with opened(folder / "products.csv", scratch) as products:
                settings = Settings(scratch=scratch, quarantine=quarantine, key=KEY, now=NOW, products=products)
        with stage(source, plan, settings) as staged:
            tables: dict[str, list[Row]] = {}
            for table in TABLES[told.kind]:
                rows = staged.database.execute(f"SELECT * FROM {table} ORDER BY ALL")
                names = [str(column[0]) for column in rows.description]
                tables[table] = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
            if told.kind == "customers":
                tables["attribute"] = [
                    {"name": of.name, "value": value}
                    for of in staged.extras
                    for (value,) in staged.database.execute(
                        f"SELECT t{of.place} FROM extra WHERE t{of.place} IS NOT NULL ORDER BY person_no"
                    ).fetchall()
                ]
            return Came(
                plan=staged.plan,
                counts=staged.counts,
                tables=tables,
                quarantine=_quarantined(staged.quarantine),
                extras=staged.extras,
            )


def _quarantined(path: Path | None) -> list[tuple[int, str, str]]:
    if path is None:
        return []
    assert is_sealed(path)
    return [(each.place, each.reasons, each.row) for each in rows_of(path, KEY)]
