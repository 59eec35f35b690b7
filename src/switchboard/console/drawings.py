"""Charts on a page: each in two widths, of which the stylesheet shows the one that fits.

Beside the pointer, the page's script shows what a column, row or field stands for: a layer without ink is laid over
the drawing, whose marks carry that in words. No library for charts is loaded for it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from markupsafe import Markup

from switchboard.console.words import Words
from switchboard.foundation.charts import Charts, Definition, NotDrawn

NARROW = 300  # points: what a telephone has room for
MONTH = re.compile(r"\d{4}-\d{2}")
LABEL = re.compile(r'(<path[^>]*?) aria-label="([^"]*)"')
SIDES = ("x", "y")
WORDED, TOLD = ("data", "description"), {"description", "told"}  # parts of a chart that hold words; which are sentences
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart for a page; without pictures, when none could be drawn, what it would show in words."""

    wide: Markup | None
    narrow: Markup | None
    told: str


async def draw(charts: Charts, define: Callable[[int], Definition], wide: int, words: Words) -> Drawing:
    """The chart that `define` gives for a width, so wide and narrow."""
    broad, small = [as_written(define(width), words) for width in (wide, NARROW)]
    told = str(broad.get("description", ""))
    try:
        drawn, drawn_small = [await charts.svg(with_tips(each, words)) for each in (broad, small)]
    except NotDrawn:
        return Drawing(wide=None, narrow=None, told=told)
    return Drawing(wide=_marked(drawn), narrow=_marked(drawn_small), told=told)


def as_written(of: Definition, words: Words) -> Definition:
    """The chart with numbers and months, on its axes and in its words, as the workspace writes them."""
    signs, names = words.locale.number_symbols["latn"], words.locale.months["format"]
    number: dict[str, object] = {
        "decimal": signs["decimal"], "thousands": signs["group"], "grouping": [3], "currency": ["", ""],
        "percent": words.locale.percent_formats[None].suffix[0],
    }  # fmt: skip
    days = words.locale.days["format"]
    time: dict[str, object] = {
        "dateTime": "%x, %X", "date": "%d.%m.%Y", "time": "%H:%M:%S", "periods": ["AM", "PM"],
        "days": [days["wide"][(at - 1) % 7] for at in range(7)],
        "shortDays": [days["abbreviated"][(at - 1) % 7] for at in range(7)],
        "months": [names["wide"][at] for at in range(1, 13)],
        "shortMonths": [names["abbreviated"][at] for at in range(1, 13)],
    }  # fmt: skip
    own = cast("Mapping[str, object]", of.get("config") or {})
    written = cast("Definition", _rewritten({key: of[key] for key in WORDED if key in of}, words))
    return {**of, **written, "config": {**own, "locale": {"number": number, "time": time}}}


def _rewritten(said: object, words: Words) -> object:
    """The rows and the description of a chart, with the figures in what they tell as the workspace writes them."""
    if isinstance(said, list):
        return [_rewritten(each, words) for each in cast("list[object]", said)]
    if isinstance(said, Mapping):
        of = cast("Mapping[str, object]", said)
        return {
            key: words.rewritten(each) if isinstance(each, str) and key in TOLD else _rewritten(each, words)
            for key, each in of.items()
        }
    return said


def with_tips(of: Definition, words: Words) -> Definition:
    """The chart with a layer over it that says what stands where; as it was, where that is not known."""
    rows = _rows(of)
    side, field = _named_side(of)
    if not rows or not field:
        return of
    told = {key: "\n".join(lines) for key, lines in _told(rows, field, words).items() if lines}
    if not told:
        return of
    over = {
        "data": {"values": [{field: key, "tip": tip} for key, tip in told.items()]},
        "mark": {"type": "bar", "opacity": 0, "aria": True, "width": {"band": 1}, "height": {"band": 1}},
        "encoding": {
            side: _encodings(of)[side], **_whole("y" if side == "x" else "x"), "description": {"field": "tip"}
        },
    }  # fmt: skip
    outer = {key: value for key, value in of.items() if key not in {"mark", "encoding", "layer", "transform"}}
    inner = {key: of[key] for key in ("mark", "encoding", "transform") if key in of}
    below = of.get("layer", [inner])
    return {**outer, "layer": [*cast("list[object]", below), over]}


def _whole(side: str) -> dict[str, object]:
    return {side: {"value": 0}, f"{side}2": {"value": "height" if side == "y" else "width"}}


def _rows(of: Definition) -> list[Row]:
    data = of.get("data")
    values = cast("Mapping[str, object]", data).get("values") if isinstance(data, Mapping) else None
    return [cast("Row", each) for each in cast("list[object]", values) if isinstance(each, Mapping)] if values else []


def _encodings(of: Definition) -> Mapping[str, Mapping[str, object]]:
    layers = cast("list[Definition]", of.get("layer") or [of])
    return cast("Mapping[str, Mapping[str, object]]", layers[0].get("encoding") or {})


def _named_side(of: Definition) -> tuple[str, str]:
    """The side along which the chart has one place for each thing, and the field of its name."""
    for side in SIDES:
        place = _encodings(of).get(side, {})
        if place.get("type") in {"nominal", "ordinal"} and isinstance(place.get("field"), str):
            return side, str(place["field"])
    return "", ""


def _told(rows: Iterable[Row], field: str, words: Words) -> dict[object, list[str]]:
    """What is told of each place: its name first, a line for each of its figures."""
    found: dict[object, list[str]] = {}
    for row in rows:
        lines = found.setdefault(row.get(field), [])
        name = str(row.get("label") or row.get(field)).replace("\n", " ").strip()
        if not lines:
            lines.append(words.month(name) if MONTH.fullmatch(name) else name)
        figure = _figure(row, words)
        if figure and figure not in lines:
            lines.append(figure)
    return {key: lines for key, lines in found.items() if len(lines) > 1}


def _figure(row: Row, words: Words) -> str:
    if row.get("told"):
        return str(row["told"])
    low, high = row.get("low"), row.get("high")
    middle = next((row[name] for name in ("net", "figure", "value") if isinstance(row.get(name), int | float)), None)
    if not isinstance(middle, int | float):
        return ""
    said = words.number(middle)
    if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
        return f"{said} expected, {words.number(low)} to {words.number(high)} in four of five cases"
    return said


def _marked(drawn: str) -> Markup:
    """The drawing, its layer's words where the script looks for them."""
    return Markup(LABEL.sub(r'\1 data-tip="\2"', drawn))  # noqa: S704 - our own drawing, its labels escaped by the drawing program
