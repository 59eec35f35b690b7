"""How far work that takes long is, and whether whoever asked for it waits.

A door where nobody says that they wait is told after some seconds that the work is under way; one that waits is told
how far it is until there is an answer.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What is being done, and how much of it is; `total` is None where that can not be told."""

    step: str
    done: int = 0
    total: int | None = None

    @property
    def share(self) -> float | None:
        """How much of the step is done, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def told(self) -> str:
        """In words."""
        return self.step if self.share is None else f"{self.step}, {self.share:.0%}"


Tell = Callable[[Reached], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who waits; `here`: what takes long is done in this process, as no worker may be there to do it."""

    tell: Tell
    here: bool


WAITS: ContextVar[Waiting | None] = ContextVar("waits", default=None)


@contextmanager
def waiting(tell: Tell, *, here: bool = False) -> Generator[None]:
    """Whatever the block asks for is waited for, and told how far it is, from any thread."""
    token = WAITS.set(Waiting(tell=tell, here=here))
    try:
        yield
    finally:
        WAITS.reset(token)


def reach(step: str, done: int = 0, total: int | None = None) -> None:
    """Say how far the work is, to whoever waits."""
    waits = WAITS.get()
    if waits is not None:
        waits.tell(Reached(step=step, done=done, total=total))
