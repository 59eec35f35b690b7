"""One made-up shop as a file for Switchboard and as tables of a warehouse, and the guide's own SQL for the view."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

GUIDE = Path(__file__).parents[3] / "docs/guide/warehouse.md"
COLUMNS = (
    "order_id", "customer_id", "placed_at", "product_id", "category", "quantity", "unit_price", "discount", "refund",
    "currency",
)  # fmt: skip
RATES = {"EUR": "1", "USD": "0.5", "GBP": "1.25"}  # of a unit, in EUR: no product has more than four decimal places
ZONE = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2023, 6, 5, 22, 30, tzinfo=UTC)  # half past midnight in Berlin: a day further there
DAYS = 500

Row = dict[str, str | None]


@cache
def made_up() -> tuple[Row, ...]:
    """Two hundred customers and guests: refunds, three currencies, unknown products and categories, one-time buyers,
    orders of the same second.
    """
    found = list[Row]()
    for n in range(200):
        every = (9, 31, 90, 10_000)[n % 4]
        for k, day in enumerate(range(n % 37, DAYS, every)):
            at = BEGIN + timedelta(days=day, hours=n % 5)
            for twin in range(2 if n % 13 == 0 else 1):
                found += _order(n, k, twin, at)
    return tuple(found)


def _order(n: int, k: int, twin: int, at: datetime) -> list[Row]:
    return [
        _what(n, k, line) | {
            "order_id": f"o{n:03}-{k:03}-{twin}",
            "customer_id": None if n % 29 == 7 else f"c{n:03}",
            "placed_at": at.isoformat(),
            "currency": tuple(RATES)[n % 3],
        }
        for line in range(1 + (n + k) % 3)
    ]  # fmt: skip


def _what(n: int, k: int, line: int) -> Row:
    product, known = (n * 7 + k + line) % 23, (n + k) % 17 != 3
    return {
        "product_id": f"p{product:02}" if known else None,
        "category": ("Tea", "Ware", "Books")[product % 3] if known and product > 3 else None,
        "quantity": str(1 + line),
        "unit_price": f"{4 + (n * 3 + k) % 50}.{(n + k) % 100:02}",
        "discount": "0" if n % 2 or n % 5 == 0 else "1.50",
        "refund": f"{(2 + line) * (1 + k % 2)}" if (n + k + line) % 11 == 0 else None,
    }


def as_file() -> str:
    """The shop as a file to import."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({name: each[name] or "" for name in COLUMNS} for each in made_up())
    return text.getvalue()


def lines() -> list[tuple[object, ...]]:
    """The lines as the table of the guide has to have them, sorted."""
    return sorted((_line(each) for each in made_up()), key=str)


def _line(row: Row) -> tuple[object, ...]:
    at, rate = datetime.fromisoformat(str(row["placed_at"])), Decimal(RATES[str(row["currency"])])
    day = at.astimezone(ZONE).date().toordinal() - date(1970, 1, 1).toordinal()
    gross = Decimal(str(row["quantity"])) * Decimal(str(row["unit_price"])) * rate
    taken = (
        None if row[name] is None else round(float(Decimal(str(row[name])) * rate), 4)
        for name in ("discount", "refund")
    )
    named = (row["customer_id"], row["order_id"], row["product_id"], row["category"])
    return (*named, day, int(at.timestamp()), round(float(gross), 4), *taken)


def as_lines(rows: Iterable[Sequence[object]]) -> list[tuple[object, ...]]:
    """Rows of a warehouse's table in the same form."""
    return sorted(
        (
            tuple(
                each if isinstance(each, str | None) else round(float(str(each)), 4) if place > 5 else int(str(each))
                for place, each in enumerate(row)
            )
            for row in rows
        ),
        key=str,
    )


def order_days() -> list[date]:
    """The days on which there may be orders."""
    return [BEGIN.date() + timedelta(days=day) for day in range(DAYS + 2)]


def example(heading: str) -> str:
    """The first SQL under a heading of the guide: what makes the view."""
    (under,) = re.findall(rf"^### {heading}\n(.*?)(?=^##|\Z)", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return re.findall(r"```sql\n(.*?)```", under, re.DOTALL)[0].strip()
