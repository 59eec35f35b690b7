"""What charts are made of: words and numbers as they stand in pictures, bars with names, grids, lines with a band.

`width` is in points; a page asks for a wide and a narrow one of the same figures. No two things are told apart by
colour alone: beside it stands a name, a place, a shade, a shape or a dash. What customers typed is shortened here; the
drawing program escapes it.
"""

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from switchboard.foundation.charts import Definition

LETTER = 6.5  # points of width of a letter at the size of labels, on average
WIDTHS = (("ilj.,:;'|! ", 3.7), ("mwMW%@", 11.5), ("ABCDEFGHIJKLNOPQRSTUVXYZ&+", 9.3))  # those that are no average
PLAIN_WIDTH, SIZE = 7.2, 13  # of other letters, at this size
ROW, LINE = 44, 15  # points of height of a row with a name of one line, and of each more
ROOM_FOR_TOLD = 110  # points beside the bars, at least
GAP = 34
FEW_STEPS = 260  # points of width of a scale of how many times: below, it has three steps
SCALE_ROOM = 46  # points of height that an axis with its title takes
MOST_BARS = 10
THOUSANDS = "datum.value == 0 ? '0' : replace(format(datum.value, '~s'), 'G', 'B')"
PERCENT = "format(datum.value, '.0%')"
SHADES = {"domain": ["plain", "strong"]}
HEAT = ("#dceaf8", "#06396b")  # the same on light and dark ground, as words stand on it
NARROW_FIELD, LEAST_FIELD = 36, 13  # points of width: words are smaller below the one, and none below the other
DARK_FROM = 0.64  # of the way from light to dark, from where white words stand out more than black ones
INK, PAPER = "#000001", "#fefffe"  # no colours of the theme, which a dark page turns into others
NOTHING = "nothing"
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of bars: its name above, what is told of it on the right; `before` is what it is held against."""

    name: str
    value: float
    told: str
    is_strong: bool = False
    before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field of a grid: its place, how dark it is (0 to 1; None: without a ground), and the words in it.

    `brief` stands there instead where fields are narrow.
    """

    column: str
    row: str
    shade: float | None
    words: str
    brief: str


def short(text: str | None, most: int = 60) -> str:
    """A name on one line, without what would turn or break it; long ones are shortened, none is told."""
    plain = " ".join("".join(" " if _turns(letter) else letter for letter in text or "").split())
    return (plain if len(plain) <= most else plain[: most - 1].rstrip() + "…") or "(no name)"


def width_of(text: str) -> float:
    """How many points it takes at the size of labels, about."""
    return sum(next((each for letters, each in WIDTHS if letter in letters), PLAIN_WIDTH) for letter in text)


def wrapped(text: str, width: float, most: int = 2) -> list[str]:
    """The text in so many lines at most, cut where it does not fit."""
    lines, rest = list[str](), text.split()
    while rest and len(lines) < most:
        line = rest.pop(0)
        while rest and width_of(f"{line} {rest[0]}") <= width:
            line = f"{line} {rest.pop(0)}"
        lines.append(line)
    if rest:
        lines[-1] = f"{lines[-1]} …"
    while lines and width_of(lines[-1]) > width and len(lines[-1]) > 1:
        lines[-1] = lines[-1].removesuffix("…").rstrip()[:-1] + "…"
    return lines or [""]


