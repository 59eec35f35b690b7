"""What was last typed in a search and whom it led to are kept beside the trail, sealed, to be forgotten."""

from alembic import op

revision = "0038"
down_revision = "0037"

TABLE = """
create table searched (
    workspace_id uuid not null,
    line uuid not null,
    caller_id uuid not null,
    search uuid not null,
    opens boolean not null,
    said bytea not null,
    primary key (workspace_id, line));
create index searched_together on searched (workspace_id, search, line);
select guard('searched');
"""

FUNCTIONS = r"""
create or replace function add_audit(workspaces uuid[], ids uuid[], callers uuid[], kinds text[], clients uuid[],
    operations text[], outcomes text[], doors text[], begans timestamptz[], tooks bigint[], subjects text[])
    returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into public.audit_line (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door,
        began, took_us, subject, search)
    select workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door, began, took_us,
        case when l.subject like '%search:%' then regexp_replace(l.subject, ' (typed|opened):\S+', '')
            else l.subject end, substring(l.subject from 'search:([0-9a-f]{32})')::uuid
    from unnest(workspaces, ids, callers, kinds, clients, operations, outcomes, doors, begans, tooks, subjects)
        l (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door, began, took_us, subject)
    on conflict do nothing;
    if not exists (select from unnest(subjects) s where s like '%search:%') then
        return;
    end if;
    with told as materialized (
        select l.*, substring(l.subject from 'search:([0-9a-f]{32})')::uuid as search,
            l.subject like '% opened:%' as opens
        from unnest(workspaces, ids, callers, subjects) l (workspace_id, line, caller_id, subject)
        where l.subject ~ 'search:[0-9a-f]{32}.* (typed|opened):'),
    earlier as (
        delete from public.searched s using told t where s.workspace_id = t.workspace_id and s.search = t.search
            and s.caller_id = t.caller_id and s.line < t.line and not s.opens and not t.opens)
    insert into public.searched (workspace_id, line, caller_id, search, opens, said)
    select t.workspace_id, t.line, t.caller_id, t.search, t.opens,
        decode(coalesce(substring(t.subject from ' typed:(\S+)'), substring(t.subject from ' opened:(\S+)')), 'base64')
    from told t
    where t.opens or not exists (
        select from (select workspace_id, line, caller_id, search, opens from told
            union all select workspace_id, line, caller_id, search, opens from public.searched) n
        where n.workspace_id = t.workspace_id and n.search = t.search and n.caller_id = t.caller_id
            and n.line > t.line and not n.opens)
    on conflict do nothing;
end $$;

create or replace function drop_audit(first_kept uuid, at_most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    gone integer;
begin
    delete from public.audit_line l where l.workspace_id = mine and l.id in (select o.id from public.audit_line o
        where o.workspace_id = mine and o.id < first_kept order by o.id limit at_most);
    get diagnostics gone = row_count;
    delete from public.searched s where s.workspace_id = mine and s.line in (select o.line from public.searched o
        where o.workspace_id = mine and o.line < first_kept order by o.line limit at_most);
    return gone;
end $$;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(FUNCTIONS)
