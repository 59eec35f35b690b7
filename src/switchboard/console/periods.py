"""Which time a page is about: some days until now, all of it, or days of one's own, as the address says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

DAYS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "365": "Last 12 months"}
ALL, OWN = "all", "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on and before `until`; None where it is open. `first` and `last` are days of one's own."""

    name: str
    since: datetime | None
    until: datetime | None
    first: date | None = None
    last: date | None = None
    choices: ClassVar = [*DAYS.items(), (ALL, "All time"), (OWN, "Days of my own")]

    @property
    def query(self) -> dict[str, str]:
        """The words of an address that lead to it again."""
        days = {"from": self.first, "to": self.last}
        return {"period": self.name} | {key: day.isoformat() for key, day in days.items() if day}


def period_of(query: Mapping[str, str], now: datetime, zone: ZoneInfo, usual: str = "30") -> Period:
    """The period that an address asks for; the usual one for what is none."""
    name = query.get("period", usual)
    if name == OWN:
        first, last = _day(query.get("from")), _day(query.get("to"))
        return Period(
            name=OWN, since=_start(first, zone), until=_start(last + timedelta(days=1) if last else None, zone),
            first=first, last=last,
        )  # fmt: skip
    if name == ALL:
        return Period(name=ALL, since=None, until=None)
    chosen = name if name in DAYS else usual
    return Period(name=chosen, since=now - timedelta(days=int(chosen)), until=None)


def _day(said: str | None) -> date | None:
    try:
        found = date.fromisoformat(said or "")
    except ValueError:
        return None
    return found if date(1970, 1, 2) <= found <= date(9990, 1, 1) else None


def _start(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
