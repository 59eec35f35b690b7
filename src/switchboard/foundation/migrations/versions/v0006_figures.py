"""The figures that are served of people, and what reads them in one go."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
-- The served figures: one row a person, written by `intelligence`, read by profiles and lists; `detail` is everything
-- that has no column, as `intelligence` packs it. They lie in parts: in number 0 the rows of a new run are written
-- beside the old ones; those of a large workspace come whole, each run as a part of its own that has its number.
create table figures (
    workspace_id uuid not null,
    part bigint not null default 0,
    run bigint not null,
    person_key bigint not null,
    archetype text,
    risk smallint not null,
    lifetime_value bigint not null,
    detail bytea not null,
    primary key (person_key, run, part)) partition by list (part);
create table figures_0 partition of figures for values in (0);

-- The run whose figures a workspace's readers see, and the part they lie in.
create table served (
    workspace_id uuid primary key,
    run bigint not null,
    part bigint not null);
"""
FUNCTIONS = """
-- A profile in one round trip: binds itself to the workspace it is given, so the guard holds.
create function profile_in(w uuid, asked text, newest integer, until timestamptz, until_key bigint) returns table (
    person_key bigint, customer_id text, contact bytea, country text, created_at timestamptz, last_order_at timestamptz,
    archetype text, risk smallint, lifetime_value bigint, run bigint, detail bytea, orders json)
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    perform set_config('app.workspace', w::text, true);
    return query
    select p.person_key, p.customer_id, p.contact, p.country, p.created_at, p.last_order_at,
        f.archetype, f.risk, f.lifetime_value, f.run, f.detail,
        (select json_agg(o.shown order by o.placed_at desc, o.document_key desc) from (
            select c.placed_at, c.document_key, json_build_object('key', c.document_key, 'id', c.identity,
                'at', c.placed_at, 'net', c.gross - coalesce(c.discount, 0) - c.refund, 'items', (
                select json_agg(json_build_array(t.product_id, t.name, l.quantity,
                    l.gross - coalesce(l.discount, 0) - l.refund) order by l.ordinal)
                from public.order_line l left join public.product t on t.product_key = l.product_key
                where l.document_key = c.document_key and l.ordinal <= 50), 'lines', c.lines) as shown
            from public.document c
            where c.workspace_id = w and c.person_key = p.person_key
                and (until is null or (c.placed_at, c.document_key) < (until, until_key))
            order by c.placed_at desc, c.document_key desc limit newest) o)
    from public.person p
        left join public.figures f on f.workspace_id = w and f.person_key = p.person_key
            and f.run = (select s.run from public.served s where s.workspace_id = w)
            and f.part = (select s.part from public.served s where s.workspace_id = w)
    where p.workspace_id = w and p.customer_id = asked;
end $$;

-- People who have all these words, newest order first: all of it in here, as an operator that is not leakproof (@>)
-- never reaches an index below the guard. Reads the scope itself; the plan is made for the values.
create function people_page(found_by bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    asked text := public.people_asked(found_by);
begin
    if before is not null then
        asked := asked || ' and (p.last_order_at, p.person_key) < ($2, $3)';
    end if;
    return query execute 'select p.person_key, p.last_order_at ' || asked
        || ' order by p.last_order_at desc, p.person_key desc limit $4' using mine, before, before_key, n;
end $$;

-- How many they are, counted up to a bound.
create function people_count(found_by bigint[], at_most integer) returns integer
    language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found integer;
begin
    execute 'select count(*) from (select 1 ' || public.people_asked(found_by) || ' limit $2) counted'
        into found using mine, at_most;
    return found;
end $$;

create function people_asked(found_by bigint[]) returns text
    language sql immutable set search_path = pg_catalog
    return 'from public.person p where p.workspace_id = $1 and p.words <> ''{}'' and p.words @> '
        || quote_literal(found_by::text) || '::bigint[]';

-- A part of its own for a run, to be filled by COPY, which the guard refuses elsewhere.
create function begin_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
begin
    if mine is null then
        raise 'figures belong to a workspace';
    end if;
    execute format('create table public.figures_%1$s (like public.figures including defaults,'
        ' check (workspace_id = %2$L), check (part = %1$s))', run, mine);
    execute format('alter table public.figures_%1$s alter workspace_id set default %2$L,'
        ' alter part set default %1$s, alter run set default %1$s', run, mine);
    execute format('grant insert on public.figures_%s to switchboard_app', run);
end $$;

-- Index what was filled in and put it among the other parts.
create function finish_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog
    set maintenance_work_mem = '512MB' as $$
begin
    execute format('alter table public.figures_%s add primary key (person_key, run, part)', run);
    execute format('alter table public.figures attach partition public.figures_%1$s for values in (%1$s)', run);
    perform public.guard(format('public.figures_%s', run)::regclass);
end $$;

-- Drop the parts nobody reads any more, unless somebody still does: whoever reads now waits for this to end.
create function sweep_figures() returns void
    language plpgsql volatile security definer set search_path = pg_catalog set lock_timeout = '300ms' as $$
declare
    stale text;
begin
    for stale in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'public.figures'::regclass and c.relkind = 'r' and c.relname <> 'figures_0'
            and not exists (select from public.served s where c.relname = 'figures_' || s.part) loop
        execute format('drop table public.%I', stale);
    end loop;
exception when lock_not_available then
    null;
end $$;
"""
GRANTS = """
revoke execute on all functions in schema public from public;
grant execute on function profile_in, people_page, people_count, begin_figures, finish_figures,
    sweep_figures to switchboard_app;
select guard('figures'), guard('figures_0'), guard('served');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    op.execute(GRANTS)
