"""What a key may do, found by its id: for machines of an identity provider that act as one."""

from alembic import op

revision = "0029"
down_revision = "0028"

BY_ID = """
create function key_caller_by_id(key uuid, at timestamptz)
    returns table (id uuid, name text, workspace_id uuid, role text, permissions text[], client_id uuid)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.api_key k set last_used_at = at
        where k.id = key and (k.last_used_at is null or k.last_used_at < at - interval '1 minute');
    return query select k.id, k.name, k.workspace_id, k.role, k.permissions, k.client_id from public.api_key k
        where k.id = key and k.revoked_at is null and (k.expires_at is null or k.expires_at > at);
end $$;
revoke execute on function key_caller_by_id from public;
grant execute on function key_caller_by_id to switchboard_app;
"""


def upgrade() -> None:
    op.execute(BY_ID)
