"""Kafka topics read into the store, against brokers that speak its protocol: those librdkafka has for tests.

No package of Python or Debian has a Kafka broker. librdkafka's own keep topics, offsets and groups in memory, and take
whatever client comes over TCP; they choose a free port by themselves.
"""

import asyncio
import json
from collections.abc import Generator
from typing import Any

import pytest
from aiokafka import ConsumerRecord  # pyright: ignore[reportMissingTypeStubs]
from confluent_kafka import Consumer as Other
from confluent_kafka import Producer, TopicPartition

from switchboard.customers.ingest import kafka_stream
from switchboard.customers.ingest.consuming import Consumer, consume
from switchboard.customers.ingest.kafka_stream import KafkaStream
from switchboard.customers.ingest.messages import StreamAway
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from tests.customers.streams import (
    KILLS,
    all_is_there_once,
    counts,
    event,
    killed_again_and_again,
    order,
    sent_to_readers,
)
from tests.shop import Shop, open_shop, seen

pytestmark = pytest.mark.slow

PARTITIONS = 4  # of a topic that librdkafka's brokers make by themselves


class Brokers:
    """Two of them, and a producer."""

    def __init__(self) -> None:
        self.producer = Producer({"test.mock.num.brokers": 2, "broker.address.family": "v4", "log_level": 0})
        known = self.producer.list_topics(timeout=10).brokers.values()
        self.servers = ",".join(f"{each.host}:{each.port}" for each in known)

    def put(self, shop: Shop, *messages: dict[str, Any] | str | None) -> None:
        """Send them to the shop's topic, in turn to each of its partitions."""
        for number, message in enumerate(messages):
            value = message if message is None or isinstance(message, str) else json.dumps(message)
            self.producer.produce(str(shop.workspace.id), value, f"key {number}", partition=number % PARTITIONS)
        assert self.producer.flush(10) == 0

    def address(self, shop: Shop) -> str:
        return f"kafka://{self.servers}/{shop.workspace.id}"


@pytest.fixture(scope="module")
def kafka() -> Generator[Brokers]:
    brokers = Brokers()
    yield brokers
    brokers.producer.close()


def consumer(shop: Shop, kafka: Brokers, **more: Any) -> Consumer:
    stream = KafkaStream(kafka.address(shop), "g")
    return Consumer(ground=shop.ground, caller=shop.caller, group="g", once=True, stream=stream, **more)


async def test_what_lies_in_the_partitions_of_a_topic_is_stored_and_read_once(
    ground: Ground, server: Embedded, kafka: Brokers
):
    shop = await open_shop(ground)
    kafka.put(shop, *(event(n) for n in range(30)), order(1), {"person": {"customer_id": "c1", "city": "Ulm"}})
    first = await consume(consumer(shop, kafka))
    kafka.put(shop, order(2))
    second = await consume(consumer(shop, kafka))
    third = await consume(consumer(shop, kafka))
    assert (first.messages, second.messages, third.messages) == (32, 1, 0)
    found = seen(server, shop.workspace.id)
    assert (len(found["activity"]), [row[0] for row in found["document"]]) == (30, ["o1", "o2"])
    said = await counts(shop)
    assert (said["event_new"], said["event_same"], said["order_new"], said["order_same"]) == (30, 0, 2, 0)


async def test_a_record_that_is_no_item_is_set_aside(ground: Ground, kafka: Brokers):
    shop = await open_shop(ground)
    kafka.put(shop, event(1), "no json", None, event(2))
    done = await consume(consumer(shop, kafka))
    assert (done.messages, done.refused) == (4, 2)


async def test_a_reader_that_goes_on_sees_what_comes_meanwhile(ground: Ground, server: Embedded, kafka: Brokers):
    shop = await open_shop(ground)
    kafka.put(shop, event(1))
    came = asyncio.Event()
    reading = Consumer(
        ground=ground, caller=shop.caller, group="g", stream=KafkaStream(kafka.address(shop), "g"),
        tell=lambda at: came.set() if at.messages >= 3 else None,
    )  # fmt: skip
    task = asyncio.create_task(consume(reading))
    kafka.put(shop, event(2), event(3))
    async with asyncio.timeout(30):
        await came.wait()
    reading.stop.set()
    assert (await task).messages == 3
    assert len(seen(server, shop.workspace.id, "activity")["activity"]) == 3


async def test_the_group_is_told_how_far_it_is(ground: Ground, kafka: Brokers):
    shop = await open_shop(ground)
    kafka.put(shop, *(event(n) for n in range(6)))
    await consume(consumer(shop, kafka))
    other = Other({"bootstrap.servers": kafka.servers, "group.id": "g"})
    places = [TopicPartition(str(shop.workspace.id), number) for number in range(PARTITIONS)]
    told = [each.offset for each in other.committed(places, timeout=10)]
    other.close()
    assert told == [2, 2, 1, 1]


async def test_servers_that_have_records_are_given_time_for_the_first(ground: Ground, kafka: Brokers):
    shop = await open_shop(ground)
    kafka.put(shop, event(1))
    stream = KafkaStream(kafka.address(shop), "g")
    await stream.open({})
    assert len(await stream.read(10, 0.0)) == 1
    assert await stream.read(10, 0.0) == []
    await stream.close()


@pytest.mark.heavy
@pytest.mark.timeout(60 + 10 * KILLS)
async def test_a_reader_killed_at_any_moment_loses_and_doubles_nothing(
    ground: Ground, server: Embedded, kafka: Brokers
):
    shop = await open_shop(ground)
    kafka.put(shop, *sent_to_readers(), "no json")
    await killed_again_and_again(shop, server, f"{kafka.address(shop)}?group=g")
    await consume(consumer(shop, kafka))
    await all_is_there_once(shop, server)


async def test_a_topic_that_is_not_there_is_said_so_and_not_made(ground: Ground, kafka: Brokers):
    shop = await open_shop(ground)
    with pytest.raises(Invalid, match="make it first"):
        await consume(consumer(shop, kafka))
    assert str(shop.workspace.id) not in kafka.producer.list_topics(timeout=10).topics


async def test_brokers_that_are_away_are_said_so():
    stream = KafkaStream("kafka://127.0.0.1:1/orders", "g")
    with pytest.raises(StreamAway, match="does not answer"):
        await stream.open({})
    await stream.close()


def test_kafka_s_records_become_messages_and_their_offsets_where_to_read_on():
    records = [record(2, 40, b'{"event": {}}'), record(2, 43, None)]
    messages = kafka_stream.messages_of(2, records)
    assert [(each.place, each.offset, each.value) for each in messages] == [
        ("2", "40", b'{"event": {}}'),
        ("2", "43", b""),
    ]
    assert kafka_stream.positions({0, 1, 2}, {"2": "43", "0": "7"}) == {0: 8, 2: 44}


def record(partition: int, offset: int, value: bytes | None) -> Any:
    make: Any = ConsumerRecord
    return make(
        topic="orders", partition=partition, offset=offset, timestamp=0, timestamp_type=0, key=None, value=value,
        checksum=None, serialized_key_size=-1, serialized_value_size=-1, headers=(),
    )  # fmt: skip
