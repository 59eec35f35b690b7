"""What was typed in searches and whom they led to: it goes with whom it names, however they were written."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from switchboard.accounts import searched
from switchboard.customers import contact
from switchboard.customers.erasure.mentions import Mentions
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.personal import (
    Cleaned,
    Entry,
    Gone,
    Leftover,
    Place,
    Whom,
    hold_people,
    leave_people,
)

SHORTEST = 3  # letters of a part of somebody's name, e-mail or number that tells of them
ON_ITS_WAY_S = 0.3  # a line of a read reaches the database by then


class _Theirs:
    """Whether a search named them: it led to them, or they, or parts of something they are called by, were typed."""

    def __init__(self, whom: Whom) -> None:
        self._ids = frozenset((*whom.customer_ids, *whom.words))
        self._mentions = Mentions(self._ids)
        self._called = ["".join(contact.words(each)) for each in self._ids]

    def holds(self, said: searched.Said) -> bool:
        """Whether this did."""
        if said.opens:
            return said.text in self._ids
        if self._mentions.in_text(said.text):
            return True
        typed = contact.words(said.text)
        is_telling = max(map(len, typed), default=0) >= SHORTEST
        return is_telling and any(all(part in each for part in typed) for each in self._called)


async def _naming(work: Work, whom: Whom) -> list[searched.Said]:
    theirs = _Theirs(whom)
    return [each async for each in searched.said(work) if theirs.holds(each)]


async def _count(work: Work, whom: Whom) -> int:
    return len(await _naming(work, whom))


async def _tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [
        {"at": each.at.isoformat(), "how": "opened" if each.opens else "typed", "text": each.text}
        for each in (await _naming(work, whom))[:at_most]
    ]


async def _take(work: Work, whom: Whom) -> int:
    lines: list[UUID] = [each.line for each in await _naming(work, whom)]
    return await searched.forget(work, lines)


async def _clean(ground: Ground, workspace: UUID, gone: Gone) -> Cleaned:
    """What calls said that were on their way to the trail when the person went."""
    await asyncio.sleep(ON_ITS_WAY_S)
    async with ground.work(job_caller(workspace)) as work:
        return Cleaned(removed=await _take(work, gone.whom))


hold_people(
    Place(
        name="searches", about="what was typed to find them, and that they were opened from a search",
        tables=("searched",), count=_count, tell=_tell, take=_take,
    )
)  # fmt: skip
leave_people(Leftover(name="searches on their way", about="what was typed or opened as they went", clean=_clean))
