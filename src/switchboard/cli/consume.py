"""`switchboard consume`: events, orders and people from a stream, offsets kept with the rows."""

import asyncio
import signal
from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import typer

from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.customers.ingest.consuming import Consumed, Consumer, consume
from switchboard.customers.ingest.messages import Stream
from switchboard.foundation.errors import Invalid

GROUP = "switchboard"
STREAMS = {
    "redis": ("redis_stream", "RedisStream"),
    "rediss": ("redis_stream", "RedisStream"),
    "kafka": ("kafka_stream", "KafkaStream"),
}
"""By the first word of the address, where it is read; their libraries are extras."""


def add_consume(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The command `consume`."""

    @command(cli, "consume", open_house)
    def consuming(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        address: Annotated[str, typer.Argument(help="redis://HOST/STREAM?group=… or kafka://HOST/TOPIC?group=…")],
        source: Annotated[
            str, typer.Option(help="where the ids come from, unless a message names its source")
        ] = "shop",
        once: Annotated[bool, typer.Option("--once", help="end when the stream has nothing more")] = False,
    ) -> None:
        """Store events, orders and people from a stream as they come; nothing is lost or stored twice."""
        stream, group = stream_of(address)

        async def act(inside: Inside) -> Consumed:
            consumer = Consumer(
                ground=inside.ground, caller=inside.caller, stream=stream, group=group, source=source, once=once,
                tell=_tell(session),
            )  # fmt: skip
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, consumer.stop.set)
            return await consume(consumer)

        done = session.run(act)
        typer.echo(done.model_dump_json() if session.json else _line(done))


def stream_of(address: str) -> tuple[Stream, str]:
    """The stream behind an address, and the group it is read in; raise Invalid."""
    parts = urlsplit(address)
    if parts.scheme not in STREAMS:
        raise Invalid(f"{address.partition('://')[0]}:// is no stream; use redis:// or kafka://", field="address")
    asked = dict(parse_qsl(parts.query))
    if unknown := set(asked) - {"group"}:
        raise Invalid(f"?{min(unknown)}= means nothing here; only ?group= does", field="address")
    module, name = STREAMS[parts.scheme]
    try:
        kind: Any = getattr(import_module(f"switchboard.customers.ingest.{module}"), name)
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("switchboard"):
            raise
        extra = parts.scheme.removesuffix("s") if parts.scheme == "rediss" else parts.scheme
        raise Invalid(
            f"{parts.scheme}:// needs an extra: pip install 'switchboard[{extra}]'", field="address"
        ) from None
    group = asked.get("group", GROUP)
    return kind(parts._replace(query="").geturl(), group), group


def _tell(session: Session) -> Callable[[Consumed], None]:
    def tell(at: Consumed) -> None:
        typer.echo(at.model_dump_json() if session.json else _line(at), err=not session.json)

    return tell


def _line(at: Consumed) -> str:
    left_out = (
        f"; {at.attribute_values_left_out:,} values of attributes left out" if at.attribute_values_left_out else ""
    )
    return f"{at.messages:,} messages stored, {at.refused:,} of them refused and set aside{left_out}"
