"""Attributes: what each is, and what people have of them."""

import json
from collections.abc import Sequence

from switchboard.customers.store.people import TOLD_IN
from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

COLUMNS = "name, type, label, unit, by_hand, made_by, made_at"
# All that was said of these people and is still said, value by value.
SAID = f"""
select t.person_key, e.key as name, e.value, t.said_at, {TOLD_IN} as number, t.import_id, null::text as source
from told t cross join lateral jsonb_each(t.attributes) e
where t.workspace_id = $1 and t.person_key = any($2) and t.attributes is not null
union all
select s.person_key, s.name, s.value, s.said_at, null, null, s.source from attribute_said s
where s.workspace_id = $1 and s.person_key = any($2)
"""
NEWEST = f"""
select distinct on (person_key, name) * from ({SAID}) said order by person_key, name, said_at desc, number desc
"""
FOLD = f"""
update person p set attributes = n.attributes from (
    select k.person_key, jsonb_object_agg(s.name, s.value) filter (where s.value <> 'null') as attributes
    from unnest($2::bigint[]) k (person_key) left join ({NEWEST}) s using (person_key) group by 1) n
where p.workspace_id = $1 and p.person_key = n.person_key and p.attributes is distinct from n.attributes
"""
OF_ONE = f"""
select n.name, n.value, n.said_at, coalesce(n.source, i.source) as source, n.import_id
from (select distinct on (name) * from ({SAID}) said order by name, said_at desc, number desc) n
    left join import i on i.workspace_id = $1 and i.id = n.import_id
where n.value <> 'null' order by n.name
"""
ADD = f"""
insert into attribute (workspace_id, {COLUMNS})
select $1, name, type, name, null, false, $4, $5 from unnest($2::text[], $3::text[]) new (name, type)
on conflict do nothing
"""
DEFINE = f"""
insert into attribute (workspace_id, {COLUMNS}) values ($1, $2, $3, $4, $5, true, $6, $7)
on conflict (workspace_id, name) do update set type = excluded.type, label = excluded.label, unit = excluded.unit,
    by_hand = true, made_by = excluded.made_by, made_at = excluded.made_at
"""
PAGE = f"""
select {COLUMNS} from attribute where workspace_id = $1 and ($2::text is null or name > $2) order by name limit $3
"""
# One look at everybody for all names of a page.
COUNTED = """
select a.name, count(*) as people from person p cross join lateral jsonb_object_keys(p.attributes) a (name)
where p.workspace_id = $1 and p.attributes is not null and a.name = any($2) group by 1
"""
VALUES = """
select value from (
    select attributes -> $2 as value from told where workspace_id = $1 and attributes ? $2
    union select value from attribute_said where workspace_id = $1 and name = $2) said
where value <> 'null' order by value limit $3
"""
HAVING = """
select count(*) from person p where p.workspace_id = $1 and p.attributes ? $2
    and p.attributes -> $2 in (select v::jsonb from unnest($3::text[]) v)
"""
CHANGED = "create temporary table changed_value (old jsonb, new jsonb) on commit drop"
CHANGE = """
update told t set attributes = case when c.new = 'null' then t.attributes - $2
    else jsonb_set(t.attributes, array[$2], c.new) end
from changed_value c where t.workspace_id = $1 and t.attributes ? $2 and t.attributes -> $2 = c.old
"""
CHANGE_SAID = """
update attribute_said s set value = c.new from changed_value c
where s.workspace_id = $1 and s.name = $2 and s.value = c.old
"""
WHO = """
select person_key from person where workspace_id = $1 and person_key > $3 and (attributes ? $2 or person_key in (
    select t.person_key from told t where t.workspace_id = $1 and t.attributes ? $2))
order by person_key limit $4
"""
SET = """
insert into attribute_said (workspace_id, person_key, name, source, value, said_at, said_by)
select $1, $2, name, $3, value, $6, $7 from unnest($4::text[], $5::jsonb[]) said (name, value)
on conflict (person_key, name, source) do update
    set value = excluded.value, said_at = excluded.said_at, said_by = excluded.said_by
    where attribute_said.said_at <= excluded.said_at
"""
FORGET = (
    "update told set attributes = nullif(attributes - $2, '{}') where workspace_id = $1 and attributes ? $2",
    "delete from attribute_said where workspace_id = $1 and name = $2",
    "update person set attributes = nullif(attributes - $2, '{}') where workspace_id = $1 and attributes ? $2",
    "delete from attribute where workspace_id = $1 and name = $2",
)


