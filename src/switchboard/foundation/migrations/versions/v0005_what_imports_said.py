"""What each import said, kept apart, so that undoing one leaves what the others said."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
alter table import
    add number bigint generated always as identity,
    add bare boolean not null default true,
    add same int8multirange not null default '{}',
    add same_people int8multirange not null default '{}';

create table told (
    workspace_id uuid not null,
    person_key bigint not null,
    import_id uuid not null,
    contact bytea,
    country text,
    created_at timestamptz,
    attributes jsonb,
    primary key (person_key, import_id));
create index told_by on told (workspace_id, import_id);

create table repeated_activity (
    workspace_id uuid not null,
    identity text collate "C" not null,
    person_key bigint not null,
    kind text not null,
    at timestamptz not null,
    properties jsonb,
    import_id uuid not null,
    primary key (workspace_id, identity, import_id));
create index repeated_activity_by on repeated_activity (workspace_id, import_id);
"""
FILL = """
insert into told
select workspace_id, person_key, import_id, contact, country, created_at, attributes from person p
where contact is not null or created_at is not null or attributes is not null
    or exists (select from import i where i.id = p.import_id and i.kind = 'customers');
update import i set bare = i.source = (
    select f.source from import f where f.workspace_id = i.workspace_id order by f.done_at, f.id limit 1);
drop table replaced_person;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FILL)
    for table in ("told", "repeated_activity"):
        op.execute(f"select guard('{table}')")
