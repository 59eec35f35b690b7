-- The gateway's tables as they are now; a test holds them against the migrated database.

-- Calls that run on after their request has ended. `sealed` holds the questions of a task that asks, then its result.
create table mcp_task (
    workspace_id uuid not null,
    id uuid not null,
    caller_id uuid not null,
    tool text not null,
    status text not null check (status in ('working', 'input_required', 'completed', 'failed', 'cancelled')),
    told text not null,
    made_at timestamptz not null,
    changed_at timestamptz not null,
    alive_at timestamptz not null,
    expires_at timestamptz not null,
    sealed bytea,
    primary key (workspace_id, id));
create index mcp_task_expires on mcp_task (workspace_id, expires_at);
create index mcp_task_caller on mcp_task (workspace_id, caller_id, status);

-- A server as a workspace has it; without a row it is on, for everybody.
create table mcp_server (
    workspace_id uuid not null,
    name text not null,
    enabled boolean not null default true,
    timeout_s double precision,
    per_hour integer,
    tools_off text[] not null default '{}',
    rollout jsonb,
    cache_s integer,
    primary key (workspace_id, name));

select guard('mcp_task'), guard('mcp_server');
