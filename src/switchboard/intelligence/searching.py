"""A page of people as they are served: by archetype, segments and risk, by a filter or a place, by text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from switchboard.customers import search as finding
from switchboard.customers.filters.terms import All
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.search import Page
from switchboard.customers.texts_among import Kept
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.intelligence import filtering, lists, names, rosters, sorting
from switchboard.intelligence.filter_records import Chosen
from switchboard.intelligence.matches import Matches
from switchboard.intelligence.names import Name
from switchboard.intelligence.records import MatchedBy, SearchAsked
from switchboard.intelligence.runs import NOT_SEGMENTED, Run

BY_NAME = "n."  # how a cursor of those begins who were found by names
MOST_TOLD = 10


@dataclass(frozen=True, kw_only=True)
class Found:
    """The page; up to when facts were looked at, where they were; and what a text was found in."""

    page: Page
    facts_as_of: datetime | None = None
    matched_by: tuple[MatchedBy, ...] = ()


def needs_no_run(asked: SearchAsked) -> bool:
    """Whether nothing of it asks for what a segmentation works out."""
    finds = asked.text or asked.filter or asked.audience or asked.near
    worked_out = asked.archetype_id or asked.segment_filter or asked.risk_level or asked.as_of or asked.sort != "newest"
    return bool(finds) and not worked_out and asked.detail == "brief"


async def found(work: Work, run: Run | None, asked: SearchAsked) -> Found:
    """The page that is asked for; without a run, of what `needs_no_run`."""
    matches = facts_as_of = None
    if asked.filter is not None or asked.audience is not None or asked.near is not None:
        by, matches = await _filtered(work, run, asked)
        facts_as_of = by.at.now
    if (asked.text or "").strip():
        return await _by_text(work, run, asked, matches, facts_as_of)
    if asked.sort != "newest":
        return Found(page=await _sorted(work, _there(run), asked, matches), facts_as_of=facts_as_of)
    if matches is None:
        return Found(page=await _listed(work, _there(run), asked))
    return Found(page=await _page(work, matches, asked.cursor, asked.limit), facts_as_of=facts_as_of)


async def _filtered(work: Work, run: Run | None, asked: SearchAsked) -> tuple[filtering.Asking, Matches]:
    """Everybody who fits all that is asked but the text."""
    by = await filtering.asking(work, run.archetype_names if run else {})
    terms: list[object] = [{"segment": {axis: segment}} for axis, segment in asked.segment_filter.items()]
    if asked.archetype_id is not None:
        terms.append({"archetype": asked.archetype_id})
    if asked.risk_level is not None:
        terms.append({"risk_level": asked.risk_level})
    filters: list[tuple[object, str]] = [({"all": terms}, "filter")] if terms else []
    read = [await filtering.read(by, *each) for each in [*filters, *await filters_of(work, asked)]]
    # One filter is left as it was counted: what was found of it is kept.
    return by, await filtering.matches(work, by, read[0] if len(read) == 1 else All(terms=tuple(read)))


async def filters_of(work: Work, asked: SearchAsked) -> list[tuple[object, str]]:
    """The place, the filter and the saved one that are asked for: each as JSON, and what it is called in errors."""
    found: list[tuple[object, str]] = []
    if asked.near is not None:
        found.append(({"near": asked.near.model_dump()}, "near"))
    if asked.filter is not None:
        found.append((asked.filter, "filter"))
    if asked.audience is not None:
        found.append(await filtering.written(work, Chosen(audience=asked.audience)))
    return found


async def _page(work: Work, matches: Matches, cursor: str | None, limit: int) -> Page:
    keys, following = matches.page(finding.read_cursor(cursor, never=True), limit)
    return Page(
        people=await finding.shown(work, keys.tolist()),
        total=len(matches),
        total_at_least=None,
        next_cursor=finding.written_cursor(following) if following else None,
    )


async def _listed(work: Work, run: Run, asked: SearchAsked) -> Page:
    """People of an archetype, with segments, at a level: everybody where none of them is asked for."""
    of = await rosters.of_run(work, run.number)
    kept = lists.chosen(of, asked.archetype_id, asked.segment_filter, asked.risk_level)
    page = lists.page(of, kept, finding.read_cursor(asked.cursor), asked.limit)
    return Page(
        people=await finding.shown(work, of.roster.persons[page.rows].tolist()),
        total=int(np.count_nonzero(kept)),
        total_at_least=None,
        next_cursor=finding.written_cursor(page.following) if page.following else None,
    )


async def _sorted(work: Work, run: Run, asked: SearchAsked, matches: Matches | None) -> Page:
    """The same, or those who fit a filter, in the order that is asked for; of who has ordered."""
    of = await rosters.of_run(work, run.number)
    kept = lists.chosen(of, asked.archetype_id, asked.segment_filter, asked.risk_level)
    if matches is not None:
        kept = kept & matches.has(of.roster.persons)
    page = await sorting.page(work, run.number, of, kept, (asked.sort, asked.cursor, asked.limit))
    return Page(
        people=await finding.shown(work, of.roster.persons[page.rows].tolist()),
        total=int(np.count_nonzero(kept)), total_at_least=None, next_cursor=page.next_cursor,
    )  # fmt: skip


async def _by_text(
    work: Work, run: Run | None, asked: SearchAsked, matches: Matches | None, facts_as_of: datetime | None
) -> Found:
    """Those whom a text finds: by id, else by contact, else by what they bought and what is known of them."""
    text, cursor = (asked.text or "").strip(), asked.cursor
    kept = await _kept(work, run, asked, matches)
    if kept is not None and not kept.share:
        return Found(page=finding.NOBODY, facts_as_of=facts_as_of)
    if cursor is None or not cursor.startswith(BY_NAME):
        page = await finding.search(work, text, kept, cursor, asked.limit)
        told = (MatchedBy(by=page.by),) if page.by and page.people else ()
        if page.people or page.next_cursor or cursor or "@" in text or not work.caller.may(SEE_CONTACT):
            return Found(page=page, facts_as_of=facts_as_of, matched_by=told)
        if kept is not None and await finding.finds_anybody(work, text):  # but none of those that are kept
            return Found(page=page, facts_as_of=facts_as_of, matched_by=told)
    by = await filtering.asking(work, run.archetype_names if run else {})
    meant = await names.meant(by.copy, text)
    people = await names.people(by.copy, meant, by.at.second)
    if kept is not None:
        people = people.only(kept.among(people.persons))
    page = await _page(work, people, cursor.removeprefix(BY_NAME) if cursor else None, asked.limit)
    if page.next_cursor:
        page = Page(
            people=page.people, total=page.total, total_at_least=None, next_cursor=BY_NAME + page.next_cursor
        )  # fmt: skip
    return Found(page=page, facts_as_of=by.at.now, matched_by=_told(meant) if page.people else ())


async def _kept(work: Work, run: Run | None, asked: SearchAsked, matches: Matches | None) -> Kept | None:
    """Which people a text may find; None for all."""
    if matches is not None:
        return Kept(
            number=len(matches), people=len(matches.of), among=matches.has, placed=matches.placed,
            newest=matches.newest,
        )  # fmt: skip
    if not (asked.archetype_id or asked.segment_filter or asked.risk_level):
        return None
    of = await rosters.of_run(work, _there(run).number)
    chosen = lists.chosen(of, asked.archetype_id, asked.segment_filter, asked.risk_level)
    return Kept(
        number=int(np.count_nonzero(chosen)), people=len(of), among=partial(lists.among, of, chosen),
        placed=partial(lists.placed, of, chosen), newest=partial(lists.newest, of, chosen),
    )  # fmt: skip


def _there(run: Run | None) -> Run:
    if run is None:
        raise Conflict(NOT_SEGMENTED, code="not_segmented")
    return run


def _told(meant: Sequence[Name]) -> tuple[MatchedBy, ...]:
    return tuple(MatchedBy(by=each.kind, name=each.label) for each in meant[:MOST_TOLD])
