"""What changed of people, their events and their served figures since a snapshot, for the columnar mirror."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

AT_ONCE = 20_000
# The bound stands in the text: a plan made for any bound at all would read the whole table, as it can not tell how few
# rows are past it.
UNSEEN = (
    """({changed} >= {oldest} and not pg_visible_in_snapshot({changed}::text::xid8, ${place}::text::pg_snapshot))"""
)
# A merged person has no row; whom their events and lines count for is said by the mirror's table `merged`.
PEOPLE = """
select p.person_key, extract(epoch from nullif(p.last_order_at, '-infinity'))::bigint as ordered, p.country,
    p.region, p.city, p.lat, p.lon, extract(epoch from p.created_at)::bigint as created,
    p.attributes::text as attributes
from person p where p.workspace_id = $1 and p.merged_into is null {unseen}
"""
STALE = "select distinct person_key from stale where workspace_id = $1 and what = $3 and {unseen}"
KINDS = "select distinct kind from activity a where a.workspace_id = $1 {unseen} order by kind"
EVENTS = """
select a.person_key, array_position($2::text[], a.kind)::bigint, extract(epoch from a.at)::bigint
from activity a where a.workspace_id = $1 {unseen}
"""
SERVED = "select run, part from served where workspace_id = $1"
FIGURES = """
select f.person_key, rpad(coalesce(f.archetype, ''), 8)::text, f.risk, f.lifetime_value, f.detail
from figures f where f.workspace_id = $1 and f.run = $2 and f.part = $3 and octet_length(f.detail) = $4 {unseen}
"""
Take = Callable[[bytes], Coroutine[None, None, None]]


def people(work: Work, since: str | None) -> AsyncGenerator[list[Row]]:
    """(person_key, ordered, place, created, attributes as JSON) of everybody who changed; moments in Unix time."""
    return sql.stream(work, PEOPLE.format(unseen=_unseen("p", 2, since)), *_values(work, since), at_once=AT_ONCE)


async def stale(work: Work, since: str, what: str) -> list[int]:
    """The people who are gone (`person`), or of whose events some changed or went (`activity`)."""
    query = STALE.format(unseen=_unseen("stale", 2, since).removeprefix("and "))
    return [row["person_key"] for row in await sql.fetch(work, query, work.caller.workspace, since, what)]


async def kinds(work: Work, since: str | None) -> list[str]:
    """The kinds of the events that are new."""
    query = KINDS.format(unseen=_unseen("a", 2, since))
    return [row["kind"] for row in await sql.fetch(work, query, *_values(work, since))]


async def copy_events(work: Work, since: str | None, named: Sequence[str], take: Take) -> None:
    """Give `take` the new events as binary COPY: person_key, place in `named` (from 1), Unix time; all bigint."""
    query, more = EVENTS.format(unseen=_unseen("a", 3, since)), () if since is None else (since,)
    await sql.copy_out(work, query, work.caller.workspace, list(named), *more, take=take)


async def kinds_of(work: Work, person_keys: Sequence[int]) -> list[str]:
    """The kinds of all events of these people."""
    query = KINDS.format(unseen="and a.person_key = any($2::bigint[])")
    return [row["kind"] for row in await sql.fetch(work, query, work.caller.workspace, list(person_keys))]


async def copy_events_of(work: Work, person_keys: Sequence[int], named: Sequence[str], take: Take) -> None:
    """The same of all events of these people."""
    query = EVENTS.format(unseen="and a.person_key = any($3::bigint[])")
    await sql.copy_out(work, query, work.caller.workspace, list(named), list(person_keys), take=take)


async def served(work: Work) -> tuple[int, int] | None:
    """The run that is served and the part its figures lie in."""
    row = await sql.fetch_row(work, SERVED, work.caller.workspace)
    return None if row is None else (row["run"], row["part"])


async def copy_figures(work: Work, run: tuple[int, int], since: str | None, size: int, take: Take) -> None:
    """Give `take` the figures of a run that changed as binary COPY: key, archetype, risk, lifetime value, detail.

    Only those whose detail has this size: another is of another version of the program.
    """
    query, more = FIGURES.format(unseen=_unseen("f", 5, since)), () if since is None else (since,)
    await sql.copy_out(work, query, work.caller.workspace, *run, size, *more, take=take)


async def anything(work: Work, since: str, seen_run: int | None) -> bool:
    """Whether anything that is mirrored has changed since the snapshot, or figures are served of another run."""
    looks = " or ".join(
        f"exists (select from {table} where workspace_id = $1 {_unseen(table, 2, since)})"
        for table in ("document", "tombstone", "person", "activity", "figures", "stale")
    )
    query = f"select {looks} or exists (select from served where workspace_id = $1 and run is distinct from $3)"
    return bool(await sql.fetch_value(work, query, work.caller.workspace, since, seen_run))


def _unseen(table: str, place: int, since: str | None) -> str:
    if since is None:
        return ""
    return "and " + UNSEEN.format(changed=f"{table}.changed", oldest=int(since.partition(":")[0]), place=place)


def _values(work: Work, since: str | None) -> tuple[object, ...]:
    return (work.caller.workspace,) if since is None else (work.caller.workspace, since)
