"""Thresholds: tiers of value, cuts of strength, and the anchors that segments stand on; tried before they are kept."""

from collections.abc import Mapping

from pydantic import JsonValue
from starlette.responses import Response

from switchboard.console.filled import Filled
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Conflict, Invalid, UnderWay
from switchboard.foundation.jobs import JOBS
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing
from switchboard.intelligence.operations.shop import axes, preview_settings, set_settings, settings
from switchboard.intelligence.records import Asked
from switchboard.intelligence.shop_records import Axes, Preview, PreviewAsked
from switchboard.intelligence.working_out import IntelligenceSettings

PATH = "/settings/thresholds"
TIERS = (("middle", "Mid Value from"), ("high", "High Value from"), ("vip", "VIP from"))
CUTS = (("strong", "Strong from"), ("moderate", "Moderate from"))
NIGHTLY = "intelligence.nightly"


async def show(visit: Visit) -> Response:
    """The page."""
    known = await _axes(visit)
    return await _page(visit, known, Filled(values=_written(await visit.ask(settings, Nothing()), known)))


async def change(visit: Visit) -> Response:
    """Keep them, or try them."""
    fields, known = await visit.form(), await _axes(visit)
    said = {name: value.strip() for name, value in fields.items() if name != "do"}
    try:
        asked = _read(said, known, await visit.ask(settings, Nothing()))
        if fields.get("do") == "try":
            return await _try(visit, known, said, read_values(PreviewAsked, asked))
        await visit.ask(set_settings, read_values(IntelligenceSettings, asked))
    except Invalid as error:
        return await _page(visit, known, Filled.after(said, error), error.status)
    return visit.after(PATH, "Saved. The next segmentation works with them.")


async def _try(visit: Visit, known: Axes | None, said: Mapping[str, str], asked: PreviewAsked) -> Response:
    """What they would change; or how far that is, while the form waits to be sent again by itself."""
    try:
        tried = await visit.ask(preview_settings, asked)
    except UnderWay as error:
        return await _page(visit, known, Filled(values=said), 202, under_way=error)
    return await _page(visit, known, Filled(values=said), tried=tried)


async def _page(  # noqa: PLR0913 - what one page shows
    visit: Visit,
    known: Axes | None,
    filled: Filled,
    status: int = 200,
    *,
    tried: Preview | None = None,
    under_way: UnderWay | None = None,
) -> Response:
    shown = {
        "under_way": under_way,
        "filled": filled, "axes": known.axes if known else (), "tiers": TIERS, "cuts": CUTS, "tried": tried,
        "may_change": visit.caller.may(set_settings.permission), "nightly": NIGHTLY if NIGHTLY in JOBS else "",
        "may_run": visit.caller.may("jobs:run"),
    }  # fmt: skip
    return visit.page("thresholds.html", shown, status)


async def _axes(visit: Visit) -> Axes | None:
    """The axes; None before the first run."""
    try:
        return await visit.ask(axes, Asked())
    except Conflict:
        return None


def _written(of: IntelligenceSettings, known: Axes | None) -> dict[str, str]:
    values = {name: _number(getattr(of.value_tiers, name)) for name, _ in TIERS}
    values |= {name: _number(getattr(of.segments, name)) for name, _ in CUTS}
    for axis in known.axes if known else ():
        values |= {f"{axis.name}.{place}": _number(each) for place, each in enumerate(axis.anchors)}
    return values


def _read(said: Mapping[str, str], known: Axes | None, kept: IntelligenceSettings) -> dict[str, JsonValue]:
    """The settings as the form has them; axes as they are written are none of the workspace's own."""
    anchors: dict[str, JsonValue] = {}
    for axis in known.axes if known else ():
        own = [_figure(said, f"{axis.name}.{place}", each) for place, each in enumerate(axis.anchors)]
        if axis.name in kept.segments.anchors or own != list(axis.anchors):
            anchors[axis.name] = [*own]
    return {
        "segments": {
            "anchors": anchors,
            **{name: _figure(said, name, getattr(kept.segments, name)) for name, _ in CUTS},
        },
        "value_tiers": {name: _figure(said, name, getattr(kept.value_tiers, name)) for name, _ in TIERS},
    }


def _figure(said: Mapping[str, str], name: str, kept: float) -> float:
    """The number of a field; the one that is kept, in full, where the field still shows it."""
    if said.get(name) == _number(kept):
        return kept
    try:
        return float(said.get(name, "").replace(",", "."))
    except ValueError:
        raise Invalid("give a number, such as 2.5", field=name) from None


def _number(value: float) -> str:
    return f"{value:.6g}"


PAGES = ((PATH, "GET", show), (PATH, "POST", change))
