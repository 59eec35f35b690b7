"""Terms as statements for the columnar mirror: their text is ours, every value stands beside it.

The mirror has, a row a person, `customer` (person, ordered and created in Unix time, country …, figures); `attribute`
(person, name, word, number, second, flag); `sale` (person, document, second, product, gross, discount, refund), the
lines of a document side by side, with `product` (product, category); and `event` (person, kind, second). A statement
gives rows of persons; what is made of them (a set, counts, sums) and how sets are put together is told beside it, as a
set of a million people is put together in a millisecond, while an engine's joins and groups take hundreds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Literal

from switchboard.customers.filters.terms import (
    All,
    Any,
    Attribute,
    Bought,
    Coded,
    Did,
    Figure,
    Near,
    Not,
    People,
    Span,
    Term,
    Test,
    Value,
    Worded,
)
from switchboard.customers.masking import EMAIL, PHONE

SCALE = 10_000
EARTH_KM = 6_371.0088
COMPARED = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "before": "<", "after": ">="}
Keys = Mapping[str, int]
"""The keys of the people whom ids lead to; who is unknown is missing."""
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Who has a row (`person`) in a statement. Values are bound by their place, from $1 on."""

    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Who has so many rows in a statement, or none at all if that is within the bounds.

    `of` says what a row is: one occasion, a line of a document (lines side by side are one), or an amount `net`.
    """

    rows: Rows
    of: Literal["row", "document", "net"]
    bounds: Bounds


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Who is in all of these sets, or in any of them."""

    of: Literal["all", "any"]
    parts: "tuple[Plan, ...]"


@dataclass(frozen=True, kw_only=True)
class Others:
    """Everybody else."""

    part: "Plan"


Plan = Rows | Counted | Joined | Others


