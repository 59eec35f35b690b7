"""Links to sign in by, a second factor, and whose identity an account is elsewhere."""

from alembic import op

revision = "0022"
down_revision = "0021"

TABLES = """
alter table account
    add totp bytea, add totp_since timestamptz, add totp_step bigint not null default 0,
    add recovery bytea[] not null default '{}', add issuer text, add subject text, add unique (issuer, subject);

-- Links that let somebody in or choose a new password, once.
create table sign_in_link (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    hash bytea not null unique,
    kind text not null,
    user_id uuid,
    email text not null,
    role text not null,
    made_by uuid not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz);

select guard('sign_in_link');

-- Whose link it is while it can be used, before any workspace is known.
create function link_of(link_hash bytea, at timestamptz)
    returns table (workspace_id uuid, workspace text, id uuid, kind text, email text, role text, user_id uuid)
    language sql stable security definer set search_path = pg_catalog
    as $$ select l.workspace_id, w.name, l.id, l.kind, l.email, l.role, l.user_id
          from public.sign_in_link l join public.workspace w on w.id = l.workspace_id
          where l.hash = link_hash and l.used_at is null and l.expires_at > at $$;

create function second_factor_of(member uuid)
    returns table (sealed bytea, since timestamptz, codes_left integer)
    language sql stable security definer set search_path = pg_catalog
    as $$ select a.totp, a.totp_since, cardinality(a.recovery) from public.account a where a.id = member $$;

create function set_second_factor(member uuid, sealed bytea, since timestamptz, codes bytea[]) returns void
    language sql security definer set search_path = pg_catalog
    as $$ update public.account a set totp = sealed, totp_since = since, recovery = codes where a.id = member $$;

-- False for a step that was used, or one before it: a code is good once.
create function use_totp_step(member uuid, step bigint) returns boolean
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.account a set totp_step = step where a.id = member and a.totp_step < step;
    return found;
end $$;

create function use_recovery_code(member uuid, code bytea) returns boolean
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.account a set recovery = array_remove(a.recovery, code)
        where a.id = member and code = any (a.recovery);
    return found;
end $$;

-- The account that an identity provider's subject is; one of this e-mail becomes it, unless it is another's.
create function account_of_subject(asked_issuer text, asked_subject text, asked_email text) returns uuid
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.account a set issuer = asked_issuer, subject = asked_subject
        where a.email = asked_email and a.subject is null
            and not exists (select from public.account o where o.issuer = asked_issuer and o.subject = asked_subject);
    return (select a.id from public.account a where a.issuer = asked_issuer and a.subject = asked_subject);
end $$;

create or replace function tidy_accounts(at timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from public.session s where s.expires_at < at;
    delete from public.token_family f where f.expires_at < at;
    delete from public.sign_in_link l where l.expires_at < at - interval '30 days';
end $$;

revoke execute on function link_of, second_factor_of, set_second_factor,
    use_totp_step, use_recovery_code, account_of_subject from public;
grant execute on function link_of, second_factor_of, set_second_factor,
    use_totp_step, use_recovery_code, account_of_subject to switchboard_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
