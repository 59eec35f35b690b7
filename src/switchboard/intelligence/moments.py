"""The moment a question is about: what callers say, turned into an instant and its day in the workspace's zone."""

from datetime import UTC, date, datetime, time

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence.features import AsOf

EPOCH = date(1970, 1, 1).toordinal()


def instant(said: datetime | date | None, workspace: Workspace, now: datetime) -> datetime:
    """The instant asked about, the workspace's clock when none is; raise Invalid when it is after the clock."""
    clock = workspace.as_of(now)
    if said is None:
        return clock
    meant = said if isinstance(said, datetime) else datetime.combine(said, time(), workspace.zone)
    if meant > clock:
        latest = clock.astimezone(workspace.zone).isoformat(timespec="seconds")
        raise Invalid(f"as_of is after the workspace's clock, {latest}; ask for an earlier moment", field="as_of")
    return meant.astimezone(UTC)


async def asked(work: Work, said: datetime | date | None) -> datetime | None:
    """The instant a caller asks about; None for the present, which is served."""
    return None if said is None else instant(said, await tenants.current(work), work.now)


def as_of(moment: datetime, workspace: Workspace) -> AsOf:
    """The instant as figures count: to the second, and its day in the workspace's zone."""
    return AsOf(day=day(moment, workspace), second=int(moment.timestamp()), country=workspace.country)


def day(moment: datetime, workspace: Workspace) -> int:
    """The day of an instant in the workspace's zone, since 1970-01-01."""
    return moment.astimezone(workspace.zone).toordinal() - EPOCH


def month_ends(first: datetime, last: datetime, workspace: Workspace, most: int) -> list[datetime]:
    """The starts of months (in the workspace's zone) after `first` and before `last`: the last so many, in order."""
    at = last.astimezone(workspace.zone)
    found: list[datetime] = []
    year, month = at.year, at.month
    while len(found) < most:
        start = datetime.combine(date(year, month, 1), time(), workspace.zone).astimezone(UTC)
        if start <= first:
            break
        if start < last:
            found.append(start)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]
