"""The figures that are served of people, and what reads them in one go."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
-- The served figures: one row a person, written by `intelligence`, read by search, filters and profiles.
-- `last_order_at` is the day of the last order in the workspace's zone, written as midnight UTC. They lie in parts:
-- number 0 is changed row by row; a large workspace's come whole, each run as a part of its own that has its number.
create table figures (
    workspace_id uuid not null,
    part bigint not null default 0,
    person_key bigint not null,
    archetype text,
    risk smallint not null,
    lifetime_value bigint not null,
    orders integer not null,
    last_order_at timestamptz not null,
    tags bigint[] not null,
    primary key (person_key, part)) partition by list (part);
create index figures_recent on figures (workspace_id, last_order_at desc, person_key desc);
create index figures_tags on figures using gin (tags);
create table figures_0 partition of figures for values in (0);
alter table figures_0 alter tags set statistics 1000;

-- The rest of them, as `intelligence` packs it; in part 0 a new run's rows are written beside the old ones.
create table figures_detail (
    workspace_id uuid not null,
    part bigint not null default 0,
    run bigint not null,
    person_key bigint not null,
    detail bytea not null,
    primary key (person_key, run, part)) partition by list (part);
create table figures_detail_0 partition of figures_detail for values in (0);

-- Which part a workspace's readers see.
create table served (
    workspace_id uuid primary key,
    part bigint not null);
"""
FUNCTIONS = """
-- A profile in one round trip: binds itself to the workspace it is given, so the guard holds.
create function profile_in(w uuid, asked text, newest integer, until timestamptz, until_key bigint) returns table (
    person_key bigint, customer_id text, contact bytea, country text, created_at timestamptz, last_order_at timestamptz,
    archetype text, risk smallint, lifetime_value bigint, run bigint, detail bytea, orders jsonb)
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
declare
    seen bigint;
begin
    perform set_config('app.workspace', w::text, true);
    select s.part into seen from public.served s where s.workspace_id = w;
    return query
    select p.person_key, p.customer_id, p.contact, p.country, p.created_at, p.last_order_at,
        f.archetype, f.risk, f.lifetime_value, d.run, d.detail,
        (select jsonb_agg(o.shown order by o.placed_at desc, o.document_key desc) from (
            select c.placed_at, c.document_key, jsonb_build_object('key', c.document_key, 'id', c.identity,
                'at', c.placed_at, 'net', c.gross - coalesce(c.discount, 0) - c.refund, 'items', (
                select jsonb_agg(jsonb_build_array(t.product_id, t.name, l.quantity,
                    l.gross - coalesce(l.discount, 0) - l.refund) order by l.ordinal)
                from public.order_line l left join public.product t on t.product_key = l.product_key
                where l.document_key = c.document_key and l.ordinal <= 50), 'lines', c.lines) as shown
            from public.document c
            where c.workspace_id = w and c.person_key = p.person_key
                and (until is null or (c.placed_at, c.document_key) < (until, until_key))
            order by c.placed_at desc, c.document_key desc limit newest) o)
    from public.person p
        left join public.figures f on f.person_key = p.person_key and f.part = seen and f.workspace_id = w
        left join lateral (select i.run, i.detail from public.figures_detail i where i.person_key = p.person_key
            and i.part = seen order by i.run desc limit 1) d on true
    where p.workspace_id = w and p.customer_id = asked;
end $$;

-- A page of people, newest order first: all of it in here, as an operator that is not leakproof (@>) never reaches
-- an index below the guard. Reads the scope itself; the plan is made for the values.
create function people_page(found_by bigint[], tagged bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    seen bigint := coalesce((select s.part from public.served s where s.workspace_id = mine), 0);
    asked text;
begin
    if tagged is null then
        asked := 'select p.person_key, p.last_order_at from public.person p where p.workspace_id = $1';
    elsif found_by is null then
        asked := 'select p.person_key, p.last_order_at from public.figures p where p.workspace_id = $1 and p.part = '
            || seen;
    else
        asked := 'select p.person_key, p.last_order_at from public.person p'
            ' join public.figures f on f.person_key = p.person_key and f.workspace_id = p.workspace_id'
            ' where p.workspace_id = $1 and f.part = ' || seen;
    end if;
    if found_by is not null then
        asked := asked || ' and p.words <> ''{}'' and p.words @> ' || quote_literal(found_by::text) || '::bigint[]';
    end if;
    if tagged is not null then
        asked := asked || ' and ' || case when found_by is null then 'p' else 'f' end
            || '.tags @> ' || quote_literal(tagged::text) || '::bigint[]';
    end if;
    if before is not null then
        asked := asked || ' and (p.last_order_at, p.person_key) < ($2, $3)';
    end if;
    return query execute asked || ' order by p.last_order_at desc, p.person_key desc limit $4'
        using mine, before, before_key, n;
end $$;

-- How many people match, counted up to a bound.
create function people_count(found_by bigint[], tagged bigint[], at_most integer) returns integer
    language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    seen bigint := coalesce((select s.part from public.served s where s.workspace_id = mine), 0);
    asked text;
    found integer;
begin
    if found_by is null and tagged is not null then
        asked := 'from public.figures f where f.workspace_id = $1 and f.part = ' || seen;
    else
        asked := 'from public.person p where p.workspace_id = $1';
        if tagged is not null then
            asked := 'from public.person p join public.figures f on f.person_key = p.person_key'
                ' and f.workspace_id = p.workspace_id where p.workspace_id = $1 and f.part = ' || seen;
        end if;
    end if;
    if found_by is not null then
        asked := asked || ' and p.words <> ''{}'' and p.words @> ' || quote_literal(found_by::text) || '::bigint[]';
    end if;
    if tagged is not null then
        asked := asked || ' and f.tags @> ' || quote_literal(tagged::text) || '::bigint[]';
    end if;
    execute 'select count(*) from (select 1 ' || asked || ' limit $2) counted' into found using mine, at_most;
    return found;
end $$;

-- What the planner knows of part 0, after so many were written: it finds out by itself, but a minute later, and without
-- it a search for what most have reads all of them.
create function learn_figures(written bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
    if (select c.reltuples from pg_class c where c.oid = 'public.figures_0'::regclass) < 0.8 * written then
        analyze public.figures_0;
    end if;
end $$;

-- A part of its own for a run, to be filled by COPY, which the guard refuses elsewhere.
create function begin_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    kind text;
begin
    if mine is null then
        raise 'figures belong to a workspace';
    end if;
    foreach kind in array array['figures', 'figures_detail'] loop
        execute format('create table public.%1$s_%2$s (like public.%1$s including defaults,'
            ' check (workspace_id = %3$L), check (part = %2$s))', kind, run, mine);
        execute format('alter table public.%s_%s alter workspace_id set default %L, alter part set default %s',
            kind, run, mine, run);
        execute format('grant insert on public.%s_%s to switchboard_app', kind, run);
    end loop;
    execute format('alter table public.figures_detail_%s alter run set default %s', run, run);
end $$;

-- Index what was filled in and put it among the other parts.
create function finish_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog
    set maintenance_work_mem = '512MB' as $$
declare
    kind text;
begin
    execute format('alter table public.figures_%s add primary key (person_key, part)', run);
    execute format('create index on public.figures_%s (workspace_id, last_order_at desc, person_key desc)', run);
    execute format('create index on public.figures_%s using gin (tags)', run);
    execute format('alter table public.figures_detail_%s add primary key (person_key, run, part)', run);
    foreach kind in array array['figures', 'figures_detail'] loop
        execute format('alter table public.%1$s attach partition public.%1$s_%2$s for values in (%2$s)', kind, run);
        perform public.guard(format('public.%s_%s', kind, run)::regclass);
        execute format('analyze public.%s_%s', kind, run);
    end loop;
end $$;

-- Drop the parts nobody reads any more, unless somebody still does: whoever reads now waits for this to end.
create function sweep_figures() returns void
    language plpgsql volatile security definer set search_path = pg_catalog set lock_timeout = '300ms' as $$
declare
    stale text;
begin
    for stale in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent in ('public.figures'::regclass, 'public.figures_detail'::regclass)
            and c.relkind = 'r' and not exists (
                select from public.served s where c.relname ~ ('_(0|' || s.part || ')$'))
            and c.relname !~ '_0$' loop
        execute format('drop table public.%I', stale);
    end loop;
exception when lock_not_available then
    null;
end $$;
"""
GRANTS = """
revoke execute on all functions in schema public from public;
grant execute on function profile_in, people_page, people_count, learn_figures, begin_figures, finish_figures,
    sweep_figures to switchboard_app;
select guard('figures'), guard('figures_0'), guard('figures_detail'), guard('figures_detail_0'), guard('served');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    op.execute(GRANTS)
