"""Searches in the trail: all keystrokes of one are one line, with what was last typed and whom it led to.

Both may be of a person, so a line of the trail has neither: they are sealed, kept a month, and forgotten with whom
they name. The sealed words ride in the subject of a call's line; the database takes them out of it.
"""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.accounts.journal import first_id, moment_of
from switchboard.accounts.records import AuditSearch
from switchboard.accounts.store import searched as store
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.personal import Cleaned, Entry, Gone, Leftover, Whom, hold_people, leave_people
from switchboard.foundation.personal import Place as Holds
from switchboard.foundation.retention import Kind, keep_kind
from switchboard.foundation.vault import DataKey, Place

AT_ONCE = 1_000
ON_ITS_WAY_S = 0.3  # a line of a read reaches the database by then
SHORTEST = 3  # letters of a part of somebody's name, e-mail or number that tells of them
MAY_SEE = "customers:contact"
TOLD = ("search_id", "keystrokes", "found", "opened_count", "typed", "opened")


async def typed(work: Work, search: UUID, text: str, found: int | None) -> None:
    """Have this call's line say that it is a keystroke of the search, what stood there, and how many that found."""
    count = [] if found is None else [f"found:{found}"]
    key = await tenants.data_key(work)
    work.subjects.extend([f"search:{search.hex}", *count, f"typed:{_sealed(key, search, text)}"])


async def opened(work: Work, search: UUID, customer_id: str) -> None:
    """Have this call's line say that the search led to this customer."""
    key = await tenants.data_key(work)
    work.subjects.extend([f"search:{search.hex}", f"opened:{_sealed(key, search, customer_id)}"])


async def told(work: Work, said: Mapping[str, Any]) -> AuditSearch | None:
    """What a line of the trail says of the search it stands for; None where it stands for none."""
    if said["search_id"] is None:
        return None
    search, key = said["search_id"], await tenants.data_key(work)
    sealed = [said["typed"], *said["opened"]] if work.caller.may(MAY_SEE) else [None]
    query, *opened = [_read(key, search, each) if each is not None else None for each in sealed]
    return AuditSearch(
        search_id=search, keystrokes=said["keystrokes"], query=query, found=said["found"],
        opened_count=said["opened_count"], opened=list(dict.fromkeys(filter(None, opened))),
    )  # fmt: skip


def _read(key: DataKey, search: UUID, said: bytes) -> str:
    return key.open(said, _place(search)).decode()


def _sealed(key: DataKey, search: UUID, text: str) -> str:
    return base64.b64encode(key.seal(text.encode(), _place(search))).decode()


def _place(search: UUID) -> Place:
    return Place(table="searched", field="said", row=search.hex)


async def _naming(work: Work, whom: Whom) -> list[tuple[UUID, Entry]]:
    """The lines that say anything of them."""
    key, found, after = await tenants.data_key(work), list[tuple[UUID, Entry]](), store.FIRST
    named = {each.casefold() for each in (*whom.customer_ids, *whom.words)}
    while rows := await store.after(work, after, AT_ONCE):
        after = rows[-1]["line"]
        for row in rows:
            said = _read(key, row["search"], row["said"]).casefold().strip()
            if said in named or any(_is_of(said, each) for each in named):
                at = moment_of(row["line"]).isoformat()
                found.append((row["line"], {"at": at, "how": "opened" if row["opens"] else "typed", "text": said}))
    return found


def _is_of(said: str, word: str) -> bool:
    """Whether a text that was typed is a part of the word, or has it in it."""
    return (len(said) >= SHORTEST and said in word) or (len(word) >= SHORTEST and word in said)


async def _count(work: Work, whom: Whom) -> int:
    return len(await _naming(work, whom))


async def _tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [said for _, said in await _naming(work, whom)][:at_most]


async def _take(work: Work, whom: Whom) -> int:
    return await store.remove(work, [line for line, _ in await _naming(work, whom)])


async def _clean(ground: Ground, workspace: UUID, gone: Gone) -> Cleaned:
    """What calls said that were on their way to the trail when the person went."""
    await asyncio.sleep(ON_ITS_WAY_S)
    async with ground.work(job_caller(workspace)) as work:
        return Cleaned(removed=await _take(work, gone.whom))


async def _count_old(work: Work, before: datetime) -> int:
    return await store.count_before(work, first_id(before))


async def _remove_old(work: Work, before: datetime, at_most: int) -> int:
    return await store.remove_before(work, first_id(before), at_most)


hold_people(
    Holds(
        name="searches", about="what was typed to find them, and that they were opened from a search",
        tables=("searched",), count=_count, tell=_tell, take=_take,
    )
)  # fmt: skip
leave_people(Leftover(name="searches on their way", about="what was typed or opened as they went", clean=_clean))
keep_kind(
    Kind(
        name="searches", about="what was typed in searches, and whom they led to", days=30, least_days=1,
        count=_count_old, remove=_remove_old,
    )
)  # fmt: skip
