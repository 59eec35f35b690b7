"""Identifiers: time-ordered UUIDs (RFC 9562 version 7), so that indexes grow at one end."""

import os
import time
from collections.abc import Callable
from uuid import UUID

Ids = Callable[[], UUID]


def new_id() -> UUID:
    """A version 7 UUID: 48 bits of milliseconds, then 74 random bits."""
    stamp = time.time_ns() // 1_000_000
    rest = int.from_bytes(os.urandom(10))
    return UUID(int=stamp << 80 | 7 << 76 | (rest >> 68) << 64 | 2 << 62 | rest & (1 << 62) - 1)
