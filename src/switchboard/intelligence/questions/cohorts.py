"""Cohorts: customers by the month of their first order, and who of them bought for how much in each month after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import following, last_day, month_number, starts
from switchboard.intelligence.question_records import Cohort, CohortMonth, Retention
from switchboard.intelligence.questions.parts import money

MONTHLY = """
with monthly as (
    select person, (year(make_date(day)) * 12 + month(make_date(day)) - 1)::integer as number, max(gross) > 0 as bought,
        sum(gross - coalesce(discount, 0) - refund) as net
    from sale where second < ? and person is not null group by all),
begun as (select person, min(number) as first from monthly where bought group by person)
select first, number, count_if(bought) as active, sum(net) as net
from monthly join begun using (person) where first >= ? and number >= first group by first, number
"""


@dataclass(frozen=True, kw_only=True)
class _Month:
    """What the customers of a cohort did in a month."""

    active: int = 0
    net: int = 0


def cohorts(lines: duckdb.DuckDBPyConnection, as_of: AsOf, months: int) -> tuple[Cohort, ...]:
    """The cohorts of the last so many months, oldest first."""
    last = last_day(lines, as_of)
    shown = starts(last, months)
    rows = lines.execute(MONTHLY, [as_of.second, month_number(shown[0])]).fetchall()
    found = {(first, number): _Month(active=active, net=net) for first, number, active, net in rows}
    is_over = following(shown[-1]) <= last + timedelta(days=1)
    return tuple(_cohort(shown[place:], found, is_over=is_over) for place in range(len(shown)))


def retention(of: tuple[Cohort, ...]) -> tuple[Retention, ...]:
    """What all cohorts come to, over the months that are over."""
    found: list[Retention] = []
    for after in range(len(of)):
        reached = [
            (each.customers, month.active) for each in of for month in each.months[after : after + 1] if month.is_over
        ]
        if reached:
            customers = sum(size for size, _ in reached)
            retained = sum(active for _, active in reached) / customers if customers else None
            found.append(Retention(after=after, customers=customers, retained=retained))
    return tuple(found)


def _cohort(months: list[date], found: Mapping[tuple[int, int], _Month], *, is_over: bool) -> Cohort:
    """The cohort of the first of these months; the last of them is over or not."""
    first = month_number(months[0])
    of = [found.get((first, month_number(each)), _Month()) for each in months]
    customers, so_far, shown = of[0].active, 0, list[CohortMonth]()
    for after, (start, month) in enumerate(zip(months, of, strict=True)):
        so_far += month.net
        shown.append(
            CohortMonth(
                after=after,
                month=f"{start:%Y-%m}",
                is_over=is_over or start != months[-1],
                active=month.active,
                retained=month.active / customers if customers else None,
                net=money(month.net),
                value_so_far=money(so_far) / customers if customers else None,
            )
        )
    return Cohort(month=shown[0].month, customers=customers, net=money(so_far), months=tuple(shown))
