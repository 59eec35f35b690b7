-- Intelligence's tables as they are now; a test holds them against the migrated database.

create sequence run_number;

create table snapshot (
    workspace_id uuid not null,
    run bigint not null,
    kind text not null check (kind in ('run', 'past')),
    as_of timestamptz not null,
    as_of_day integer not null,
    made_at timestamptz not null,
    customers integer not null,
    settings jsonb not null,
    scale jsonb not null,
    tree jsonb not null,
    absent jsonb not null,
    health jsonb not null,
    counts jsonb not null,
    archetypes jsonb not null,
    people bytea not null,
    primary key (workspace_id, run));
alter table snapshot alter people set storage external;
create index snapshot_by_time on snapshot (workspace_id, as_of desc, run desc);

create table intelligence_settings (
    workspace_id uuid primary key,
    settings jsonb not null,
    changed_at timestamptz not null);

-- Up to where the served figures follow the orders.
create table followed (
    workspace_id uuid primary key,
    cluster text not null,
    snapshot text not null);

-- Archetypes of the workspace's own: whoever a filter fits is of the first of them, before any discovered one.
create table custom_archetype (
    workspace_id uuid not null,
    archetype_id text not null,
    name text collate "C" not null,
    about text not null,
    filter jsonb not null,
    priority integer not null,
    made_at timestamptz not null,
    made_by uuid not null,
    changed_at timestamptz not null,
    changed_by uuid not null,
    primary key (workspace_id, archetype_id));
create unique index custom_archetype_name on custom_archetype (workspace_id, name);

-- What a workspace calls archetypes itself (null: as they were discovered), and which of them it keeps in front.
create table archetype_label (
    workspace_id uuid not null,
    archetype_id text not null,
    name text collate "C",
    is_pinned boolean not null,
    changed_at timestamptz not null,
    changed_by uuid not null,
    primary key (workspace_id, archetype_id));
create unique index archetype_label_name on archetype_label (workspace_id, name);

-- What was fitted to predict what customers do within so many days: of the run that is served, by horizon. `missing`
-- says what the shop lacks for it.
create table predictor (
    workspace_id uuid not null,
    horizon_days integer not null,
    run bigint not null,
    made_at timestamptz not null,
    missing jsonb not null,
    model bytea,
    primary key (workspace_id, horizon_days));

-- How well it predicts this shop: measured on the last window that has passed, by what was known before it.
create table prediction_quality (
    workspace_id uuid not null,
    horizon_days integer not null,
    cut_day integer not null,
    measured_at timestamptz not null,
    quality jsonb not null,
    primary key (workspace_id, horizon_days, cut_day));

-- What is asked of a whole shop, answered for a run and sealed; `of` is what else the answer depends on. The row whose
-- question is empty says of which run answers are kept now.
create table answer (
    workspace_id uuid not null,
    question text collate "C" not null,
    run bigint not null,
    made_at timestamptz not null,
    of bytea not null,
    answer bytea not null,
    primary key (workspace_id, question));

-- What was asked that takes long, sealed, until a job has answered it, and for a while after. Equal questions share a
-- key, a keyed hash; `job` is the run that answers.
create table question (
    workspace_id uuid not null,
    key bytea not null,
    id uuid not null,
    job uuid not null,
    asked bytea not null,
    asked_at timestamptz not null,
    answer bytea,
    answered_at timestamptz,
    primary key (workspace_id, key));
create unique index question_id on question (workspace_id, id);

grant usage on sequence run_number to switchboard_app;
-- Rules of what needs attention that are not shown for a while.
create table insight_dismissed (
    workspace_id uuid not null,
    rule text collate "C" not null,
    until timestamptz not null,
    dismissed_by uuid not null,
    dismissed_at timestamptz not null,
    primary key (workspace_id, rule));

select guard('snapshot'), guard('intelligence_settings'), guard('followed'), guard('custom_archetype'),
    guard('archetype_label'), guard('insight_dismissed'),
    guard('predictor'), guard('prediction_quality'), guard('answer'), guard('question');
