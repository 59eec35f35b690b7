"""A filter's meaning in plain Python, person by person: written apart from the product's, to hold that against it."""

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

DAY = 86_400


@dataclass(kw_only=True)
class Line:
    order: str
    second: int
    product: str
    category: str
    gross: int  # cents
    discount: int
    refund: int


@dataclass(kw_only=True)
class Somebody:
    customer_id: str
    country: str | None = None
    created: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    lines: list[Line] = field(default_factory=list[Line])
    events: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    lat: float | None = None
    lon: float | None = None
    features: dict[str, float] = field(default_factory=dict[str, float])
    segments: dict[str, str] = field(default_factory=dict[str, str])
    strengths: dict[str, str] = field(default_factory=dict[str, str])
    archetype: str | None = None
    risk: int | None = None

    @property
    def last_order(self) -> int | None:
        return max((line.second for line in self.lines if line.gross > 0), default=None)


def fits(filter_: dict[str, Any], who: Somebody, now: int) -> bool:
    """Whether the filter describes them; `now` is Unix time of a midnight in UTC."""
    (subject,) = [key for key in filter_ if key in TERMS]
    return TERMS[subject](filter_, who, now)


def folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower()


def _second(said: str) -> int:
    if len(said) == 10:
        return int(datetime.combine(date.fromisoformat(said), datetime.min.time(), UTC).timestamp())
    return int(datetime.fromisoformat(said).timestamp())


def _value(value: Any, asked: dict[str, Any], now: int) -> bool:
    """All operators of one value; a moment is Unix time."""
    return all(_holds(value, operator, operand, now) for operator, operand in asked.items())


def _holds(value: Any, operator: str, operand: Any, now: int) -> bool:
    match operator:
        case "known":
            return (value is not None) == operand
        case "is_not":
            return value is None or not _same(value, operand)
        case "not_in":
            return value is None or not any(_same(value, each) for each in operand)
        case _:
            return value is not None and ASKED[operator](value, operand, now)


ASKED: dict[str, Callable[[Any, Any, int], bool]] = {
    "is": lambda value, operand, _: _same(value, operand),
    "in": lambda value, operand, _: any(_same(value, each) for each in operand),
    "at_least": lambda value, operand, _: value >= operand,
    "at_most": lambda value, operand, _: value <= operand,
    "more_than": lambda value, operand, _: value > operand,
    "less_than": lambda value, operand, _: value < operand,
    "contains": lambda value, operand, _: folded(operand) in folded(value),
    "starts_with": lambda value, operand, _: folded(value).startswith(folded(operand)),
    "before": lambda value, operand, _: value < _second(operand),
    "after": lambda value, operand, _: value >= _second(operand),
    "within_days": lambda value, operand, now: now - operand * DAY <= value < now,
    "older_than_days": lambda value, operand, now: value < now - operand * DAY,
}


def _same(value: Any, operand: Any) -> bool:
    if isinstance(value, str):
        return folded(value) == folded(operand)
    return value == operand


def _beside(filter_: dict[str, Any], *subjects: str) -> dict[str, Any]:
    return {key: value for key, value in filter_.items() if key not in subjects}


def _many(given: Any) -> list[Any]:
    return given if hasattr(given, "append") else [given]


def _within(second: int, asked: dict[str, Any], now: int) -> bool:
    if second >= now:
        return False
    if "within_days" in asked and second < now - asked["within_days"] * DAY:
        return False
    if "after" in asked and second < _second(asked["after"]):
        return False
    return not ("before" in asked and second >= _second(asked["before"]))


def _often(count: int, asked: dict[str, Any]) -> bool:
    least = asked.get("times_at_least", 0 if "times_at_most" in asked else 1)
    return least <= count <= asked.get("times_at_most", math.inf)


def _bought(filter_: dict[str, Any], who: Somebody, now: int) -> bool:
    asked = filter_["bought"]
    lines = [line for line in who.lines if _within(line.second, asked, now)]
    if "product" in asked:
        lines = [line for line in lines if line.product in _many(asked["product"])]
    if "category" in asked:
        lines = [line for line in lines if line.category in _many(asked["category"])]
    spent = sum(line.gross - line.discount - line.refund for line in lines) / 100
    return (
        _often(len({line.order for line in lines if line.gross > 0}), asked)
        and spent >= asked.get("spent_at_least", -math.inf)
        and spent <= asked.get("spent_at_most", math.inf)
    )


def _did(filter_: dict[str, Any], who: Somebody, now: int) -> bool:
    asked = filter_["did"]
    return _often(sum(kind in _many(asked["event"]) and _within(at, asked, now) for kind, at in who.events), asked)


def _near(filter_: dict[str, Any], who: Somebody, _: int) -> bool:
    if who.lat is None or who.lon is None:
        return False
    asked = filter_["near"]
    here, there = _on_ball(who.lat, who.lon), _on_ball(asked["lat"], asked["lon"])
    chord = math.dist(here, there)
    return 2 * math.asin(min(1.0, chord / 2)) * 6371.0088 <= asked["km"]


def _on_ball(lat: float, lon: float) -> tuple[float, float, float]:
    up, round_ = math.radians(lat), math.radians(lon)
    return math.cos(up) * math.cos(round_), math.cos(up) * math.sin(round_), math.sin(up)


def _segment(filter_: dict[str, Any], who: Somebody, _: int) -> bool:
    strengths = _many(filter_["strength"]) if "strength" in filter_ else None
    return all(
        who.segments.get(axis) in _many(names) and (strengths is None or who.strengths.get(axis) in strengths)
        for axis, names in filter_["segment"].items()
    )


def _feature(filter_: dict[str, Any], who: Somebody, now: int) -> bool:
    if filter_["feature"] == "risk_score":
        return _value(None if who.risk is None else who.risk / 10, _beside(filter_, "feature"), now)
    value = who.features.get(filter_["feature"])
    asked = {
        name: np.float32(each) if isinstance(each, float) else each
        for name, each in _beside(filter_, "feature").items()
    }
    return _value(None if value is None else np.float32(value), asked, now)


def _level(risk: int | None) -> str | None:
    return (
        None if risk is None else "LOW" if risk < 3 else "MEDIUM" if risk < 5 else "HIGH" if risk <= 7 else "CRITICAL"
    )


TERMS: dict[str, Callable[[dict[str, Any], Somebody, int], bool]] = {
    "all": lambda f, who, now: all(fits(each, who, now) for each in f["all"]),
    "any": lambda f, who, now: any(fits(each, who, now) for each in f["any"]),
    "not": lambda f, who, now: not fits(f["not"], who, now),
    "attribute": lambda f, who, now: _value(who.attributes.get(f["attribute"]), _beside(f, "attribute"), now),
    "feature": _feature,
    "segment": _segment,
    "archetype": lambda f, who, _: who.archetype in _many(f["archetype"]),
    "risk_level": lambda f, who, _: _level(who.risk) in _many(f["risk_level"]),
    "bought": _bought,
    "did": _did,
    "ordered": lambda f, who, _: (who.last_order is not None) == f["ordered"],
    "last_order": lambda f, who, now: _value(who.last_order, f["last_order"], now),
    "created": lambda f, who, now: _value(who.created, f["created"], now),
    "near": _near,
    "country": lambda f, who, _: (
        who.country is not None and folded(who.country) in [folded(each) for each in _many(f["country"])]
    ),
    "customer_id": lambda f, who, _: who.customer_id in _many(f["customer_id"]),
}


def day(now: int, ago: int) -> str:
    """The date so many days before."""
    return (datetime.fromtimestamp(now, UTC) - timedelta(days=ago)).date().isoformat()
