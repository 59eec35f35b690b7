"""What callers can ask of filters: how many they find, whose contacts, what they may ask; keeping one under a name."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.customers.filters import audiences
from switchboard.customers.filters.records import FilterSave, SavedFilter
from switchboard.customers.filters.tests import OPERATORS
from switchboard.customers.taking_out import taking
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import not_undone, undone_by
from switchboard.intelligence import answers, filtering, lists, moments, past_filters, runs
from switchboard.intelligence.examples import TERMS
from switchboard.intelligence.filter_records import (
    Asks,
    AudienceAsked,
    AudienceContacts,
    FilterAsked,
    FilterCounted,
    FilterVocabulary,
    VocabularyAsked,
)
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.operations.customers import brief_then
from switchboard.intelligence.runs import Run
from switchboard.intelligence.snapshots import roster_of

LONGEST_S = 60.0


@operation("customers.count_filter", title="Try a filter", permission="customers:search", reads=True)
@may_take_long
async def count_filter(work: Work, asked: FilterAsked) -> FilterCounted:
    """How many people a filter finds, written here or saved, and if asked the first of them; now or in the past."""
    run, moment = await _run(work), await moments.asked(work, asked.as_of)
    if moment is not None and (run is None or moment != run.as_of):
        return await _counted_then(work, asked, moment)
    by = await filtering.asking(work, _names(run))
    found = await filtering.matches(work, by, await filtering.chosen(work, by, asked))
    keys, _ = found.page(None, asked.rows) if asked.rows else ((), None)
    workspace = await tenants.current(work)
    shown = await finding.shown(work, [int(key) for key in keys])
    return FilterCounted(
        count=len(found),
        customers_count=by.copy.people,
        customers=tuple(answers.customer(each, run, workspace) for each in shown),
        facts_as_of=by.at.now,
    )


async def _counted_then(work: Work, asked: FilterAsked, moment: datetime) -> FilterCounted:
    """The same of those who had ordered by a past moment."""
    of = await runs.in_the_past(work, await runs.served(work), moment)
    kept = await past_filters.found(work, of, moment, [await filtering.written(work, asked)])
    listing = await asyncio.to_thread(lambda: lists.listing(roster_of(of.result)))
    page = lists.page(listing, kept, None, asked.rows) if asked.rows else None
    return FilterCounted(
        count=int(np.count_nonzero(kept)), customers_count=len(kept), facts_as_of=moment,
        customers=await brief_then(work, of, page.rows) if page else (), as_of_today=past_filters.AS_OF_TODAY,
    )  # fmt: skip


@operation(
    "customers.export_audience",
    title="Export an audience",
    permission="customers:export",
    timeout_s=LONGEST_S,
    undo=not_undone("what was given out can not be called back"),
)
async def export_audience(work: Work, asked: AudienceAsked) -> AudienceContacts:
    """Names and addresses of those of an audience who may be contacted over the channel for the purpose, now.

    In pages, oldest customers first. Needs customers:contact, too; the trail tells how many were taken out.
    """
    await taking.check(work, "customers.export_audience")
    by = await filtering.asking(work, _names(await _run(work)))
    found = await filtering.matches(work, by, await filtering.chosen(work, by, asked))
    keys = np.sort(found.persons[found.persons > (asked.cursor or 0)])
    some = keys[: asked.limit].tolist()
    ids = await people.ids_of(work, some)
    contacts = await taking.take_out(work, [ids[key] for key in some if key in ids], asked)
    return AudienceContacts(
        **dict(contacts), count=len(found), next_cursor=some[-1] if len(keys) > len(some) else None,
        facts_as_of=by.at.now,
    )  # fmt: skip


@operation(
    "customers.save_filter",
    title="Save a filter",
    permission="customers:audiences",
    undo=undone_by("customers.delete_filter", "or customers.save_filter with the filter that it replaced"),
)
async def save_filter(work: Work, asked: FilterSave) -> SavedFilter:
    """Keep a filter under a name, as an audience; it takes the place of the one that has the name."""
    by = await filtering.asking(work, _names(await _run(work)))
    await filtering.read(by, asked.filter)
    return await audiences.save(work, asked)


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
