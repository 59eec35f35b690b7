"""What comes in over HTTP and what goes out, as the door sees them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from switchboard.foundation.errors import Invalid, SwitchboardError

Headers = tuple[tuple[bytes, bytes], ...]
MOST_BODY = 1_000_000  # bytes of a request's body; an uploaded file has its own bound
JSON = b"application/json"


class TooLarge(SwitchboardError):
    """A body beyond its bound."""

    code = "too_large"
    status: ClassVar[int] = 413


class WentAway(Exception):
    """The client closed the connection before it had sent everything."""


@dataclass(slots=True)
class Answer:
    """What goes out: a body, or pieces of so many bytes in all, which are read in a thread, or a stream without end."""

    body: bytes
    status: int = 200
    media: bytes = JSON
    headers: Headers = ()
    pieces: Iterator[bytes] | None = None
    size: int = 0
    stream: AsyncGenerator[bytes] | None = None


@dataclass(slots=True)
class Request:
    """What came in; its body is read when it is asked for."""

    scope: Scope
    receive: Receive

    @property
    def path(self) -> Mapping[str, str]:
        """The variable parts of the path, decoded."""
        return self.scope.get("path_params", {})

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last one of a name counts."""
        try:
            words: str = self.scope["query_string"].decode("ascii")
            return dict(parse_qsl(words, keep_blank_values=True, errors="strict", max_num_fields=100))
        except ValueError:
            raise Invalid("the query of the address can not be read; encode it as UTF-8 in percent signs") from None

    @property
    def address(self) -> str:
        """Where it comes from, as the server sees it; empty when it does not."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def from_here(self) -> bool:
        """Whether it comes from this machine itself and through no proxy."""
        forwarded = self.header(b"forwarded") or self.header(b"x-forwarded-for")
        return self.address in {"127.0.0.1", "::1"} and forwarded is None

    def header(self, name: bytes) -> bytes | None:
        """The first header of the name, which is given in lower case."""
        for key, value in self.scope["headers"]:
            if key == name:
                return value
        return None

    async def body(self) -> bytes:
        """The whole body; raise TooLarge beyond a megabyte."""
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body", False):  # nearly always
            whole: bytes = message.get("body", b"")
            self._bound(len(whole), MOST_BODY)
            return whole
        first = _part(message)
        return first + b"".join([part async for part in self._rest(len(first), MOST_BODY)])

    async def pieces(self, at_most: int) -> AsyncGenerator[bytes]:
        """The body as it arrives; raise TooLarge beyond the bound, at once where the length is told before."""
        told = self.header(b"content-length") or b""
        self._bound(int(told) if told.isdigit() else 0, at_most)
        message = await self.receive()
        first = _part(message)
        self._bound(len(first), at_most)
        yield first
        if message.get("more_body", False):
            async for part in self._rest(len(first), at_most):
                yield part

    async def _rest(self, had: int, at_most: int) -> AsyncGenerator[bytes]:
        more = True
        while more:
            message = await self.receive()
            part = _part(message)
            had += len(part)
            self._bound(had, at_most)
            yield part
            more = message.get("more_body", False)

    async def left(self) -> None:
        """Return when the client has gone."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def _bound(self, size: int, at_most: int) -> None:
        if size > at_most:
            raise TooLarge(f"the body is larger than {at_most:,} bytes; send files with customers.begin_upload")


def _part(message: Mapping[str, object]) -> bytes:
    if message["type"] != "http.request":
        raise WentAway
    part = message.get("body", b"")
    assert isinstance(part, bytes)
    return part


Handler = Callable[[Request], Awaitable[Answer]]
