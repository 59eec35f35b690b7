"""A Kafka topic: each record's value is a message; its partitions are read side by side, each in order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiokafka import AIOKafkaConsumer, TopicPartition  # pyright: ignore[reportMissingTypeStubs]
from aiokafka.admin import AIOKafkaAdminClient  # pyright: ignore[reportMissingTypeStubs]
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs]

from switchboard.customers.ingest.messages import Message, StreamAway
from switchboard.foundation.errors import Invalid

LOOKS = 10  # for the first records, of topics that have some


class Fetched(Protocol):
    """What a record has, as far as we ask for it."""

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...


class Client(Protocol):
    """What the library's consumer does for us; its own methods have no types."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def topics(self) -> set[str]: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def commit(self, offsets: dict[TopicPartition, int]) -> None: ...
    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Sequence[Fetched]]: ...


class Admin(Protocol):
    """What its client for administration does for us."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def describe_topics(self, topics: list[str]) -> Sequence[Mapping[str, Any]]: ...


class KafkaStream:
    """A topic; `address` is kafka://HOST:PORT/TOPIC, several hosts with commas between them."""

    def __init__(self, address: str, group: str) -> None:
        parts = urlsplit(address)
        topic = parts.path.strip("/")
        if not parts.netloc or not topic or "/" in topic:
            raise Invalid("kafka:// needs a server and a topic, as in kafka://127.0.0.1:9092/orders", field="address")
        self._servers = [host if ":" in host else f"{host}:9092" for host in parts.netloc.split(",")]
        self._topic, self._group = topic, group
        self._consumer: Client | None = None
        self._places: list[TopicPartition] = []
        self._looks = 0

    @property
    def name(self) -> str:
        """Servers and topic."""
        return f"kafka://{','.join(self._servers)}/{self._topic}"

    async def open(self, reached: Mapping[str, str]) -> None:
        """Connect, and go in each partition to what follows the last that was kept."""
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=",".join(self._servers), group_id=self._group, enable_auto_commit=False,
            auto_offset_reset="earliest", isolation_level="read_committed",
        )  # fmt: skip
        client: Client = consumer
        self._consumer = client
        try:
            await client.start()
            if self._topic not in await client.topics():  # to ask for it by name may make it
                raise Invalid(f"there is no topic {self._topic} at {self.name}; make it first", field="address")
            partitions = await self._partitions()
            self._places = [TopicPartition(self._topic, number) for number in sorted(partitions)]
            self._looks = LOOKS
            client.assign(self._places)
            for number, offset in positions(partitions, reached).items():
                client.seek(TopicPartition(self._topic, number), offset)
        except (KafkaError, OSError) as error:
            raise self._away(error) from error

    async def _partitions(self) -> set[int]:
        """The numbers of the topic's partitions; the consumer knows those of topics alone that it reads already."""
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=",".join(self._servers))
        asking: Admin = admin
        try:
            await asking.start()
            (topic,) = await asking.describe_topics([self._topic])
        finally:
            await asking.close()
        return {each["partition"] for each in topic["partitions"]}

    async def read(self, at_most: int, wait_s: float) -> Sequence[Message]:
        """The next records of all partitions; servers that have some are given time for the first of them."""
        assert self._consumer is not None, "it was opened"
        try:
            found = await self._consumer.getmany(timeout_ms=int(wait_s * 1_000), max_records=at_most)
            while not found and self._looks and await self._is_behind(self._consumer):
                self._looks -= 1
                found = await self._consumer.getmany(timeout_ms=int(wait_s * 1_000), max_records=at_most)
        except (KafkaError, OSError) as error:
            raise self._away(error) from error
        self._looks = 0
        return [each for place, records in found.items() for each in messages_of(place.partition, records)]

    async def _is_behind(self, consumer: Client) -> bool:
        """Whether a partition has records after where it is read."""
        ends = await consumer.end_offsets(self._places)
        return any([await consumer.position(place) < end for place, end in ends.items()])

    async def acknowledge(self, reached: Mapping[str, str]) -> None:
        """Commit the offsets to the group, for whoever looks how far it is; what we go by is our own."""
        assert self._consumer is not None, "it was opened"
        following = {
            TopicPartition(self._topic, number): offset
            for number, offset in positions({int(place) for place in reached}, reached).items()
        }
        try:
            await self._consumer.commit(following)
        except (KafkaError, OSError) as error:
            raise self._away(error) from error

    async def close(self) -> None:
        """Leave."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    def _away(self, error: Exception) -> StreamAway:
        return StreamAway(f"{self.name} does not answer ({type(error).__name__}); start it or mend the address")


def positions(partitions: Iterable[int], reached: Mapping[str, str]) -> dict[int, int]:
    """The offset to read each partition from, of those that were read before."""
    return {number: int(reached[str(number)]) + 1 for number in sorted(partitions) if str(number) in reached}


def messages_of(partition: int, records: Iterable[Fetched]) -> list[Message]:
    """The records of a partition as messages; a deleted key's record has no value."""
    return [Message(place=str(partition), offset=str(each.offset), value=each.value or b"") for each in records]
