"""First answers of changes that were asked for with a key; approvals, and what takes one."""

from alembic import op

revision = "0031"
down_revision = "0030"

SAFE = """
create table answer_kept (
    workspace_id uuid not null,
    key_hash bytea not null,
    operation text not null,
    request_hash bytea not null,
    sealed bytea,
    at timestamptz not null,
    primary key (workspace_id, key_hash));
create index answer_kept_at on answer_kept (workspace_id, at);

create table approval (
    workspace_id uuid not null,
    id uuid primary key,
    operation text not null,
    request_hash bytea not null,
    request bytea,
    asked_by uuid not null,
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    state text not null check (state in ('waiting', 'granted', 'refused', 'used', 'expired', 'withdrawn')),
    settled_by uuid,
    settled_at timestamptz,
    used_at timestamptz);
create index approval_newest on approval (workspace_id, id desc);
create unique index approval_waiting on approval (workspace_id, asked_by, request_hash) where state = 'waiting';

create table approval_rule (
    workspace_id uuid not null,
    operation text not null,
    needed boolean not null,
    primary key (workspace_id, operation));
"""


def upgrade() -> None:
    op.execute(SAFE)
    for table in ("answer_kept", "approval", "approval_rule"):
        op.execute(f"select guard('{table}')")
