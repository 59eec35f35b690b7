"""A filter's JSON checked against the vocabulary, term by term."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from switchboard.customers.filters import facts, tests
from switchboard.customers.filters.given import Given, listed, meant, short
from switchboard.customers.filters.terms import All, Any, Attribute, Coded, Figure, Near, Not, People, Term, Worded
from switchboard.customers.filters.vocabulary import At, Vocabulary
from switchboard.customers.masking import looks_like_contact
from switchboard.customers.places.countries import country_code
from switchboard.foundation.errors import Invalid

DEEPEST = 20
MOST_TERMS = 100
PLACE = "filter"
ONLY_WITH = (
    "which is only compared for callers with customers:contact, and never in archetypes; look for it with search"
)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What terms are read with; counts them."""

    words: Vocabulary
    at: At
    count: int = field(default=0)


def checked(filter_: object, words: Vocabulary, at: At, path: str = PLACE) -> Term:
    """The typed terms of a filter; raise Invalid that points at what is wrong."""
    return _term(Given(path=path, value=filter_), _Reader(words=words, at=at), 1)


def _term(given: Given, reader: _Reader, depth: int) -> Term:
    reader.count += 1
    if depth > DEEPEST:
        raise given.wrong(f"the filter is more than {DEEPEST} levels deep; write it flatter")
    if reader.count > MOST_TERMS:
        raise given.wrong(f"the filter has more than {MOST_TERMS} terms; write fewer")
    value = given.fields
    if value is None:
        raise given.wrong(f"must be an object with one of {listed((*GROUPS, *LEAVES))}")
    subjects = [name for key in value if (name := _subject(str(key))) is not None]
    if not subjects:
        raise _no_subject(given, value)
    subject = subjects[0]
    if len(subjects) > 1:
        raise given.wrong(f"says {' and '.join(subjects[:2])} at once; put each into an object of its own, under all")
    if subject in GROUPS:
        inner = given.record(subject)[subject]
        if subject == "not":
            return Not(term=_term(inner, reader, depth + 1))
        terms = tuple(_term(each, reader, depth + 1) for each in inner.items(least=0))
        return All(terms=terms) if subject == "all" else Any(terms=terms)
    return LEAVES[subject](given, reader)


def _subject(key: str) -> str | None:
    return next((name for name in (*GROUPS, *LEAVES) if key in {name, _camel(name)}), None)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _no_subject(given: Given, value: Mapping[object, object]) -> Invalid:
    names = (*GROUPS, *LEAVES)
    for key in value:
        inner = Given(path=f"{given.path}.{short(str(key))}", value=None)
        return inner.wrong(f"a filter can not ask about this; {meant(str(key), names)}")
    return given.wrong(f"is empty; it must have one of {listed(names)}")


def _figure(given: Given, reader: _Reader) -> Term:
    fields = given.record("feature", *tests.NUMBER)
    figure = reader.words.figures[fields.pop("feature").named(reader.words.figures, "feature")]
    return Figure(column=figure.column, tests=tests.read(given, fields, "number", reader.at), single=figure.single)


def _attribute(given: Given, reader: _Reader) -> Term:
    fields = given.record("attribute", *tests.EVERY)
    known = reader.words.attributes
    attribute = known[fields.pop("attribute").named(known, "attribute")]
    read = tests.read(given, fields, attribute.kind, reader.at)
    hides = reader.words.hides_contact
    if hides and any(isinstance(value, str) and looks_like_contact(value) for test in read for value in test.values):
        raise given.wrong(f"asks for an e-mail address or a phone number, {ONLY_WITH}")
    return Attribute(number=attribute.number, tests=read, hides_contact=hides)


