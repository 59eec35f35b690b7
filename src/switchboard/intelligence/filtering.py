"""Whom a filter finds, in the columnar mirror: counted, in order, a page at a time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.customers.filters import audiences
from switchboard.customers.filters.checking import checked
from switchboard.customers.filters.compiling import Plan, compiled, ids_in
from switchboard.customers.filters.terms import All, Any, Figure, Not, Term
from switchboard.customers.filters.vocabulary import At as Moment
from switchboard.customers.filters.vocabulary import Axis, Measured, Vocabulary
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence import copies
from switchboard.intelligence.churn import LEVELS, level
from switchboard.intelligence.copies import Copy
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.filter_records import Chosen
from switchboard.intelligence.matches import Matches
from switchboard.intelligence.packing import VOCABULARY
from switchboard.intelligence.predictions.predictor import HORIZON
from switchboard.intelligence.segments import STRENGTHS
from switchboard.intelligence.sets import evaluated

PRODUCTS = """
select product from product where product_id = $1 or lower(strip_accents(name)) = lower(strip_accents($1))
    or list_contains(list_transform(earlier, lambda e: lower(strip_accents(e))), lower(strip_accents($1)))
"""
LIKE = """
select name from product where name is not null group by name
order by jaro_winkler_similarity(lower(strip_accents(name)), lower(strip_accents($1))) desc, name limit 3
"""


EXPECTED = {
    "churn_probability": Measured(column="e_churns", unit="probability", meaning=f"No purchase within {HORIZON} days"),
    "expected_value": Measured(column="e_value", unit="currency", meaning=f"Value expected within {HORIZON} days"),
}


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What filters are read with: the copy, what may be asked of it, and the moment it is about."""

    copy: Copy
    words: Vocabulary
    at: Moment


async def asking(work: Work, archetypes: Mapping[str, str], *, hides_contact: bool = False) -> Asking:
    """The newest copy with its vocabulary; archetypes by id.

    `hides_contact`: no address in an attribute is found, as is so for callers without customers:contact anyway.
    """
    copy = await copies.fresh(work)
    workspace = await tenants.current(work)
    return Asking(
        copy=copy,
        words=replace(words_of(copy, archetypes), hides_contact=hides_contact or not work.caller.may(SEE_CONTACT)),
        at=Moment(now=workspace.as_of(copy.moment), zone=workspace.zone),
    )


async def read(by: Asking, filter_: object, path: str = "filter") -> Term:
    """The terms of a filter's JSON; raise Invalid that points at what is wrong."""
    return await asyncio.to_thread(read_now, by, filter_, path)


async def chosen(work: Work, by: Asking, asked: Chosen) -> Term:
    """The terms of the filter that is written, or of the saved one that is named."""
    return await read(by, *await written(work, asked))


async def written(work: Work, asked: Chosen) -> tuple[object, str]:
    """The JSON of the filter that is written or of the saved one that is named, and what it is called in errors."""
    if (asked.filter is None) == (asked.audience is None):
        raise Invalid("filter: give a filter, or the audience of a saved one, one of the two", field="filter")
    if asked.filter is not None:
        return asked.filter, "filter"
    saved = await audiences.named(work, asked.audience or "")
    return saved.filter, f"audience {saved.name}"


def told_then(term: Term, path: str) -> None:
    """Raise Invalid for what is expected of customers from today on: it was not told at a past moment."""
    match term:
        case All() | Any():
            for each in term.terms:
                told_then(each, path)
        case Not():
            told_then(term.term, path)
        case Figure() if term.column in {each.column for each in EXPECTED.values()}:
            names = " and ".join(EXPECTED)
            raise Invalid(f"{path}: {names} are told of the present alone; leave as_of out, or them", field="filter")
        case _:
            pass


def read_now(by: Asking, filter_: object, path: str = "filter") -> Term:
    """The same, where waiting a moment for a look at the products is nothing."""
    return checked(filter_, by.words, by.at, path)


async def matches(work: Work, by: Asking, term: Term) -> Matches:
    """Everybody who fits these terms."""
    ids = ids_in(term)
    keys = {each: key for each in ids if (key := await people.key_of(work, each)) is not None}
    return await asyncio.to_thread(found_by, by.copy, compiled(term, keys))


def found_by(copy: Copy, plan: Plan) -> Matches:
    """Everybody whom a plan finds."""
    everybody = copy.everybody()
    return Matches(of=everybody, chosen=evaluated(copy, everybody, plan))


def words_of(copy: Copy, archetypes: Mapping[str, str]) -> Vocabulary:
    def products(name: str) -> tuple[int, ...]:
        with copy.cursor() as cursor:
            return tuple(row[0] for row in cursor.execute(PRODUCTS, [name]).fetchall())

    def like(name: str) -> tuple[str, ...]:
        with copy.cursor() as cursor:
            return tuple(str(row[0]) for row in cursor.execute(LIKE, [name]).fetchall())

    return Vocabulary(
        figures=figures(), axes=axes(), archetypes=archetypes, levels=_levels(), attributes=copy.attributes,
        categories=copy.categories, events=copy.events, products=products, like=like,
    )  # fmt: skip


@cache
def figures() -> Mapping[str, Measured]:
    """The features, and the churn score."""
    known = {
        name: Measured(column=f"f_{name}", unit=each.unit, meaning=f"{each.meaning} ({each.period})")
        for name, each in FEATURES.items()
    }
    value = known["lifetime_value"]
    exact = Measured(column="value", unit=value.unit, meaning=value.meaning, single=False)
    score = Measured(column="risk / 10", unit="share", meaning="Churn score", single=False)
    return known | {"lifetime_value": exact, "risk_score": score} | EXPECTED


@cache
def axes() -> Mapping[str, Axis]:
    """The axes with their segments."""
    return {
        axis: Axis(segments=names, column=f"s_{axis}", strengths=STRENGTHS, strength_column=f"g_{axis}")
        for axis, names in VOCABULARY.items()
    }


@lru_cache(maxsize=1)
def _levels() -> Mapping[str, tuple[int, ...]]:
    return {name: tuple(tenths for tenths in range(11) if level(tenths) == name) for name in LEVELS}
