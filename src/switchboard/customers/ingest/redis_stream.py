"""A Redis stream: each entry has one field, whose value is the message."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from switchboard.customers.ingest.messages import Message, StreamAway
from switchboard.foundation.errors import Invalid

BEGINNING = "0"
PLACE = ""
TIMEOUT_S = 10.0
ENTRIES = TypeAdapter(list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]])
"""What XREAD answers in the second version of the protocol."""


class RedisStream:
    """A stream of a server; `address` is redis://HOST/STREAM, or redis://HOST/DATABASE/STREAM."""

    def __init__(self, address: str, group: str) -> None:
        parts = urlsplit(address)
        database, _, stream = parts.path.strip("/").rpartition("/")
        if not parts.hostname or not stream or not (database or "0").isdigit():
            raise Invalid(
                f"{parts.scheme}:// needs a host and a stream, as in redis://127.0.0.1:6379/orders", field="address"
            )
        self._server = urlunsplit((parts.scheme, parts.netloc, f"/{database or 0}", "", ""))
        self._stream, self._group = stream, group
        self._name = f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}/{database or 0}/{stream}"
        self._redis: Redis | None = None
        self._after = BEGINNING

    @property
    def name(self) -> str:
        """Server, database and stream."""
        return self._name

    async def open(self, reached: Mapping[str, str]) -> None:
        """Connect; the group is there for whoever trims what all groups have."""
        self._after = reached.get(PLACE, BEGINNING)
        self._redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
            self._server, protocol=2, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        try:
            await self._redis.xgroup_create(self._stream, self._group, id=self._after, mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise self._away(error) from error
        except (RedisError, OSError) as error:
            raise self._away(error) from error

    async def read(self, at_most: int, wait_s: float) -> Sequence[Message]:
        """The entries after the last that was read."""
        assert self._redis is not None, "it was opened"
        try:
            found = await self._redis.xread({self._stream: self._after}, count=at_most, block=int(wait_s * 1_000))
        except (RedisError, OSError) as error:
            raise self._away(error) from error
        entries = [entry for _, some in ENTRIES.validate_python(found) for entry in some]
        messages = [Message(place=PLACE, offset=offset.decode(), value=_value(fields)) for offset, fields in entries]
        if messages:
            self._after = messages[-1].offset
        return messages

    async def acknowledge(self, reached: Mapping[str, str]) -> None:
        """Move the group's last entry: how far we are, as the server shows it."""
        assert self._redis is not None, "it was opened"
        try:
            await self._redis.xgroup_setid(self._stream, self._group, reached[PLACE])
        except (RedisError, OSError) as error:
            raise self._away(error) from error

    async def close(self) -> None:
        """Leave."""
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    def _away(self, error: Exception) -> StreamAway:
        return StreamAway(f"{self._name} does not answer ({type(error).__name__}); start it or mend the address")


def _value(fields: Mapping[bytes, bytes]) -> bytes:
    """The entry's one value; of several, none is the message."""
    return next(iter(fields.values())) if len(fields) == 1 else b""
