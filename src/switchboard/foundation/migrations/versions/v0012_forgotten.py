"""Who was forgotten and what was removed of them, and how long each kind of data is kept."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
-- Who was forgotten, by keyed hashes of their ids, e-mails and phones: what comes in leaves out whom it finds here.
create table forgotten (
    workspace_id uuid not null,
    hash bytea not null,
    certificate_id uuid not null,
    at timestamptz not null,
    primary key (workspace_id, hash));

-- What was removed of people, without a word of who they were. `subject` is the trail's keyed hash of the id, null
-- where it was many; `wanted` is what files are still searched for, sealed, null once all is clean.
create table erasure_certificate (
    workspace_id uuid not null,
    id uuid primary key,
    subject text,
    reason text not null,
    people integer not null,
    at timestamptz not null,
    asked_by uuid not null,
    removed jsonb not null,
    cleaned jsonb not null default '{}',
    remaining jsonb not null,
    wanted bytea,
    completed_at timestamptz);
create index erasure_certificate_newest on erasure_certificate (workspace_id, at desc, id desc);
create index erasure_certificate_open on erasure_certificate (workspace_id) where completed_at is null;

-- How many days a kind of data is kept where the workspace said so itself; null: for ever.
create table retention (
    workspace_id uuid not null,
    kind text not null,
    days integer,
    changed_at timestamptz not null,
    primary key (workspace_id, kind));
"""
GUARDS = "select guard('forgotten'), guard('erasure_certificate'), guard('retention')"
UPKEEP = """
grant maintain on person, told, activity, repeated_activity, consent, replaced_document, document, document_0,
    order_line, order_line_0 to switchboard_app
"""
LOADS = """
create or replace function finish_load(before bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    number bigint := (before + 1) >> 36;
    kind text;
begin
    foreach kind in array array['document', 'order_line'] loop
        execute format('alter table public.%1$s attach partition public.%1$s_%2$s for values from (%3$s) to (%4$s)',
            kind, number, number << 36, (number + 1) << 36);
        perform public.guard(format('public.%s_%s', kind, number)::regclass);
        execute format('grant maintain on public.%s_%s to switchboard_app', kind, number);
    end loop;
end $$;
do $$
declare
    part regclass;
begin
    for part in select i.inhrelid::regclass from pg_inherits i
            where i.inhparent in ('document'::regclass, 'order_line'::regclass) loop
        execute format('grant maintain on %s to switchboard_app', part);
    end loop;
end $$;
"""
TRAIL = """
drop function tidy_accounts(timestamptz, uuid);
-- What has ended.
create function tidy_accounts(at timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from public.session s where s.expires_at < at;
    delete from public.token_family f where f.expires_at < at;
end $$;

-- Lines of the trail before the first id to keep, so many at most, of the workspace at work; how many went.
create function drop_audit(first_kept uuid, at_most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    gone integer;
begin
    delete from public.audit_line l where l.workspace_id = mine and l.id in (select o.id from public.audit_line o
        where o.workspace_id = mine and o.id < first_kept order by o.id limit at_most);
    get diagnostics gone = row_count;
    return gone;
end $$;

revoke execute on function tidy_accounts, drop_audit from public;
grant execute on function tidy_accounts, drop_audit to switchboard_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(UPKEEP)
    op.execute(LOADS)
    op.execute(TRAIL)
