-- The accounts' tables, policies and functions as they are now; a test holds them against the migrated database.

create table workspace (
    id uuid primary key,
    name text not null unique,
    currency text not null,
    time_zone text not null,
    country text,
    clock timestamptz,
    clock_is_set boolean not null default false,
    last_order_at timestamptz,
    data_key bytea not null,
    created_at timestamptz not null,
    locale text not null default 'en-GB');

create table account (
    id uuid primary key,
    email text not null unique,
    name text not null,
    password text not null,
    made_at timestamptz not null,
    totp bytea,
    totp_since timestamptz,
    totp_step bigint not null default 0,
    recovery bytea[] not null default '{}',
    issuer text,
    subject text,
    unique (issuer, subject));

create table membership (
    workspace_id uuid not null references workspace,
    user_id uuid not null references account,
    role text not null,
    added_at timestamptz not null,
    disabled_at timestamptz,
    primary key (workspace_id, user_id));
create index membership_user on membership (user_id);

-- `permissions` null: all of the role.
create table api_key (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    hash bytea not null unique,
    name text not null,
    role text not null,
    permissions text[],
    client_id uuid,
    made_by uuid not null,
    made_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz);
create index api_key_newest on api_key (workspace_id, id desc);
create index api_key_client on api_key (workspace_id, client_id, id desc) where client_id is not null;

-- A consumer inside the workspace, and its bounds; of calls an hour it may have a rule besides.
create table client (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    name text not null,
    klaviyo_account_id text,
    enabled boolean not null,
    expires_at timestamptz,
    tools_only text[],
    tools_off text[] not null,
    lists_all boolean not null,
    per_minute integer check (per_minute > 0),
    daily_quota integer check (daily_quota > 0),
    tool_limits jsonb not null,
    made_by uuid not null,
    made_at timestamptz not null,
    changed_at timestamptz not null,
    unique (workspace_id, name));
create index client_newest on client (workspace_id, id desc);

create table session (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    hash bytea not null unique,
    user_id uuid not null references account,
    agent text not null,
    made_at timestamptz not null,
    used_at timestamptz not null,
    expires_at timestamptz not null);
create index session_user_newest on session (workspace_id, user_id, id desc);
create index session_expires on session (expires_at);

-- The tokens that came from one sign-in: all are good or none is.
create table token_family (
    workspace_id uuid not null references workspace,
    id uuid primary key,
    user_id uuid references account,
    key_id uuid references api_key,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    check ((user_id is null) <> (key_id is null)));
create index token_family_user on token_family (user_id);
create index token_family_expires on token_family (expires_at);

create table refresh_token (
    workspace_id uuid not null references workspace,
    hash bytea primary key,
    family_id uuid not null references token_family on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz);
create index refresh_token_family on refresh_token (family_id);

create table allowance_rule (
    workspace_id uuid not null references workspace,
    about text not null check (about in ('role', 'client', 'workspace')),
    name text not null,
    per_hour integer not null check (per_hour > 0),
    changed_at timestamptz not null,
    primary key (workspace_id, about, name));

-- Of a minute, an hour or a day, counted since 1970.
create table allowance_used (
    workspace_id uuid not null,
    counter text not null,
    period integer not null,
    used integer not null,
    primary key (workspace_id, counter)) with (fillfactor = 50);

create table sign_in_try (
    subject bytea primary key,
    period integer not null,
    tries integer not null);
create index sign_in_try_period on sign_in_try (period);

-- The first 48 bits of an id are the milliseconds of `began`, so the primary key is also the order of time.
create table audit_line (
    workspace_id uuid not null,
    id uuid not null,
    caller_id uuid not null,
    caller_kind text not null,
    client_id uuid,
    operation text not null,
    outcome text not null,
    door text not null,
    began timestamptz not null,
    took_us bigint not null,
    subject text not null,
    search uuid,
    primary key (workspace_id, id));
create index audit_client on audit_line (workspace_id, client_id, id desc) where client_id is not null;
-- The keystrokes of one search, and whom it led to.
create index audit_search on audit_line (workspace_id, search, id) where search is not null;

