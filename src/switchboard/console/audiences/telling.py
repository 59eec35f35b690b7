"""An audience in words, for lists and for who has to choose between two of them."""

from switchboard.console.audiences.knowing import LABELS, NO_VALUE, Field, Known
from switchboard.console.audiences.tree import WRITTEN, Node, Rule

JOINED = {"all": " and ", "any": " or ", "none": " or ", "not_all": " and "}
BEFORE = {"all": "", "any": "", "none": "none of ", "not_all": "not all of "}
MOST_LETTERS = 400


def in_words(node: Node, known: Known) -> str:
    """The rules as one sentence without its full stop, as far as it is short enough."""
    told = _told(node, known, is_inner=False)
    return told if len(told) <= MOST_LETTERS else f"{told[:MOST_LETTERS].rstrip()} …"


def _told(node: Node, known: Known, *, is_inner: bool) -> str:
    if isinstance(node, Rule):
        return _rule(node, known.field(node.field))
    if not node.items:
        return "everybody"
    joined = JOINED[node.match].join(_told(each, known, is_inner=True) for each in node.items)
    if BEFORE[node.match] or (is_inner and len(node.items) > 1):
        return f"{BEFORE[node.match]}({joined})"
    return joined


def _rule(rule: Rule, field: Field) -> str:
    if rule.field == WRITTEN:
        return rule.parts.get("json", "")
    way = field.ways.get(rule.compare, rule.compare)
    names = dict(field.options)
    values = " or ".join(names.get(each, each) for each in rule.values)
    parts = ", ".join(f"{LABELS.get(name, name)} {said}" for name, said in rule.parts.items())
    if "…" in way:
        return f"{field.label} {way.replace('…', values)}"
    return " ".join(each for each in (field.label, way, "" if rule.compare in NO_VALUE else values, parts) if each)
