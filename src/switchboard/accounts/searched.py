"""Searches in the trail: all keystrokes of one are one line, with what was last typed and whom it led to.

Both may be of a person, so a line of the trail has neither: they are sealed, kept a month, and forgotten with whom
they name. The sealed words ride in the subject of a call's line; the database takes them out of it.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.accounts.journal import first_id, moment_of
from switchboard.accounts.records import AuditSearch
from switchboard.accounts.store import searched as store
from switchboard.foundation.ground import Work
from switchboard.foundation.retention import Kind, keep_kind
from switchboard.foundation.vault import DataKey, Place

AT_ONCE = 1_000
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


class Said(NamedTuple):
    """What was typed last in a search, or with `opens` the id of who was opened from it; under the line it is of."""

    line: UUID
    opens: bool
    text: str

    @property
    def at(self) -> datetime:
        """When."""
        return moment_of(self.line)


async def said(work: Work) -> AsyncIterator[Said]:
    """All that searches of the workspace said, as far as it is kept."""
    key, after = await tenants.data_key(work), store.FIRST
    while rows := await store.after(work, after, AT_ONCE):
        after = rows[-1]["line"]
        for row in rows:
            yield Said(row["line"], row["opens"], _read(key, row["search"], row["said"]))


async def forget(work: Work, lines: Sequence[UUID]) -> int:
    """Forget what these lines said; how much."""
    return await store.remove(work, lines)


async def _count_old(work: Work, before: datetime) -> int:
    return await store.count_before(work, first_id(before))


async def _remove_old(work: Work, before: datetime, at_most: int) -> int:
    return await store.remove_before(work, first_id(before), at_most)


keep_kind(
    Kind(
        name="searches", about="what was typed in searches, and whom they led to", days=30, least_days=1,
        count=_count_old, remove=_remove_old,
    )
)  # fmt: skip
