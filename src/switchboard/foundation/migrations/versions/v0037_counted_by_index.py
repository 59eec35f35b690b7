"""Whether anybody has certain words is told by their index; of several words the newest people are walked sooner."""

from alembic import op

revision = "0037"
down_revision = "0036"

FUNCTIONS = """
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
    dear float := case when cardinality(found_by) = 1 then 5 when public.people_fit() then 6 else 20 end;
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

create or replace function people_count(found_by bigint[], at_most integer) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog set enable_seqscan = off as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found integer;
begin
    execute 'select count(*) from (select 1 ' || public.people_asked(public.people_rarest_first(found_by))
        || ' limit $2) counted' into found using mine, at_most;
    return found;
end $$;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
