"""A tree read back: out of the fields of a form, or out of a filter's JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from pydantic import JsonValue
from starlette.datastructures import QueryParams

from switchboard.console.audiences.knowing import DAYS, FACTS, PLACES, Known
from switchboard.console.audiences.tree import DEEPEST, MATCHES, MOST_RULES, ROOT, WRITTEN, Group, Match, Node, Rule

MOST_VALUES = 50
OPPOSITE: Mapping[Match, Match] = {"all": "not_all", "not_all": "all", "any": "none", "none": "any"}
TURNED = {"is": "is_not", "is_not": "is", "did": "did_not", "did_not": "did"}
OWN_NOT = ("feature:", "attribute:")  # of these "is not" is a comparison of its own


def tree_in(form: QueryParams, known: Known, path: str = ROOT, depth: int = 1) -> Group:
    """The tree that a form holds: node 0.2.1 has the fields `0.2.1.match`, or `0.2.1.field`, `.compare`, `.value`."""
    said = form.get(f"{path}.match", "all")
    items: list[Node] = []
    while len(items) < MOST_RULES:
        below = f"{path}.{len(items)}"
        if f"{below}.match" in form and depth < DEEPEST:
            items.append(tree_in(form, known, below, depth + 1))
        elif f"{below}.field" in form:
            items.append(_rule_in(form, known, below))
        else:
            break
    return Group(match=cast("Match", said if said in MATCHES else "all"), items=tuple(items))


def _rule_in(form: QueryParams, known: Known, path: str) -> Rule:
    name = form[f"{path}.field"]
    field = known.field(name)
    compare = form.get(f"{path}.compare", "")
    if form.get(f"{path}.was", name) != name:  # another field was chosen: what was said of the old one is gone
        return Rule(field=name, compare=next(iter(field.ways)))
    values = tuple(dict.fromkeys(each for each in form.getlist(f"{path}.value")[:MOST_VALUES] if each))
    parts = {
        each: said
        for each in (*field.parts, *(("json",) if name == WRITTEN else ()))
        if (said := form.get(f"{path}.part.{each}", ""))
    }
    return Rule(
        field=name, compare=compare if compare in field.ways else next(iter(field.ways)), values=values, parts=parts
    )


def tree_of(filter_: JsonValue) -> Group:
    """The tree that shows a filter; what no row can show stands in it as it is written."""
    if filter_ == {"all": []}:
        return Group()
    node = _node(filter_, 1)
    return node if isinstance(node, Group) else Group(items=(node,))


def _node(of: JsonValue, depth: int) -> Node:
    if not isinstance(of, dict) or depth > DEEPEST:
        return _as_written(of)
    match of:
        case {"all": list() as terms} | {"any": list() as terms} if len(of) == 1 and terms:
            match_: Match = "all" if "all" in of else "any"
            return Group(match=match_, items=tuple(_node(each, depth + 1) for each in terms))
        case {"not": term} if len(of) == 1:
            return _turned(_node(term, depth))
        case _:
            return _leaf(of) or _as_written(of)


def _turned(node: Node) -> Node:
    """What does not hold."""
    if isinstance(node, Group):
        return replace(node, match=OPPOSITE[node.match])
    if node.compare in TURNED and not node.field.startswith(OWN_NOT):
        return replace(node, compare=TURNED[node.compare])
    return Group(match="none", items=(node,))


def _as_written(of: JsonValue) -> Rule:
    return Rule(field=WRITTEN, compare="is", parts={"json": json.dumps(of, ensure_ascii=False)})


def _leaf(of: Mapping[str, JsonValue]) -> Node | None:
    """The row of a term, or rows where it says several things; None when no row can show it."""
    for subject in ("feature", "attribute"):
        if isinstance(name := of.get(subject), str):
            tests = {key: value for key, value in of.items() if key != subject}
            return _tested(f"{subject}:{name}", tests)
    if set(of) - {"strength"} == {"segment"}:
        return _segment(of)
    if len(of) != 1:
        return None
    ((subject, said),) = of.items()
    found: Node | None = None
    if subject in DAYS and isinstance(said, dict):
        found = _tested(subject, said)
    elif subject in FACTS:
        found = _fact(subject, said)
    elif subject == "ordered" and isinstance(said, bool):
        found = Rule(field="ordered", compare="yes" if said else "no")
    elif subject in {*PLACES, "archetype", "risk_level"}:
        found = _chosen(subject, said)
    return found


def _tested(field: str, tests: Mapping[str, JsonValue]) -> Node | None:
    rules = [_test(field, name, value) for name, value in tests.items()]
    whole = [each for each in rules if each is not None]
    if not whole or len(whole) < len(rules):
        return None
    return whole[0] if len(whole) == 1 else Group(items=tuple(whole))


def _test(field: str, name: str, value: JsonValue) -> Rule | None:
    if isinstance(value, bool):
        compare = {("known", True): "known", ("known", False): "unknown", ("is", True): "yes", ("is", False): "no"}
        found = compare.get((name, value))
        return Rule(field=field, compare=found) if found else None
    values = _texts(value)
    if values is None:
        return None
    return Rule(field=field, compare={"in": "is", "not_in": "is_not"}.get(name, name), values=values)


def _segment(of: Mapping[str, JsonValue]) -> Node | None:
    axes, strength = of["segment"], of.get("strength", "")
    if not isinstance(axes, dict) or not isinstance(strength, str) or not axes:
        return None
    rules: list[Rule] = []
    for axis, said in axes.items():
        values = _texts(said)
        if values is None:
            return None
        parts = {"strength": strength} if strength else {}
        rules.append(Rule(field=f"segment:{axis}", compare="is", values=values, parts=parts))
    return rules[0] if len(rules) == 1 else Group(items=tuple(rules))


def _fact(subject: str, said: JsonValue) -> Rule | None:
    if not isinstance(said, dict) or set(said) - set(FACTS[subject]):
        return None
    parts: dict[str, str] = {}
    for name, value in said.items():
        texts = _texts(value)
        if texts is None or len(texts) != 1:
            return None
        parts[name] = texts[0]
    return Rule(field=subject, compare="is" if subject == "near" else "did", parts=parts)


def _chosen(subject: str, said: JsonValue) -> Rule | None:
    values = _texts(said)
    return Rule(field=subject, compare="is", values=values) if values is not None else None


def _texts(said: JsonValue) -> tuple[str, ...] | None:
    """One value or a list of them, as they are typed; None for what is no text and no number."""
    several: Sequence[JsonValue] = said if isinstance(said, list) else [said]
    if not several or any(isinstance(each, bool) or not isinstance(each, str | int | float) for each in several):
        return None
    return tuple(each if isinstance(each, str) else json.dumps(each) for each in several)
