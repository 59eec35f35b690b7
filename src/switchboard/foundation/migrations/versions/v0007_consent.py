"""What people consent to, and addresses that get nothing."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
-- What people said of being contacted, never changed: of a person, channel and purpose the newest counts. `proof` is
-- sealed; `reference` is the source's own id of a statement.
create table consent (
    workspace_id uuid not null,
    id uuid primary key,
    number bigint generated always as identity,
    person_key bigint not null,
    channel text not null,
    purpose text not null,
    state text not null check (state in ('pending', 'given', 'confirmed', 'withdrawn')),
    at timestamptz not null,
    source text not null,
    reference text,
    jurisdiction text,
    proof bytea,
    recorded_at timestamptz not null,
    recorded_by uuid not null);
create index consent_person on consent (person_key, channel, purpose, at desc);
create unique index consent_reference on consent (person_key, channel, purpose, state, source, reference)
    where reference is not null;
create unique index consent_same on consent (person_key, channel, purpose, at, state, source) where reference is null;

-- Addresses that get nothing, by keyed hash: it stays when the person is forgotten.
create table suppression (
    workspace_id uuid not null,
    channel text not null,
    hash bytea not null,
    reason text not null,
    source text not null,
    at timestamptz not null,
    primary key (workspace_id, channel, hash));
"""
GUARDS = "select guard('consent'), guard('suppression');"


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)