def _turns(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "CZ"


def amount(value: float | None, *, thousands_from: float = 1e4) -> str:
    """A number in a few letters: 950, 12.4k, 3.1M."""
    if value is None:
        return "unknown"
    size = abs(value)
    for least, unit in ((1e9, "B"), (1e6, "M"), (thousands_from, "k")):
        if size >= least:
            return f"{value / (1e3 if unit == 'k' else least):,.1f}".removesuffix(".0") + unit
    return f"{value:,.0f}" if size >= 100 or value == round(value) else f"{value:,.2f}"


def percent(share: float | None) -> str:
    """A share as per cent: of small ones one place."""
    if share is None:
        return "unknown"
    return f"{share:.0%}" if abs(share) >= 0.1 or share == 0 else f"{share:.1%}"


def signed(change: float | None) -> str:
    """A change as per cent with its sign."""
    return "new" if change is None else f"{change:+.0%}"


def nothing(why: str, width: int, height: int = 120) -> Definition:
    """A picture that says why there is nothing to show."""
    lines = textwrap.wrap(short(why, 300), max(int(width / LETTER) - 4, 12))
    return {
        "name": NOTHING,
        "description": short(why, 300),
        "width": width,
        "height": height,
        "data": {"values": [{"words": "\n".join(lines)}]},
        "mark": {"type": "text", "fontSize": 14, "lineBreak": "\n", "lineHeight": 20, "opacity": 0.8},
        "encoding": {
            "x": {"value": width / 2}, "y": {"value": height / 2 - 10 * (len(lines) - 1)}, "text": {"field": "words"}
        },
    }  # fmt: skip


def says_why(of: Definition) -> bool:
    """Whether a picture is one of nothing."""
    return of.get("name") == NOTHING


def bars(of: Iterable[Bar], description: str, *, width: int, most: int = MOST_BARS) -> Definition:
    """Horizontal bars in the order of the rows: above each its name, on its right what is told of it."""
    shown = list(of)[:most]
    room = _room([each.told for each in shown])
    names = [wrapped(each.name, width - 30) for each in shown]
    lines = max((len(each) for each in names), default=1)
    has_before = any(each.before is not None for each in shown)
    per_row = ROW + LINE * (lines - 1) + (8 if has_before else 0)
    rows = [
        {
            "row": number,
            "label": "\n".join(["\N{NO-BREAK SPACE}"] * (lines - len(name)) + name),
            "value": max(each.value, 0),
            "before": max(each.before or 0, 0),
            "told": each.told,
            "state": "strong" if each.is_strong else "plain",
        }
        for number, (each, name) in enumerate(zip(shown, names, strict=True))
    ]
    return {
        "description": description,
        "width": width,
        "height": per_row * max(len(rows), 1),
        "data": {"values": rows},
        **_bar_layers(rows, width=width - room, per_row=per_row, lines=lines, has_before=has_before),
    }


def _bar_layers(
    rows: Sequence[Row], *, width: float, per_row: float, lines: int, has_before: bool
) -> dict[str, object]:
    y = {"field": "row", "type": "nominal", "sort": None, "axis": None, "scale": {"padding": 0}}
    top = 4 - per_row / 2  # offsets are from the middle of a row
    low = top + LINE * lines + 8
    words = {"type": "text", "baseline": "middle", "fontSize": 13}
    most = max((float(str(row[name])) for row in rows for name in ("value", "before")), default=0)
    to = {"domain": [0, most or 1], "range": [0, max(width, 20)]}
    bar = {"type": "bar", "cornerRadius": 2}
    layers: list[dict[str, object]] = [
        {
            "mark": {**bar, "height": 10, "yOffset": low},
            "encoding": {
                "y": y, "x": {"field": "value", "type": "quantitative", "axis": None, "scale": to},
                "color": {"field": "state", "type": "nominal", "scale": SHADES, "legend": None},
            },
        },
        {
            "mark": {**words, "align": "left", "baseline": "top", "yOffset": top, "lineBreak": "\n"},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "label"}},
        },
        {
            "mark": {**words, "align": "right", "yOffset": low},
            "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "told"}},
        },
    ]  # fmt: skip
    if has_before:
        layers.append(
            {
                "mark": {**bar, "height": 4, "yOffset": low + 9, "opacity": 0.45},
                "encoding": {"y": y, "x": {"field": "before", "type": "quantitative", "axis": None, "scale": to}},
            }
        )
    return {"layer": layers}


def _room(told: Sequence[str]) -> float:
    """Points that what is told of bars takes on their right, with the picture's own margins."""
    return max(ROOM_FOR_TOLD, max(map(width_of, told), default=0) + GAP)


