"""The tree as a filter, and which row each part of the filter came from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from switchboard.console.audiences.knowing import DAYS, FACTS, NO_VALUE, PLACES, TEXTS, Known
from switchboard.console.audiences.tree import ROOT, WRITTEN, Group, Node, Rule

Json = dict[str, JsonValue]
NEGATIVE = frozenset({"is_not", "did_not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A filter, where each node of the tree stands in it, and the rows that say nothing yet."""

    filter: Json
    places: Mapping[str, str]  # of the filter → of the tree
    unfinished: frozenset[str]

    def row_of(self, place: str | None) -> str:
        """The node that an error's place belongs to: the nearest one around it."""
        found = [at for at in self.places if place is not None and _is_within(place, at)]
        return self.places[max(found, key=len)] if found else ROOT


def written(root: Group, known: Known) -> Written:
    """The filter of a tree; rows that say nothing yet are left out of it."""
    places: dict[str, str] = {}
    unfinished: set[str] = set()

    def group(of: Group, at: str, path: str) -> Json | None:
        inside, name = at, "any" if of.match in {"any", "none"} else "all"
        if of.match in {"none", "not_all"}:
            inside = f"{at}.not"
        terms: list[JsonValue] = []
        for number, each in enumerate(of.items):
            term = node(each, f"{inside}.{name}[{len(terms)}]", f"{path}.{number}")
            if term is not None:
                terms.append(term)
        if not terms and path != ROOT:
            return None
        places[at] = path
        if not terms:
            return {"all": []}
        return {"not": {name: terms}} if inside != at else {name: terms}

    def node(of: Node, at: str, path: str) -> Json | None:
        if isinstance(of, Group):
            return group(of, at, path)
        term = term_of(of, known)
        if term is None:
            unfinished.add(path)
            return None
        places[at] = path
        return term

    return Written(filter=group(root, "filter", ROOT) or {"all": []}, places=places, unfinished=frozenset(unfinished))


def term_of(rule: Rule, known: Known) -> Json | None:
    """The term of a row; None while it says nothing yet."""
    subject, _, name = rule.field.partition(":")
    if subject in {"feature", "attribute"}:
        tests = _tests(rule, known.field(rule.field).kind)
        return {subject: name, **tests} if tests else None
    term = _plain(rule, subject, name, known)
    return {"not": term} if term is not None and rule.compare in NEGATIVE else term


def _plain(rule: Rule, subject: str, name: str, known: Known) -> Json | None:
    """The term as if it were to hold."""
    if subject == WRITTEN:
        return _as_json(rule.parts.get("json", ""))
    if subject in FACTS:
        parts = _parts(rule)
        needed = {"near": ("lat", "lon", "km"), "did": ("event",)}.get(subject, ())
        return {subject: parts} if all(each in parts for each in needed) else None
    if subject in DAYS:
        tests = _tests(rule, "date")
        return {subject: tests} if tests else None
    if subject == "ordered":
        return {"ordered": rule.compare != "no"}
    return _chosen(rule, subject, name, known)


def _chosen(rule: Rule, subject: str, name: str, known: Known) -> Json | None:
    values = _values(rule)
    is_chosen = subject in PLACES or known.field(rule.field).kind == "choice"
    if values is None or not is_chosen:
        return None
    if subject != "segment":
        return {subject: values}
    term: Json = {"segment": {name: values}}
    if strength := rule.parts.get("strength", ""):
        term["strength"] = strength
    return term


def _tests(rule: Rule, kind: str) -> Json:
    """What has to hold of a value; nothing while there is none."""
    if rule.compare in NO_VALUE:
        is_known = rule.compare in {"known", "unknown"}
        return {"known" if is_known else "is": rule.compare in {"known", "yes"}}
    values = [each for each in rule.values if each.strip()]
    if not values:
        return {}
    numbers = kind == "number" or rule.compare in {
        "at_least", "at_most", "more_than", "less_than", "within_days", "older_than_days",
    }  # fmt: skip
    read: list[JsonValue] = [number_in(each) if numbers else each.strip() for each in values]
    if rule.compare in {"is", "is_not"} and len(read) > 1:
        return {"in" if rule.compare == "is" else "not_in": read}
    return {rule.compare: read[0]}


def _values(rule: Rule) -> JsonValue:
    values: list[JsonValue] = [each.strip() for each in rule.values if each.strip()]
    return None if not values else values[0] if len(values) == 1 else values


def _parts(rule: Rule) -> Json:
    return {
        name: said.strip() if name in TEXTS else number_in(said)
        for name in FACTS[rule.field]
        if (said := rule.parts.get(name, "")).strip()
    }


def number_in(said: str) -> JsonValue:
    """The number that was typed; what is none stays a text, so that whoever checks the filter says so."""
    try:
        number = float(said.strip())
    except ValueError:
        return said.strip()
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _as_json(said: str) -> Json | None:
    """What was written by hand; an object that no filter can have where it is none, so that its row is named."""
    if not said.strip():
        return None
    try:
        read: JsonValue = json.loads(said)
    except (ValueError, RecursionError):
        return {"not JSON": said[:40]}
    return read if isinstance(read, dict) else {"not an object": said[:40]}


def _is_within(place: str, at: str) -> bool:
    return place == at or place.startswith((f"{at}.", f"{at}["))
