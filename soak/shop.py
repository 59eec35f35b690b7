"""What is imported: the demo's gift shop first, then small files of new orders, made from a seed."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
ORDERS = ROOT / "demo" / "data" / "gifts.parquet"
COLUMNS = ("order_id", "line_id", "customer_id", "placed_at", "product_id", "category", "quantity", "unit_price")
FIRST = datetime(2011, 6, 1)  # noqa: DTZ001 - the shop's own time; before its last order, so that its clock stays
CUSTOMERS = 600
MOST_LINES = 4


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of orders that no other file has."""

    name: str
    content: bytes
    orders: int


def orders_file(seed: int, number: int, orders: int = 1_500) -> File:
    """The n-th file; customers and products are the same in all of them."""
    chance, out = Random(f"{seed} {number}"), io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for order in range(orders):
        name, who = f"soak-{number}-{order}", f"s{chance.randrange(CUSTOMERS)}"
        at = FIRST + timedelta(seconds=chance.randrange(180 * 86_400))
        for line in range(chance.randint(1, MOST_LINES)):
            product = chance.randrange(200)
            price = f"{chance.randrange(100, 9_000) / 100:.2f}"
            rows.writerow((name, line, who, at, f"p{product}", f"c{product % 7}", chance.randint(1, 5), price))
    return File(name=f"soak-{number}.csv", content=out.getvalue().encode(), orders=orders)
