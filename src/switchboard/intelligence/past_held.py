"""What was worked out of a past moment last, held for a minute: who asks of a moment, asks of it again.

One moment at a time is worked out in a process, and one is held, as it takes some hundred bytes a customer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from switchboard.intelligence.working_out import Outcome

KEPT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class _Held:
    """An outcome with all it follows from, and what will let it go."""

    follows_from: Hashable
    outcome: Outcome
    end: asyncio.TimerHandle


_held: list[_Held] = []  # one at most
_turn = asyncio.Lock()


async def outcome(follows_from: Hashable, work_out: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """The one that is held, where it follows from the same; else what is worked out, held from now on."""
    async with _turn:
        known = _held[0].outcome if _held and _held[0].follows_from == follows_from else None
        _let_go()
        found = known or await work_out()
        end = asyncio.get_running_loop().call_later(KEPT_S, _let_go)
        _held.append(_Held(follows_from=follows_from, outcome=found, end=end))
        return found


def _let_go() -> None:
    while _held:
        _held.pop().end.cancel()
