"""What may be asked of a value: its operators by type, read from the fields beside a name."""

from collections.abc import Mapping

from switchboard.customers.filters.given import Given, listed
from switchboard.customers.filters.terms import Test, Value
from switchboard.customers.filters.vocabulary import At, Kind

SAME = ("is", "is_not", "in", "not_in")
BOUNDS = ("at_least", "at_most", "more_than", "less_than")
NUMBER = (*SAME, *BOUNDS, "known")
TEXT = (*SAME, "contains", "starts_with", "known")
DATE = ("before", "after", "within_days", "older_than_days", "known")
FLAG = ("is", "is_not", "known")
LIST = (*SAME, *BOUNDS, "contains", "starts_with", "known")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "number": NUMBER, "money": NUMBER, "text": TEXT, "date": DATE, "flag": FLAG, "list": LIST,
}  # fmt: skip
EVERY = tuple(dict.fromkeys((*LIST, *DATE)))
TAKES = {
    "number": "a number",
    "money": "a number",
    "text": "a text",
    "flag": "true or false",
    "list": "a text or number",
}


def read(term: Given, fields: Mapping[str, Given], kind: Kind, at: At) -> tuple[Test, ...]:
    """The tests of a term on a value of this type; all of them must hold. Raise Invalid where there is none."""
    allowed = OPERATORS[kind]
    for name, given in fields.items():
        if name not in allowed:
            raise given.wrong(f"a {kind} is not asked so; the operators are {listed(allowed)}")
    found = tuple(test for name, given in fields.items() for test in _tests(name, given, kind, at))
    if not found:
        raise term.wrong(f"says nothing of the value; add one of {listed(allowed)}")
    return found


def known(is_known: bool) -> Test:
    """That there is a value, or none."""
    return Test(operator="known", values=(), holds=is_known)


def _tests(name: str, given: Given, kind: Kind, at: At) -> tuple[Test, ...]:
    match name:
        case "known":
            found = (known(given.flag()),)
        case "is" | "is_not":
            found = (Test(operator="is", values=(_value(given, kind),), holds=name == "is"),)
        case "in" | "not_in":
            values = tuple(_value(each, kind) for each in given.items())
            found = (Test(operator="in", values=values, holds=name == "in"),)
        case "contains" | "starts_with":
            found = (Test(operator=name, values=(given.text(),)),)
        case "at_least" | "at_most" | "more_than" | "less_than":
            found = (Test(operator=name, values=(given.number(),)),)
        case _:
            found = _when(name, given, at)
    return found


def _when(name: str, given: Given, at: At) -> tuple[Test, ...]:
    """Tests of a moment: `before` is before it, `after` from it on."""
    if name == "within_days":
        since, until = at.start(given.days()), at.second
        return Test(operator="after", values=(since,)), Test(operator="before", values=(until,))
    if name == "older_than_days":
        return (Test(operator="before", values=(at.start(given.days()),)),)
    return (Test(operator="after" if name == "after" else "before", values=(given.moment(at),)),)


def _value(given: Given, kind: Kind) -> Value:
    """A value the type can be: a number for numbers, and so on."""
    value = given.value_of()
    fits = {
        "flag": isinstance(value, bool),
        "text": isinstance(value, str),
        "list": not isinstance(value, bool),
    }.get(kind, isinstance(value, float))
    if not fits:
        raise given.wrong(f"must be {TAKES[kind]}, as the values are")
    return value
