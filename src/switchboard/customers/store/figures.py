"""The served figures: written a run at a time, read by search, filters and profiles."""

from collections.abc import AsyncIterable, Sequence
from datetime import datetime

from switchboard.customers.store.people import SEEN
from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

COLUMNS = ("person_key", "archetype", "risk", "lifetime_value", "orders", "last_order_at", "tags")
NAMES = ", ".join(COLUMNS)
STAGES = """
create temporary table incoming_figures (
    person_key bigint, archetype text, risk smallint, lifetime_value bigint, orders integer,
    last_order_at timestamptz, tags bigint[]) on commit drop;
create temporary table incoming_detail (person_key bigint, detail bytea) on commit drop;
"""
CHANGE = """
update figures f set (archetype, risk, lifetime_value, orders, last_order_at, tags)
    = (i.archetype, i.risk, i.lifetime_value, i.orders, i.last_order_at, i.tags)
from incoming_figures i where f.workspace_id = $1 and f.part = 0 and f.person_key = i.person_key
    and (f.archetype, f.risk, f.lifetime_value, f.orders, f.last_order_at, f.tags)
    is distinct from (i.archetype, i.risk, i.lifetime_value, i.orders, i.last_order_at, i.tags)
"""
ADD = f"""
insert into figures (workspace_id, {NAMES}) select $1, {NAMES} from incoming_figures i
where not exists (select from figures f where f.workspace_id = $1 and f.part = 0 and f.person_key = i.person_key)
order by person_key
"""
DROP = """
delete from figures f where f.workspace_id = $1 and f.part = 0
    and not exists (select from incoming_figures i where i.person_key = f.person_key)
"""
SERVE = """
insert into served values ($1, $2) on conflict (workspace_id) do update set part = excluded.part
where served.part <> excluded.part
"""


async def write(work: Work, run: int, figures: AsyncIterable[bytes], details: AsyncIterable[bytes]) -> None:
    """Serve these figures, and no others, once the unit of work has committed.

    Both are streamed as PostgreSQL's binary COPY, `figures` with COLUMNS, `details` with (person_key, detail).
    """
    mine = work.caller.workspace
    await sql.execute(work, STAGES)
    written = await sql.copy_in(work, "incoming_figures", COLUMNS, figures, csv=False)
    await sql.copy_in(work, "incoming_detail", ("person_key", "detail"), details, csv=False)
    await sql.execute(work, "analyze incoming_figures")
    for step in (CHANGE, ADD, DROP):
        await sql.execute(work, step, mine)
    await sql.execute(work, "select learn_figures($1)", written)
    await sql.execute(
        work,
        "insert into figures_detail (workspace_id, run, person_key, detail)"
        " select $1, $2, person_key, detail from incoming_detail",
        mine, run,
    )  # fmt: skip
    await sql.execute(work, "delete from figures_detail where workspace_id = $1 and part = 0 and run < $2", mine, run)
    await sql.execute(work, SERVE, mine, 0)


async def load(work: Work, run: int, figures: AsyncIterable[bytes], details: AsyncIterable[bytes]) -> None:
    """The same for very many: they become a part of their own, indexed once it is full."""
    mine = work.caller.workspace
    await sql.execute(work, "select begin_figures($1)", run)
    await sql.copy_in(work, f"figures_{run}", COLUMNS, figures, csv=False, made_here=True)
    await sql.copy_in(work, f"figures_detail_{run}", ("person_key", "detail"), details, csv=False, made_here=True)
    await sql.execute(work, "select finish_figures($1)", run)
    for table in ("figures", "figures_detail"):
        await sql.execute(work, f"delete from {table} where workspace_id = $1 and part = 0", mine)
    await sql.execute(work, SERVE, mine, run)


async def sweep(work: Work) -> None:
    """Drop the parts that nobody is served any more; in a unit of work of its own, as readers wait for its end."""
    await sql.execute(work, "select sweep_figures()")


async def page(
    work: Work,
    found_by: Sequence[int] | None,
    tagged: Sequence[int] | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Row]:
    """Person keys with their newest order, newest first, of those who have all these words and all these tags."""
    before, before_key = after or (None, None)
    return await sql.fetch(
        work, "select * from people_page($1, $2, $3, $4, $5)", _list(found_by), _list(tagged), before, before_key, limit
    )


async def count(work: Work, found_by: Sequence[int] | None, tagged: Sequence[int] | None, at_most: int) -> int:
    """How many match, counted up to the bound."""
    found = await sql.fetch_value(work, "select people_count($1, $2, $3)", _list(found_by), _list(tagged), at_most)
    return found if isinstance(found, int) else 0


async def shown(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """What a list shows of these people, in their order."""
    return await sql.fetch(
        work,
        "select p.person_key, p.customer_id, p.last_order_at, f.archetype, f.risk, f.lifetime_value, f.tags"
        " from unnest($2::bigint[]) with ordinality asked (person_key, n)"
        " join person p on p.workspace_id = $1 and p.person_key = asked.person_key"
        f" left join figures f on f.workspace_id = $1 and f.part = {SEEN} and f.person_key = asked.person_key"
        " order by n",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


STARTING = f"""
from person p where p.workspace_id = $1 and p.customer_id ^@ $2 and ($3::bigint[] = '{{}}' or exists (
    select from figures f
    where f.workspace_id = $1 and f.part = {SEEN} and f.person_key = p.person_key and f.tags @> $3))
"""


async def starting_with(work: Work, text: str, tags: Sequence[int], after_key: int | None, limit: int) -> list[int]:
    """The keys of people whose customer id begins with the text, who have all these tags, in the order of the ids."""
    rows = await sql.fetch(
        work,
        f"select p.person_key {STARTING} and ($4::bigint is null or p.customer_id > (select o.customer_id from person o"
        " where o.workspace_id = $1 and o.person_key = $4)) order by p.customer_id limit $5",
        work.caller.workspace, text, list(tags), after_key, limit,
    )  # fmt: skip
    return [row["person_key"] for row in rows]


async def count_starting_with(work: Work, text: str, tags: Sequence[int], at_most: int) -> int:
    """How many they are, counted up to the bound."""
    query = f"select count(*) from (select 1 {STARTING} limit $4) found"
    found = await sql.fetch_value(work, query, work.caller.workspace, text, list(tags), at_most)
    return found if isinstance(found, int) else 0


def _list(given: Sequence[int] | None) -> list[int] | None:
    return None if given is None else list(given)
