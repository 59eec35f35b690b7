"""Who may buy for a business: large orders, many lines, office hours, held against the shop's own typical order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Literal

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_of
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.counts import Numbers, Whole, at_least
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money

Sign = Literal["large_orders", "many_lines", "office_hours"]
Flags = npt.NDArray[np.bool_]
TIMES_TYPICAL = 3  # of the shop's median order, in money or in lines
OFFICE = (8, 18)  # hours of Monday to Friday, in the workspace's zone
LEAST_SIGNS = 2
NO_TIMES = "More than half of the orders are of one same time of day, so that office hours are not known."
RULE = (
    f"At least {LEAST_SIGNS} of three signs: a mean order of {TIMES_TYPICAL} or more times the shop's median order;"
    f" {TIMES_TYPICAL} or more times its median lines per order; more orders on Monday to Friday from {OFFICE[0]}:00"
    f" to {OFFICE[1]}:00 than chance explains at the shop's share (binomial, one case of twenty). Signs, no proof: a"
    " shop that sells to businesses alone shows few, as its typical order is theirs."
)
# One row an order; days count from a Thursday.
PLACED = """
create or replace temporary table placed as
select person, sum(gross - coalesce(discount, 0))::bigint as net, count(*) as lines,
    (min(second) + any_value(shift)) % 86400 as time, (min(day) + 3) % 7 < 5 as is_weekday
from ({bought}) join (select unnest($days) as day, unnest($shifts) as shift) using (day) group by person, document
"""
DAYS = "select distinct day from sale where second < ? and person is not null and gross > 0"
SHOP = """
select median(net)::double, median(lines)::double, avg(({office})::integer)::double,
    (select max(n) > sum(n) / 2 from (select count(*) as n from placed group by time)) from placed
"""
PEOPLE = """
with w as (
    select person, sum(gross - coalesce(discount, 0) - refund)::bigint as value from sale
    where second < {second} and person is not null group by person)
select person, count(*) as orders, avg(net)::double as net, avg(lines)::double as lines,
    count_if({office})::bigint as office, any_value(value)::bigint as value
from placed join w using (person) group by person order by person
"""
IN_OFFICE = f"is_weekday and time >= {OFFICE[0] * 3_600} and time < {OFFICE[1] * 3_600}"


@dataclass(frozen=True, kw_only=True)
class Typical:
    """The shop's typical order: median money (1/10,000) and lines, and the share in office hours; None: not known."""

    order: float
    lines: float
    office: float | None


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Customers with enough orders, ascending: their figures (money in 1/10,000), and who shows which sign.

    `net_of_all` is of all customers.
    """

    typical: Typical | None
    persons: Whole
    orders: Whole
    mean_order: Numbers
    lines: Numbers
    office: Whole
    net: Whole
    net_of_all: float
    signs: Mapping[Sign, Flags]

    @property
    def score(self) -> Numbers:
        """The share of the signs that can be told which each of them shows."""
        return np.mean(list(self.signs.values()), axis=0)

    @property
    def found(self) -> npt.NDArray[np.intp]:
        """The rows of those with signs enough, most signs and then most net first."""
        count = np.sum(list(self.signs.values()), axis=0)
        rows = np.flatnonzero(count >= LEAST_SIGNS)
        return rows[np.lexsort((self.persons[rows], -self.net[rows], -count[rows]))]


def buyers(lines: duckdb.DuckDBPyConnection, as_of: AsOf, zone: tzinfo, least_orders: int) -> Buyers:
    """Customers with so many orders or more, and their signs."""
    days = [row[0] for row in lines.execute(DAYS, [as_of.second]).fetchall()]
    lines.execute(PLACED.format(bought=bought(as_of)), {"days": days, "shifts": [shift(day, zone) for day in days]})
    ((order, of_lines, office, at_one_time),) = lines.execute(SHOP.format(office=IN_OFFICE)).fetchall()
    found = fetched(lines.execute(PEOPLE.format(second=as_of.second, office=IN_OFFICE)))
    of = {name: np.asarray(column, np.float64) for name, column in found.items()}
    enough = of["orders"] >= least_orders
    typical = None if order is None else Typical(order=order, lines=of_lines, office=None if at_one_time else office)
    whole = {name: of[name][enough].astype(np.int64) for name in ("person", "orders", "office", "value")}
    return Buyers(
        typical=typical, persons=whole["person"], orders=whole["orders"], mean_order=of["net"][enough],
        lines=of["lines"][enough], office=whole["office"], net=whole["value"], net_of_all=money(of["value"].sum()),
        signs=signs(typical, whole, of["net"][enough], of["lines"][enough]),
    )  # fmt: skip


def signs(typical: Typical | None, counts: Mapping[str, Whole], order: Numbers, lines: Numbers) -> dict[Sign, Flags]:
    """Who shows which of the signs that can be told."""
    if typical is None:
        return {"large_orders": np.zeros(len(order), np.bool_), "many_lines": np.zeros(len(lines), np.bool_)}
    found: dict[Sign, Flags] = {
        "large_orders": (order >= TIMES_TYPICAL * typical.order) & (order > 0),
        "many_lines": lines >= TIMES_TYPICAL * typical.lines,
    }
    if typical.office is not None:
        part = np.full(len(order), typical.office)
        found["office_hours"] = at_least(counts["office"], counts["orders"], part) <= LEVEL
    return found


def shift(day: int, zone: tzinfo) -> int:
    """Seconds that the zone's clocks are ahead of UTC at noon of a day: their changes happen by night."""
    offset = datetime.combine(day_of(day), time(12), UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def why(of: Buyers, row: int, currency: str) -> tuple[str, ...]:
    """A reason for each sign that somebody shows."""
    assert of.typical is not None
    typical, told = of.typical, list[str]()
    if of.signs["large_orders"][row]:
        told.append(
            f"Their mean order is {money(of.mean_order[row]):,.2f} {currency},"
            f" the shop's median {money(typical.order):,.2f}."
        )
    if of.signs["many_lines"][row]:
        told.append(f"Their orders have {of.lines[row]:.1f} lines in the mean, the shop's median {typical.lines:g}.")
    if "office_hours" in of.signs and of.signs["office_hours"][row]:
        part = of.office[row] / of.orders[row]
        told.append(f"{part:.0%} of their orders come in office hours, {typical.office:.0%} of the shop's.")
    return tuple(told)
