-- The ground's tables, the guard and its functions as they are now; a test holds them against the migrated database.

create table event (
    workspace_id uuid not null,
    id bigint generated always as identity primary key,
    name text not null,
    body jsonb not null,
    published_at timestamptz not null,
    done_at timestamptz,
    tries integer not null default 0,
    next_try_at timestamptz not null);
create index event_open on event (next_try_at) where done_at is null;

create table reaction_done (
    workspace_id uuid not null,
    event_id bigint not null references event on delete cascade,
    reaction text not null,
    primary key (event_id, reaction));

create table job (
    workspace_id uuid not null,
    id uuid primary key,
    name text not null,
    subject uuid not null,
    status text not null check (status in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    asked_by uuid not null,
    asked_at timestamptz not null,
    began_at timestamptz,
    ended_at timestamptz,
    tries integer not null default 0,
    progress jsonb,
    error text,
    cancel_asked boolean not null default false);
create index job_newest on job (workspace_id, asked_at desc, id desc);

-- Jobs by the clock that leave a workspace out.
create table job_pause (
    workspace_id uuid not null,
    name text not null,
    paused_by uuid not null,
    paused_at timestamptz not null,
    primary key (workspace_id, name));

create table secret (
    name text primary key,
    sealed bytea not null,
    made_at timestamptz not null,
    retires_at timestamptz);

create table flag (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null);

-- Tables of a workspace's rows are guarded: each shows only rows of the workspace at work. What follows the guard is
-- owned by the schema's owner, so it runs past it: what must be known before a workspace is.
create function guard(guarded regclass) returns void language plpgsql set search_path = pg_catalog as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format('create policy workspace on %s using (workspace_id ='
        ' (select nullif(current_setting(''app.workspace'', true), '''')::uuid))', guarded);
    execute format('grant select, insert, update, delete on %s to switchboard_app', guarded);
end $$;

create function open_events(at_most integer, at timestamptz)
    returns table (workspace_id uuid, id bigint) language sql stable security definer set search_path = pg_catalog
    as $$ select e.workspace_id, e.id from public.event e where e.done_at is null and e.next_try_at <= at
          order by e.id limit at_most $$;

create function job_workspace(job uuid) returns uuid language sql stable security definer set search_path = pg_catalog
    as $$ select j.workspace_id from public.job j where j.id = job $$;

-- What runs in a process is of many workspaces: which of it shall end, and whom a job by the clock leaves out.
create function cancelled_among(runs uuid[]) returns setof uuid language sql stable security definer
    set search_path = pg_catalog
    as $$ select j.id from public.job j where j.id = any(runs) and j.cancel_asked and j.status = 'running' $$;

create function paused_in(job text) returns table (workspace_id uuid) language sql stable security definer
    set search_path = pg_catalog
    as $$ select p.workspace_id from public.job_pause p where p.name = job $$;

revoke execute on function guard, open_events, job_workspace, cancelled_among, paused_in from public;
grant execute on function open_events, job_workspace, cancelled_among, paused_in to switchboard_app;
grant usage on schema public to switchboard_app;
grant select, insert, update, delete on secret, flag to switchboard_app;
select guard('event'), guard('reaction_done'), guard('job'), guard('job_pause');
