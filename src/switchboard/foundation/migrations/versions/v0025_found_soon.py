"""What searches touch is read when PostgreSQL begins; products keep their earlier names."""

from alembic import op

revision = "0025"
down_revision = "0024"

TOUCH = """
-- Read what searches touch into memory: all people by the index of their words, where both fit into three quarters of
-- the server's; the newest of each workspace in their order; and, at least into the system's, the figures served. An
-- index is read as no scan of the table is: that one would leave nothing behind.
create function touch_people() returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
    set max_parallel_workers_per_gather = 0 set work_mem = '64MB' as $$
declare
    pages bigint := pg_relation_size('public.person') + pg_relation_size('public.person_words');
    part bigint;
begin
    if pages < 0.75 * pg_size_bytes(current_setting('shared_buffers')) then
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


def upgrade() -> None:
    op.execute("alter table product add column earlier text[] not null default '{}'")
    op.execute(TOUCH)
    op.execute("revoke execute on function touch_people from public")
    op.execute("grant execute on function touch_people to switchboard_app")
