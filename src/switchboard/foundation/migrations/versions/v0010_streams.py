"""Imports that are streams, people that changed, and figures of a moment after their run."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
alter table import drop constraint import_kind_check;
alter table import add constraint import_kind_check check (kind in ('orders', 'customers', 'events', 'stream'));

-- How far a stream was consumed by a group of readers: moved in the transaction that stores what was read.
create table consumed (
    workspace_id uuid not null,
    stream text not null,
    reader text not null,
    place text not null,
    reached text not null,
    at timestamptz not null,
    primary key (workspace_id, stream, reader, place));

-- People whose orders a stream changed; `changed` as in documents. What every copy above has seen is taken away.
create table changed_person (
    workspace_id uuid not null,
    person_key bigint not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint));
create index changed_person_changed on changed_person (workspace_id, changed);
alter table figures add as_of timestamptz;

-- Up to where the served figures follow the orders.
create table followed (
    workspace_id uuid primary key,
    cluster text not null,
    snapshot text not null);
drop function profile_in;
"""
FUNCTIONS = """
-- A profile in one round trip: binds itself to the workspace it is given, so the guard holds. Whoever was merged is
-- told as the survivor, with the orders of all; `merged` are the others' keys and sealed contacts.
create function profile_in(w uuid, asked text, newest integer, until timestamptz, until_key bigint) returns table (
    person_key bigint, customer_id text, contact bytea, country text, created_at timestamptz, last_order_at timestamptz,
    archetype text, risk smallint, lifetime_value bigint, run bigint, detail bytea, as_of timestamptz, merged json,
    orders json)
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    perform set_config('app.workspace', w::text, true);
    return query
    select p.person_key, p.customer_id, p.contact, p.country, p.created_at, p.last_order_at,
        f.archetype, f.risk, f.lifetime_value, f.run, f.detail, f.as_of, g.contacts,
        (select json_agg(o.shown order by o.placed_at desc, o.document_key desc) from (
            select c.placed_at, c.document_key, json_build_object('key', c.document_key, 'id', c.identity,
                'at', c.placed_at, 'net', c.gross - coalesce(c.discount, 0) - c.refund, 'items', (
                select json_agg(json_build_array(t.product_id, t.name, l.quantity,
                    l.gross - coalesce(l.discount, 0) - l.refund) order by l.ordinal)
                from public.order_line l left join public.product t on t.product_key = l.product_key
                where l.document_key = c.document_key and l.ordinal <= 50), 'lines', c.lines) as shown
            from unnest(p.person_key || g.keys) each (key) cross join lateral (
                select d.* from public.document d
                where d.workspace_id = w and d.person_key = each.key
                    and (until is null or (d.placed_at, d.document_key) < (until, until_key))
                order by d.placed_at desc, d.document_key desc limit newest) c
            order by c.placed_at desc, c.document_key desc limit newest) o)
    from public.person a
        -- "case", for the policy lets no key come from "coalesce", and the table would be read whole.
        join public.person p on p.workspace_id = w
            and p.person_key = case when a.merged_into is null then a.person_key else a.merged_into end
        left join lateral (
            select array_agg(m.person_key) as keys,
                json_agg(json_build_array(m.person_key, encode(m.contact, 'base64')) order by m.person_key) as contacts
            from public.person m
            where m.workspace_id = w and m.merged_into = p.person_key and m.merged_into is not null) g on true
        left join public.figures f on f.workspace_id = w and f.person_key = p.person_key
            and f.run = (select s.run from public.served s where s.workspace_id = w)
            and f.part = (select s.part from public.served s where s.workspace_id = w)
    where a.workspace_id = w and a.customer_id = asked;
end $$;
"""
GUARDS = """
revoke execute on function profile_in from public;
grant execute on function profile_in to switchboard_app;
select guard('changed_person'), guard('consumed'), guard('followed');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    op.execute(GUARDS)