@dataclass(slots=True, kw_only=True)
class _Writer:
    """A statement being written."""

    keys: Keys
    values: list[object] = field(default_factory=list[object])

    def put(self, value: object, kind: str) -> str:
        """A place for a value."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"

    def rows(self, table: str, person: str, where: Sequence[str]) -> Rows:
        """The statement."""
        sql = f"select {person} from {table} where {' and '.join(where)}"  # noqa: S608 - text of our own
        return Rows(sql=sql, values=tuple(self.values))


def compiled(term: Term, keys: Keys) -> Plan:
    """How whoever fits the terms is found."""
    match term:
        case _ if _is_of_columns(term):
            writer = _Writer(keys=keys)
            condition = _condition(term, writer)
            plan = writer.rows("customer c", "c.person", [condition])
        case All() | Any():
            plan = _joined(term, keys)
        case Not():
            plan = Others(part=compiled(term.term, keys))
        case Attribute():
            plan = _attribute(term, keys)
        case Bought():
            plan = _bought(term, keys)
        case Did():
            plan = _did(term, keys)
        case _:
            raise TypeError(term)
    return plan


def ids_in(term: Term) -> frozenset[str]:
    """All customer ids that the terms name."""
    match term:
        case All() | Any():
            return frozenset[str]().union(*(ids_in(each) for each in term.terms))
        case Not():
            return ids_in(term.term)
        case People():
            return frozenset(term.customer_ids)
        case _:
            return frozenset()


def _is_of_columns(term: Term) -> bool:
    """Whether one pass over the table of customers tells it."""
    match term:
        case All() | Any():
            return all(_is_of_columns(each) for each in term.terms)
        case Not():
            return _is_of_columns(term.term)
        case _:
            return not isinstance(term, Attribute | Bought | Did)


def _joined(term: All | Any, keys: Keys) -> Joined:
    """The parts; those that columns tell are one."""
    kind = type(term)
    of_columns = [each for each in term.terms if _is_of_columns(each)]
    parts = [compiled(kind(terms=of_columns), keys)] if of_columns else []
    parts += [compiled(each, keys) for each in term.terms if not _is_of_columns(each)]
    return Joined(of="all" if kind is All else "any", parts=tuple(parts))


@singledispatch
def _condition(term: object, writer: _Writer) -> str:
    raise TypeError(term, writer)


@_condition.register
def _all(term: All, writer: _Writer) -> str:
    return "(" + " and ".join(["true", *(_condition(each, writer) for each in term.terms)]) + ")"


@_condition.register
def _any(term: Any, writer: _Writer) -> str:
    return "(" + " or ".join(["false", *(_condition(each, writer) for each in term.terms)]) + ")"


@_condition.register
def _not(term: Not, writer: _Writer) -> str:
    return f"(not {_condition(term.term, writer)})"


@_condition.register
def _figure(term: Figure, writer: _Writer) -> str:
    kind = "float" if term.single else "double"
    column = f"c.{term.column}"
    return "(" + " and ".join(_on_column(test, column, kind, writer) for test in term.tests) + ")"


def _on_column(test: Test, column: str, kind: str, writer: _Writer) -> str:
    held = (
        f"({column} is not null)"
        if test.operator == "known"
        else f"coalesce({_tested(test, column, kind, writer)}, false)"
    )
    return held if test.holds else f"(not {held})"


def _tested(test: Test, column: str, kind: str, writer: _Writer) -> str:
    if test.operator in COMPARED:
        return f"{column} {COMPARED[test.operator]} {writer.put(test.values[0], kind)}"
    return f"{column} in ({', '.join(writer.put(each, kind) for each in test.values)})"


@_condition.register
def _coded(term: Coded, writer: _Writer) -> str:
    return f"coalesce(c.{term.column} in ({', '.join(writer.put(each, 'utinyint') for each in term.codes)}), false)"


@_condition.register
def _worded(term: Worded, writer: _Writer) -> str:
    places = (writer.put(each, "varchar") for each in term.words)
    words = ", ".join(_folded(each) if term.folded else each for each in places)
    return f"coalesce(c.{term.column} in ({words}), false)"


def _folded(place: str) -> str:
    return f"lower(strip_accents({place}))"


def _attribute(term: Attribute, keys: Keys) -> Plan:
    """What holds does so of one value; what must not hold does of none."""
    holding = [test for test in term.tests if test.holds]
    parts = [_with(term, holding, keys)] if holding else list[Plan]()
    parts += [Others(part=_with(term, [test], keys)) for test in term.tests if not test.holds]
    return Joined(of="all", parts=tuple(parts))


def _with(term: Attribute, tests: Sequence[Test], keys: Keys) -> Plan:
    writer = _Writer(keys=keys)
    conditions = [f"a.name = {writer.put(term.number, 'integer')}"]
    conditions += [_of_attribute(test, writer, hides_contact=term.hides_contact) for test in tests]
    return writer.rows("attribute a", "a.person", conditions)


def _of_attribute(test: Test, writer: _Writer, *, hides_contact: bool) -> str:
    word = _without_contact(writer) if hides_contact else "a.word"
    match test.operator:
        case "known":
            return "true"
        case "contains":
            return f"contains({word}, {_folded(writer.put(test.values[0], 'varchar'))})"
        case "starts_with":
            return f"starts_with({word}, {_folded(writer.put(test.values[0], 'varchar'))})"
        case "before" | "after":
            return f"a.second {COMPARED[test.operator]} {writer.put(test.values[0], 'bigint')}"
        case "is" | "in":
            return "(" + " or ".join(_equal(each, word, writer) for each in test.values) + ")"
        case _:
            return f"a.number {COMPARED[test.operator]} {writer.put(test.values[0], 'double')}"


def _without_contact(writer: _Writer) -> str:
    patterns = (writer.put(each.pattern, "varchar") for each in (EMAIL, PHONE))
    return f"regexp_replace(regexp_replace(a.word, {next(patterns)}, '\u2022', 'g'), {next(patterns)}, '\u2022', 'g')"


def _equal(value: Value, word: str, writer: _Writer) -> str:
    match value:
        case bool():
            return f"a.flag = {writer.put(value, 'boolean')}"
        case str():
            return f"{word} = {_folded(writer.put(value, 'varchar'))}"
        case _:
            return f"a.number = {writer.put(value, 'double')}"


def _bought(term: Bought, keys: Keys) -> Plan:
    writer = _Writer(keys=keys)
    where = _lines(term, writer)
    if (term.times, term.spent) == ((1, None), (None, None)):
        return writer.rows("sale s", "s.person", [*where, "s.gross > 0"])
    parts = list[Plan]()
    least, most = (None if each is None else float(round(each * SCALE)) for each in term.spent)
    spent_something = least is not None and least > 0  # and so bought something, too
    if term.times != (0, None) and not (term.times == (1, None) and spent_something):
        if term.products is None and term.categories is None:
            rows = writer.rows("sale s", "s.person, s.document", [*where, "s.gross > 0"])
            parts.append(Counted(rows=rows, of="document", bounds=term.times))
        else:  # an engine may change the order of what it joins, so it tells documents apart itself
            rows = writer.rows("sale s", "distinct s.person, s.document", [*where, "s.gross > 0"])
            parts.append(Counted(rows=rows, of="row", bounds=term.times))
    if term.spent != (None, None):
        net = "(s.gross - coalesce(s.discount, 0) - s.refund)::double as net"
        rows = writer.rows("sale s", f"s.person, {net}", where)
        parts.append(Counted(rows=rows, of="net", bounds=(least, most)))
    return Joined(of="all", parts=tuple(parts))


def _lines(term: Bought, writer: _Writer) -> list[str]:
    """Which lines a term is about."""
    where = ["s.person is not null", *_spanned(term.span, "s.second", writer)]
    if term.products is not None:
        where.append(f"s.product in (select unnest({writer.put(list(term.products), 'integer[]')}))")
    if term.categories is not None:
        categories = writer.put(list(term.categories), "integer[]")
        of_them = f"p.category in (select unnest({categories}))"
        where.append(f"s.product in (select p.product from product p where {of_them})")  # noqa: S608 - text of our own
    return where


def _did(term: Did, keys: Keys) -> Plan:
    writer = _Writer(keys=keys)
    kinds = ", ".join(writer.put(each, "integer") for each in term.kinds)
    rows = writer.rows("event e", "e.person", [f"e.kind in ({kinds})", *_spanned(term.span, "e.second", writer)])
    return rows if term.times == (1, None) else Counted(rows=rows, of="row", bounds=term.times)


def _spanned(span: Span, column: str, writer: _Writer) -> list[str]:
    bounds = ((">=", span.since), ("<", span.until))
    return [f"{column} {way} {writer.put(bound, 'bigint')}" for way, bound in bounds if bound is not None]


@_condition.register
def _near(term: Near, writer: _Writer) -> str:
    """By the distance along the great circle, which knows no edge of a map; nobody without a place.

    Source: R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984).
    """
    lat, lon, km = (writer.put(each, "double") for each in (term.lat, term.lon, term.km))
    half = (
        f"pow(sin(radians(c.lat - {lat}) / 2), 2)"
        f" + cos(radians({lat})) * cos(radians(c.lat)) * pow(sin(radians(c.lon - {lon}) / 2), 2)"
    )
    far = f"{2 * EARTH_KM} * asin(sqrt(least(1, {half})))"  # least(1, null) is 1
    return f"(c.lat is not null and c.lon is not null and {far} <= {km})"


@_condition.register
def _people(term: People, writer: _Writer) -> str:
    keys = [writer.keys[each] for each in term.customer_ids if each in writer.keys]
    return f"(c.person in (select unnest({writer.put(keys, 'bigint[]')})))"
