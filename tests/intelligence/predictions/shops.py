"""Made-up and real shops as the predictions read them."""

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.special import Numbers

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CDNOW = """
select customer_id as person, date_diff('day', date '1970-01-01', date) as day, sum(value) as net
from '{dir}/cdnow_sample_1of10.parquet' group by all order by all
"""


def data(name: str) -> Path:
    """A shared data set, or skip."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path.name} is not in shared/data")
    return path


def cdnow() -> Days:
    """The published sample: 2,357 customers over 78 weeks."""
    data("cdnow_sample_1of10.parquet")
    found = table(CDNOW.format(dir=DATA))
    return days(found["person"], found["day"], found["net"])


def table(sql: str, **tables: dict[str, npt.NDArray[np.generic]]) -> dict[str, Numbers]:
    """What a query gives, as numbers."""
    with duckdb.connect() as con:
        for name, columns in tables.items():
            con.register(name, columns)
        rows = np.array(con.execute(sql).fetchall(), np.float64)
        return dict(zip([each[0] for each in con.description or ()], rows.T, strict=True))


def days(person: object, day: object, net: object, *, bought: object = True) -> Days:
    """Rows in any order, each a day of one line unless it was a refund."""
    who, when, worth = np.asarray(person, np.int64), np.asarray(day, np.int64), np.asarray(net, np.float64)
    order = np.lexsort((when, who))
    purchase = np.broadcast_to(np.asarray(bought, np.bool_), who.shape)[order]
    return Days(
        person=who[order], day=when[order], net=worth[order], lines=purchase.astype(np.float64), bought=purchase
    )


def made_up(customers: int, *, seed: int = 1, length: int = 700, gap: float = 45.0) -> Days:
    """Customers with a pace and a life of their own, who come over time: gamma-Poisson purchases until they leave."""
    random = np.random.default_rng(seed)
    pace, born = random.gamma(0.8, 1 / gap, customers), random.integers(0, length - 60, customers)
    left = born + random.exponential(400, customers)
    who, when = list[int](), list[int]()
    for number in range(customers):
        begin, end = int(born[number]), int(min(left[number], length))
        later = int(random.poisson(max(end - begin, 0) * float(pace[number])))
        dates = {begin, *(int(each) for each in random.integers(begin, max(end, begin + 1), later))}
        who += [number] * len(dates)
        when += sorted(dates)
    return days(who, when, np.exp(random.normal(3.5, 0.7, len(who))))