-- What was last typed in a search, and whom it led to, under the line that said so; `said` is sealed.
create table searched (
    workspace_id uuid not null,
    line uuid not null,
    caller_id uuid not null,
    search uuid not null,
    opens boolean not null,
    said bytea not null,
    primary key (workspace_id, line));
create index searched_together on searched (workspace_id, search, line);

alter table workspace enable row level security;
create policy workspace on workspace using (id =
    (select nullif(current_setting('app.workspace', true), '')::uuid));
grant select, update (name, currency, time_zone, country, clock, clock_is_set, last_order_at, locale) on workspace
    to switchboard_app;

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

alter table account enable row level security;
create policy workspace on account using (id in (select m.user_id from membership m where m.workspace_id =
    (select nullif(current_setting('app.workspace', true), '')::uuid)));
grant select (id, email, name, made_at) on account to switchboard_app;

select guard('membership'), guard('api_key'), guard('session'), guard('token_family'), guard('refresh_token'),
    guard('allowance_rule'), guard('audit_line'), guard('searched'), guard('sign_in_link'), guard('client');
revoke update, delete on audit_line from switchboard_app;

-- What follows is owned by the schema's owner, so it runs past the guard: what must be known before a workspace is,
-- and what belongs to several at once.

create function workspaces() returns table (id uuid, name text)
    language sql stable security definer set search_path = pg_catalog
    as $$ select w.id, w.name from public.workspace w order by w.name $$;

create function make_workspace(new_id uuid, new_name text, new_currency text, zone text, wrapped_key bytea,
    at timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into public.workspace (id, name, currency, time_zone, data_key, created_at)
        values (new_id, new_name, new_currency, zone, wrapped_key, at) on conflict do nothing;
    return found;
end $$;

create function account_of(asked_email text) returns table (id uuid, password text)
    language sql stable security definer set search_path = pg_catalog
    as $$ select a.id, a.password from public.account a where a.email = asked_email $$;

create function memberships_of(member uuid) returns table (workspace_id uuid, workspace text, name text, role text)
    language sql stable security definer set search_path = pg_catalog
    as $$ select m.workspace_id, w.name, a.name, m.role
          from public.membership m join public.workspace w on w.id = m.workspace_id
              join public.account a on a.id = m.user_id
          where m.user_id = member and m.disabled_at is null order by w.name $$;

-- The id of the account with this e-mail, made if there is none.
create function add_account(new_id uuid, new_email text, new_name text, new_password text, at timestamptz)
    returns uuid language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into public.account (id, email, name, password, made_at)
        values (new_id, new_email, new_name, new_password, at) on conflict (email) do nothing;
    return (select a.id from public.account a where a.email = new_email);
end $$;

-- A new password ends all that was signed in with the old one, in every workspace.
create function set_password(member uuid, new_password text, at timestamptz)
    returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.account a set password = new_password where a.id = member;
    delete from public.session s where s.user_id = member;
    update public.token_family f set revoked_at = at where f.user_id = member and f.revoked_at is null;
end $$;

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

create function key_caller(key_hash bytea, at timestamptz)
    returns table (id uuid, name text, workspace_id uuid, role text, permissions text[], client_id uuid)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.api_key k set last_used_at = at
        where k.hash = key_hash and (k.last_used_at is null or k.last_used_at < at - interval '1 minute');
    return query select k.id, k.name, k.workspace_id, k.role, k.permissions, k.client_id from public.api_key k
        where k.hash = key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > at);
end $$;

-- The same of a key by its id, for machines of an identity provider that act as it.
create function key_caller_by_id(key uuid, at timestamptz)
    returns table (id uuid, name text, workspace_id uuid, role text, permissions text[], client_id uuid)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.api_key k set last_used_at = at
        where k.id = key and (k.last_used_at is null or k.last_used_at < at - interval '1 minute');
    return query select k.id, k.name, k.workspace_id, k.role, k.permissions, k.client_id from public.api_key k
        where k.id = key and k.revoked_at is null and (k.expires_at is null or k.expires_at > at);
end $$;

