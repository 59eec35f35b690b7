"""One person with all that is counted of them, and their events."""

from collections.abc import Sequence
from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

FOUND = """
select coalesce(merged_into, person_key) as person_key from person where workspace_id = $1 and customer_id = $2
"""
# The survivor first, then whoever was merged into them, as they became known.
MEMBERS = """
select person_key, customer_id, contact, country, region, city, lat, lon, created_at from person
where workspace_id = $1 and person_key = any($2) order by person_key <> $3, person_key
"""
COUNTS = """
select o.orders, o.newest_order_at, e.events, least(o.first_at, e.first_at) as first_at,
    greatest(o.last_at, e.last_at) as last_at
from (select) nothing
cross join lateral (select count(*) filter (where d.is_order) as orders, min(d.placed_at) as first_at,
        max(d.placed_at) as last_at, max(d.placed_at) filter (where d.is_order) as newest_order_at
    from document d where d.workspace_id = $1 and d.person_key = any($2)) o
cross join lateral (select count(*) as events, min(a.at) as first_at, max(a.at) as last_at
    from activity a where a.workspace_id = $1 and a.person_key = any($2)) e
"""
# An event's identity may be the source's own text: a page goes on by its hash.
EVENTS = """
select a.kind, a.at, a.properties, md5(a.identity) as number from activity a
where a.workspace_id = $1 and a.person_key = any($2) and ($3::timestamptz is null or a.at <= $3)
    and ($3::timestamptz is null or (a.at, md5(a.identity)) < ($3, $4))
order by a.at desc, md5(a.identity) desc limit $5
"""


async def key(work: Work, customer_id: str) -> int | None:
    """The key of the person of this id, of the survivor where they were merged."""
    found = await sql.fetch_value(work, FOUND, work.caller.workspace, customer_id)
    return found if isinstance(found, int) else None


async def members(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """These people, who are one; the first is the survivor."""
    return await sql.fetch(work, MEMBERS, work.caller.workspace, list(person_keys), person_keys[0])


async def counts(work: Work, person_keys: Sequence[int]) -> Row:
    """(orders, newest_order_at, events, first_at, last_at) of all of them together."""
    (row,) = await sql.fetch(work, COUNTS, work.caller.workspace, list(person_keys))
    return row


async def events(work: Work, person_keys: Sequence[int], before: tuple[datetime, str] | None, limit: int) -> list[Row]:
    """Their events before a moment and number, newest first."""
    return await sql.fetch(work, EVENTS, work.caller.workspace, list(person_keys), *(before or (None, None)), limit)
