"""What this process was told a moment ago, so that it need not ask again for each call."""

from collections import OrderedDict
from datetime import datetime
from typing import Generic, TypeVar

TRUSTED_S = 5.0  # how long what was revoked elsewhere may still work here
Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Remembered(Generic[Asked, Told]):
    """Answers, each for some seconds; the oldest goes when there are too many."""

    def __init__(self, *, for_s: float = TRUSTED_S, at_most: int = 10_000) -> None:
        self._for_s = for_s
        self._at_most = at_most
        self._told: OrderedDict[Asked, tuple[Told, float]] = OrderedDict()

    def get(self, asked: Asked, now: datetime) -> Told | None:
        """The answer, None when it is unknown or too old; a clock that was put back makes it too old."""
        told, at = self._told.get(asked, (None, 0.0))
        return told if told is not None and 0 <= now.timestamp() - at < self._for_s else None

    def keep(self, asked: Asked, told: Told, now: datetime) -> None:
        """Remember an answer given now."""
        self._told[asked] = (told, now.timestamp())
        self._told.move_to_end(asked)
        if len(self._told) > self._at_most:
            self._told.popitem(last=False)

    def forget(self, asked: Asked) -> None:
        """Ask again next time."""
        self._told.pop(asked, None)
