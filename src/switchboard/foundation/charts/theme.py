"""How charts look, on light and on dark ground.

The colours of categories differ in lightness, so they stay apart in grey and for every kind of colour blindness, and
each stands out from the ground by 3:1 (WCAG 2.2, 1.4.11); tests work all of this out.
"""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]

# In the drawing program, so that pictures are the same on every machine; browsers have one of the same widths.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, HEIGHT = 640, 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    ground: str
    text: str
    quiet: str  # axes and legends
    line: str  # grid
    categories: tuple[str, ...]
    low: str  # from few …
    high: str  # … to many
    bad: str
    middle: str
    good: str


COLOURS: dict[Theme, Colours] = {
    "light": Colours(
        ground="#ffffff",
        text="#182433",
        quiet="#566377",
        line="#e4e8ee",
        categories=("#075faf", "#cd792e", "#472062", "#028863", "#8b2303", "#0f1f2c"),
        low="#d7e7f7",
        high="#06396b",
        bad="#a8480a",
        middle="#f1f1ee",
        good="#075faf",
    ),
    "dark": Colours(
        ground="#182433",
        text="#eef2f7",
        quiet="#a9b7c8",
        line="#2d3b4d",
        categories=("#7aa2e1", "#fec881", "#ce6a7e", "#4acbc3", "#c7472d", "#d9f2ce"),
        low="#27476c",
        high="#d3e5fb",
        bad="#fec881",
        middle="#3a4656",
        good="#7aa2e1",
    ),
}


def config(theme: Theme, *, ground: bool) -> dict[str, object]:
    """Vega-Lite's `config`; without ground what lies below shows through."""
    colours = COLOURS[theme]
    first = colours.categories[0]
    return {
        "background": colours.ground if ground else None,
        "font": FONT,
        "padding": 12 if ground else 4,
        "autosize": {"type": "fit", "contains": "padding"},
        "view": {"continuousWidth": WIDTH, "continuousHeight": HEIGHT, "discreteWidth": WIDTH, "stroke": None},
        "aria": False,  # the picture as a whole has its description; its parts would only repeat it
        "range": {
            "category": list(colours.categories),
            "ordinal": {"scheme": [colours.low, colours.high]},
            "ramp": [colours.low, colours.high],
            "heatmap": [colours.low, colours.high],
            "diverging": [colours.bad, colours.middle, colours.good],
        },
        **_marks(colours, first),
        **_words(colours),
    }


def _marks(colours: Colours, first: str) -> dict[str, object]:
    return {
        "mark": {"color": first},
        "bar": {"cornerRadiusEnd": 2},
        "scale": {"barBandPaddingInner": 0.25},
        "line": {"strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"},
        "area": {"fillOpacity": 0.18, "line": {"strokeWidth": 2.5}},
        "point": {"filled": True, "size": 55},
        "errorband": {"band": {"fillOpacity": 0.18, "opacity": 1}},
        "rule": {"color": colours.quiet, "strokeWidth": 1.5},
        "text": {"color": colours.text, "fontSize": 12},
    }


def _words(colours: Colours) -> dict[str, object]:
    return {
        "title": {
            "anchor": "start",
            "color": colours.text,
            "fontSize": 16,
            "fontWeight": "bold",
            "offset": 14,
            "subtitleColor": colours.quiet,
            "subtitleFontSize": 13,
            "subtitlePadding": 5,
        },
        "axis": {
            "domainColor": colours.line,
            "gridColor": colours.line,
            "labelColor": colours.quiet,
            "labelFontSize": 12,
            "labelPadding": 6,
            "ticks": False,
            "titleColor": colours.quiet,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 10,
        },
        "axisX": {"grid": False, "labelFlush": True, "labelOverlap": True},
        "axisXBand": {"labelAngle": 0},
        "axisXQuantitative": {"domain": False, "grid": True},
        "axisY": {"domain": False},
        "axisQuantitative": {"tickCount": 5},
        "header": {"labelColor": colours.text, "labelFontSize": 12, "titleColor": colours.quiet, "titleFontSize": 12},
        "legend": {
            "gradientLength": 160,
            "gradientThickness": 10,
            "labelColor": colours.quiet,
            "labelFontSize": 12,
            "orient": "top",
            "titleColor": colours.quiet,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
    }