-- How a client is bounded, before any workspace is known.
create function client_bounds(asked uuid, at timestamptz)
    returns table (is_open boolean, tools_only text[], tools_off text[], lists_all boolean)
    language sql stable security definer set search_path = pg_catalog
    as $$ select c.enabled and (c.expires_at is null or c.expires_at > at), c.tools_only, c.tools_off, c.lists_all
          from public.client c where c.id = asked $$;

create function session_caller(session_hash bytea, at timestamptz, idle interval, longest interval)
    returns table (session_id uuid, id uuid, name text, workspace_id uuid, role text)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    update public.session s set used_at = at, expires_at = least(at + idle, s.made_at + longest)
        where s.hash = session_hash and s.expires_at > at and s.used_at < at - interval '1 minute';
    return query select s.id, a.id, a.name, s.workspace_id, m.role from public.session s
        join public.membership m on m.workspace_id = s.workspace_id and m.user_id = s.user_id and m.disabled_at is null
        join public.account a on a.id = s.user_id
        where s.hash = session_hash and s.expires_at > at;
end $$;

create function end_session(session_hash bytea) returns void
    language sql security definer set search_path = pg_catalog
    as $$ delete from public.session s where s.hash = session_hash $$;

create function token_caller(family uuid, at timestamptz)
    returns table (is_key boolean, id uuid, name text, workspace_id uuid, role text, permissions text[],
        client_id uuid)
    language sql stable security definer set search_path = pg_catalog as $$
    select k.id is not null, coalesce(a.id, k.id), coalesce(a.name, k.name), f.workspace_id,
        coalesce(m.role, k.role), k.permissions, k.client_id
    from public.token_family f
        left join public.membership m on m.workspace_id = f.workspace_id and m.user_id = f.user_id
            and m.disabled_at is null
        left join public.account a on a.id = m.user_id
        left join public.api_key k on k.id = f.key_id and k.revoked_at is null
            and (k.expires_at is null or k.expires_at > at)
    where f.id = family and f.revoked_at is null and f.expires_at > at and (a.id is not null or k.id is not null) $$;

-- One refresh token for the next, once; one that was used before ends the family, as one of its two holders is a thief.
create function use_refresh(old_hash bytea, new_hash bytea, at timestamptz, idle interval)
    returns table (outcome text, family_id uuid)
    language plpgsql security definer set search_path = pg_catalog as $$
declare
    old public.refresh_token;
    family public.token_family;
begin
    select * into old from public.refresh_token r where r.hash = old_hash for update;
    select * into family from public.token_family f where f.id = old.family_id for update;
    if old.hash is null or old.expires_at <= at or family.expires_at <= at or family.revoked_at is not null then
        return query select 'unknown', family.id;
    elsif old.used_at is not null then
        update public.token_family f set revoked_at = at where f.id = family.id;
        return query select 'reused', family.id;
    else
        update public.refresh_token r set used_at = at where r.hash = old_hash;
        insert into public.refresh_token (workspace_id, hash, family_id, expires_at)
            values (family.workspace_id, new_hash, family.id, least(at + idle, family.expires_at));
        return query select 'fresh', family.id;
    end if;
end $$;

create function end_family(family uuid, at timestamptz) returns void
    language sql security definer set search_path = pg_catalog
    as $$ update public.token_family f set revoked_at = at where f.id = family and f.revoked_at is null $$;

-- Take from all of these allowances or, when one is used up, from none. Near its end an allowance gives smaller blocks.
create function take_allowances(workspace uuid, counters text[], wanted integer[], allowed integer[],
    periods integer[]) returns table (name text, given integer, used_now integer)
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- Rows that are there are locked, in one order, also where nothing changes.
    insert into public.allowance_used as u (workspace_id, counter, period, used)
        select workspace, a.c, a.now, 0 from unnest(counters, periods) a(c, now) order by a.c
        on conflict (workspace_id, counter) do update set period = excluded.period, used = 0
            where u.period < excluded.period;
    if exists (
        select from unnest(counters, allowed) a(c, most)
            join public.allowance_used u on u.workspace_id = workspace and u.counter = a.c
        where u.used >= a.most)
    then
        return query select u.counter, 0, u.used from public.allowance_used u
            where u.workspace_id = workspace and u.counter = any (counters);
    else
        return query update public.allowance_used u
            set used = u.used + least(a.want, greatest(1, (a.most - u.used) / 8))
            from unnest(counters, wanted, allowed) a(c, want, most)
            where u.workspace_id = workspace and u.counter = a.c
            returning u.counter, new.used - old.used, new.used;
    end if;
