"""Saved filters that name a forgotten person by an id: the id is taken out, and nobody else is found by them."""

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.customers.filters import audiences
from switchboard.customers.filters.records import SavedFilter
from switchboard.customers.stand_ins import stand_in
from switchboard.customers.store import audiences as store
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Entry, Place, Whom, hold_people

NAMED_BY = ("customer_id", "customerId")
NOBODY: dict[str, JsonValue] = {"any": []}


def without(filter_: JsonValue, theirs: Callable[[str], bool]) -> JsonValue:
    """The filter without these ids; a term that named nobody else finds nobody."""
    match filter_:
        case dict():
            left = {name: _term(name, value, theirs) for name, value in filter_.items()}
            return NOBODY if any(left[name] == [] for name in NAMED_BY if name in left) else left
        case list():
            return [without(each, theirs) for each in filter_]
        case _:
            return filter_


def _term(name: str, value: JsonValue, theirs: Callable[[str], bool]) -> JsonValue:
    if name not in NAMED_BY:
        return without(value, theirs)
    if isinstance(value, list):
        return [each for each in value if not theirs(str(each))]
    return [] if theirs(str(value)) else value


async def _naming(work: Work, whom: Whom, *, and_hold: bool = False) -> Sequence[tuple[SavedFilter, JsonValue]]:
    """The filters that name them, with what is left of each."""
    key, ids = await tenants.data_key(work), frozenset(whom.customer_ids)

    def theirs(written: str) -> bool:
        return stand_in(key, written) in ids

    found = [audiences.saved(row) for row in await store.naming_people(work, and_hold=and_hold)]
    left = ((each, without(each.filter, theirs)) for each in found)
    return [(each, rest) for each, rest in left if rest != each.filter]


async def _count(work: Work, whom: Whom) -> int:
    return len(await _naming(work, whom))


async def _tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    named = (await _naming(work, whom))[:at_most]
    return [{"name": each.name, "about": each.about, "changed_at": each.changed_at.isoformat()} for each, _ in named]


async def _take(work: Work, whom: Whom) -> int:
    named = await _naming(work, whom, and_hold=True)
    for each, rest in named:
        await store.save(work, store.Kept(each.name, each.about, audiences.written(rest), each.version))
    return len(named)


hold_people(
    Place(
        name="saved filters", about="filters that name them by an id, which is taken out", tables=("audience",),
        count=_count, tell=_tell, take=_take,
    )
)  # fmt: skip
