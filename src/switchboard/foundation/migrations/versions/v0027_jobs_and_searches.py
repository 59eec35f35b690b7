"""Jobs are cancelled and paused; the keystrokes of a search are one line of the trail; insights are dismissed."""

from alembic import op

revision = "0027"
down_revision = "0026"

JOBS = """
alter table job add cancel_asked boolean not null default false;
alter table job drop constraint job_status_check;
alter table job add constraint job_status_check
    check (status in ('waiting', 'running', 'done', 'failed', 'cancelled'));

create table job_pause (
    workspace_id uuid not null,
    name text not null,
    paused_by uuid not null,
    paused_at timestamptz not null,
    primary key (workspace_id, name));

create function cancelled_among(runs uuid[]) returns setof uuid language sql stable security definer
    set search_path = pg_catalog
    as $$ select j.id from public.job j where j.id = any(runs) and j.cancel_asked and j.status = 'running' $$;

create function paused_in(job text) returns table (workspace_id uuid) language sql stable security definer
    set search_path = pg_catalog
    as $$ select p.workspace_id from public.job_pause p where p.name = job $$;

revoke execute on function cancelled_among, paused_in from public;
grant execute on function cancelled_among, paused_in to switchboard_app;
"""

TRAIL = """
alter table audit_line add search uuid;
create index audit_search on audit_line (workspace_id, search, id) where search is not null;

create or replace function add_audit(workspaces uuid[], ids uuid[], callers uuid[], kinds text[], clients uuid[],
    operations text[], outcomes text[], doors text[], begans timestamptz[], tooks bigint[], subjects text[])
    returns void language sql security definer set search_path = pg_catalog as $$
    insert into public.audit_line (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door,
        began, took_us, subject, search)
    select l.*, substring(l.subject from 'search:([0-9a-f]{32})')::uuid
    from unnest(workspaces, ids, callers, kinds, clients, operations, outcomes, doors, begans, tooks, subjects)
        l (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door, began, took_us, subject)
    on conflict do nothing $$;
"""

INSIGHTS = """
create table insight_dismissed (
    workspace_id uuid not null,
    rule text collate "C" not null,
    until timestamptz not null,
    dismissed_by uuid not null,
    dismissed_at timestamptz not null,
    primary key (workspace_id, rule));
"""


def upgrade() -> None:
    op.execute(JOBS)
    op.execute(TRAIL)
    op.execute(INSIGHTS)
    op.execute("select guard('job_pause'), guard('insight_dismissed')")
