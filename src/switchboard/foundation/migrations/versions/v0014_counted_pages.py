"""Pages of people found by words go the shorter of two ways, and tell how many there are."""

from alembic import op

revision = "0014"
down_revision = "0013"

PAGE = """
drop function people_page;
-- People who have all these words, newest order first; how many they are, or at least are, and whether that is all of
-- them: null where nobody counted. All of it in here, as an operator that is not leakproof (@>) never reaches an index
-- below the guard. Reads the scope itself; the plan is made for the values. The planner expects m of N people: to find
-- all and put them in order looks at m rows, to go through the newest until n are found at n * N / m. The shorter one.
-- Where only a few people may be found, it is left to the planner, which knows how many.
create function people_page(found_by bigint[], few bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz, found integer, whole boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    asked text := public.people_asked(found_by) || case when few is null then '' else ' and p.person_key = any($6)' end;
    people float := (select greatest(reltuples, 10000) from pg_class where oid = 'public.person'::regclass);
    plan json;
    counted integer;
begin
    if few is null then
        execute 'explain (format json) select ' || asked into plan using mine;
    end if;
    if few is not null or power((plan -> 0 -> 'Plan' ->> 'Plan Rows')::float, 2) <= n * people then
        if few is null then
            perform set_config('enable_indexscan', 'off', true);
        end if;
        return query execute 'with m as materialized (select p.person_key, p.last_order_at ' || asked || ') '
            || 'select m.person_key, m.last_order_at, (select count(*)::integer from m), true from m '
            || case when before is null then '' else 'where (m.last_order_at, m.person_key) < ($2, $3) ' end
            || 'order by m.last_order_at desc, m.person_key desc limit $4'
            using mine, before, before_key, n, counted, few;
        return;
    end if;
    if cardinality(found_by) = 1 then
        perform set_config('enable_indexscan', 'off', true);
        execute 'select count(*) from (select ' || asked || ' limit 1001) counted' into counted using mine;
        perform set_config('enable_indexscan', 'on', true);
    end if;
    perform set_config('enable_bitmapscan', 'off', true);
    return query execute 'select p.person_key, p.last_order_at, least($5, 1000), $5 <= 1000 ' || asked
        || case when before is null then '' else ' and (p.last_order_at, p.person_key) < ($2, $3)' end
        || ' order by p.last_order_at desc, p.person_key desc limit $4' using mine, before, before_key, n, counted;
end $$;
"""
GRANTS = """
revoke execute on function people_page from public;
grant execute on function people_page to switchboard_app;
"""


def upgrade() -> None:
    op.execute(PAGE)
    op.execute(GRANTS)
