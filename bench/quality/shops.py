"""The shops predictions are measured on: real ones, and made-up ones whose truth is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from bench.figures import say
from switchboard.intelligence import holidays
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.special import Numbers, Whole

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EPOCH = np.datetime64("1970-01-01")
RETAIL = """select customer_id as c, {at}::date as d, sum(quantity * {price}) as v,
    count_if(quantity > 0 and {order} not like 'C%') as u from '{{dir}}/{{file}}.parquet'
    where customer_id is not null and {price} > 0 group by 1, 2"""
GROCER = """select household_id as c, transaction_timestamp::date as d, sum(sales_value) as v, count(*) as u
    from '{dir}/{file}.parquet' group by 1, 2 having v > 0"""
HELD_OUT = RETAIL.format(at="placed_at", price="unit_price", order="order_id")
REAL = {
    "online_retail_2010_2011": (
        RETAIL.format(at="invoice_ts", price="price", order="invoice"),
        ("2011-04-10", "2011-05-25", "2011-07-10", "2011-09-09"),
    ),
    "cdnow_sample_1of10": (
        "select customer_id as c, date as d, sum(value) as v, 1 as u from '{dir}/{file}.parquet' group by 1, 2",
        ("1997-07-01", "1997-10-01", "1997-12-31", "1998-03-31"),
    ),
    "completejourney_transactions": (
        GROCER,
        ("2017-05-01", "2017-07-01", "2017-09-30"),
    ),
    "retail_2009_2010": (HELD_OUT, ("2010-06-10", "2010-09-09")),
    "apparel": (HELD_OUT, ("2007-01-01", "2008-01-01", "2009-01-01")),
    "grocery": (HELD_OUT, ("2007-01-01", "2007-07-01", "2007-09-30")),
    "cdnow_master": (HELD_OUT, ("1997-12-31", "1998-03-31")),
}
KINDS = ("strong", "weak", "none", "growth", "holiday", "stockout")
CUSTOMERS, LENGTH, CUTS = 2_500, 1_096, (500, 690, 850, 980)  # days
SWING = {"strong": 1.1, "weak": 0.3, "growth": 0.5, "stockout": 0.3}
PEAK = 0.92  # of the year
HOLIDAYS = (105, 95, 110)  # the day of each year before which three weeks sell four times as much
MOVED = np.array([year * 365 + of_year for year, of_year in enumerate(HOLIDAYS)])
SOLD_TO = {"online_retail_2010_2011": "GB", "cdnow_sample_1of10": "US", "completejourney_transactions": "US"}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop and the days at which it is cut."""

    name: str
    days: Days
    cuts: tuple[int, ...]
    real: bool
    moving: tuple[Whole, ...] = ()


def shops() -> Iterator[Shop]:
    """Every shop there is."""
    for name, (sql, cuts) in REAL.items():
        if (DATA / f"{name}.parquet").exists():
            yield Shop(name=name, days=_read(name, sql), cuts=tuple(map(day, cuts)), real=True, moving=_moving(name))
        else:
            say(f"left out: there is no {name} in shared/data")
    for kind in KINDS:
        yield Shop(name=f"made up, {kind}", days=made_up(kind), cuts=CUTS, real=False, moving=(MOVED,))


def day(text: str) -> int:
    return int((np.datetime64(text) - EPOCH).astype(int))


def _moving(name: str) -> tuple[Whole, ...]:
    """The holidays that move where the shop sells, over all the years there are."""
    return holidays.moving((SOLD_TO[name],), 1996, 2020) if name in SOLD_TO else ()


def _read(name: str, sql: str) -> Days:
    with duckdb.connect() as con:
        rows = con.execute(f"select dense_rank() over (order by c), date_diff('day', date '1970-01-01', d), v, u"  # noqa: S608
                           f" from ({sql.format(dir=DATA, file=name)}) order by 1, 2").fetchall()  # fmt: skip
    person, when, net, lines = np.array(rows, np.float64).T
    return Days(
        person=person.astype(np.int64), day=when.astype(np.int64), net=net, lines=np.maximum(lines, 0), bought=lines > 0
    )


def made_up(kind: str, seed: int = 1) -> Days:
    """Three years of customers with a pace and a life of their own, in a shop with a season."""
    random = np.random.default_rng(seed + sum(map(ord, kind)))
    season = _season(kind)
    whole = np.concatenate([np.zeros(1), np.cumsum(season)])
    weight = season * (np.exp(np.arange(LENGTH) / LENGTH * 1.5) if kind == "growth" else 1)
    born = random.choice(LENGTH, CUSTOMERS, p=weight / weight.sum())
    born[: CUSTOMERS // 5] = random.integers(0, 30, CUSTOMERS // 5)
    pace = random.gamma(0.7, 1 / 50, CUSTOMERS)
    life = random.exponential(1, CUSTOMERS) / random.gamma(1.2, 1 / 300, CUSTOMERS)
    usual = np.exp(random.normal(3.5, 0.6, CUSTOMERS))
    people, days, nets = list[Whole](), list[Whole](), list[Numbers]()
    for number in range(CUSTOMERS):
        begin, end = int(born[number]), int(min(LENGTH, born[number] + life[number]))
        room = float(whole[end] - whole[begin]) if end > begin else 0.0
        count = int(random.poisson(float(pace[number]) * room))
        places = random.random(count) * room + float(whole[begin])
        found = np.asarray(np.append(np.searchsorted(whole, places, side="right") - 1, begin), np.int64)
        when = np.unique(found[found < LENGTH])
        people.append(np.full(len(when), number, np.int64))
        days.append(when)
        nets.append(float(usual[number]) * np.exp(random.normal(0, 0.5, len(when))))
    person, when, net = np.concatenate(people), np.concatenate(days), np.concatenate(nets)
    ones = np.ones(len(person))
    return Days(person=person, day=when, net=net, lines=ones, bought=ones > 0)


def _season(kind: str) -> Numbers:
    at = np.arange(LENGTH)
    season = np.exp(SWING.get(kind, 0.0) * np.cos(2 * np.pi * (at % 365.25 / 365.25 - PEAK)))
    if kind == "holiday":
        for year, of_year in enumerate(HOLIDAYS):
            season[(at >= year * 365 + of_year - 21) & (at < year * 365 + of_year)] *= 4
    if kind == "stockout":
        season[560:590] *= 0.1
    return season / season.mean()
