"""The served figures: written a run at a time, read by profiles and lists; and people found by text."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

COLUMNS = ("person_key", "archetype", "risk", "lifetime_value", "detail")
NAMES = ", ".join(COLUMNS)
# Whom an archetype of the workspace's own took (its id begins so) stays there until the next run.
RENEWED = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:]) + (
    ", archetype = case when figures.archetype like 'c-%' then figures.archetype else excluded.archetype end"
)
STAGE = """
create temporary table incoming_figures (
    person_key bigint, archetype text, risk smallint, lifetime_value bigint, detail bytea) on commit drop
"""
SERVE = """
insert into served (workspace_id, run, part) values ($1, $2, $3)
on conflict (workspace_id) do update set run = excluded.run, part = excluded.part
"""


async def write(work: Work, run: int, rows: AsyncGenerator[bytes]) -> None:
    """Serve these figures, and no others, once the unit of work has committed; PostgreSQL's binary COPY of COLUMNS."""
    mine = work.caller.workspace
    await sql.execute(work, STAGE)
    await sql.copy_in(work, "incoming_figures", COLUMNS, rows, csv=False)
    await sql.execute(
        work,
        f"insert into figures (workspace_id, run, {NAMES}) select $1, $2, {NAMES} from incoming_figures",
        mine, run,
    )  # fmt: skip
    await sql.execute(work, "delete from figures where workspace_id = $1 and part = 0 and run < $2", mine, run)
    await sql.execute(work, SERVE, mine, run, 0)


async def load(work: Work, run: int, rows: AsyncGenerator[bytes]) -> None:
    """The same for very many: they become a part of their own, indexed once it is full."""
    mine = work.caller.workspace
    await sql.execute(work, "select begin_figures($1)", run)
    await sql.copy_in(work, f"figures_{run}", COLUMNS, rows, csv=False, made_here=True)
    await sql.execute(work, "select finish_figures($1)", run)
    await sql.execute(work, "delete from figures where workspace_id = $1 and part = 0", mine)
    await sql.execute(work, SERVE, mine, run, run)


async def hold_served(work: Work) -> tuple[int, int] | None:
    """The run that is served and its part, which stay so until the unit of work ends; None before the first."""
    query = "select run, part from served where workspace_id = $1 for share"
    row = await sql.fetch_row(work, query, work.caller.workspace)
    return None if row is None else (row["run"], row["part"])


async def renew(
    work: Work, served: tuple[int, int], as_of: datetime, rows: AsyncGenerator[bytes], gone: Sequence[int]
) -> None:
    """Write figures of some people among those of the run that is served, and take those of others away."""
    mine = work.caller.workspace
    await sql.execute(work, STAGE)
    await sql.copy_in(work, "incoming_figures", COLUMNS, rows, csv=False)
    await sql.execute(
        work,
        f"insert into figures (workspace_id, run, part, as_of, {NAMES}) select $1, $2, $3, $4, {NAMES}"
        f" from incoming_figures on conflict (person_key, run, part) do update set as_of = excluded.as_of, {RENEWED}",
        mine, *served, as_of,
    )  # fmt: skip
    await sql.execute(
        work,
        "delete from figures where workspace_id = $1 and run = $2 and part = $3 and person_key = any($4)",
        mine, *served, list(gone),
    )  # fmt: skip


async def sweep(work: Work) -> None:
    """Drop the parts that nobody is served any more; in a unit of work of its own, as readers wait for its end."""
    await sql.execute(work, "select sweep_figures()")


async def forget(work: Work, person_keys: Sequence[int]) -> None:
    """Remove what is served of these people."""
    query = "delete from figures where workspace_id = $1 and person_key = any($2)"
    await sql.execute(work, query, work.caller.workspace, list(person_keys))


@dataclass(frozen=True, kw_only=True)
class Having:
    """How many people the planner expects to have the words, and their keys; None where it expects too many."""

    expected: float
    keys: Sequence[int] | None


