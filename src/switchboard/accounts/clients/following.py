"""A client's requests while they come in, as the trail has them a moment after each has ended."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from switchboard.accounts.clients.records import ClientRequest
from switchboard.accounts.clients.usage import request
from switchboard.accounts.store import usage as store
from switchboard.accounts.store.usage import RequestRow, Span
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import LimitReached
from switchboard.foundation.ground import Ground

LOOKS_S, ASKS_AGAIN_S, LASTS_S = 1.0, 5.0, 3_600.0
WINDOW = timedelta(minutes=2)  # a line is written when its call has ended: one that took longer is not told
MOST_LOOKED_AT, MOST_FOLLOWING = 1_000, 100  # requests in that time, followers of a process
_following: set[int] = set()


def check_room() -> None:
    """Raise LimitReached when too many follow in this process."""
    if len(_following) >= MOST_FOLLOWING:
        raise LimitReached("too many follow requests here; try again later", retry_after_s=60, per_hour=MOST_FOLLOWING)


async def follow(
    ground: Ground, caller: Caller, client: UUID, *, check: Callable[[], Awaitable[object]]
) -> AsyncGenerator[list[ClientRequest]]:
    """What came since the last look, oldest first, each second for an hour at most; often nothing.

    `check` is asked every five seconds, and ends it by raising. Raise LimitReached when too many follow here.
    """
    check_room()
    us = object()
    _following.add(id(us))
    try:
        seen = {row.id for row in await _lately(ground, caller, client)}
        for look in range(1, int(LASTS_S / LOOKS_S)):
            await asyncio.sleep(LOOKS_S)
            if look % int(ASKS_AGAIN_S / LOOKS_S) == 0:
                await check()
            rows = await _lately(ground, caller, client)
            yield [request(row) for row in reversed(rows) if row.id not in seen]
            seen = {row.id for row in rows}
    finally:
        _following.discard(id(us))


async def _lately(ground: Ground, caller: Caller, client: UUID) -> list[RequestRow]:
    async with ground.work(caller) as work:
        span = Span(
            client=client, since=work.now - WINDOW, until=work.now + timedelta(minutes=1), at_most=MOST_LOOKED_AT
        )  # fmt: skip
        return await store.page(work, span, None, None)
