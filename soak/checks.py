"""What must hold, asked of the database itself."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

# In one snapshot: every import with its documents, and whose figures are served.
IMPORTS = """
select coalesce(i.id, d.import_id)::text, (i.counts ->> 'new')::integer, coalesce(d.documents, 0)
from (select id, counts from import where kind = 'orders') i
full join (select import_id, count(*) as documents from document group by import_id) d on d.import_id = i.id
where i.id is null or (i.counts ->> 'new')::integer is distinct from coalesce(d.documents, 0)
"""
FIGURES = """
select count(distinct f.run), count(*), (select customers from snapshot s where s.run = max(f.run)), max(f.run)
from figures f join served v using (workspace_id, part) having count(*) > 0
"""
DOCUMENTS = """
select d.identity, p.customer_id, d.placed_at::text, d.currency, d.gross, d.discount, d.refund, d.lines, d.content,
    (select string_agg(concat_ws(' ', l.ordinal, l.line_id, t.product_id, l.quantity, l.gross), ';' order by l.ordinal)
    from order_line l left join product t using (product_key) where l.document_key = d.document_key)
from document d left join person p using (person_key) order by 1
"""
PEOPLE = """
select p.customer_id, p.last_order_at::text, f.lifetime_value
from person p left join figures f using (person_key) order by 1
"""


def half_seen(connection: Connection[TupleRow]) -> list[str]:
    """What stands there by halves at this moment."""
    connection.execute("set transaction isolation level repeatable read, read only")
    wrong = [
        f"import {name} has {there} documents of {told}" for name, told, there in connection.execute(IMPORTS).fetchall()
    ]
    for runs, figures, customers, run in connection.execute(FIGURES).fetchall():
        if runs != 1 or figures != customers:
            wrong.append(f"run {run}: figures of {runs} runs, {figures} figures of {customers} people")
    return wrong


def seen(database: str) -> list[str]:
    """What stands there by halves now."""
    with psycopg.connect(database) as connection:
        return half_seen(connection)


def digests(database: str) -> dict[str, str]:
    """What is kept, without the numbers that follow from the order of events."""
    with psycopg.connect(database) as connection:
        return {"orders": _digest(connection.execute(DOCUMENTS)), "people": _digest(connection.execute(PEOPLE))}


def _digest(rows: Iterable[TupleRow]) -> str:
    made = hashlib.sha256()
    for row in rows:
        made.update(repr(row).encode())
    return made.hexdigest()


def lost_rates(database: str, answered: Mapping[date, int]) -> int:
    """How many changes that were answered are not there."""
    with psycopg.connect(database) as connection:
        kept = {day: int(rate) for day, rate in connection.execute("select day, rate from rate").fetchall()}
    return sum(kept.get(day) != rate for day, rate in answered.items())


def changes_without_line(database: str) -> int:
    """Changes that are there and have no line, or the other way round: each rate was set at least once."""
    with psycopg.connect(database) as connection:
        ((kept, told),) = connection.execute(
            "select (select count(*) from rate), (select count(*) from audit_line"
            " where operation = 'customers.set_rates' and outcome = 'done')"
        ).fetchall()
    return max(kept - told, 0)


def jobs_left(database: str) -> int:
    """Runs that wait or run."""
    with psycopg.connect(database) as connection:
        ((left,),) = connection.execute(
            "select count(*) from job where status in ('waiting', 'running') and workspace_id <> %s::uuid",
            ("00000000-0000-0000-0000-000000000000",),
        ).fetchall()
    return int(left)


def failed_jobs(database: str, but: Collection[str] = ()) -> list[str]:
    """Runs that failed."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("select name, error from job where status = 'failed'").fetchall()
    return [f"{name}: {error}" for name, error in rows if name not in but]


def some_customers(database: str, how_many: int) -> list[str]:
    """Customers of the shop to read."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select customer_id from person order by md5(customer_id) limit %s", (how_many,)
        ).fetchall()
    return [str(row[0]) for row in rows]
