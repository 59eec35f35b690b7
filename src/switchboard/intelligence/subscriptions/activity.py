"""Events of subscriptions as the mirror has them, and who subscribes on a day."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import tzinfo

import duckdb
import numpy as np

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.predictions.days import rows_of
from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers, Whole
from switchboard.intelligence.questions.business import shift

STARTED, CANCELLED, FAILED = "subscription_started", "subscription_cancelled", "payment_failed"
KINDS = (STARTED, CANCELLED, FAILED)
WINDOWS = (30, 90, 365)  # days in which events are counted
NEVER, DAY_S = -1.0, 86_400
EVENTS = """
select person, second, (list_position({kinds}, name) - 1)::bigint as kind
from event join event_kind using (kind) where second < {second} and name in (select unnest({kinds}))
order by person, second, kind
"""
OTHERS = """
select person, count_if(second >= {second} - 30 * 86400)::bigint as month,
    count_if(second >= {second} - 90 * 86400)::bigint as quarter, max(second)::bigint as last
from event join event_kind using (kind)
where second < {second} and name not in (select unnest({kinds})) and person between {first} and {last} group by person
"""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Events (n) of KINDS, by person and time: whose, on which day since 1970-01-01, and which of the kinds."""

    person: Whole
    day: Whole
    kind: Whole

    def __len__(self) -> int:
        return len(self.day)

    def where(self, kept: Flags) -> "Events":
        """Some of them."""
        return Events(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})

    def before(self, cut: int) -> "Events":
        """Those before the day `cut`."""
        return self.where(self.day < cut)

    def of(self, kind: str) -> "Events":
        """Those of one kind."""
        return self.where(self.kind == KINDS.index(kind))

    def subscribers(self, cut: int) -> Whole:
        """Who subscribes as the day `cut` begins: of whom the last start is not followed by an end; ascending."""
        known = self.before(cut)
        known = known.where(known.kind != KINDS.index(FAILED))
        is_last = np.append(known.person[1:] != known.person[:-1], [True]) if len(known) else np.zeros(0, np.bool_)
        return known.person[is_last & (known.kind == KINDS.index(STARTED))]

    def happens_to(self, persons: Whole, kind: str, since: int, until: int) -> Flags:
        """To which of these persons (ascending) such an event happens from one day up to before another."""
        within = self.of(kind)
        return np.isin(persons, within.person[(within.day >= since) & (within.day < until)])


def events_of(lines: duckdb.DuckDBPyConnection, as_of: AsOf, zone: tzinfo) -> Events:
    """All events of subscriptions before the moment, on the days of the workspace's zone."""
    found = fetched(lines.execute(EVENTS.format(second=as_of.second, kinds=_kinds())))
    of = {name: np.asarray(column, np.int64) for name, column in found.items()}
    days, which = np.unique(of["second"] // DAY_S, return_inverse=True)
    ahead = np.array([shift(day, zone) for day in days.tolist()], np.int64)
    return Events(person=of["person"], day=(of["second"] + ahead[which]) // DAY_S, kind=of["kind"])


def midnight(day: int, zone: tzinfo) -> int:
    """When a day begins in the zone, in Unix time."""
    return day * DAY_S - shift(day, zone)


def others_of(lines: duckdb.DuckDBPyConnection, second: int, persons: Whole) -> Numbers:
    """By person (ascending) other events in a month and a quarter before a moment, and days since the last one."""
    found = np.zeros((len(persons), 3))
    found[:, 2] = NEVER
    if not len(persons):
        return found
    sql = OTHERS.format(second=second, kinds=_kinds(), first=int(persons[0]), last=int(persons[-1]))
    rows = {name: np.asarray(each, np.int64) for name, each in fetched(lines.execute(sql)).items()}
    row, there = rows_of(persons, rows["person"])
    found[row, 0], found[row, 1] = rows["month"][there], rows["quarter"][there]
    found[row, 2] = (second - rows["last"][there]) // DAY_S
    return found


def inputs_of(of: Events, persons: Whole, cut: int) -> Numbers:
    """By person (ascending), of each kind: how many in each of WINDOWS and ever, and days since the first and last."""
    known, columns = of.before(cut), list[Numbers]()
    for kind in KINDS:
        mine = known.of(kind)
        row, there = rows_of(persons, mine.person)
        age = (cut - mine.day[there]).astype(np.float64)
        first, last = np.full(len(persons), NEVER), np.full(len(persons), np.inf)
        np.maximum.at(first, row, age)
        np.minimum.at(last, row, age)
        columns += [
            *(np.bincount(row[age <= days], minlength=len(persons)).astype(np.float64) for days in WINDOWS),
            np.bincount(row, minlength=len(persons)).astype(np.float64), first, np.where(np.isinf(last), NEVER, last),
        ]  # fmt: skip
    return np.column_stack(columns)


def logs(columns: Sequence[Numbers]) -> Narrow:
    """Columns side by side as sign(x) log(1 + |x|), as the learned models take them."""
    found = np.column_stack(columns)
    return (np.sign(found) * np.log1p(np.abs(found))).astype(np.float32)


def _kinds() -> str:
    return f"[{', '.join(repr(kind) for kind in KINDS)}]"
