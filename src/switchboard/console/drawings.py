"""Charts on a page: each in two widths, of which the stylesheet shows the one that fits."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from switchboard.foundation.charts import Charts, Definition, NotDrawn

NARROW = 300  # points: what a telephone has room for


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart for a page; without pictures, when none could be drawn, what it would show in words."""

    wide: Markup | None
    narrow: Markup | None
    told: str


async def draw(charts: Charts, define: Callable[[int], Definition], wide: int) -> Drawing:
    """The chart that `define` gives for a width, so wide and narrow."""
    broad, small = define(wide), define(NARROW)
    told = str(broad.get("description", ""))
    try:
        drawn, drawn_small = await charts.svg(broad), await charts.svg(small)
    except NotDrawn:
        return Drawing(wide=None, narrow=None, told=told)
    return Drawing(wide=Markup(drawn), narrow=Markup(drawn_small), told=told)  # noqa: S704 - our own drawing, its labels escaped by the drawing program
