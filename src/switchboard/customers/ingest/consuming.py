"""Reading a stream: a batch of messages and how far it goes are kept in one transaction, so nothing counts twice.

Whoever is killed leaves either both or neither; the next one reads on from there.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import ValidationError

from switchboard.customers.ingest import keeping
from switchboard.customers.ingest.messages import (
    Message,
    Refused,
    Stream,
    StreamAway,
    batch_of,
    reached,
    refused_of,
    sources_of,
)
from switchboard.customers.ingest.set_aside import set_aside
from switchboard.customers.store import consumed as store
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, DatabaseDown, NotAllowed
from switchboard.foundation.ground import Done, Ground, Work
from switchboard.foundation.records import Record

PERMISSION = "customers:ingest"
OPERATION = "customers.consume"
AT_ONCE = 1_000  # messages of a batch
WAIT_S = 1.0  # for messages; so long it may take until a request to stop is heard
TRIES, LONGEST_WAIT_S = 6, 30.0
TAKEN_S = 10.0  # how long one who was killed may hold the stream
STATEMENT_S = 60.0


class Consumed(Record):
    """How far a consumer is: messages stored, or found stored already, and refused, since it began.

    `attribute_values_left_out` are of messages that were stored: of another type than the attribute, or contact data.
    """

    stream: str
    group: str
    messages: int
    refused: int
    attribute_values_left_out: int = 0
    reached: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Consumer:
    """One consumer of a stream: in whose name, under which group, and how far."""

    ground: Ground
    caller: Caller
    stream: Stream
    group: str
    source: str = "shop"
    once: bool = False
    at_once: int = AT_ONCE
    tell: Callable[[Consumed], None] = lambda _: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    messages: int = 0
    refused: int = 0
    left_out: int = 0
    reached: dict[str, str] = field(default_factory=dict[str, str])
    tries: int = 0

    @property
    def progress(self) -> Consumed:
        """How far it is."""
        return Consumed(
            stream=self.stream.name, group=self.group, messages=self.messages, refused=self.refused,
            attribute_values_left_out=self.left_out, reached=dict(self.reached),
        )  # fmt: skip


async def consume(consumer: Consumer) -> Consumed:
    """Read until told to stop or, with `once`, until the stream has nothing more; how far it came.

    Raise NotAllowed, or Conflict `consumed_elsewhere` while another one reads the stream in this group.
    """
    if not consumer.caller.may(PERMISSION):
        raise NotAllowed(f"{OPERATION} needs the permission {PERMISSION}, which {consumer.caller.name} lacks")
    async with _alone(consumer):
        try:
            while not consumer.stop.is_set() and await _in_peace(consumer):
                pass
        finally:
            await consumer.stream.close()
    return consumer.progress


async def _in_peace(consumer: Consumer) -> bool:
    """Read for as long as nothing is in the way, then wait, longer each time; False when all is read."""
    try:
        async with consumer.ground.work(consumer.caller) as work:
            consumer.reached = await store.reached(work, consumer.stream.name, consumer.group)
        await consumer.stream.open(consumer.reached)
        while not consumer.stop.is_set():
            messages = await consumer.stream.read(consumer.at_once, WAIT_S)
            if messages:
                await _take(consumer, messages)
            elif consumer.once:
                return False
    except (StreamAway, DatabaseDown):
        consumer.tries += 1
        if consumer.once and consumer.tries >= TRIES:
            raise
        await consumer.stream.close()
        await _pause(consumer, min(2.0 ** (consumer.tries - 2), LONGEST_WAIT_S))
    return True


async def _take(consumer: Consumer, messages: Sequence[Message]) -> None:
    """Keep a batch and how far it goes; tell the server after that."""
    until = reached(messages)
    began, started = consumer.ground.clock(), time.perf_counter_ns()
    async with consumer.ground.work(consumer.caller, timeout_s=STATEMENT_S) as work:
        if not await store.move(work, consumer.stream.name, consumer.group, consumer.reached, until):
            raise _elsewhere(consumer)
        refused, left_out = await _keep(work, consumer.source, messages)
        if refused:
            await set_aside(work, consumer.stream.name, consumer.group, refused)
        took_us = (time.perf_counter_ns() - started) // 1_000
        done = Done(
            caller=consumer.caller, operation=OPERATION, outcome="done", door="stream", began=began, took_us=took_us
        )
        await consumer.ground.trail.write(work, done)
    consumer.reached.update(until)
    consumer.messages, consumer.refused, consumer.left_out, consumer.tries = (
        consumer.messages + len(messages), consumer.refused + len(refused), consumer.left_out + left_out, 0,
    )  # fmt: skip
    consumer.tell(consumer.progress)
    await consumer.stream.acknowledge(until)


async def _keep(work: Work, usual: str, messages: Sequence[Message]) -> tuple[list[Refused], int]:
    """Store what is right; the messages that are not, and how many values of attributes of the others were left out."""
    (found, refused), left_out = sources_of(messages, usual), 0
    for source, sent in found.items():
        try:
            batch = batch_of(source, sent)
        except ValidationError:
            reason = f"source {source!r}: small letters, digits, _ and - only, at most forty"
            refused += [Refused(message=each, reason=reason) for some in sent.messages.values() for each in some]
            continue
        told = await keeping.keep(work, batch)
        refused, left_out = refused + refused_of(sent, told), left_out + told.attribute_values_left_out
    return refused, left_out


@asynccontextmanager
async def _alone(consumer: Consumer) -> AsyncGenerator[None]:
    """Hold the stream in this group, among all processes, on a connection of its own."""
    async with consumer.ground.work(consumer.caller) as holding:
        name = f"{consumer.caller.workspace} {consumer.stream.name} {consumer.group}"
        until = time.monotonic() + TAKEN_S
        while not await store.hold(holding, name):
            if time.monotonic() > until or consumer.stop.is_set():
                raise _elsewhere(consumer)
            await _pause(consumer, 0.2)
        try:
            yield
        finally:
            await store.release(holding, name)


async def _pause(consumer: Consumer, seconds: float) -> None:
    try:
        await asyncio.wait_for(consumer.stop.wait(), seconds)
    except TimeoutError:
        return


def _elsewhere(consumer: Consumer) -> Conflict:
    return Conflict(
        f"another process reads {consumer.stream.name} in the group {consumer.group}; end it, or name another ?group=",
        code="consumed_elsewhere",
    )
