"""What is mirrored of people says when it changed; saved filters, and archetypes of a workspace's own."""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = """
alter table person add changed bigint not null default (pg_current_xact_id()::text::bigint);
alter table activity add changed bigint not null default (pg_current_xact_id()::text::bigint);
alter table figures add changed bigint not null default (pg_current_xact_id()::text::bigint);
create index person_changed on person using brin (changed);
create index activity_changed on activity using brin (changed);
create index figures_changed on figures using brin (changed);
"""
TABLES = """
-- Of whom the columnar mirror holds what is no more: the person is gone, or some of their events changed or went.
create table stale (
    workspace_id uuid not null,
    what text not null check (what in ('person', 'activity')),
    person_key bigint not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint));
create index stale_changed on stale (workspace_id, changed);

-- A filter under a name.
create table audience (
    workspace_id uuid not null,
    id uuid primary key,
    name text collate "C" not null,
    about text not null,
    filter jsonb not null,
    version integer not null default 1,
    made_at timestamptz not null,
    made_by uuid not null,
    changed_at timestamptz not null,
    changed_by uuid not null);
create unique index audience_name on audience (workspace_id, name);

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
"""
NOTES = """
-- Whatever changes a row the columnar mirror copies says so: nobody who writes has to think of it.
create function note_change() returns trigger
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    new.changed := pg_current_xact_id()::text::bigint;
    return new;
end $$;
create trigger person_changes before update on person for each row execute function note_change();
create trigger activity_changes before update on activity for each row execute function note_change();
create trigger figures_changes before update on figures for each row execute function note_change();

create function note_stale() returns trigger
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    insert into public.stale (workspace_id, what, person_key)
    select distinct g.workspace_id, tg_argv[0], g.person_key from gone g;
    return null;
end $$;
create trigger person_goes after delete on person referencing old table as gone
    for each statement execute function note_stale('person');
create trigger activity_goes after delete on activity referencing old table as gone
    for each statement execute function note_stale('activity');

create function note_moved() returns trigger
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    insert into public.stale (workspace_id, what, person_key)
    select g.workspace_id, 'activity', g.person_key from gone g
    union select n.workspace_id, 'activity', n.person_key from came n;
    return null;
end $$;
create trigger activity_moves after update on activity referencing old table as gone new table as came
    for each statement execute function note_moved();

revoke execute on function note_change, note_stale, note_moved from public;
"""
GUARDS = "select guard('stale'), guard('audience'), guard('custom_archetype');"


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(NOTES)
    op.execute(GUARDS)
