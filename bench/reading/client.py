"""A client that costs little: requests made beforehand, answers read only as far as their length."""

import asyncio
import json
import socket
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Any

HOST = "127.0.0.1"
LENGTH = b"content-length: "
END = b"\r\n\r\n"


class Wrong(Exception):
    """An answer that is no 200."""


def asked(path: str, key: str, body: object = None) -> bytes:
    """A request as it goes over the wire: GET, or POST with a body."""
    sent = b"" if body is None else json.dumps(body).encode()
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n".encode() + sent


def visited(path: str, cookie: str) -> bytes:
    """A request of the console's own script for a page, with these cookies."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nHX-Request: true\r\nCookie: {cookie}\r\n\r\n".encode()


def one_by_one(port: int, requests: Sequence[bytes]) -> list[float]:
    """Milliseconds of each request, one client after the other's answer."""
    with socket.create_connection((HOST, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return [_one(connection, each) for each in requests]


def answer(port: int, request: bytes) -> Any:
    """What one request is answered with, from JSON."""
    with socket.create_connection((HOST, port)) as connection:
        return json.loads(_answered(connection, request).partition(END)[2])


def _one(connection: socket.socket, request: bytes) -> float:
    began = time.perf_counter()
    _answered(connection, request)
    return (time.perf_counter() - began) * 1_000


def _answered(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    received = connection.recv(1 << 16)
    while (missing := _missing(received)) != 0:
        received += connection.recv(1 << 16)
        assert missing is None or missing > 0, "an answer is longer than it says"
    if not received.startswith(b"HTTP/1.1 200"):
        raise Wrong(received[:500].decode(errors="replace"))
    return received


def _missing(received: bytes) -> int | None:
    """How many bytes are still to come; None while the head is not there."""
    head = received.find(END)
    if head < 0:
        return None
    at = received.find(LENGTH, 0, head) + len(LENGTH)
    return head + len(END) + int(received[at : received.find(b"\r", at)]) - len(received)


async def timed(port: int, requests: Sequence[bytes], in_flight: int, seconds: float) -> list[float]:
    """Milliseconds of each request with so many clients, each asking again as soon as it is answered."""
    until = time.perf_counter() + seconds
    parts = [requests[start::in_flight] for start in range(in_flight)]
    took: list[float] = []
    await asyncio.gather(*(_again(port, part, until, took) for part in parts))
    return took


async def at_once(port: int, requests: Sequence[bytes], in_flight: int, seconds: float) -> float:
    """Requests a second with so many clients, each asking again as soon as it is answered."""
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    parts = [requests[start::in_flight] for start in range(in_flight)]
    counts = await asyncio.gather(*(_again(port, part, until) for part in parts))
    return sum(counts) / (time.perf_counter() - began)


async def _again(port: int, requests: Sequence[bytes], until: float, took: list[float] | None = None) -> int:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: _Client(requests, until, loop.create_future(), took), HOST, port)
    return await client.done


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(
        self, requests: Sequence[bytes], until: float, done: asyncio.Future[int], took: list[float] | None
    ) -> None:
        self._requests, self._until, self.done, self._took = cycle(requests), until, done, took
        self._received, self._count = b"", 0

    def connection_made(self, transport: Any) -> None:  # uvloop's is no asyncio.Transport
        self._transport = transport
        self._began = time.perf_counter()
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if _missing(self._received) != 0:
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            self._fail(Wrong(self._received[:500].decode(errors="replace")))
            return
        self._received = b""
        self._count += 1
        now = time.perf_counter()
        if self._took is not None:
            self._took.append((now - self._began) * 1_000)
        if now < self._until:
            self._began = now
            self._transport.write(next(self._requests))
        elif not self.done.done():
            self.done.set_result(self._count)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server closed the connection"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        self._transport.close()