async def definitions(work: Work) -> list[Row]:
    """All attributes of the workspace."""
    return await sql.fetch(
        work, f"select {COLUMNS} from attribute where workspace_id = $1 order by name", work.caller.workspace
    )


async def page(work: Work, after: str | None, limit: int) -> list[Row]:
    """Attributes by name."""
    return await sql.fetch(work, PAGE, work.caller.workspace, after, limit)


async def people(work: Work, names: Sequence[str]) -> dict[str, int]:
    """How many people have each of these."""
    rows = await sql.fetch(work, COUNTED, work.caller.workspace, list(names))
    return {row["name"]: row["people"] for row in rows}


async def add(work: Work, types: Sequence[tuple[str, str]]) -> None:
    """Add attributes by name and type, as files bring them; what is there stays as it is."""
    if types:
        names, kinds = zip(*types, strict=True)
        await sql.execute(work, ADD, work.caller.workspace, list(names), list(kinds), work.caller.id, work.now)


async def define(work: Work, name: str, kind: str, label: str, unit: str | None) -> None:
    """Say what an attribute is, by hand."""
    await sql.execute(work, DEFINE, work.caller.workspace, name, kind, label, unit, work.caller.id, work.now)


async def values(work: Work, name: str, limit: int) -> list[str]:
    """So many of the distinct values that were ever said of an attribute, as JSON."""
    rows = await sql.fetch(work, VALUES, work.caller.workspace, name, limit)
    return [row["value"] for row in rows]


async def having(work: Work, name: str, values: Sequence[str]) -> int:
    """How many people have one of these values now."""
    if not values:
        return 0
    found = await sql.fetch_value(work, HAVING, work.caller.workspace, name, list(values))
    return int(str(found))


async def change(work: Work, name: str, changed: Sequence[tuple[str, str]]) -> None:
    """Put new values, JSON null for none, in the place of old ones, wherever they were said."""
    await sql.execute(work, CHANGED)
    await sql.execute_many(work, "insert into changed_value values ($1::jsonb, $2::jsonb)", changed)
    for step in (CHANGE, CHANGE_SAID):
        await sql.execute(work, step, work.caller.workspace, name)


async def who(work: Work, name: str, after: int, limit: int) -> list[int]:
    """The keys of people of whom the attribute was ever said, in their order."""
    rows = await sql.fetch(work, WHO, work.caller.workspace, name, after, limit)
    return [row["person_key"] for row in rows]


async def fold(work: Work, person_keys: Sequence[int]) -> None:
    """Write of these people what all that is still said of their attributes comes to."""
    await sql.execute(work, FOLD, work.caller.workspace, list(person_keys))


async def of_one(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(name, value as JSON, said_at, source, import_id) of all attributes of people who are one, by name."""
    return await sql.fetch(work, OF_ONE, work.caller.workspace, list(person_keys))


async def set_values(work: Work, person_key: int, source: str, said: dict[str, object]) -> None:
    """Keep what a source says of a person now; None takes a value away."""
    await sql.execute(
        work, SET, work.caller.workspace, person_key, source, list(said), [json.dumps(each) for each in said.values()],
        work.now, work.caller.id,
    )  # fmt: skip
    await sql.execute(
        work,
        "update person set told_at = greatest(told_at, $3) where workspace_id = $1 and person_key = $2",
        work.caller.workspace, person_key, work.now,
    )  # fmt: skip
    await fold(work, [person_key])


async def forget(work: Work, name: str) -> int:
    """Forget an attribute, and everybody's values of it; how many had it."""
    _, _, had, _ = [await sql.execute(work, step, work.caller.workspace, name) for step in FORGET]
    return had