end $$;

create function hand_back_allowances(workspace uuid, counters text[], amounts integer[], periods integer[])
    returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform from public.allowance_used u where u.workspace_id = workspace and u.counter = any (counters)
        order by u.counter for update;
    update public.allowance_used u set used = greatest(0, u.used - a.amount)
        from unnest(counters, amounts, periods) a(c, amount, at)
        where u.workspace_id = workspace and u.counter = a.c and u.period = a.at;
end $$;

-- Count one try for each subject; false, and nothing counted, when one of them has used up its tries.
create function try_sign_in(subjects bytea[], at_most integer[], this_period integer)
    returns boolean language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from public.sign_in_try t where t.subject in (select s.subject from public.sign_in_try s
        where s.period < this_period order by s.period limit 10 for update skip locked);
    insert into public.sign_in_try as t (subject, period, tries)
        select s, this_period, 0 from unnest(subjects) s order by s
        on conflict (subject) do update set period = excluded.period, tries = 0 where t.period < excluded.period;
    if exists (
        select from unnest(subjects, at_most) a(s, allowed) join public.sign_in_try t on t.subject = a.s
        where t.tries >= a.allowed)
    then
        return false;
    end if;
    update public.sign_in_try t set tries = t.tries + 1 where t.subject = any (subjects);
    return true;
end $$;

create function forgive_sign_in(subjects bytea[], this_period integer) returns void
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform from public.sign_in_try t where t.subject = any (subjects) order by t.subject for update;
    update public.sign_in_try t set tries = greatest(0, t.tries - 1)
        where t.subject = any (subjects) and t.period = this_period;
end $$;

create function add_audit(workspaces uuid[], ids uuid[], callers uuid[], kinds text[], clients uuid[],
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

-- What has ended.
create function tidy_accounts(at timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from public.session s where s.expires_at < at;
    delete from public.token_family f where f.expires_at < at;
    delete from public.sign_in_link l where l.expires_at < at - interval '30 days';
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
    delete from public.searched s where s.workspace_id = mine and s.line in (select o.line from public.searched o
        where o.workspace_id = mine and o.line < first_kept order by o.line limit at_most);
    return gone;
end $$;

revoke execute on function workspaces, make_workspace, account_of, memberships_of, add_account, set_password,
    key_caller, session_caller, end_session, token_caller, use_refresh, end_family, take_allowances,
    hand_back_allowances, try_sign_in, forgive_sign_in, add_audit, tidy_accounts, drop_audit, client_bounds, link_of, second_factor_of, set_second_factor,
    use_totp_step, use_recovery_code, account_of_subject, key_caller_by_id from public;
grant execute on function workspaces, make_workspace, account_of, memberships_of, add_account, set_password,
    key_caller, session_caller, end_session, token_caller, use_refresh, end_family, take_allowances,
    hand_back_allowances, try_sign_in, forgive_sign_in, add_audit, tidy_accounts, drop_audit, client_bounds, link_of, second_factor_of, set_second_factor,
    use_totp_step, use_recovery_code, account_of_subject, key_caller_by_id to switchboard_app;

-- What changes gave that were asked for with a key, for whoever asks once more; `sealed` null: it is kept no longer.
create table answer_kept (
    workspace_id uuid not null,
    key_hash bytea not null,
    operation text not null,
    request_hash bytea not null,
    sealed bytea,
    at timestamptz not null,
    primary key (workspace_id, key_hash));
create index answer_kept_at on answer_kept (workspace_id, at);

-- Changes that wait for a person's word, or had it; `request` is sealed, null once it names who was forgotten.
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

-- Which changes take one, where the workspace says something of them.
create table approval_rule (
    workspace_id uuid not null,
    operation text not null,
    needed boolean not null,
    primary key (workspace_id, operation));
select guard('answer_kept'), guard('approval'), guard('approval_rule');
