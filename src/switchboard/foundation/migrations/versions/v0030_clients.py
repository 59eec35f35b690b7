"""Clients with bounds of their own; allowances of minutes and days beside those of hours; requests by client."""

from alembic import op

revision = "0030"
down_revision = "0029"

CLIENTS = """
create table client (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    name text not null,
    klaviyo_account_id text,
    enabled boolean not null,
    expires_at timestamptz,
    tools_only text[],
    tools_off text[] not null,
    lists_all boolean not null,
    per_minute integer check (per_minute > 0),
    daily_quota integer check (daily_quota > 0),
    tool_limits jsonb not null,
    made_by uuid not null,
    made_at timestamptz not null,
    changed_at timestamptz not null,
    unique (workspace_id, name));
create index client_newest on client (workspace_id, id desc);
create index api_key_client on api_key (workspace_id, client_id, id desc) where client_id is not null;
create index audit_client on audit_line (workspace_id, client_id, id desc) where client_id is not null;

create function client_bounds(asked uuid, at timestamptz)
    returns table (is_open boolean, tools_only text[], tools_off text[], lists_all boolean)
    language sql stable security definer set search_path = pg_catalog
    as $$ select c.enabled and (c.expires_at is null or c.expires_at > at), c.tools_only, c.tools_off, c.lists_all
          from public.client c where c.id = asked $$;
revoke execute on function client_bounds from public;
grant execute on function client_bounds to switchboard_app;
"""

ALLOWANCES = """
alter table allowance_used rename column hour to period;
alter table allowance_used rename constraint allowance_used_hour_not_null to allowance_used_period_not_null;
drop function take_allowances;
drop function hand_back_allowances;

create function take_allowances(workspace uuid, counters text[], wanted integer[], allowed integer[],
    periods integer[]) returns table (name text, given integer, used_now integer)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- Rows that are there are locked, in one order, also where nothing changes.
    insert into public.allowance_used as u (workspace_id, counter, period, used)
        select workspace, a.c, a.now, 0 from unnest(counters, periods) a(c, now) order by a.c
        on conflict (workspace_id, counter) do update set period = excluded.period, used = 0
            where u.period < excluded.period;
    if exists (
        select from unnest(counters, allowed) a(c, most)
            join public.allowance_used u on u.workspace_id = workspace and u.counter = a.c
        where u.used >= a.most)
    then
        return query select u.counter, 0, u.used from public.allowance_used u
            where u.workspace_id = workspace and u.counter = any (counters);
    else
        return query update public.allowance_used u
            set used = u.used + least(a.want, greatest(1, (a.most - u.used) / 8))
            from unnest(counters, wanted, allowed) a(c, want, most)
            where u.workspace_id = workspace and u.counter = a.c
            returning u.counter, new.used - old.used, new.used;
    end if;
end $$;

create function hand_back_allowances(workspace uuid, counters text[], amounts integer[], periods integer[])
    returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform from public.allowance_used u where u.workspace_id = workspace and u.counter = any (counters)
        order by u.counter for update;
    update public.allowance_used u set used = greatest(0, u.used - a.amount)
        from unnest(counters, amounts, periods) a(c, amount, at)
        where u.workspace_id = workspace and u.counter = a.c and u.period = a.at;
end $$;

revoke execute on function take_allowances, hand_back_allowances from public;
grant execute on function take_allowances, hand_back_allowances to switchboard_app;
"""


def upgrade() -> None:
    op.execute(CLIENTS)
    op.execute(ALLOWANCES)
    op.execute("select guard('client')")
