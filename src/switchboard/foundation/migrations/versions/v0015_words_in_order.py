"""Going through the newest people reads their words from an index, not from the table."""

from alembic import op

revision = "0015"
down_revision = "0014"

INDEXES = """
drop index person_recent;
create index person_newest on person (workspace_id, last_order_at desc, person_key desc) include (words)
    where words <> '{}' and cardinality(words) <= 256;
create index person_of_many_words on person (workspace_id, last_order_at desc, person_key desc)
    where cardinality(words) > 256;
"""
PAGE = """
-- The same people, the newest of them, from the two indexes that have them in order: those among so many of the newest
-- older ones. Word by word, as that takes less for each than @>, which only the index of words needs.
create function people_in_order(found_by bigint[], older text, among text, n text) returns text
    language sql immutable set search_path = pg_catalog
    return format('((%1$s <= 256%2$s) union all (%1$s > 256%2$s)) p',
        'select p.person_key, p.last_order_at from (select p.person_key, p.last_order_at, p.words from public.person p'
            || ' where p.workspace_id = $1 and p.words <> ''{}''' || older || ' and cardinality(p.words)',
        ' order by p.last_order_at desc, p.person_key desc limit ' || among || ') p where '
            || array_to_string(found_by, ' = any(p.words) and ') || ' = any(p.words)'
            || ' order by p.last_order_at desc, p.person_key desc limit ' || n);

drop function people_page;
-- People who have all these words, newest order first; how many they are, or at least are, and whether that is all of
-- them: null where nobody counted. All of it in here, as an operator that is not leakproof (@>) never reaches an index
-- below the guard. Reads the scope itself; the plan is made for the values. The planner expects m of N people: to find
-- all and put them in order looks at m rows of the table, to go through the newest until n are found at n * N / m of an
-- index, each for a fifth of the cost, for a tenth where the index of words has to compare several. The cheaper one; a
-- thousand are counted likewise. Where half as many again and 20,000 of the newest hold fewer than n, the planner was
-- wrong, and all are found. Where only a few people may be found, it is left to the planner, which knows how many.
create function people_page(found_by bigint[], few bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz, found integer, whole boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    asked text := public.people_asked(found_by) || case when few is null then '' else ' and p.person_key = any($6)' end;
    people float := (select greatest(reltuples, 10000) from pg_class where oid = 'public.person'::regclass);
    older text := case when before is null then '' else ' and (p.last_order_at, p.person_key) < ($2, $3)' end;
    plan json;
    expected float;
    counted integer;
    keys bigint[];
    times timestamptz[];
begin
    if few is null then
        execute 'explain (format json) select ' || asked into plan using mine;
        expected := plan -> 0 -> 'Plan' ->> 'Plan Rows';
    end if;
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
    if few is null then
        perform set_config('enable_indexscan', 'off', true);
    end if;
    return query execute 'with p as materialized (select p.person_key, p.last_order_at ' || asked || ') '
        || 'select p.person_key, p.last_order_at, (select count(*)::integer from p), true from p where true ' || older
        || ' order by p.last_order_at desc, p.person_key desc limit $4'
        using mine, before, before_key, n, counted, few;
end $$;
"""
GRANTS = """
revoke execute on function people_page, people_in_order from public;
grant execute on function people_page to switchboard_app;
"""


def upgrade() -> None:
    for each in (INDEXES, PAGE, GRANTS):
        op.execute(each)
