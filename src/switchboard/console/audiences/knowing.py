"""What the builder's rows may be about, from what filters may ask in this workspace."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from switchboard.console.audiences.tree import WRITTEN, Rule
from switchboard.console.words import plain
from switchboard.intelligence.filter_records import Asks, FilterVocabulary

Kind = Literal["number", "text", "flag", "date", "choice", "place", "fact", "near", "written"]
Options = Sequence[tuple[str, str]]

EQUAL = {"is": "is", "is_not": "is not"}
BOUNDS = {"at_least": "at least", "at_most": "at most", "more_than": "more than", "less_than": "less than"}
KNOWN = {"known": "is known", "unknown": "is not known"}
COMPARES: Mapping[Kind, Mapping[str, str]] = {
    "number": {**BOUNDS, **EQUAL, **KNOWN},
    "text": {**EQUAL, "contains": "contains", "starts_with": "starts with", **KNOWN},
    "flag": {"yes": "is true", "no": "is false", **KNOWN},
    "date": {
        "within_days": "within the last … days", "older_than_days": "more than … days ago", "after": "from … on",
        "before": "before", **KNOWN,
    },
    "choice": EQUAL,
    "place": EQUAL,
    "fact": {"did": "did", "did_not": "did not"},
    "near": {"is": "is", "is_not": "is not"},
    "written": {"is": "holds", "is_not": "does not hold"},
}  # fmt: skip
NO_VALUE = frozenset({"known", "unknown", "yes", "no"})
SPAN = ("within_days", "after", "before")
FACTS = {
    "bought": (
        "category", "product", "times_at_least", "times_at_most", "spent_at_least", "spent_at_most", *SPAN,
    ),
    "did": ("event", "times_at_least", "times_at_most", *SPAN),
    "near": ("lat", "lon", "km"),
}  # fmt: skip
TEXTS = frozenset({"category", "product", "event", "after", "before"})  # parts that are no numbers
OVER = re.compile(r" \((?:ever|last [^)]*)\)$")  # what a figure is of, after its name
LABELS = {
    "category": "of category", "product": "product", "event": "event", "times_at_least": "times, at least",
    "times_at_most": "times, at most", "spent_at_least": "spent, at least", "spent_at_most": "spent, at most",
    "within_days": "within days", "after": "from", "before": "before", "lat": "latitude", "lon": "longitude",
    "km": "kilometres around",
}  # fmt: skip
PLACES = {"country": "Country", "region": "Region", "city": "City", "customer_id": "Customer id"}
DAYS = {"last_order": "Last order", "created": "Known since"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a row may be about: its name, how it is compared, what may be chosen, and what it means."""

    name: str
    label: str
    kind: Kind
    unit: str = ""
    meaning: str = ""
    options: Options = ()
    parts: tuple[str, ...] = ()
    compares: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ways(self) -> Mapping[str, str]:
        """How it may be compared, the usual way first."""
        return self.compares or COMPARES[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All fields in groups, and what their parts may be chosen from."""

    groups: Sequence[tuple[str, Sequence[Field]]]
    parts: Mapping[str, Options]

    @property
    def names(self) -> frozenset[str]:
        """The names of all fields."""
        return frozenset(each.name for _, fields in self.groups for each in fields)

    def field(self, name: str) -> Field:
        """The field of this name; one that is there no more is shown as it is written."""
        for _, fields in self.groups:
            for each in fields:
                if each.name == name:
                    return each
        return Field(name=name, label=plain(name.rpartition(":")[2]), kind="text" if name != WRITTEN else "written")

    def fresh(self) -> Rule:
        """What a new row is about."""
        return Rule(field="feature:orders_365", compare="at_least")


def known_from(of: FilterVocabulary) -> Known:
    """The fields of a workspace."""
    who = [
        Field(name="archetype", label="Archetype", kind="choice", options=_pairs(of.archetypes)),
        Field(name="risk_level", label="Risk of leaving", kind="choice", options=_same(of.risk_levels)),
        *(Field(name=name, label=label, kind="place") for name, label in PLACES.items()),
        Field(name="near", label="Near a place", kind="near", parts=FACTS["near"]),
        Field(name="created", label=DAYS["created"], kind="date"),
    ]
    acts = [
        Field(name="bought", label="Bought", kind="fact", parts=FACTS["bought"],
              compares={"did": "bought", "did_not": "did not buy"}),
        Field(name="did", label="Event", kind="fact", parts=FACTS["did"],
              compares={"did": "happened", "did_not": "did not happen"}),
        Field(name="ordered", label="Ever ordered", kind="flag", compares={"yes": "yes", "no": "never"}),
        Field(name="last_order", label=DAYS["last_order"], kind="date"),
    ]  # fmt: skip
    segments = [
        Field(name=f"segment:{axis}", label=plain(axis), kind="choice", options=_same(names), parts=("strength",))
        for axis, names in of.segments.items()
    ]
    groups = [
        ("Who they are", who), ("What they did", acts), ("Segments", segments),
        ("Figures", [_figure(each) for each in of.features]),
        ("Attributes", [_attribute(each) for each in of.attributes]),
        ("Anything else", [Field(name=WRITTEN, label="A term as JSON", kind="written")]),
    ]  # fmt: skip
    parts = {
        "category": [("", "anything"), *_as_written(of.categories)],
        "event": [("", "choose an event"), *_as_written(of.events)],
        "strength": [("", "however strong"), *_same(of.strengths)],
    }
    return Known(groups=[(name, fields) for name, fields in groups if fields], parts=parts)


def _figure(of: Asks) -> Field:
    label = OVER.sub("", of.meaning or "") or plain(of.name)
    return Field(name=f"feature:{of.name}", label=label, kind="number", unit=of.unit or "", meaning=of.meaning or "")


def _attribute(of: Asks) -> Field:
    kinds: Mapping[str, Kind] = {"number": "number", "money": "number", "date": "date", "flag": "flag"}
    ways = {**COMPARES["text"], **BOUNDS} if of.type == "list" else {}
    return Field(name=f"attribute:{of.name}", label=of.name, kind=kinds.get(of.type, "text"), compares=ways)


def _pairs(names: Mapping[str, str]) -> Options:
    return sorted(names.items(), key=lambda each: each[1])


def _same(names: Sequence[str]) -> Options:
    return [(name, plain(name.lower())) for name in names]


def _as_written(names: Sequence[str]) -> Options:
    return [(name, name) for name in names]
