"""An audience as the builder shows it: groups of rules, changed by one button at a time."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Match = Literal["all", "any", "none", "not_all"]
MATCHES: Mapping[Match, str] = {"all": "all", "any": "any", "none": "none", "not_all": "not all"}
ROOT = "0"
MOST_RULES, DEEPEST = 60, 8
WRITTEN = "written"  # a term that no row of controls can show: its JSON itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: what it is about, how that is compared, with which values; `parts` are the smaller fields of facts."""

    field: str
    compare: str = ""
    values: tuple[str, ...] = ()
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules and groups of which all, any, none or not all hold."""

    match: Match = "all"
    items: "tuple[Node, ...]" = ()


Node: TypeAlias = Rule | Group
Change: TypeAlias = Callable[[Group], Group]


def rules_in(node: Node) -> int:
    """How many rules there are."""
    return sum(map(rules_in, node.items)) if isinstance(node, Group) else 1


def changed(root: Group, action: str, fresh: Rule) -> Group:
    """The tree after one button: `add:0.1`, `group:0`, `drop:0.1.2`; anything else changes nothing."""
    verb, _, path = action.partition(":")
    steps = [int(step) for step in path.split(".")[1:] if step.isdigit()]
    if verb == "drop" and steps:
        return _at(root, steps[:-1], lambda group: _without(group, steps[-1]))
    if verb not in {"add", "group"} or rules_in(root) >= MOST_RULES or len(steps) >= DEEPEST:
        return root
    added: Node = fresh if verb == "add" else Group(match="all" if root.match == "any" else "any", items=(fresh,))
    return _at(root, steps, lambda group: replace(group, items=(*group.items, added)))


def _without(group: Group, place: int) -> Group:
    return replace(group, items=(*group.items[:place], *group.items[place + 1 :]))


def _at(group: Group, steps: list[int], change: Change) -> Group:
    """The group with what lies at these steps changed; as it was where nothing lies there."""
    if not steps:
        return change(group)
    place, *rest = steps
    below = group.items[place] if place < len(group.items) else None
    if not isinstance(below, Group):
        return group
    return replace(group, items=(*group.items[:place], _at(below, rest, change), *group.items[place + 1 :]))
