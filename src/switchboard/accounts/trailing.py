"""What the trail holds of people, and how long it is kept: whom a line is about stands there as a keyed hash alone."""

from collections.abc import Sequence
from datetime import datetime

from pydantic_core import to_jsonable_python

from switchboard.accounts import audit
from switchboard.accounts.journal import first_id
from switchboard.accounts.store import trail as store
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Entry, Place, Whom, hold_people
from switchboard.foundation.retention import Kind, keep_kind


async def _subjects(work: Work, whom: Whom) -> list[str]:
    return [await audit.subject(work, each) for each in whom.customer_ids]


async def _count(work: Work, whom: Whom) -> int:
    return await store.count_about(work, await _subjects(work, whom))


async def _tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    rows = await store.about(work, await _subjects(work, whom), at_most)
    return [{name: to_jsonable_python(value) for name, value in row.items()} for row in rows]


async def _take(_work: Work, _whom: Whom) -> int:
    """Nothing: the lines stay, so that the trail is whole, and name nobody."""
    return 0


async def _count_old(work: Work, before: datetime) -> int:
    return await store.count_before(work, first_id(before))


async def _remove_old(work: Work, before: datetime, at_most: int) -> int:
    return await store.drop_before(work, first_id(before), at_most)


hold_people(
    Place(
        name="audit trail", about="what was done about them; these lines stay, under a keyed hash of their id",
        tables=(), count=_count, tell=_tell, take=_take,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="audit", about="the trail of who did what", days=760, least_days=90, count=_count_old, remove=_remove_old
    )
)  # fmt: skip
