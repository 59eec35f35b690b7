"""A page that is long in coming: somebody looks whether the database answers at all, before they who wait give up.

One that was stopped is known at once. One that hangs (a frozen machine, a disk that is gone) takes connections and says
nothing: without this, a page would wait as long as a statement may take.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.responses import Response

from switchboard.foundation.database import Database
from switchboard.foundation.errors import DatabaseDown

PATIENCE_S = 3.0  # after which it is looked, again and again
LEFT_BEHIND = set[asyncio.Task[Response]]()


async def in_time(page: Coroutine[Any, Any, Response], database: Database) -> Response:
    """The page, however long it takes while the database answers; raise DatabaseDown when it does not.

    What is left behind ends by the bounds of its own statements: it only reads.
    """
    coming = asyncio.ensure_future(page)
    try:
        while not (await asyncio.wait({coming}, timeout=PATIENCE_S))[0]:
            if not await database.is_there():
                LEFT_BEHIND.add(coming)
                coming.add_done_callback(_ended)
                raise DatabaseDown("the database does not answer; try again in a moment")
    except asyncio.CancelledError:  # whoever asked has left
        coming.cancel()
        raise
    return await coming


def _ended(page: asyncio.Task[Response]) -> None:
    """Nobody waits for it any more, nor for its error."""
    LEFT_BEHIND.discard(page)
    if not page.cancelled():
        page.exception()