def grid(
    cells: Sequence[Cell], description: str, *, width: int, titles: tuple[str | None, str | None] = (None, None),
    per_row: int = 34,
) -> Definition:  # fmt: skip
    """A field for each column and row: the darker, the more; one without a shade is empty."""
    columns = list(dict.fromkeys(each.column for each in cells))
    rows = list(dict.fromkeys(each.row for each in cells))
    labels = max(map(width_of, rows), default=0) + (24 if titles[1] else 0)
    room = (width - labels - 40) / max(len(columns), 1)
    is_brief = any(width_of(line) > room for each in cells for line in each.words.split("\n"))
    size = 9 if room < NARROW_FIELD else 12
    has_room = room >= LEAST_FIELD
    said = [(each.brief if is_brief else each.words) if has_room else "" for each in cells]
    lines = max(each.count("\n") for each in said) + 1
    data = [
        {
            "column": each.column, "row": each.row, "shade": each.shade, "words": words_in,
            "ink": "" if each.shade is None else INK if each.shade < DARK_FROM else PAPER,
        }
        for each, words_in in zip(cells, said, strict=True)
    ]  # fmt: skip
    words = {"type": "text", "fontSize": size, "lineBreak": "\n", "lineHeight": size + 4, "baseline": "middle"}
    axis = {"labelAngle": 0, "domain": False, "orient": "top", "labelOverlap": not has_room}
    place = {
        "x": {"field": "column", "type": "ordinal", "sort": columns, "axis": {**axis, "title": titles[0]},
              "scale": {"padding": 0.04}},
        "y": {"field": "row", "type": "ordinal", "sort": rows,
              "axis": {"domain": False, "title": titles[1]}, "scale": {"padding": 0.06}},
    }  # fmt: skip
    return {
        "description": description,
        "width": width,
        "height": per_row * max(len(rows), 1) + 30,
        "data": {"values": data},
        "layer": [
            {
                "transform": [{"filter": "datum.shade !== null"}],
                "mark": {"type": "rect", "cornerRadius": 3},
                "encoding": {
                    **place,
                    "color": {"field": "shade", "type": "quantitative", "legend": None,
                              "scale": {"domain": [0, 1], "range": list(HEAT), "interpolate": "rgb"}},
                },
            },
            *(
                {
                    "transform": [{"filter": f"datum.ink == '{ink}'"}],
                    "mark": {**words, "dy": -(size + 4) * (lines - 1) / 2, **({"color": ink} if ink else {})},
                    "encoding": {**place, "text": {"field": "words"}},
                }
                for ink in ("", INK, PAPER)  # words without a ground are of the theme's colour
            ),
        ],
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Something between two ends: its name, low, high, the middle, what it was before, and what is told of it."""

    name: str
    low: float
    high: float
    middle: float
    told: str
    before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A logarithmic scale of how many times as much, from 1 / most to most; what lies beyond it is an arrow there."""

    title: str
    most: float


def spots(
    of: Sequence[Spot], description: str, *, width: int, times: Times | None = None,
    held_against: tuple[float, str] | None = None,
) -> Definition:  # fmt: skip
    """A line from low to high for each, a full point at the middle and a hollow diamond at what was before."""
    room = _room([each.told for each in of])
    names = [wrapped(each.name, width - 30, 1) for each in of]
    rows = [
        {"row": number, "label": name[0], "low": each.low, "high": each.high, "middle": each.middle,
         "before": each.before, "told": each.told, "beyond": _beyond(each.middle, times)}
        for number, (each, name) in enumerate(zip(of, names, strict=True))
    ]  # fmt: skip
    ends = [end for each in of for end in (each.low, each.high, each.middle, each.before) if end is not None]
    domain = _domain([*ends, *(held_against or ())[:1]], times)
    y = {"field": "row", "type": "nominal", "sort": None, "axis": None, "scale": {"padding": 0}}
    to = {"domain": domain, "range": [6, max(width - room, 20)], "type": "log" if times else "linear", "zero": False,
          "nice": False, "clamp": times is not None}  # fmt: skip
    words = {"type": "text", "baseline": "middle", "fontSize": 13}
    scale = {"type": "quantitative", "axis": _axis_of(times, rows, width - room), "scale": to}

    def x(field: str) -> dict[str, object]:
        return {"field": field, **scale}

    layers: list[dict[str, object]] = [
        {"mark": {"type": "rule", "yOffset": 9, "strokeWidth": 3, "opacity": 0.55, "strokeCap": "round"},
         "encoding": {"y": y, "x": x("low"), "x2": {"field": "high"}}},
        *({"transform": [{"filter": f"datum.beyond === '{beyond}'"}],
           "mark": {"type": "point", "yOffset": 9, "size": 90, "filled": True, "opacity": 1},
           "encoding": {"y": y, "x": x("middle"), "shape": {"value": shape}}}
          for beyond, shape in _SHAPES if not beyond or any(row["beyond"] == beyond for row in rows)),
        {"transform": [{"filter": "datum.before !== null"}],
         "mark": {"type": "point", "yOffset": 9, "size": 70, "filled": False, "strokeWidth": 2, "opacity": 1},
         "encoding": {"y": y, "x": x("before"), "shape": {"value": "diamond"}}},
        {"mark": {**words, "align": "left", "yOffset": -9}, "encoding": {"y": y, "x": {"value": 0},
                                                                       "text": {"field": "label"}}},
        {"mark": {**words, "align": "right", "yOffset": 9}, "encoding": {"y": y, "x": {"value": "width"},
                                                                       "text": {"field": "told"}}},
    ]  # fmt: skip
    if held_against is not None:
        at = {"datum": held_against[0], **scale}
        said = {"type": "text", "baseline": "bottom", "fontSize": 12, "text": held_against[1], "dy": -2}
        layers = [  # the line is broken where names stand
            {"mark": {"type": "tick", "orient": "vertical", "yOffset": 9, "size": 20, "thickness": 1.5, "opacity": 0.7},
             "encoding": {"y": y, "x": at}},
            {"data": {"values": [{}]}, "mark": said, "encoding": {"x": at, "y": {"value": 0}}},
            *layers,
        ]  # fmt: skip
    return {
        "description": description, "width": width, "height": ROW * max(len(rows), 1) + (SCALE_ROOM if times else 0),
        "data": {"values": rows}, "layer": layers,
    }  # fmt: skip


_SHAPES = (("", "circle"), ("left", "triangle-left"), ("right", "triangle-right"))


def _beyond(value: float, times: Times | None) -> str:
    """Over which end of the scale it lies."""
    if times is None or 1 / times.most <= value <= times.most:
        return ""
    return "left" if value < 1 else "right"


def _axis_of(times: Times | None, rows: Sequence[Row], width: float) -> dict[str, object] | None:
    """Below a scale of how many times, what it says; none where words beside the lines say it."""
    if times is None:
        return None
    between = (0.2, 0.5, 2, 5) if width >= FEW_STEPS else ()
    steps = sorted({1 / times.most, 1, times.most, *(at for at in between if 1 / times.most < at < times.most)})
    title = f"{times.title}; arrow: beyond" if any(row["beyond"] for row in rows) else times.title
    return {
        "title": title, "titleAnchor": "start", "values": steps, "tickCount": len(steps), "labelOverlap": False,
        "labelExpr": "format(datum.value, '~g') + '\N{MULTIPLICATION SIGN}'",
    }  # fmt: skip


def _domain(ends: Sequence[float], times: Times | None) -> list[float]:
    if times is not None:
        return [1 / times.most, times.most]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return [low, high] if high > low else [low - 0.5, low + 0.5]


def joined(told: Iterable[str], most: int = 5) -> str:
    """The first of several things in words."""
    several = list(told)
    rest = f" and {len(several) - most} more" if len(several) > most else ""
    return "; ".join(several[:most]) + rest


def lacking(what: str, lacks: Sequence[str]) -> str:
    """Why there is nothing to draw."""
    return f"{what}: it takes {'; '.join(lacks)}." if lacks else f"{what} yet."


def is_number(value: float | None) -> bool:
    """Whether there is a number that can be drawn."""
    return value is not None and math.isfinite(value)
