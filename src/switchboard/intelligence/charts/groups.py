"""Charts of groups: archetypes now and ahead, trends of segments, two groups compared, targets of campaigns."""

from collections.abc import Iterable

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import (
    MOST_BARS,
    THOUSANDS,
    Bar,
    Spot,
    Times,
    amount,
    bars,
    is_number,
    joined,
    nothing,
    percent,
    short,
    spots,
)
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.forecast_records import ArchetypeGrowth
from switchboard.intelligence.group_records import Behaviour, Comparison, GroupBehaviour, GroupShown
from switchboard.intelligence.past_records import Trend
from switchboard.intelligence.records import Archetype, Archetypes, Targets

LEAST_RATIO = 0.01
ENDS = (2.0, 5.0, 10.0)  # of a scale of ratios: how many times as much


def archetypes_by_members(of: Iterable[Archetype], *, width: int, most: int = MOST_BARS) -> Definition:
    """A bar for each of the largest archetypes, its name above it."""
    ordered = sorted(of, key=lambda each: -each.member_count)
    if not ordered:
        return nothing("There are no archetypes yet.", width)
    shown = ordered[:most]
    rows = [
        Bar(name=each.name, value=each.member_count, told=f"{each.member_count:,} · {each.population_percent:.1f}%")
        for each in shown
    ]
    told = "; ".join(f"{each.name}, {each.member_count:,} members" for each in shown)
    which = f"The {len(shown)} largest of {len(ordered)} archetypes" if len(ordered) > most else "The archetypes"
    return bars(rows, f"{which} by members: {told}.", width=width, most=most)


def archetypes(of: Archetypes, *, width: int) -> Definition:
    """The same of an answer."""
    return archetypes_by_members(of.archetypes, width=width)


def archetype_growth(of: ArchetypeGrowth, *, width: int) -> Definition:
    """For each archetype its members now (a diamond), those expected (a point) and the line they lie on."""
    if not of.archetypes:
        lacks = "; ".join(of.not_enough_data)
        return nothing(
            f"No projection of archetypes: it takes {lacks}." if lacks else "There are no archetypes.", width
        )
    rows = [
        Spot(
            name=short(each.name, 70), low=each.low, high=each.high, middle=each.expected, before=each.current,
            told=f"{amount(each.current)} to {amount(round(each.expected))}",
        )
        for each in of.archetypes[:MOST_BARS]
    ]  # fmt: skip
    told = joined(
        f"{short(each.name, 60)} from {each.current:,} to {amount(round(each.expected))} ({amount(round(each.low))} to"
        f" {amount(round(each.high))})"
        for each in of.archetypes
    )
    return spots(rows, f"Members of archetypes expected after {of.months} months: {told}.", width=width)


