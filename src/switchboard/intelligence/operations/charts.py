"""What callers can have drawn: a chart of what another operation answers."""

import base64
from collections.abc import Mapping
from typing import Any, cast

from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.foundation.charts import Definition
from switchboard.foundation.errors import Invalid, NotAllowed
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, Operation, operation
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing
from switchboard.intelligence import chart_records as records
from switchboard.intelligence.charts.catalogue import CHARTS, Frame, chart_named

SCALE = 2.0  # pixels a point


@operation("intelligence.chart", title="Draw a chart", permission="intelligence:read", reads=True)
async def chart(work: Work, asked: records.ChartAsked) -> records.ChartDrawn:
    """A figure as a picture (PNG or SVG) or as its Vega-Lite definition, with what it shows in one sentence."""
    wanted = chart_named(asked.chart)
    answer = await _answer(work, wanted.operation, asked.arguments)
    beside = None if wanted.beside is None else await _answer(work, wanted.beside, _moment(asked.arguments))
    zone = (await tenants.current(work)).zone
    definition = wanted.draw(answer, Frame(width=asked.width, zone=zone, beside=beside))
    if asked.title:
        definition = wanted.titled(definition, asked.width)
    svg, png, spec = await _drawn(work, asked, definition)
    return records.ChartDrawn(
        chart=asked.chart, title=wanted.title, operation=wanted.operation, told=str(definition["description"]),
        svg=svg, png=png, spec=spec,
    )  # fmt: skip


@operation("intelligence.charts", title="Charts there are", permission="intelligence:read", reads=True)
async def charts(_: Work, __: Nothing) -> records.ChartsShown:
    """The charts that intelligence.chart draws, and of which operation's answer each is."""
    return records.ChartsShown(
        charts=tuple(
            records.ChartShown(chart=name, title=each.title, operation=each.operation) for name, each in CHARTS.items()
        )
    )


async def _answer(work: Work, name: str, arguments: Mapping[str, JsonValue]) -> Any:
    """What the operation answers the same caller; raise NotAllowed where they may not ask it."""
    declared: Operation[Any, Any] = OPERATIONS[name]
    if not work.caller.may(declared.permission):
        raise NotAllowed(f"this chart shows {name}, which needs the permission {declared.permission}")
    try:
        asked = read_values(declared.asks, dict(arguments))
    except Invalid as wrong:
        raise Invalid(f"arguments of {name}: {wrong}", field="arguments") from None
    return await declared.run(work, asked)


def _moment(arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The moment that was asked about, alone."""
    return {name: value for name, value in arguments.items() if name in {"as_of", "asOf"}}


async def _drawn(
    work: Work, asked: records.ChartAsked, definition: Definition
) -> tuple[str | None, str | None, dict[str, JsonValue] | None]:
    if asked.format == "spec":
        return None, None, cast("dict[str, JsonValue]", dict(definition))
    if asked.format == "svg":
        return await work.ground.charts.svg(definition, theme=asked.theme), None, None
    drawn = await work.ground.charts.png(definition, scale=SCALE, theme=asked.theme)
    return None, base64.b64encode(drawn).decode(), None
