"""Of several words the one that fewest have leads through the index of words, which memory may hold with its table."""

from alembic import op

revision = "0036"
down_revision = "0035"

FUNCTIONS = """
create or replace function people_fit() returns boolean
    language sql stable set search_path = pg_catalog
    return pg_relation_size('public.person') + pg_relation_size('public.person_words')
        < 0.75 * pg_size_bytes(current_setting('shared_buffers'));

create or replace function people_rarest_first(found_by bigint[]) returns bigint[]
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    if cardinality(found_by) < 2 then
        return found_by;
    end if;
    return (select array_agg(each order by public.people_expected(array[each]), each) from unnest(found_by) each);
end $$;

create or replace function people_page(found_by bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz, found integer, whole boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    people float := (select greatest(reltuples, 10000) from pg_class where oid = 'public.person'::regclass);
    older text := case when before is null then '' else ' and (p.last_order_at, p.person_key) < ($2, $3)' end;
    newest text := 'select array_agg(p.person_key), array_agg(p.last_order_at) from (select * from %s'
        ' order by p.last_order_at desc, p.person_key desc limit $4) p';
    expected float := public.people_expected(found_by);
    dear float := case when cardinality(found_by) = 1 then 5 when public.people_fit() then 3 else 20 end;
    asked text;
    seen float;
    counted integer;
    keys bigint[];
    times timestamptz[];
begin
    found_by := public.people_rarest_first(found_by);
    asked := public.people_asked(found_by);
    if cardinality(found_by) > 1 and expected > 500 then
        perform set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
        execute format(newest, public.people_in_order(found_by, older, '2000', '$4'))
            into keys, times using mine, before, before_key, n;
        if cardinality(keys) = n then
            return query select *, null::integer, null::boolean from unnest(keys, times);
            return;
        end if;
        seen := coalesce(cardinality(keys), 0) * people / 2000;
        if abs(seen - expected) > 2 * sqrt(expected * people / 2000) then
            expected := seen;
        end if;
        perform set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
    end if;
    if dear * expected * expected > n * people then
        perform set_config('enable_seqscan', 'off', true);
        if cardinality(found_by) = 1 and expected * expected > 1000 * people then
            execute 'select count(*) from ' || public.people_in_order(found_by, '', 'all', '1001')
                into counted using mine;
        elsif cardinality(found_by) = 1 then
            perform set_config('enable_indexscan', 'off', true);
            execute 'select count(*) from (select ' || asked || ' limit 1001) counted' into counted using mine;
            perform set_config('enable_indexscan', 'on', true);
        end if;
        perform set_config('enable_bitmapscan', 'off', true);
        execute format(newest, public.people_in_order(
                found_by, older, ceil(20000 + 1.5 * n * people / expected)::text, '$4'))
            into keys, times using mine, before, before_key, n;
        if cardinality(keys) = n then
            return query select *, case when counted <= 1000 then counted when counted > 1000 then 1000 end,
                counted <= 1000 from unnest(keys, times);
            return;
        end if;
        perform set_config('enable_bitmapscan', 'on', true);
    end if;
    perform set_config('enable_indexscan', 'off', true);
    return query execute 'with p as materialized (select p.person_key, p.last_order_at ' || asked || ') '
        || 'select p.person_key, p.last_order_at, (select count(*)::integer from p), true from p where true ' || older
        || ' order by p.last_order_at desc, p.person_key desc limit $4'
        using mine, before, before_key, n, counted;
end $$;

create or replace function people_having(found_by bigint[], most float) returns table (expected float, keys bigint[])
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = off set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
begin
    expected := public.people_expected(found_by);
    if expected <= most then
        execute 'select coalesce(array_agg(p.person_key), ''{}'') '
            || public.people_asked(public.people_rarest_first(found_by)) into keys using mine;
    end if;
    return next;
end $$;

create or replace function people_among(found_by bigint[], asked bigint[], expected float) returns bigint[]
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = off
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found bigint[];
begin
    if expected < 10 * cardinality(asked) then
        perform set_config('enable_indexscan', 'off', true);
        execute 'select array_agg(p.person_key) ' || public.people_asked(public.people_rarest_first(found_by))
            || ' and p.person_key = any($2)' into found using mine, asked;
    else
        execute 'select array_agg(p.person_key) from unnest($2) each (key) cross join lateral (select p.person_key from'
            || ' public.person p where p.workspace_id = $1 and p.person_key = each.key and '
            || array_to_string(found_by, ' = any(p.words) and ') || ' = any(p.words) limit 1) p'
            into found using mine, asked;
    end if;
    return coalesce(found, '{}');
end $$;

create or replace function people_count(found_by bigint[], at_most integer) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found integer;
begin
    execute 'select count(*) from (select 1 ' || public.people_asked(public.people_rarest_first(found_by))
        || ' limit $2) counted' into found using mine, at_most;
    return found;
end $$;

create or replace function touch_people() returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
    set max_parallel_workers_per_gather = 0 set work_mem = '64MB' as $$
declare
    part bigint;
begin
    if public.people_fit() then
        execute 'select count(p.country_guessed) from public.person p where p.words <> ''{}'' and p.words @> ''{}''';
    end if;
    perform set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
    execute 'select count(*) from public.served s cross join lateral (select cardinality(p.words) from public.person p'
        ' where p.workspace_id = s.workspace_id and p.words <> ''{}'' and cardinality(p.words) <= 256'
        ' order by p.last_order_at desc, p.person_key desc limit 50000) p';
    execute 'select count(p.person_key) from public.person p where p.person_key > 0';
    perform set_config('enable_seqscan', 'on', true);
    for part in select distinct s.part from public.served s loop
        execute format('select count(f.detail) from public.figures_%s f', part);
    end loop;
end $$;
"""
RIGHTS = "revoke execute on function people_fit, people_rarest_first from public"


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(RIGHTS)