def segment_trend(of: Trend, *, width: int, height: int = 220) -> Definition:
    """Members of a segment at each snapshot."""
    name = f"{of.segment_name} ({of.axis_name})".replace("_", " ")
    if not of.points:
        return nothing(f"No snapshot of {name} has been kept yet.", width)
    last = of.points[-1]
    told = f"Members of {name}: {last.members:,} on {last.as_of:%d %B %Y}, {percent(last.share)} of all"
    if of.change is not None:
        told += f", {of.change.members:+,} since {of.change.since:%d %B %Y}"
    rows = [{"day": f"{each.as_of:%Y-%m-%d}", "members": each.members} for each in of.points]
    encoding = {
        "x": {"field": "day", "type": "temporal", "axis": {"title": None, "format": "%b %Y",
        "tickCount": max(width // 90, 2)}},
        "y": {"field": "members", "type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}},
    }  # fmt: skip
    return {
        "description": f"{told}.", "width": width, "height": height, "data": {"values": rows},
        "mark": {"type": "line", "point": {"size": 40, "filled": True}}, "encoding": encoding,
    }  # fmt: skip


def behaviour(of: GroupBehaviour, *, width: int, most: float | None = None) -> Definition:
    """Averages of a group against the shop's: right of the middle line they are higher.

    `most` is the end of the scale, where several groups stand beside each other.
    """
    shown = [each for each in of.features if each.lift is not None and each.lift > 0]
    if not shown:
        return nothing(f"Of {_group(of.group, 60)} no average can be held against the shop's.", width)
    rows = [
        _ratio(each.feature, each.lift, _against(each.mean, f"shop {_figure(each.shop_mean, each.unit, of.currency)}",
               each.unit, of.currency))
        for each in shown
    ]  # fmt: skip
    far = sorted((each for each in of.features if each.lift), key=lambda each: -abs((each.lift or 1) - 1))
    told = joined(
        (
            f"{_words(each.feature)} {_against(each.mean, '', each.unit, of.currency)}, shop"
            f" {_against(each.shop_mean, '', each.unit, of.currency)}"
            for each in far
        ),
        3,
    )
    said = f"{_group(of.group, 60)}: {of.customers:,} customers, {percent(of.share)} of all"
    times = Times(title="Times the shop's average", most=most or farthest([of]))
    return spots(rows, f"{said}, against the shop: {told}.", width=width, times=times, held_against=(1, "the shop"))


def farthest(of: Iterable[Behaviour]) -> float:
    """Of a scale on which all of them have their place, how many times as much its end is: 10 at most."""
    return _end(each.lift for group in of for each in group.features)


def comparison(of: Comparison, *, width: int) -> Definition:
    """Averages of one group against another's: right of the middle line the first has more."""
    shown = [each for each in of.differences if each.ratio is not None and each.ratio > 0]
    one, other = _group(of.one.group, 50), _group(of.other.group, 50)
    if not shown:
        return nothing(f"No average of {one} can be held against {other}.", width)
    rows = [
        _ratio(each.feature, each.ratio, _against(each.one, _figure(each.other, each.unit, of.currency), each.unit,
               of.currency))
        for each in shown
    ]  # fmt: skip
    told = joined(
        (
            f"{_words(each.feature)} {_against(each.one, '', each.unit, of.currency)} against"
            f" {_against(each.other, '', each.unit, of.currency)}"
            for each in shown
        ),
        3,
    )
    said = f"{one} ({of.one.customers:,} customers) against {other} ({of.other.customers:,})"
    times = Times(title="Times as much", most=_end(each.ratio for each in shown))
    return spots(rows, f"{said}: {told}.", width=width, times=times, held_against=(1, short(other, 30)))


def targets(of: Targets, *, width: int) -> Definition:
    """A bar for each archetype or segment to address; the thin one is who of them qualifies."""
    if not of.recommendations:
        return nothing(of.missing or "Nobody qualifies.", width)
    rows = [
        Bar(
            name=f"{short(each.name.replace('_', ' '), 70)}, {each.kind}", value=each.member_count,
            before=each.qualifying_count, told=f"{each.qualifying_count:,} of {each.member_count:,}",
        )
        for each in of.recommendations
    ]  # fmt: skip
    told = joined(
        f"{short(each.name.replace('_', ' '), 50)}, {each.qualifying_count:,} of {each.member_count:,} qualify"
        for each in of.recommendations
    )
    return bars(rows, f"Whom to address for {of.goal.replace('_', ' ')}: {told}.", width=width)


def _ratio(feature: str, ratio: float | None, told: str) -> Spot:
    assert is_number(ratio)
    at = max(ratio or 0, LEAST_RATIO)
    return Spot(name=_words(feature), low=min(at, 1), high=max(at, 1), middle=at, told=told)


def _end(ratios: Iterable[float | None]) -> float:
    most = max((max(each, 1 / each) for each in ratios if each), default=1)
    return next((end for end in ENDS if most <= end), ENDS[-1])


def _against(value: float | None, other: str, unit: str, currency: str) -> str:
    """A figure, what it is held against, and their unit: once, behind both, where it is a word."""
    said = " · ".join(each for each in (_figure(value, unit, currency), other) if each)
    return said if unit in {"currency", "share"} else f"{said} {unit}"


def _figure(value: float | None, unit: str, currency: str) -> str:
    """A figure in few letters, with its unit where that is none of words."""
    if value is None:
        return "unknown"
    if unit == "share":
        return percent(value)
    said = f"{value:,.1f}" if 10 <= value < 100 and value != round(value) else amount(value)
    return f"{said} {currency}" if unit == "currency" else said


def _group(of: GroupShown, most: int) -> str:
    name = "the whole shop" if of.kind == "shop" else of.name.replace("_", " ")
    return short(name, most)


def _words(feature: str) -> str:
    return FEATURES[feature].meaning
