"""A text beside segments looks up who has them, or reads who has the words, whichever is cheaper."""

from alembic import op

revision = "0023"
down_revision = "0022"

FUNCTIONS = """
drop function people_page;
-- People who have all these words, newest order first; how many they are, or at least are, and whether that is all of
-- them: null where nobody counted. All of it in here, as an operator that is not leakproof (@>) never reaches an index
-- below the guard. Reads the scope itself; the plan is made for the values. The planner expects m of N people: to find
-- all and put them in order looks at m rows of the table, to go through the newest until n are found at n * N / m of an
-- index, each for a fifth of the cost, for a tenth where the index of words has to compare several. The cheaper one; a
-- thousand are counted likewise. Where half as many again and 20,000 of the newest hold fewer than n, the planner was
-- wrong, and all are found.
create function people_page(found_by bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz, found integer, whole boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    asked text := public.people_asked(found_by);
    people float := (select greatest(reltuples, 10000) from pg_class where oid = 'public.person'::regclass);
    older text := case when before is null then '' else ' and (p.last_order_at, p.person_key) < ($2, $3)' end;
    expected float := public.people_expected(found_by);
    counted integer;
    keys bigint[];
    times timestamptz[];
begin
    if (case cardinality(found_by) when 1 then 5 else 10 end) * expected * expected > n * people then
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
        execute 'select array_agg(p.person_key), array_agg(p.last_order_at) from (select * from '
            || public.people_in_order(found_by, older, ceil(20000 + 1.5 * n * people / expected)::text, '$4')
            || ' order by p.last_order_at desc, p.person_key desc limit $4) p'
            into keys, times using mine, before, before_key, n;
        if cardinality(keys) = n then
            return query select *, least(counted, 1000), counted <= 1000 from unnest(keys, times);
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

-- How many the planner expects to have all these words, and who they are, in no order, unless it expects too many.
create function people_having(found_by bigint[], most float) returns table (expected float, keys bigint[])
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = off set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
begin
    expected := public.people_expected(found_by);
    if expected <= most then
        execute 'select coalesce(array_agg(p.person_key), ''{}'') ' || public.people_asked(found_by)
            into keys using mine;
    end if;
    return next;
end $$;

-- Which of these people have all these words, which so many are expected to have: each is looked up and their words
-- read; where fewer are expected than ten for each of them, the index of words tells who is worth reading.
create function people_among(found_by bigint[], asked bigint[], expected float) returns bigint[]
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = off
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found bigint[];
begin
    if expected < 10 * cardinality(asked) then
        perform set_config('enable_indexscan', 'off', true);
        execute 'select array_agg(p.person_key) ' || public.people_asked(found_by) || ' and p.person_key = any($2)'
            into found using mine, asked;
    else
        execute 'select array_agg(p.person_key) from unnest($2) each (key) cross join lateral (select p.person_key from'
            || ' public.person p where p.workspace_id = $1 and p.person_key = each.key and '
            || array_to_string(found_by, ' = any(p.words) and ') || ' = any(p.words) limit 1) p'
            into found using mine, asked;
    end if;
    return coalesce(found, '{}');
end $$;

-- How many the planner expects, by what it knows of each word.
create function people_expected(found_by bigint[]) returns float
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    plan json;
begin
    execute 'explain (format json) select ' || public.people_asked(found_by) into plan using mine;
    return plan -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;
"""
GRANTS = """
revoke execute on function people_page, people_having, people_among, people_expected from public;
grant execute on function people_page, people_having, people_among to switchboard_app;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(GRANTS)
