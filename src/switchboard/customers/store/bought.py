"""What a person bought, by product and by category."""

from collections.abc import Sequence
from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

# An order has a product when one of its lines of it is positive: what came back alone is no order of it.
LINES = """
from document d join order_line l on l.document_key = d.document_key and l.workspace_id = $1
    left join product p on p.product_key = l.product_key and p.workspace_id = $1
    left join category c on c.category_key = p.category_key and c.workspace_id = $1
where d.workspace_id = $1 and d.person_key = any($2) and d.placed_at < $3
"""
FIGURES = """
count(distinct d.document_key) filter (where l.gross > 0) as orders, sum(l.quantity)::bigint as quantity,
    sum(l.gross - coalesce(l.discount, 0) - l.refund)::bigint as net,
    max(d.placed_at) filter (where l.gross > 0) as last_at
"""
PRODUCTS = f"""
select p.product_id, p.name, c.path as category, {FIGURES}, count(*) over () as total {LINES}
group by p.product_key, p.product_id, p.name, c.path order by net desc, p.product_id offset $4 limit $5
"""
CATEGORIES = f"""
select c.top as category, {FIGURES},
    sum(sum(l.gross - coalesce(l.discount, 0) - l.refund)) over ()::bigint as whole {LINES}
group by c.top order by net desc, c.top limit $4
"""


async def products(work: Work, people: Sequence[int], until: datetime, first: int, limit: int) -> list[Row]:
    """Their products before a moment, most spent first, each with how many there are in `total`."""
    return await sql.fetch(work, PRODUCTS, work.caller.workspace, list(people), until, first, limit)


async def categories(work: Work, people: Sequence[int], until: datetime, limit: int) -> list[Row]:
    """Their categories of the top level before a moment, most spent first."""
    return await sql.fetch(work, CATEGORIES, work.caller.workspace, list(people), until, limit)
