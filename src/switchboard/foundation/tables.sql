-- The ground's tables as they are now; a test holds them against the migrated database.

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
    status text not null check (status in ('waiting', 'running', 'done', 'failed')),
    asked_by uuid not null,
    asked_at timestamptz not null,
    began_at timestamptz,
    ended_at timestamptz,
    tries integer not null default 0,
    progress jsonb,
    error text);
create index job_newest on job (workspace_id, asked_at desc, id desc);

create table secret (
    name text primary key,
    sealed bytea not null,
    made_at timestamptz not null,
    retires_at timestamptz);

create table flag (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null);
