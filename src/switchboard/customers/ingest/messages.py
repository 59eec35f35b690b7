"""Messages of a stream: one item each, as JSON, and what is wrong with the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue, TypeAdapter, ValidationError

from switchboard.customers.ingest.records import Batch, Ingested, Kind
from switchboard.foundation.errors import SwitchboardError

FIELDS: dict[str, Kind] = {"event": "event", "order": "order", "person": "person"}
PLURAL: dict[Kind, str] = {"event": "events", "order": "orders", "person": "people"}
READ = TypeAdapter(dict[str, JsonValue])
SHAPE = 'write {"event": {…}}, {"order": {…}} or {"person": {…}}, and a "source" where it is not the usual one'


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: the partition it lies in ("" where a stream has but one), its offset there, and its bytes."""

    place: str
    offset: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A message that is no item, and why."""

    message: Message
    reason: str


class StreamAway(SwitchboardError):
    """The server of a stream does not answer; what was read is not lost."""

    code = "stream_away"
    status = 503


class Stream(Protocol):
    """A stream that is read in order, from a place of our choice on."""

    @property
    def name(self) -> str:
        """Which stream it is, without a sign-in: what the offsets are kept under."""
        ...

    async def open(self, reached: Mapping[str, str]) -> None:
        """Connect, to read on after these offsets (by place); raise StreamAway."""
        ...

    async def read(self, at_most: int, wait_s: float) -> Sequence[Message]:
        """The next messages, none when none came while we waited; raise StreamAway."""
        ...

    async def acknowledge(self, reached: Mapping[str, str]) -> None:
        """Tell the server how far we are, so that it may trim; raise StreamAway."""
        ...

    async def close(self) -> None:
        """Leave; never raises."""
        ...


@dataclass(slots=True, kw_only=True)
class Sent:
    """The items of one source with the messages they came in."""

    items: dict[Kind, list[JsonValue]]
    messages: dict[Kind, list[Message]]


def sources_of(messages: Iterable[Message], usual: str) -> tuple[dict[str, Sent], list[Refused]]:
    """The items by source, in order; and the messages that hold none."""
    found: dict[str, Sent] = {}
    refused: list[Refused] = []
    for message in messages:
        try:
            said = READ.validate_json(message.value)
        except ValidationError:
            refused.append(Refused(message=message, reason=f"no JSON object; {SHAPE}"))
            continue
        source, kinds = said.pop("source", usual), set(said)
        if len(kinds) != 1 or not kinds <= set(FIELDS) or not isinstance(source, str):
            refused.append(Refused(message=message, reason=SHAPE))
            continue
        kind = FIELDS[kinds.pop()]
        sent = found.setdefault(source, Sent(items={}, messages={}))
        sent.items.setdefault(kind, []).append(said[kind])
        sent.messages.setdefault(kind, []).append(message)
    return found, refused


def batch_of(source: str, sent: Sent) -> Batch:
    """The items as a batch; raise ValidationError where the source can not be one."""
    items = {PLURAL[kind]: tuple(items) for kind, items in sent.items.items()}
    return Batch.model_validate({"source": source, **items})


def refused_of(sent: Sent, told: Ingested) -> list[Refused]:
    """The messages whose items were refused."""
    return [
        Refused(message=sent.messages[each.kind][each.index], reason=f"{each.field}: {each.reason}")
        for each in told.rejected
    ]


def reached(messages: Iterable[Message]) -> dict[str, str]:
    """How far these messages go: the last offset by place."""
    return {message.place: message.offset for message in messages}