def _segment(given: Given, reader: _Reader) -> Term:
    fields = given.record("segment", "strength")
    asked, axes = fields["segment"].record(*reader.words.axes), reader.words.axes
    if not asked:
        raise fields["segment"].wrong(f"must name an axis and a segment; the axes are {listed(tuple(axes))}")
    terms = list[Term]()
    for axis, of in asked.items():
        on = axes[axis]
        codes = tuple(on.segments.index(each.named(on.segments, f"segment of {axis}")) for each in of.one_or_more())
        terms.append(Coded(column=on.column, codes=codes))
        if "strength" in fields:
            named = (each.named(on.strengths, "strength") for each in fields["strength"].one_or_more())
            terms.append(Coded(column=on.strength_column, codes=tuple(on.strengths.index(each) for each in named)))
    return All(terms=tuple(terms))


def _archetype(given: Given, reader: _Reader) -> Term:
    asked, known = given.record("archetype")["archetype"].one_or_more(), reader.words.archetypes
    by_name = {name: archetype_id for archetype_id, name in known.items()}
    names = (each.named((*known, *by_name), "archetype") for each in asked)
    ids = tuple(each if each in known else by_name[each] for each in names)
    return Worded(column="archetype", words=ids, folded=False)


def _level(given: Given, reader: _Reader) -> Term:
    asked, levels = given.record("risk_level")["risk_level"].one_or_more(), reader.words.levels
    codes = tuple(code for each in asked for code in levels[each.named(levels, "risk level")])
    return Coded(column="risk", codes=codes)


def _moment(column: str, name: str) -> Callable[[Given, _Reader], Term]:
    def read(given: Given, reader: _Reader) -> Term:
        inner = given.record(name)[name]
        return Figure(column=column, tests=tests.read(inner, inner.record(*tests.DATE), "date", reader.at))

    return read


def _place(name: str) -> Callable[[Given, _Reader], Term]:
    def read(given: Given, _: _Reader) -> Term:
        words = tuple(each.text() for each in given.record(name)[name].one_or_more())
        return Worded(column=name, words=words, folded=True)

    return read


def _country(given: Given, _: _Reader) -> Term:
    """Countries by any of their names, as they are kept: by their code, else as they were told."""
    told = [each.text() for each in given.record("country")["country"].one_or_more()]
    return Worded(column="country", words=tuple(country_code(each) or each for each in told), folded=True)


def _near(given: Given, _: _Reader) -> Term:
    inner = given.record("near")["near"]
    return near(inner)


def near(given: Given) -> Near:
    """A place and how far around it."""
    fields = given.record("lat", "lon", "km")
    if missing := [name for name in ("lat", "lon", "km") if name not in fields]:
        raise given.wrong(f"{missing[0]} is missing, as in {{'lat': 52.5, 'lon': 13.4, 'km': 30}}")
    return Near(
        lat=fields["lat"].number(-90, 90), lon=fields["lon"].number(-180, 180), km=fields["km"].number(0.001, 20_040)
    )


def _people(given: Given, _: _Reader) -> Term:
    asked = given.record("customer_id")["customer_id"].one_or_more()
    return People(
        customer_ids=tuple(str(each.value_of()) if isinstance(each.value, int) else each.text() for each in asked)
    )


def _ordered(given: Given, _: _Reader) -> Term:
    has = given.record("ordered")["ordered"].flag()
    return Figure(column="ordered", tests=(tests.known(has),))


GROUPS = ("all", "any", "not")
LEAVES: Mapping[str, Callable[[Given, _Reader], Term]] = {
    "attribute": _attribute,
    "feature": _figure,
    "segment": _segment,
    "archetype": _archetype,
    "risk_level": _level,
    "bought": lambda given, reader: facts.bought(given, reader.words, reader.at),
    "did": lambda given, reader: facts.did(given, reader.words, reader.at),
    "ordered": _ordered,
    "last_order": _moment("ordered", "last_order"),
    "created": _moment("created", "created"),
    "near": _near,
    "country": _country,
    "region": _place("region"),
    "city": _place("city"),
    "customer_id": _people,
}
"""What a term may be about; how each is read."""
