"""What first answers and approvals hold of people, and how long they are kept."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.accounts.approvals.keeping import answer_place, request_place
from switchboard.accounts.store import answers
from switchboard.accounts.store import approvals as store
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Entry, Place, Whom, hold_people
from switchboard.foundation.retention import Kind, keep_kind

AT_ONCE = 500


async def _naming(work: Work, whom: Whom) -> list[tuple[UUID, Entry]]:
    """The approvals whose request names them."""
    named, found, after = {*whom.customer_ids, *whom.words}, list[tuple[UUID, Entry]](), store.FIRST
    key = await tenants.data_key(work)
    while rows := await store.requests(work, after, AT_ONCE):
        after = rows[-1]["id"]
        for row in rows:
            asked: JsonValue = json.loads(key.open(row["request"], request_place(row["id"])))
            if not named.isdisjoint(_texts(asked)):
                said: Entry = {"operation": row["operation"], "at": row["asked_at"].isoformat(), "asked": asked}
                found.append((row["id"], said))
    return found


def _texts(value: JsonValue) -> Iterator[str]:
    """Every text in it, however deep."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for each in value.values():
                yield from _texts(each)
        case _:
            return


async def _count_approvals(work: Work, whom: Whom) -> int:
    return len(await _naming(work, whom))


async def _tell_approvals(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [said for _, said in await _naming(work, whom)][:at_most]


async def _take_approvals(work: Work, whom: Whom) -> int:
    return await store.withdraw(work, [approval for approval, _ in await _naming(work, whom)])


async def _count_answers(work: Work, _whom: Whom) -> int:
    return await answers.count(work)


async def _tell_answers(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    named, key = {*whom.customer_ids, *whom.words}, await tenants.data_key(work)
    told = list[Entry]()
    for row in await answers.newest(work, at_most):
        said: JsonValue = json.loads(key.open(row["sealed"], answer_place(row["key_hash"])))
        if not named.isdisjoint(_texts(said)):
            told.append({"operation": row["operation"], "at": row["at"].isoformat()})
    return told


async def _take_answers(work: Work, _whom: Whom) -> int:
    """All of them, whomever they name: they are of a day, and asked for once more they only say that it was done."""
    return await answers.empty(work)


async def _count_old_answers(work: Work, before: datetime) -> int:
    return await answers.count_before(work, before)


async def _remove_old_answers(work: Work, before: datetime, at_most: int) -> int:
    return await answers.remove_before(work, before, at_most)


async def _count_old(work: Work, before: datetime) -> int:
    return await store.count_before(work, before)


async def _remove_old(work: Work, before: datetime, at_most: int) -> int:
    return await store.remove_before(work, before, at_most)


hold_people(
    Place(
        name="approvals", about="changes that were asked for and named them; what still waits is withdrawn",
        tables=("approval",), count=_count_approvals, tell=_tell_approvals, take=_take_approvals,
    )
)  # fmt: skip
hold_people(
    Place(
        name="first answers", about="what changes of the last day gave that were asked for with a key, of everybody",
        tables=("answer_kept",), count=_count_answers, tell=_tell_answers, take=_take_answers,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="answers", about="first answers of changes that were asked for with a key", days=1, least_days=1,
        count=_count_old_answers, remove=_remove_old_answers,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="approvals", about="changes that people were asked to allow", days=90, least_days=1, count=_count_old,
        remove=_remove_old,
    )
)  # fmt: skip
