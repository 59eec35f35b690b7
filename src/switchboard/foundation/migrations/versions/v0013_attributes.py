"""Attributes have a type, every value a source and a time; people have a place."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
-- What may be known of people beside contact, place and orders: by what name, of which type. `by_hand`: somebody said
-- so; else it follows from the first values that came. `unit` is that of numbers.
create table attribute (
    workspace_id uuid not null,
    name text collate "C" not null,
    type text not null check (type in ('text', 'number', 'date', 'flag', 'list', 'money')),
    label text not null,
    unit text,
    by_hand boolean not null,
    made_by uuid not null,
    made_at timestamptz not null,
    primary key (workspace_id, name));
create unique index attribute_in_any_case on attribute (workspace_id, lower(name));

-- The newest value of a person's attribute that each source but imports told; JSON null: there is none any more.
create table attribute_said (
    workspace_id uuid not null,
    person_key bigint not null,
    name text collate "C" not null,
    source text not null,
    value jsonb not null,
    said_at timestamptz not null,
    said_by uuid not null,
    primary key (person_key, name, source));
"""
COLUMNS = """
alter table person add region text, add city text, add lat real, add lon real, add told_at timestamptz,
    add country_guessed boolean not null default false;
alter table told add said_at timestamptz, add stated boolean not null default false, add email_consent boolean,
    add sms_consent boolean, add consent_at timestamptz;
alter table consent add import_id uuid;
"""
KNOWN = """
update told t set said_at = i.began_at from import i where i.id = t.import_id;
delete from told where said_at is null;
alter table told alter said_at set not null;
update person p set told_at = t.newest
    from (select person_key, max(said_at) as newest from told group by person_key) t where t.person_key = p.person_key;
insert into attribute (workspace_id, name, type, label, by_hand, made_by, made_at)
    select distinct on (p.workspace_id, lower(a.name)) p.workspace_id, a.name, 'text', a.name, false,
        '00000000-0000-0000-0000-000000000001', now()
    from person p cross join lateral jsonb_object_keys(p.attributes) a (name)
    where length(a.name) <= 80 order by p.workspace_id, lower(a.name), a.name;
create index consent_by on consent (import_id) where import_id is not null;
"""
GUARDS = "select guard('attribute'), guard('attribute_said');"


def upgrade() -> None:
    for step in (TABLES, COLUMNS, KNOWN, GUARDS):
        op.execute(step)
