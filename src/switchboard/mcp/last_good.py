"""The last good answers of reading tools, to be told while a server fails; each for who asked it alone."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mcp_types import CallToolResult, TextContent

from switchboard.foundation.callers import Caller
from switchboard.mcp.servers.server import Declared

GOOD_FOR = timedelta(minutes=15)
Question = tuple[UUID, UUID, frozenset[str], str, bytes]
MOST_KEPT, LARGEST = 2_000, 64_000  # answers of a process, bytes of one


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and when it was given."""

    result: CallToolResult
    at: datetime


class LastGood:
    """Those of one process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Question, Kept] = OrderedDict()

    def keep(self, caller: Caller, declared: Declared, asked: Any, result: CallToolResult, now: datetime) -> None:
        """Remember an answer of a tool that changes nothing; large ones are not."""
        if not declared.reads or result.is_error:
            return
        texts = [each.text for each in result.content if isinstance(each, TextContent)]
        if len(texts) == len(result.content) and sum(map(len, texts)) <= LARGEST:
            key = _key(caller, declared, asked)
            self._kept[key] = Kept(result, now)
            self._kept.move_to_end(key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def find(self, caller: Caller, declared: Declared, asked: Any, now: datetime) -> CallToolResult | None:
        """The answer to the same question of the same caller, with since when it is not fresh; None when too old."""
        kept = self._kept.get(_key(caller, declared, asked))
        if kept is None or not timedelta(0) <= now - kept.at <= GOOD_FOR:
            return None
        since = kept.at.isoformat()
        note = TextContent(text=f"This answer was good at {since}; it can not be worked out anew at the moment.")
        meta = {**(kept.result.meta or {}), "stale_since": since}
        return kept.result.model_copy(update={"content": [*kept.result.content, note], "meta": meta})


def _key(caller: Caller, declared: Declared, asked: Any) -> Question:
    """What makes two calls the same: who, with which permissions, what."""
    return (
        caller.workspace, caller.id, caller.permissions, declared.name,
        declared.asks.__pydantic_serializer__.to_json(asked),
    )  # fmt: skip