async def page(work: Work, found_by: Sequence[int], after: tuple[datetime, int] | None, limit: int) -> list[Row]:
    """Person keys with their newest order, newest first, of those who have all these words.

    `found` is how many they are where `whole`, else how many at least; both are None where nobody counted.
    """
    before, before_key = after or (None, None)
    query = "select * from people_page($1, $2, $3, $4)"
    return await sql.fetch(work, query, list(found_by), before, before_key, limit)


async def having(work: Work, found_by: Sequence[int], most: float) -> Having:
    """Those who have all these words, in no order, unless more are expected than that."""
    row = await sql.fetch_row(work, "select * from people_having($1, $2)", list(found_by), most)
    assert row is not None
    return Having(expected=row["expected"], keys=row["keys"])


async def among(work: Work, found_by: Sequence[int], keys: Sequence[int], expected: float) -> Sequence[int]:
    """Which of these people have all these words, as which so many are expected of everybody."""
    query = "select people_among($1, $2, $3) as keys"
    row = await sql.fetch_row(work, query, list(found_by), list(keys), expected)
    return row["keys"] if row else []


async def count(work: Work, found_by: Sequence[int], at_most: int) -> int:
    """How many have all these words, counted up to the bound."""
    counted = await sql.fetch_value(work, "select people_count($1, $2)", list(found_by), at_most)
    return counted if isinstance(counted, int) else 0


async def shown(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """What a list shows of these people, in their order; who is gone, or merged into another, is left out."""
    return await sql.fetch(
        work,
        "select p.person_key, p.customer_id, p.last_order_at, f.archetype, f.risk, f.lifetime_value, f.run, f.detail"
        " from unnest($2::bigint[]) with ordinality asked (person_key, n) cross join lateral (select p.* from person p"
        " where p.person_key = asked.person_key and p.merged_into is null limit 1) p"
        " left join lateral (select f.* from figures f where f.person_key = asked.person_key"
        " and f.run = (select s.run from served s where s.workspace_id = $1)"
        " and f.part = (select s.part from served s where s.workspace_id = $1) limit 1) f on true order by n",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


# Whoever was merged stands for the survivor where neither that one's id nor an earlier one of the others' fits too.
STARTING = """
from person p where p.workspace_id = $1 and p.customer_id ^@ $2 and (p.merged_into is null
    or not exists (select from person o where o.person_key = p.merged_into and o.customer_id ^@ $2)
    and not exists (select from person o where o.merged_into = p.merged_into and o.customer_id ^@ $2
        and o.customer_id < p.customer_id))
"""


async def starting_with(work: Work, text: str, after_key: int | None, limit: int) -> list[Row]:
    """(person_key, root) of people whose customer id begins with the text, in the order of the ids; each root once."""
    return await sql.fetch(
        work,
        f"select p.person_key, coalesce(p.merged_into, p.person_key) as root {STARTING}"
        " and ($3::bigint is null or p.customer_id > (select o.customer_id from person o"
        " where o.workspace_id = $1 and o.person_key = $3)) order by p.customer_id limit $4",
        work.caller.workspace, text, after_key, limit,
    )  # fmt: skip


async def count_starting_with(work: Work, text: str, at_most: int) -> int:
    """How many they are, counted up to the bound."""
    query = f"select count(*) from (select 1 {STARTING} limit $3) found"
    counted = await sql.fetch_value(work, query, work.caller.workspace, text, at_most)
    return counted if isinstance(counted, int) else 0


async def values(work: Work) -> tuple[bytes, bytes]:
    """Keys and lifetime values of all who are served, each as integers of eight bytes, ascending by key."""
    row = await sql.fetch_row(
        work,
        "select string_agg(int8send(f.person_key), '' order by f.person_key) as persons,"
        " string_agg(int8send(f.lifetime_value), '' order by f.person_key) as found from figures f"
        " where f.workspace_id = $1 and f.run = (select s.run from served s where s.workspace_id = $1)"
        " and f.part = (select s.part from served s where s.workspace_id = $1)",
        work.caller.workspace,
    )  # fmt: skip
    return (row["persons"] or b"", row["found"] or b"") if row else (b"", b"")
