"""People merged into one: what identifies them, what was merged, and profiles of the survivors."""

from alembic import op

revision = "0009"
down_revision = "0008"

PERSON = """
alter table person add column merged_into bigint;
create index person_merged on person (merged_into) where merged_into is not null;
"""
TABLES = """
-- What people were told to be reached by, as keyed hashes: who told of it (an import, a statement of consent, somebody
-- by hand), and whether it is verified. `contested` takes it from a person, whoever tells of it.
create table identity (
    workspace_id uuid not null,
    person_key bigint not null,
    kind text not null check (kind in ('email', 'phone')),
    hash bytea not null,
    told_by uuid not null,
    how text not null check (how in ('import', 'statement', 'hand')),
    verified boolean not null,
    at timestamptz not null,
    primary key (person_key, hash, told_by));
create index identity_hash on identity (hash, person_key);

create table contested (
    workspace_id uuid not null,
    person_key bigint not null,
    hash bytea not null,
    at timestamptz not null,
    by uuid not null,
    primary key (person_key, hash));

-- That two people are one: by an identity (its hash), or by hand (null), then maybe with the survivor that was chosen.
-- Those that are not undone connect people to groups.
create table merge (
    workspace_id uuid not null,
    id uuid primary key,
    number bigint generated always as identity,
    person_key bigint not null,
    other_key bigint not null check (other_key > person_key),
    kind text check (kind in ('email', 'phone')),
    hash bytea,
    chosen bigint,
    made_at timestamptz not null,
    made_by uuid not null,
    undone_at timestamptz,
    undone_by uuid);
create index merge_number on merge (workspace_id, number);
create unique index merge_once on merge (person_key, other_key, coalesce(hash, '')) where undone_at is null;
create index merge_person on merge (person_key);
create index merge_other on merge (other_key);
create index merge_hash on merge (hash) where undone_at is null;

-- An identity that more people than this have identifies nobody; without a row it is the default.
create table merge_limit (
    workspace_id uuid primary key,
    people integer not null check (people > 1));
"""
PROFILE = """
drop function profile_in;

-- A profile in one round trip: binds itself to the workspace it is given, so the guard holds. Whoever was merged is
-- told as the survivor, with the orders of all; `merged` are the others' keys and sealed contacts.
create function profile_in(w uuid, asked text, newest integer, until timestamptz, until_key bigint) returns table (
    person_key bigint, customer_id text, contact bytea, country text, created_at timestamptz, last_order_at timestamptz,
    archetype text, risk smallint, lifetime_value bigint, run bigint, detail bytea, merged json, orders json)
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    perform set_config('app.workspace', w::text, true);
    return query
    select p.person_key, p.customer_id, p.contact, p.country, p.created_at, p.last_order_at,
        f.archetype, f.risk, f.lifetime_value, f.run, f.detail, g.contacts,
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

revoke execute on function profile_in from public;
grant execute on function profile_in to switchboard_app;
"""
GUARDS = "select guard('identity'), guard('contested'), guard('merge'), guard('merge_limit');"


def upgrade() -> None:
    for step in (PERSON, TABLES, PROFILE, GUARDS):
        op.execute(step)
