"""What is done about a call that takes long: its client is given signs of life, or the call ends when the client left.

A call that is quick pays for a timer alone.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive, Send

LOOKS_S = 0.1  # from when on it is looked whether the client is still there
PING_S = 15.0
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
]


class Patience:
    """Around a call: a block that a client's leaving ends, and the answer after it."""

    def __init__(self, receive: Receive, send: Send, *, ping_s: float = PING_S) -> None:
        self._receive = receive
        self._send = send
        self._ping_s = ping_s
        self._watching: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()
        self._is_stream = False
        self.is_gone = False

    def __enter__(self) -> Self:
        self._calling = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(LOOKS_S, self._watch)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        self._timer.cancel()
        self._is_over.set()
        if kind is not asyncio.CancelledError or not self.is_gone or self._calling is None:
            return False
        self._calling.uncancel()
        return True

    async def finish(self, status: int, body: bytes) -> None:
        """Send the answer: as it is, or as the end of the stream that signs of life began."""
        if self._watching is not None:
            await self._watching
        if self._is_stream:
            frame = b"event: message\r\ndata: " + body + b"\r\n\r\n"
            await self._send({"type": "http.response.body", "body": frame, "more_body": False})
            return
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _watch(self) -> None:
        self._watching = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Until the call is over or its client left; never ended in the middle of what it sends."""
        leaving, over = asyncio.create_task(self._left()), asyncio.create_task(self._is_over.wait())
        while not (await asyncio.wait({leaving, over}, timeout=self._ping_s, return_when=asyncio.FIRST_COMPLETED))[0]:
            if not self._is_stream:
                self._is_stream = True
                await self._send({"type": "http.response.start", "status": 200, "headers": STREAM})
            await self._send({"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True})
        if not over.done() and self._calling is not None:
            self.is_gone = True
            self._calling.cancel()
        leaving.cancel()
        over.cancel()

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
