"""The shop at a glance: its figures at the end of each of the last periods, of so many days of 24 hours each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.questions.parts import money, share

PERIODS = 13
ACTIVE_DAYS = 90
DAY_S = 86_400
NET = """
select least(({until} - 1 - second) // {period}, {periods})::integer as number,
    sum(gross - coalesce(discount, 0) - refund)::bigint,
    sum(case when person is not null then gross - coalesce(discount, 0) - refund end)::bigint
from sale where second < {until} group by number
"""
ORDERS = """
create or replace temporary table ordered as
select person, second, row_number() over (partition by person order by second, document) as nth
from (select person, document, min(second) as second from sale where second < {until} and person is not null
    group by person, document having max(gross) > 0)
"""
BUYERS = """
select least(({until} - 1 - second) // {period}, {periods})::integer as number, count(distinct person),
    count(distinct case when nth > 1 then person end), count_if(nth = 1)
from ordered group by number
"""
ACTIVE = """
select k, count(distinct person) from ordered, (select unnest(range({periods})) as k)
where second < {until} - k * {period} and second >= {until} - k * {period} - {active}
    and second >= {until} - {periods} * {period} - {active}
group by k
"""


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Figures of the last periods, the newest first; None where the shop was not there for all of one."""

    ends: tuple[int, ...]  # seconds
    revenue: tuple[float | None, ...]
    active: tuple[float | None, ...]
    repeat_rate: tuple[float | None, ...]
    lifetime_value: tuple[float | None, ...]


def periods(lines: duckdb.DuckDBPyConnection, as_of: AsOf, days: int) -> Periods:
    """The figures at the moment and at the ends of the periods before."""
    period = days * DAY_S
    said = {"until": as_of.second, "period": period, "periods": PERIODS, "active": ACTIVE_DAYS * DAY_S}
    with lines.cursor() as cursor:
        first = cursor.execute("select min(second) from sale").fetchone()
        net = {row[0]: row[1:] for row in cursor.execute(NET.format(**said)).fetchall()}
        cursor.execute(ORDERS.format(**said))
        buyers = {row[0]: row[1:] for row in cursor.execute(BUYERS.format(**said)).fetchall()}
        active = dict(cursor.execute(ACTIVE.format(**said)).fetchall())
        cursor.execute("drop table ordered")
    began = first[0] if first and first[0] is not None else as_of.second
    ends = tuple(as_of.second - number * period for number in range(PERIODS))

    def whole(of: Callable[[int], float | None], lasting: int) -> tuple[float | None, ...]:
        return tuple(of(number) if end - lasting >= began else None for number, end in enumerate(ends))

    return Periods(
        ends=ends,
        revenue=whole(lambda number: money(net.get(number, (0, 0))[0]), period),
        active=whole(lambda number: float(active.get(number, 0)), ACTIVE_DAYS * DAY_S),
        repeat_rate=whole(lambda number: _repeating(buyers.get(number, (0, 0, 0))), period),
        lifetime_value=whole(lambda number: _worth(net, buyers, number), 1),
    )


def _repeating(of: Sequence[int]) -> float | None:
    return share(of[1], of[0])


def _worth(
    net: Mapping[int, Sequence[int | None]], buyers: Mapping[int, Sequence[int]], number: int
) -> float | None:  # fmt: skip
    """What a customer brought by the end of the period, on average."""
    customers = sum(of[2] for of_number, of in buyers.items() if of_number >= number)
    brought = sum(of[1] or 0 for of_number, of in net.items() if of_number >= number)
    return money(brought) / customers if customers else None
