"""A chart's definition: what we accept, and what is handed to the drawing program."""

import json
from collections.abc import Mapping
from typing import cast

from switchboard.foundation.charts.theme import Theme, config
from switchboard.foundation.errors import Invalid

Definition = Mapping[str, object]

LARGEST = 4_000  # points of width or height
MOST_BYTES = 5_000_000
LEADS_ELSEWHERE = {"url", "href"}


def text_of(definition: Definition, theme: Theme, *, ground: bool) -> str:
    """The definition with its theme, as JSON; raise Invalid when it is not one we draw."""
    if not description_of(definition):
        raise Invalid(
            "a chart needs a description that says in words what it shows, for who can not see it", field="description"
        )
    _refuse(definition, "chart")
    own = cast("Mapping[str, object]", definition.get("config") or {})
    whole = {**definition, "config": _merged(config(theme, ground=ground), own)}
    try:
        text = json.dumps(whole, sort_keys=True, allow_nan=False)
    except ValueError:
        raise Invalid("a chart can not show a number that is none (NaN or infinite); leave it out") from None
    if len(text) > MOST_BYTES:
        raise Invalid("a chart of more than 5 MB can not be read; summarise its data first", field="data")
    return text


def description_of(definition: Definition) -> str:
    found = definition.get("description")
    return found.strip() if isinstance(found, str) else ""


def _refuse(part: object, where: str) -> None:
    """Raise Invalid for what would be fetched from elsewhere or lead there, and for pictures without bounds."""
    if isinstance(part, list):
        for each in cast("list[object]", part):
            _refuse(each, where)
    if not isinstance(part, Mapping):
        return
    for name, value in cast("Mapping[str, object]", part).items():
        if name in LEADS_ELSEWHERE:
            raise Invalid(f"a chart carries its data inside: {where} may have no {name}", field=name)
        if name in {"width", "height"} and isinstance(value, int | float) and value > LARGEST:
            raise Invalid(f"the {name} of a chart is at most {LARGEST}", field=name)
        if name not in {"values", "datasets"}:  # the data itself: its columns may be called anything
            _refuse(value, name)


def _merged(ours: dict[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """The theme with what the definition sets itself, which wins."""
    merged = dict(ours)
    for name, value in own.items():
        before = merged.get(name)
        if isinstance(before, dict) and isinstance(value, Mapping):
            merged[name] = _merged(cast("dict[str, object]", before), cast("Mapping[str, object]", value))
        else:
            merged[name] = value
    return merged
