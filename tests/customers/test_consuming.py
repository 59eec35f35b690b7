"""Streams read into the store: each message once, whatever happens to the reader. Against a real Redis."""

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from redis.asyncio import Redis

from switchboard.cli.consume import stream_of
from switchboard.customers.ingest.consuming import Consumed, Consumer, consume
from switchboard.customers.ingest.messages import StreamAway
from switchboard.customers.ingest.operations import refused_messages
from switchboard.customers.ingest.records import RefusedAsked
from switchboard.customers.ingest.redis_stream import RedisStream
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed
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
from tests.shop import Shop, as_role, open_shop, seen

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def redis_port() -> Generator[int]:
    """A Redis of the tests' own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    with socket.socket() as free:
        for port in range(20_379, 20_479):
            try:
                free.bind(("127.0.0.1", port))
                break
            except OSError:
                continue
        else:
            pytest.fail("no port is free")
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        server = subprocess.Popen(
            [program, "--port", str(port), "--save", "", "--dir", folder], stdout=subprocess.DEVNULL
        )
        _until_open(port)
        yield port
        server.terminate()
        server.wait()


def _until_open(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.fixture
async def redis(redis_port: int) -> AsyncGenerator[Redis]:
    client = Redis(host="127.0.0.1", port=redis_port, protocol=2)
    yield client
    await client.aclose()


def address(redis_port: int, shop: Shop) -> str:
    return f"redis://127.0.0.1:{redis_port}/{shop.workspace.id}"


async def put(redis: Redis, shop: Shop, *messages: dict[str, Any] | str) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for message in messages:
            pipe.xadd(str(shop.workspace.id), {"item": message if isinstance(message, str) else json.dumps(message)})
        await pipe.execute()


def consumer(shop: Shop, port: int, **more: Any) -> Consumer:
    given: dict[str, Any] = {"ground": shop.ground, "caller": shop.caller, "group": "g", "once": True} | more
    return Consumer(stream=RedisStream(address(port, shop), "g"), **given)


async def test_what_lies_in_a_stream_is_stored_and_read_once(
    ground: Ground, server: Embedded, redis: Redis, redis_port: int
):
    shop = await open_shop(ground)
    await put(redis, shop, *(event(n) for n in range(30)), order(1), {"person": {"customer_id": "c1", "city": "Ulm"}})
    first = await consume(consumer(shop, redis_port))
    await put(redis, shop, order(2))
    second = await consume(consumer(shop, redis_port))
    third = await consume(consumer(shop, redis_port))
    assert (first.messages, second.messages, third.messages) == (32, 1, 0)
    found = seen(server, shop.workspace.id)
    assert (len(found["activity"]), [row[0] for row in found["document"]]) == (30, ["o1", "o2"])
    said = await counts(shop)
    assert (said["event_new"], said["event_same"], said["order_new"], said["order_same"]) == (30, 0, 2, 0)


async def test_messages_that_are_no_item_are_set_aside_with_the_reason(
    ground: Ground, server: Embedded, redis: Redis, redis_port: int
):
    shop = await open_shop(ground)
    wrong = ["no json", "[]", '{"event": {}, "order": {}}', '{"event": {"kind": "a", "at": "2099-01-01"}}']
    late = event(3)["event"] | {"at": "2099-01-01T00:00:00Z"}
    await put(redis, shop, event(1), *wrong, {"event": late}, {"source": "Not One", **event(4)}, event(2))
    await redis.xadd(str(shop.workspace.id), {"a": "1", "b": "2"})
    done = await consume(consumer(shop, redis_port))
    assert (done.messages, done.refused) == (9, 7)
    assert len(seen(server, shop.workspace.id, "activity")["activity"]) == 2
    first = await refused_messages(ground, shop.caller, RefusedAsked(limit=4), door="test")
    rest = await refused_messages(ground, shop.caller, RefusedAsked(cursor=first.next_cursor), door="test")
    told = [*first.messages, *rest.messages]
    assert [each.message for each in told if each.message in wrong] == wrong
    assert (len(told), rest.next_cursor) == (7, None)
    assert any("at: in the future" in each.reasons for each in told)
    assert any("customer_id: missing, and no e-mail" in each.reasons for each in told)
    assert (await consume(consumer(shop, redis_port))).messages == 0


async def test_what_is_set_aside_lies_sealed_and_without_card_numbers(ground: Ground, redis: Redis, redis_port: int):
    shop = await open_shop(ground)
    await put(redis, shop, "planted.person@example.com pays with 4111 1111 1111 1111")
    await consume(consumer(shop, redis_port))
    folder = ground.data_dir / "quarantine" / str(shop.workspace.id)
    assert not [path for path in folder.iterdir() if b"planted" in path.read_bytes()]
    (told,) = (await refused_messages(ground, shop.caller, RefusedAsked(), door="test")).messages
    assert told.message == "planted.person@example.com pays with •••• •••• •••• 1111"


async def test_a_message_may_name_its_source(ground: Ground, server: Embedded, redis: Redis, redis_port: int):
    shop = await open_shop(ground)
    await put(redis, shop, order(1), order(2) | {"source": "web"})
    await consume(consumer(shop, redis_port, source="till"))
    assert [row[0] for row in seen(server, shop.workspace.id, "document")["document"]] == ["o1", "web:o2"]


@pytest.mark.heavy
@pytest.mark.timeout(60 + 10 * KILLS)
async def test_a_reader_killed_at_any_moment_loses_and_doubles_nothing(
    ground: Ground, server: Embedded, redis: Redis, redis_port: int
):
    shop = await open_shop(ground)
    await put(redis, shop, *sent_to_readers(), "no json")
    stream = f"{address(redis_port, shop)}?group=g"
    await killed_again_and_again(shop, server, stream)
    await consume(consumer(shop, redis_port))
    await all_is_there_once(shop, server)


async def test_two_readers_of_one_group_do_not_read_side_by_side(ground: Ground, redis: Redis, redis_port: int):
    shop = await open_shop(ground)
    await put(redis, shop, event(1))
    began = asyncio.Event()

    def tell(_: Consumed) -> None:
        began.set()

    one = consumer(shop, redis_port, once=False, tell=tell)
    reading = asyncio.create_task(consume(one))
    await began.wait()
    other = consumer(shop, redis_port)
    waiting = asyncio.create_task(consume(other))
    await asyncio.sleep(0)
    other.stop.set()
    with pytest.raises(Conflict) as refused:
        await waiting
    assert refused.value.code == "consumed_elsewhere"
    await put(redis, shop, event(2))
    one.stop.set()
    assert (await reading).messages in {1, 2}


async def test_another_group_reads_all_of_it_for_itself(ground: Ground, redis: Redis, redis_port: int):
    shop = await open_shop(ground)
    await put(redis, shop, event(1))
    first = await consume(consumer(shop, redis_port))
    again = Consumer(
        ground=ground, caller=shop.caller, group="h", once=True, stream=RedisStream(address(redis_port, shop), "h")
    )
    assert (first.messages, (await consume(again)).messages) == (1, 1)
    assert (await counts(shop))["event_same"] == 1


async def test_the_server_is_told_how_far_a_group_is(ground: Ground, redis: Redis, redis_port: int):
    shop = await open_shop(ground)
    await put(redis, shop, event(1), event(2))
    done = await consume(consumer(shop, redis_port))
    (group,) = await redis.xinfo_groups(str(shop.workspace.id))
    assert group["last-delivered-id"].decode() == done.reached[""]


async def test_a_server_that_is_away_is_said_so():
    stream = RedisStream("redis://127.0.0.1:1/orders", "g")
    with pytest.raises(StreamAway, match="does not answer"):
        await stream.open({})
    await stream.close()


async def test_who_may_not_send_may_not_consume(ground: Ground):
    shop = await open_shop(ground)
    stream = RedisStream("redis://127.0.0.1:1/orders", "g")
    with pytest.raises(NotAllowed):
        await consume(Consumer(ground=ground, caller=as_role(shop, "agent"), stream=stream, group="g"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("amqp://host/stream", "use redis:// or kafka://"),
        ("redis://host", "needs a host and a stream"),
        ("redis://host/stream?grup=x", "grup"),
        ("redis://host/a/b", "needs a host and a stream"),
        ("kafka://host:9092", "needs a server and a topic"),
    ],
)
def test_an_address_that_can_not_be_is_told_what_it_lacks(given: str, says: str):
    with pytest.raises(Invalid, match=says.replace("?", ".")):
        stream_of(given)


def test_the_name_of_a_stream_holds_no_sign_in():
    stream, group = stream_of("redis://ann:secret@host:7000/3/orders?group=mine")
    assert (stream.name, group) == ("redis://host:7000/3/orders", "mine")
    topic, usual = stream_of("kafka://one,two:9093/orders")
    assert (topic.name, usual) == ("kafka://one:9092,two:9093/orders", "switchboard")
