"""What callers can do about keeping data."""

from collections.abc import Iterable
from datetime import timedelta

from switchboard.customers.days_kept import days_kept
from switchboard.customers.retention import kinds
from switchboard.customers.retention.records import (
    Applied,
    ApplyAsked,
    KindShown,
    Retention,
    RetentionApplied,
    RetentionAsked,
    RetentionChange,
)
from switchboard.customers.store import retention as store
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.retention import KINDS, Kind
from switchboard.foundation.terms import not_undone, undone_by

AT_ONCE = 10_000
LONGEST_S = 3600.0
DECLARED = kinds  # importing it declares what `customers` keeps


@operation("customers.retention", title="Retention", permission="customers:read", reads=True, timeout_s=LONGEST_S)
async def retention(work: Work, asked: RetentionAsked) -> Retention:
    """How long each kind of data is kept, what is usual, and how much would go now. Nothing is removed."""
    said, shown = await store.days(work), list[KindShown]()
    for name, days in sorted((await days_kept(work)).items()):
        kind = KINDS[name]
        would_go = await _count(work, kind, days) if asked.count else None
        shown.append(
            KindShown(
                kind=name, about=kind.about, keeps_days=days, default_days=kind.days, is_set=name in said,
                would_go=would_go,
            )
        )  # fmt: skip
    return Retention(kinds=tuple(shown))


@operation(
    "customers.set_retention",
    title="Set retention",
    permission="retention:manage",
    undo=undone_by("customers.set_retention", "with the days before, until the night that follows"),
)
async def set_retention(work: Work, asked: RetentionChange) -> Retention:
    """Keep a kind of data for so many days, for ever, or as usual; what is older goes in the night that follows."""
    kind = _named(asked.kind)
    if sum((asked.days is not None, asked.for_ever, asked.as_usual)) != 1:
        raise Invalid("days: give a number of days, for_ever or as_usual, one of the three", field="days")
    if asked.days is not None and asked.days < kind.least_days:
        raise Invalid(f"days: {kind.name} are kept for {kind.least_days} days at least", field="days")
    if asked.as_usual:
        await store.unset(work, kind.name)
    else:
        await store.set_days(work, kind.name, asked.days)
    return await retention.run(work, RetentionAsked(count=False))


@operation(
    "customers.apply_retention",
    title="Apply retention",
    permission="retention:manage",
    timeout_s=LONGEST_S,
    undo=not_undone("what is older than it is kept is removed for good"),
)
async def apply_retention(work: Work, asked: ApplyAsked) -> RetentionApplied:
    """Remove what is older than it is kept; a dry run, unless asked otherwise, only counts it.

    It goes in batches that are committed one by one: what was removed stays removed if the rest fails.
    """
    wanted = [_named(name) for name in asked.kinds] or list(KINDS.values())
    kept, counts = await days_kept(work), list[Applied]()
    for kind in _in_order(wanted):
        days = kept[kind.name]
        if days is None or kind.remove is None:
            continue
        count = await _count(work, kind, days) if asked.dry_run else await _remove(work, kind, days)
        counts.append(Applied(kind=kind.name, count=count or 0))
    work.subjects.extend(f"{each.kind}:{each.count}" for each in counts if each.count and not asked.dry_run)
    return RetentionApplied(dry_run=asked.dry_run, removed=tuple(counts))


async def _count(work: Work, kind: Kind, days: int | None) -> int | None:
    """How much of it is older; None where it lies elsewhere."""
    if kind.count is None:
        return None
    return 0 if days is None else await kind.count(work, work.now - timedelta(days=days))


async def _remove(work: Work, kind: Kind, days: int) -> int:
    assert kind.remove is not None
    gone = 0
    while True:
        async with work.beside(timeout_s=LONGEST_S) as batch:
            some = await kind.remove(batch, work.now - timedelta(days=days), AT_ONCE)
        gone += some
        if some < AT_ONCE:
            return gone


def _in_order(wanted: Iterable[Kind]) -> list[Kind]:
    """As they were declared, whatever order they were asked for in."""
    names = {kind.name for kind in wanted}
    return [kind for kind in KINDS.values() if kind.name in names]


def _named(name: str) -> Kind:
    if name not in KINDS:
        raise Invalid(f"kind: there is no kind {name!r} of data; there are {', '.join(sorted(KINDS))}", field="kind")
    return KINDS[name]
