"""One way to answer, for every path: an id, the handler, problems for errors, headers, a line in the log."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import structlog
from starlette.types import Receive, Scope, Send

from switchboard.api.access_log import AccessLog
from switchboard.api.errors import internal, problem_of
from switchboard.api.exchange import Answer, Handler, Request, WentAway
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.log import place_of

LOG = structlog.get_logger()
ID_BYTES, IDS_AT_ONCE = 8, 256
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
GUARDED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
Header = tuple[bytes, bytes]


def _request_ids() -> Iterator[str]:
    """Random ids, worked out some at a time: each call of the system lets other threads take the interpreter."""
    while True:
        some = secrets.token_hex(ID_BYTES * IDS_AT_ONCE)
        yield from (some[at : at + 2 * ID_BYTES] for at in range(0, len(some), 2 * ID_BYTES))


REQUEST_IDS = _request_ids()  # begun by the first request, so no two processes have the same


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An ASGI application for one path; `template` is what the log calls it."""

    template: str
    handle: Handler
    log: AccessLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, request_id = time.perf_counter_ns(), next(REQUEST_IDS)
        request = Request(scope, receive)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            answer = await self.handle(request)
        except SwitchboardError as error:
            answer = problem_of(error)
        except WentAway:
            return
        except Exception as error:  # noqa: BLE001 - the outermost loop: a bug becomes a 500, and its place is logged
            LOG.error("request_failed", path=self.template, error=type(error).__name__, at=place_of(error))  # noqa: TRY400 - a message may hold what a customer typed
            answer = internal(request_id)
        with contextlib.suppress(OSError):  # the client is gone
            if answer.stream is not None and scope["method"] != "HEAD":
                await _stream(answer.stream, _headers(answer, request_id), request, send)
            else:
                await _send(answer, request_id, send, with_body=scope["method"] != "HEAD")
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self.log.line(request_id, method, self.template, answer.status, (time.perf_counter_ns() - began) // 1_000)


async def _send(answer: Answer, request_id: str, send: Send, *, with_body: bool) -> None:
    headers = _headers(answer, request_id)
    if answer.stream is None:
        size = len(answer.body) if answer.pieces is None else answer.size
        headers.append((b"content-length", str(size).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.pieces is not None and with_body:
        while piece := await asyncio.to_thread(next, answer.pieces, b""):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


async def _stream(stream: AsyncGenerator[bytes], headers: list[Header], request: Request, send: Send) -> None:
    """Send pieces as they come, until there are no more or the client has gone; what ends it says nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.create_task(request.left())
    try:
        async with contextlib.aclosing(stream) as pieces:
            with contextlib.suppress(SwitchboardError):
                async for piece in pieces:
                    if gone.done():
                        break
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


def _headers(answer: Answer, request_id: str) -> list[Header]:
    headers = [(b"content-type", answer.media), (b"x-request-id", request_id.encode())]
    if not answer.headers:
        return headers + list(GUARDED)
    own = {name for name, _ in answer.headers}
    headers += answer.headers
    return headers + [each for each in GUARDED if each[0] not in own]
