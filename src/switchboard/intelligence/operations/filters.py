"""What callers can ask of filters: how many they find, what they may ask about; and keeping one under a name."""

from collections.abc import Iterable, Mapping

from switchboard.accounts import tenants
from switchboard.customers import search as finding
from switchboard.customers.filters import audiences
from switchboard.customers.filters.records import FilterSave, SavedFilter
from switchboard.customers.filters.tests import OPERATORS
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, filtering, runs
from switchboard.intelligence.examples import TERMS
from switchboard.intelligence.filter_records import (
    Asks,
    FilterAsked,
    FilterCounted,
    FilterVocabulary,
    VocabularyAsked,
)
from switchboard.intelligence.runs import Run


@operation("customers.count_filter", title="Try a filter", permission="customers:search", reads=True)
async def count_filter(work: Work, asked: FilterAsked) -> FilterCounted:
    """How many people a filter finds, written here or saved, and if asked the first of them."""
    if (asked.filter is None) == (asked.audience is None):
        raise Invalid("filter: give a filter, or the audience of a saved one, one of the two", field="filter")
    run = await _run(work)
    by = await filtering.asking(work, _names(run))
    if asked.filter is not None:
        term = await filtering.read(by, asked.filter)
    else:
        saved = await audiences.named(work, asked.audience or "")
        term = await filtering.read(by, saved.filter, path=f"audience {saved.name}")
    found = await filtering.matches(work, by, term)
    keys, _ = found.page(None, asked.rows) if asked.rows else ((), None)
    workspace = await tenants.current(work)
    shown = await finding.shown(work, [int(key) for key in keys])
    return FilterCounted(
        count=len(found),
        customers_count=by.copy.people,
        customers=tuple(answers.customer(each, run, workspace) for each in shown),
        facts_as_of=by.at.now,
    )


@operation("customers.save_filter", title="Save a filter", permission="customers:audiences")
async def save_filter(work: Work, asked: FilterSave) -> SavedFilter:
    """Keep a filter under a name, as an audience; it takes the place of the one that has the name."""
    by = await filtering.asking(work, _names(await _run(work)))
    await filtering.read(by, asked.filter)
    return await audiences.save(work, asked.name, asked.about, asked.filter, asked.version)


@operation("customers.filter_vocabulary", title="What filters may ask", permission="customers:search", reads=True)
async def filter_vocabulary(work: Work, asked: VocabularyAsked) -> FilterVocabulary:
    """Everything a filter may ask about: kinds of terms with examples, attributes and features with types, names."""
    by = await filtering.asking(work, _names(await _run(work)))
    words, like = by.words, (asked.like or "").casefold()

    def some(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if like in name.casefold())[: asked.limit]

    return FilterVocabulary(
        terms=TERMS,
        attributes=tuple(
            Asks(name=name, type=of.kind, operators=OPERATORS[of.kind], people=of.people)
            for name in some(words.attributes)
            for of in (words.attributes[name],)
        ),
        features=tuple(
            Asks(name=name, type="number", operators=OPERATORS["number"], unit=of.unit, meaning=of.meaning)
            for name in some(words.figures)
            for of in (words.figures[name],)
        ),
        segments={name: axis.segments for name, axis in words.axes.items()},
        strengths=next(iter(words.axes.values())).strengths,
        archetypes=dict(words.archetypes),
        risk_levels=tuple(words.levels),
        categories=some(words.categories),
        events=some(words.events),
        facts_as_of=by.at.now,
    )


async def _run(work: Work) -> Run | None:
    """The run that is served; None before the first."""
    try:
        return await runs.served(work)
    except Conflict:
        return None


def _names(run: Run | None) -> Mapping[str, str]:
    return run.archetype_names if run else {}
