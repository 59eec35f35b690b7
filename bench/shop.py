"""A shop generated from a seed: ten orders a customer and two lines an order on average, as skewed as real ones.

Most customers buy once or twice and a few very often; a quarter of the lines are the customer's favourite product;
discounts and refunds run in customers. Rows lie in the order of time, as an export has them.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

SEED = 7
END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 1_095
PRODUCTS, CATEGORIES = 50_000, 40
AT_ONCE = 100_000  # customers per pass: what memory has to hold, however large the shop is
DAY_S = 86_400
Whole = NDArray[np.int64]
Numbers = NDArray[np.number[Any]]
LINES = """
copy (
    select 'o' || (100000000 + number) as order_id, 'c' || who as customer_id,
        make_timestamp(second * 1000000) as placed_at, 'p' || product as product_id,
        'Category ' || category as category, quantity, unit_price, discount, refund
    from line join (
        select doc, {first} + row_number() over (order by second, doc) as number
        from (select doc, any_value(second) as second from line group by doc)
    ) using (doc) order by number, ordinal
) to '{path}' (format csv, header)
"""  # numbered in the order of time, as shops number them


def write_orders(path: Path, customers: int, seed: int = SEED) -> int:
    """A CSV file of the shop's order lines; how many there are."""
    with duckdb.connect(config={"threads": "2", "memory_limit": "3GB", "temp_directory": f"{path}.spill"}) as database:
        for first in range(0, customers, AT_ONCE):
            part = _lines(np.random.default_rng([seed, first]), first, min(AT_ONCE, customers - first))
            _add(database, part)
        database.execute(LINES.format(path=path, first=0))
        return _count(database)


def write_day(path: Path, customers: int, changed: int, day: int = 1, seed: int = SEED) -> int:
    """A CSV file of the n-th day after the last: an order of so many customers, two lines each; how many lines."""
    generator = np.random.default_rng([seed, customers, day])
    who = np.sort(generator.choice(customers, changed, replace=False))
    doc = np.repeat(np.arange(changed, dtype=np.int64), 2)
    second = int(END.timestamp()) + (day - 1) * DAY_S + np.repeat(generator.integers(0, DAY_S, changed), 2)
    with duckdb.connect() as database:
        _add(database, _priced(generator, np.repeat(who, 2), doc, second, generator.integers(0, PRODUCTS, customers)))
        database.execute(LINES.format(path=path, first=day * 800_000_000))
        return _count(database)


def write_customers(path: Path, customers: int, seed: int = SEED) -> list[tuple[str, str]]:
    """A CSV file with a name and an e-mail of every customer; the first and last names."""
    pairs = person_names(customers, seed)
    with path.open("w") as out:
        out.write("customer_id,name,email\n")
        for number, (first, last) in enumerate(pairs):
            mail = f"{first}.{last}{number}@ex{number % 500}.example"
            out.write(f"c{number},{first.title()} {last.title()},{mail}\n")
    return pairs


STARTS = ("an", "ma", "jo", "el", "ka", "ro", "sa", "li", "da", "be", "mo", "ni", "pe", "su", "to", "vi")
ENDS = ("ra", "li", "no", "se", "ti", "ko", "mi", "da")
LAST = ("ba", "den", "ker", "lo", "mar", "son", "tin", "ville", "wright", "ez", "ova", "sky", "man", "ford", "ton")


def person_names(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """The first and last names of the customers."""
    chosen = random.Random(seed)
    return [person_name(chosen) for _ in range(count)]


def person_name(chosen: random.Random) -> tuple[str, str]:
    """A first and a last name; a few are frequent, as names are."""
    first = chosen.choice(STARTS) + chosen.choice(ENDS) + chosen.choice(("", "s", "n", "la", "ne", "to"))
    rank = min(int(chosen.paretovariate(0.7)), 60_000)
    own = random.Random(rank)
    return first, "".join(own.choice(LAST) for _ in range(own.randint(2, 4)))


def _lines(generator: np.random.Generator, first: int, customers: int) -> dict[str, Numbers]:
    """The lines of customers first, first + 1, …"""
    start = generator.integers(0, DAYS, customers)
    rate = generator.gamma(0.45, 1 / 0.45, customers)
    orders = np.minimum(1 + generator.poisson(rate * 18 * (DAYS - start) / DAYS), 600)
    who = np.repeat(np.arange(customers), orders)
    life = np.maximum(1, (DAYS - start) * generator.beta(2, 1.2, customers))
    begins = np.r_[True, who[1:] != who[:-1]]
    day = np.where(begins, start[who], start[who] + generator.random(len(who)) * life[who])
    clock = generator.normal(15, 4, len(who)).clip(0, 23.9) * 3_600
    begin = int((END - timedelta(days=DAYS)).timestamp())
    second = begin + np.floor(day).astype(np.int64) * DAY_S + clock.astype(np.int64)
    lines = 1 + generator.poisson(1.0, len(who))
    doc = np.repeat(np.arange(len(who), dtype=np.int64) + first * 1_000, lines)
    favourite = generator.integers(0, PRODUCTS, customers)
    part = _priced(generator, np.repeat(who, lines), doc, np.repeat(second, lines), favourite)
    return part | {"who": part["who"] + first}


def _priced(
    generator: np.random.Generator, who: Whole, doc: Whole, second: Whole, favourite: Whole
) -> dict[str, Numbers]:
    count, customers = len(who), int(who.max()) + 1
    catalogue = np.random.default_rng(SEED)  # the same in every pass
    popular = np.cumsum(1 / np.arange(1, PRODUCTS + 1) ** 0.9)
    prices = np.round(np.exp(catalogue.normal(3, 0.8, PRODUCTS)), 2)
    product = np.searchsorted(popular / popular[-1], generator.random(count))
    product = np.where(generator.random(count) < 0.25, favourite[who], product)
    price, quantity = prices[product], generator.geometric(0.7, count)
    deals = generator.random(count) < generator.beta(0.6, 2.2, customers)[who]
    discount = np.where(deals, np.round(price * quantity * generator.choice([0.1, 0.2, 0.3, 0.5], count), 2), 0.0)
    returns = generator.random(count) < generator.beta(0.4, 6, customers)[who]
    refund = np.where(returns, np.round(price * quantity - discount, 2), 0.0)
    return {
        "doc": doc, "who": who, "second": second, "ordinal": np.arange(count), "product": product,
        "category": product * 2_654_435_761 % CATEGORIES, "quantity": quantity, "unit_price": price,
        "discount": discount, "refund": refund,
    }  # fmt: skip


def _add(database: duckdb.DuckDBPyConnection, part: dict[str, Numbers]) -> None:
    database.register("part", part)
    database.execute("create table if not exists line as from part limit 0")
    database.execute("insert into line from part")
    database.unregister("part")


def _count(database: duckdb.DuckDBPyConnection) -> int:
    row = database.execute("select count(*) from line").fetchone()
    return int(row[0]) if row else 0
