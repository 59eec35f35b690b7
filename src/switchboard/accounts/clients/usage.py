"""What clients used, by the trail: how many requests, how they ended, how long they took."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from switchboard.accounts import tenants
from switchboard.accounts.clients.keeping import there
from switchboard.accounts.clients.records import (
    ClientRequest,
    Counted,
    CountedBy,
    CountedByOn,
    CountedOn,
    RequestList,
    RequestsAsked,
    Usage,
    UsageAsked,
)
from switchboard.accounts.store import usage as store
from switchboard.accounts.store.usage import Group, RequestRow, Span
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, tool_name

LOOKS_BACK, LONGEST = timedelta(days=7), timedelta(days=92)
MOST_LOOKED_AT = 200_000  # requests, the newest: two seconds of work
TOP = 20
NOTHING = Group(day=None, operation=None, requests=0, done=0, failed=0, took_us=None)


async def usage(work: Work, asked: UsageAsked) -> Usage:
    """Of one client, in a time that is bounded."""
    client = await there(work, asked.id)
    since, until = _times(asked.since, asked.until, work.now)
    span = Span(client=asked.id, since=since, until=until, at_most=MOST_LOOKED_AT)
    groups = await store.counted(work, span, (await tenants.current(work)).time_zone)
    ended = await store.ended(work, span)
    total = next((each for each in groups if each.day is None and each.operation is None), NOTHING)
    is_cut = total.requests >= MOST_LOOKED_AT
    rows, following = _page(groups, asked)
    return Usage(
        id=client.id, name=client.name, since=min(each.first for each in ended) if is_cut else since, until=until,
        is_cut=is_cut, total=Counted(**counted(total)),
        outcomes=_summed((each.outcome, each.requests) for each in ended),
        doors=_summed((each.door, each.requests) for each in ended),
        days=[CountedOn(day=day, **counted(each)) for day, each in _days(groups)],
        top_tools=_top(groups), by_tool_and_day=rows, next_cursor=following,
    )  # fmt: skip


async def requests(work: Work, asked: RequestsAsked) -> RequestList:
    """The requests themselves, newest first."""
    await there(work, asked.id)
    since, until = _times(asked.since, asked.until, work.now)
    span = Span(client=asked.id, since=since, until=until, at_most=asked.limit)
    found = await store.page(work, span, asked.cursor, asked.outcome)
    return RequestList(
        requests=[request(row) for row in found], next_cursor=found[-1].id if len(found) == asked.limit else None
    )


def request(row: RequestRow) -> ClientRequest:
    """A request as it is told."""
    return ClientRequest(
        id=row.id, began=row.began, tool=tool_of(row.operation), operation=row.operation, outcome=row.outcome,
        door=row.door, took_ms=row.took_us / 1_000, caller=row.caller_id,
    )  # fmt: skip


def tool_of(operation: str) -> str:
    """The bare name of the tool that an operation is; of one that is no more as it would be."""
    declared = OPERATIONS.get(operation)
    return operation.replace(".", "_") if declared is None else tool_name(declared)


def counted(group: Group) -> dict[str, Any]:
    """A group as figures."""
    p50, p95, p99 = (None, None, None) if group.took_us is None else (us / 1_000 for us in group.took_us)
    succeeded = group.done / group.requests if group.requests else None
    return {
        "requests": group.requests, "done": group.done, "failed": group.failed,
        "refused": group.requests - group.done - group.failed,
        "success_rate": succeeded, "failure_rate": None if succeeded is None else 1 - succeeded,
        "p50_ms": p50, "p95_ms": p95, "p99_ms": p99,
    }  # fmt: skip


def _times(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From when to when; raise Invalid for a time that is none, or too long."""
    end = until or now + timedelta(seconds=1)  # with what begins just now
    begin = since or end - LOOKS_BACK
    if begin >= end:
        raise Invalid("since: it is not before until; name an earlier one", field="since")
    if end - begin > LONGEST:
        raise Invalid(f"since: that is more than {LONGEST.days} days; name a later one", field="since")
    return begin, end


def _days(groups: Iterable[Group]) -> list[tuple[date, Group]]:
    found = [(each.day, each) for each in groups if each.day is not None and each.operation is None]
    return sorted(found, key=lambda pair: pair[0])


def _top(groups: Iterable[Group]) -> list[CountedBy]:
    found = [(each.operation, each) for each in groups if each.day is None and each.operation is not None]
    found.sort(key=lambda pair: (-pair[1].requests, pair[0]))
    return [CountedBy(tool=tool_of(name), operation=name, **counted(each)) for name, each in found[:TOP]]


def _page(groups: Iterable[Group], asked: UsageAsked) -> tuple[list[CountedByOn], str | None]:
    """A page of the rows by tool and day, and where the next begins."""
    rows = [(each.day, each.operation, each) for each in groups if each.day is not None and each.operation is not None]
    rows.sort(key=lambda row: (-row[0].toordinal(), row[1]))
    keys = [f"{day} {name}" for day, name, _ in rows]
    if asked.cursor is not None and asked.cursor not in keys:
        raise Invalid("cursor: it is not of this list; begin without one", field="cursor")
    begin = 0 if asked.cursor is None else keys.index(asked.cursor) + 1
    page = rows[begin : begin + asked.limit]
    told = [CountedByOn(day=day, tool=tool_of(name), operation=name, **counted(each)) for day, name, each in page]
    return told, keys[begin + len(page) - 1] if page and begin + len(page) < len(rows) else None


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, amount in pairs:
        sums[name] = sums.get(name, 0) + amount
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))
