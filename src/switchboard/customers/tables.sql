-- The customers' tables, policies and functions as they are now; a test holds them against the migrated database.
-- Amounts are integers of 1/10,000 of the workspace's currency unless a column says otherwise. `changed` is the
-- transaction that last wrote the row: the columnar mirror asks for what it has not seen.

create sequence person_key;
create sequence document_key;
create sequence product_key;
create sequence category_key;

-- A file on its way in: where it lies follows from its id; `request` says how it shall be imported.
create table upload (
    workspace_id uuid not null,
    id uuid primary key,
    name text not null,
    request jsonb,
    made_at timestamptz not null);

-- `number` is the order of imports; `bare`: its ids were taken as they are. `same` are the keys of documents that it
-- brought and that were there already: after an undo of what brought them first they stay.
create table import (
    workspace_id uuid not null,
    id uuid primary key,
    kind text not null check (kind in ('orders', 'customers', 'events', 'stream')),
    source text not null,
    file text not null,
    status text not null check (status in ('done', 'undone')),
    plan jsonb not null,
    counts jsonb not null,
    quarantine text,
    asked_by uuid not null,
    began_at timestamptz not null,
    done_at timestamptz not null,
    undone_at timestamptz,
    number bigint generated always as identity,
    bare boolean not null default true,
    same int8multirange not null default '{}');
create index import_newest on import (workspace_id, done_at desc, id desc);

-- `merged_into` is the survivor of the group of people that are one, null for whoever survives or is alone; it follows
-- from the table `merge`. A survivor has the words and the newest order of all of the group, the others no words.
create table person (
    workspace_id uuid not null,
    person_key bigint primary key,
    customer_id text collate "C" not null,
    contact bytea,
    words bigint[] not null default '{}',
    attributes jsonb,
    country text,
    created_at timestamptz,
    import_id uuid not null,
    last_order_at timestamptz not null default '-infinity',
    merged_into bigint,
    changed bigint not null default (pg_current_xact_id()::text::bigint),
    region text,
    city text,
    lat real,
    lon real,
    told_at timestamptz,
    country_guessed boolean not null default false);
create unique index person_customer on person (workspace_id, customer_id);
-- The newest first, with their words beside; the few whose words would not fit into a page of an index have one without.
create index person_newest on person (workspace_id, last_order_at desc, person_key desc) include (words)
    where words <> '{}' and cardinality(words) <= 256;
create index person_of_many_words on person (workspace_id, last_order_at desc, person_key desc)
    where cardinality(words) > 256;
create index person_words on person using gin (words) where words <> '{}';
create index person_merged on person (merged_into) where merged_into is not null;
alter table person alter words set statistics 1000;
create index person_changed on person using brin (changed);

create table category (
    workspace_id uuid not null,
    category_key bigint primary key,
    path text collate "C" not null,
    top text not null);
create unique index category_path on category (workspace_id, path);

-- `earlier` are the names it had before, the last twenty: orders of then say those.
create table product (
    workspace_id uuid not null,
    product_key bigint primary key,
    product_id text collate "C" not null,
    name text,
    category_key bigint,
    earlier text[] not null default '{}');
create unique index product_id on product (workspace_id, product_id);

-- Documents lie in tables by their keys: number 0 takes them one by one; each further one, of 2^36 keys, came whole.
create table document (
    workspace_id uuid not null,
    document_key bigint primary key,
    identity text collate "C" not null,
    person_key bigint,
    placed_at timestamptz not null,
    day integer not null,
    currency text not null,
    rate numeric not null default 1,
    country text,
    is_order boolean not null,
    gross bigint not null,
    discount bigint,
    refund bigint not null,
    lines integer not null,
    content bigint not null,
    import_id uuid not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint)) partition by range (document_key);
create index document_identity on document (identity, workspace_id);
create index document_person on document (person_key, placed_at desc, document_key desc);
create index document_changed on document using brin (changed);
create table document_0 partition of document for values from (0) to (68719476736);

create table order_line (
    workspace_id uuid not null,
    document_key bigint not null,
    ordinal integer not null,
    line_id text,
    product_key bigint,
    quantity bigint not null,
    unit_price bigint,
    gross bigint not null,
    discount bigint,
    refund bigint not null,
    primary key (document_key, ordinal)) partition by range (document_key);
create table order_line_0 partition of order_line for values from (0) to (68719476736);
create sequence load_number;

-- What an import replaced, so that undoing it brings it back.
create table replaced_document (
    workspace_id uuid not null,
    document_key bigint not null,
    replaced_by uuid not null,
    import_id uuid not null,
    content jsonb not null,
    primary key (document_key, replaced_by));
create index replaced_document_by on replaced_document (workspace_id, replaced_by);

-- What each import said of a person, sealed as in `person`, which holds all of it together: what was said last counts,
-- whatever arrives first. `said_at` is the time the file states (`stated`), else that of the import.
create table told (
    workspace_id uuid not null,
    person_key bigint not null,
    import_id uuid not null,
    contact bytea,
    country text,
    created_at timestamptz,
    attributes jsonb,
    said_at timestamptz not null,
    stated boolean not null default false,
    email_consent boolean,
    sms_consent boolean,
    consent_at timestamptz,
    primary key (person_key, import_id));
create index told_by on told (import_id);

-- Of whom an import said again what another one had said last: it stands ready to have said it once that is undone.
create table repeated_told (
    workspace_id uuid not null,
    import_id uuid not null,
    of_import uuid not null,
    people int8multirange not null,
    primary key (import_id, of_import));
create index repeated_told_of on repeated_told (of_import);

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

create table tombstone (
    workspace_id uuid not null,
    document_key bigint not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint));
create index tombstone_changed on tombstone (workspace_id, changed);

-- How far a stream was consumed by a group of readers: moved in the transaction that stores what was read.
create table consumed (
    workspace_id uuid not null,
    stream text not null,
    reader text not null,
    place text not null,
    reached text not null,
    at timestamptz not null,
    primary key (workspace_id, stream, reader, place));

-- People whose orders a stream changed; `changed` as in documents. What every copy above has seen is taken away.
create table changed_person (
    workspace_id uuid not null,
    person_key bigint not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint));
create index changed_person_changed on changed_person (workspace_id, changed);

create table activity (
    workspace_id uuid not null,
    identity text collate "C" not null,
    person_key bigint not null,
    kind text not null,
    at timestamptz not null,
    properties jsonb,
    import_id uuid not null,
    changed bigint not null default (pg_current_xact_id()::text::bigint),
    primary key (workspace_id, identity));
create index activity_person on activity (workspace_id, person_key, at desc);
create index activity_changed on activity using brin (changed);

-- Events that were there when a later import brought them again.
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

create table rate (
    workspace_id uuid not null,
    currency text not null,
    day date not null,
    rate numeric not null check (rate > 0),
    primary key (workspace_id, currency, day));

-- The served figures: one row a person, written by `intelligence`, read by profiles and lists; `detail` is everything
-- that has no column, as `intelligence` packs it; `as_of` is the moment of what came after the run. They lie in parts:
-- in number 0 the rows of a new run are written beside the old ones; those of a large workspace come whole, each run as
-- a part of its own that has its number.
create table figures (
    workspace_id uuid not null,
    part bigint not null default 0,
    run bigint not null,
    person_key bigint not null,
    archetype text,
    risk smallint not null,
    lifetime_value bigint not null,
    detail bytea not null,
    as_of timestamptz,
    changed bigint not null default (pg_current_xact_id()::text::bigint),
    primary key (person_key, run, part)) partition by list (part);
create index figures_changed on figures using brin (changed);
create table figures_0 partition of figures for values in (0);

-- The run whose figures a workspace's readers see, and the part they lie in.
create table served (
    workspace_id uuid primary key,
    run bigint not null,
    part bigint not null);

-- What people said of being contacted, never changed: of a person, channel and purpose the newest counts. `proof` is
-- sealed; `reference` is the source's own id of a statement; `import_id` is the import it came with.
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
    recorded_by uuid not null,
    import_id uuid);
create index consent_by on consent (import_id) where import_id is not null;
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

-- What people were told to be reached by, as keyed hashes: who told of it (an import, a statement of consent, somebody
-- by hand), and whether it is verified. `contested` takes it from a person, whoever tells of it.
create table identity (
    workspace_id uuid not null,
    person_key bigint not null,
    kind text not null check (kind in ('email', 'phone')),
    hash bytea not null,
    told_by uuid not null,
    how text not null check (how in ('import', 'statement', 'hand')),
    verified boolean not null,
    at timestamptz not null,
    primary key (person_key, hash, told_by));
create index identity_hash on identity (hash, person_key);

create table contested (
    workspace_id uuid not null,
    person_key bigint not null,
    hash bytea not null,
    at timestamptz not null,
    by uuid not null,
    primary key (person_key, hash));

-- That two people are one: by an identity (its hash), or by hand (null), then maybe with the survivor that was chosen.
-- Those that are not undone connect people to groups.
create table merge (
    workspace_id uuid not null,
    id uuid primary key,
    number bigint generated always as identity,
    person_key bigint not null,
    other_key bigint not null check (other_key > person_key),
    kind text check (kind in ('email', 'phone')),
    hash bytea,
    chosen bigint,
    made_at timestamptz not null,
    made_by uuid not null,
    undone_at timestamptz,
    undone_by uuid);
create index merge_number on merge (workspace_id, number);
create unique index merge_once on merge (person_key, other_key, coalesce(hash, '')) where undone_at is null;
create index merge_person on merge (person_key);
create index merge_other on merge (other_key);
create index merge_hash on merge (hash) where undone_at is null;

-- An identity that more people than this have identifies nobody; without a row it is the default.
create table merge_limit (
    workspace_id uuid primary key,
    people integer not null check (people > 1));

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
    changed_by uuid not null,
    sort text);
create unique index audience_name on audience (workspace_id, name);

-- A block of keys of documents, people or products: the key of the n-th of them is what this returns plus n.
create function reserve_keys(kind text, n bigint) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    counter regclass := format('public.%I', kind || '_key')::regclass;
    before bigint;
begin
    perform pg_advisory_lock(78004);
    select nextval(counter) into before;
    perform setval(counter, before + n);
    perform pg_advisory_unlock(78004);
    return before;
end $$;

-- A table for rows that are all new, to be filled by COPY, which the guard refuses elsewhere; nobody reads them until
-- `finish_load`. What is the same in all of them, whose they are above all, is no column yet: see `complete`.
create function load_table(kind text, number bigint, same text[]) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    columns text;
    needed text;
begin
    if mine is null then
        raise 'a load belongs to a workspace';
    end if;
    select string_agg(quote_ident(a.attname), ', ' order by a.attlen desc, a.attnum),
            string_agg(format('alter %I set not null', a.attname), ', ') filter (where a.attnotnull)
        into columns, needed from pg_attribute a
        where a.attrelid = format('public.%I', kind)::regclass and a.attnum > 0 and a.attname <> all(same);
    execute format('create table public.%1$s_%2$s as select %3$s from public.%1$s with no data', kind, number, columns);
    execute format('alter table public.%s_%s %s, add check (document_key >= %s and document_key < %s)',
        kind, number, needed, number << 36, (number + 1) << 36);
    execute format('comment on table public.%s_%s is %L', kind, number, mine);
    execute format('grant insert on public.%s_%s to switchboard_app', kind, number);
end $$;

-- Give the rows of such a table a column that is the same in all of them: it is kept once, not in every row.
create function complete(kind text, number bigint, name text, same text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
    execute format('alter table public.%s_%s add %I %s not null default %L', kind, number, name, (
        select format_type(a.atttypid, a.atttypmod) from pg_attribute a
        where a.attrelid = format('public.%I', kind)::regclass and a.attname = name), same);
end $$;

-- Make the rows of such a table the workspace's that it was made for; others do not fit from now on.
create function complete_owner(kind text, number bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    owner text := obj_description(format('public.%s_%s', kind, number)::regclass, 'pg_class');
begin
    perform public.complete(kind, number, 'workspace_id', owner);
    execute format('alter table public.%s_%s add check (workspace_id = %L) not valid', kind, number, owner);
end $$;

-- Begin a load: documents and lines come in transactions of their own, side by side, and are seen once `finish_load`
-- has put them among the others. What came of loads that never finished is dropped. Returns the key before the first.
create function begin_load() returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    number bigint := nextval('public.load_number');
    orphan text;
begin
    perform pg_advisory_xact_lock(78006, number::integer);
    for orphan in select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
            and c.relname ~ '^(document|order_line)_[1-9][0-9]*$' and not c.relispartition loop
        if pg_try_advisory_xact_lock(78006, substring(orphan from '[0-9]+$')::integer) then
            execute format('drop table public.%I', orphan);
        end if;
    end loop;
    return (number << 36) - 1;
end $$;

-- The table for the documents of a load; those from `abroad` say each its currency and rate.
create function begin_documents(before bigint, abroad boolean) returns void
    language sql volatile security definer set search_path = pg_catalog
    return public.load_table('document', (before + 1) >> 36, array['workspace_id', 'import_id', 'changed']
        || case when abroad then '{}' else array['currency', 'rate'] end);

-- Index the documents. `load` is the transaction that will show them; the currency is that of all of them, null where
-- each says its own.
create function finish_documents(before bigint, import_id uuid, load bigint, currency text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog
    set maintenance_work_mem = '1GB' as $$
declare
    number bigint := (before + 1) >> 36;
begin
    perform public.complete_owner('document', number);
    perform public.complete('document', number, 'import_id', import_id::text);
    perform public.complete('document', number, 'changed', load::text);
    if currency is not null then
        perform public.complete('document', number, 'currency', currency);
        perform public.complete('document', number, 'rate', '1');
    end if;
    execute format('create index on public.document_%s (identity, workspace_id)', number);
    execute format('create index on public.document_%s (person_key, placed_at desc, document_key desc)', number);
    execute format('create index on public.document_%s using brin (changed)', number);
    execute format('alter table public.document_%s add primary key (document_key)', number);
    execute format('analyze public.document_%s', number);
end $$;

-- The table for the lines of a load.
create function begin_lines(before bigint) returns void
    language sql volatile security definer set search_path = pg_catalog
    return public.load_table('order_line', (before + 1) >> 36, array['workspace_id']);

create function finish_lines(before bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog
    set maintenance_work_mem = '1GB' as $$
declare
    number bigint := (before + 1) >> 36;
begin
    perform public.complete_owner('order_line', number);
    execute format('alter table public.order_line_%s add primary key (document_key, ordinal)', number);
    execute format('analyze public.order_line_%s', number);
end $$;

-- Put the documents and lines of a load among the others.
create function finish_load(before bigint) returns void
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

-- Profiles in one round trip, of those of these ids that are there: binds itself to the workspace it is given, so the
-- guard holds. Whoever was merged is told as the survivor, with the orders of all; `merged` are the others' keys and
-- sealed contacts. The plan is made once: made for each list of ids, it would cost four times what it finds.
create function profiles_in(w uuid, ids text[], newest integer, until timestamptz, until_key bigint) returns table (
    asked text, person_key bigint, customer_id text, contact bytea, country text, created_at timestamptz,
    last_order_at timestamptz, archetype text, risk smallint, lifetime_value bigint, run bigint, detail bytea,
    as_of timestamptz, merged json, orders json)
    language plpgsql volatile security invoker
    set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $$
begin
    perform set_config('app.workspace', w::text, true);
    return query
    select a.customer_id, p.person_key, p.customer_id, p.contact, p.country, p.created_at, p.last_order_at,
        f.archetype, f.risk, f.lifetime_value, f.run, f.detail, f.as_of, g.contacts,
        (select json_agg(o.shown order by o.placed_at desc, o.document_key desc) from (
            select c.placed_at, c.document_key, json_build_object('key', c.document_key, 'id', c.identity,
                'at', c.placed_at, 'net', c.gross - coalesce(c.discount, 0) - c.refund, 'items', (
                select json_agg(json_build_array(t.product_id, t.name, l.quantity,
                    l.gross - coalesce(l.discount, 0) - l.refund) order by l.ordinal)
                from public.order_line l left join public.product t on t.product_key = l.product_key
                where l.document_key = c.document_key and l.ordinal <= 50), 'lines', c.lines) as shown
            from unnest(p.person_key || g.keys) each (key) cross join lateral (
                select d.* from public.document d
                where d.workspace_id = w and d.person_key = each.key
                    and (until is null or (d.placed_at, d.document_key) < (until, until_key))
                order by d.placed_at desc, d.document_key desc limit newest) c
            order by c.placed_at desc, c.document_key desc limit newest) o)
    -- One look-up an id, whatever is known of the table's size ("limit", as in all that follow a list of keys).
    from unnest(ids) each (id) cross join lateral (
            select s.* from public.person s where s.workspace_id = w and s.customer_id = each.id limit 1) a
        -- "case", for the policy lets no key come from "coalesce", and the table would be read whole.
        cross join lateral (
            select s.* from public.person s where s.workspace_id = w
                and s.person_key = case when a.merged_into is null then a.person_key else a.merged_into end limit 1) p
        left join lateral (
            select array_agg(m.person_key) as keys,
                json_agg(json_build_array(m.person_key, encode(m.contact, 'base64')) order by m.person_key) as contacts
            from public.person m
            where m.workspace_id = w and m.merged_into = p.person_key and m.merged_into is not null) g on true
        left join lateral (
            select s.* from public.figures s where s.workspace_id = w and s.person_key = p.person_key
                and s.run = (select v.run from public.served v where v.workspace_id = w)
                and s.part = (select v.part from public.served v where v.workspace_id = w) limit 1) f on true;
end $$;

-- People who have all these words, newest order first; how many they are, or at least are, and whether that is all of
-- them: null where nobody counted. All of it in here, as an operator that is not leakproof (@>) never reaches an index
-- below the guard. Reads the scope itself; the plan is made for the values. The planner expects m of N people: to find
-- all and put them in order looks at m rows of the table, to go through the newest until n are found at n * N / m of an
-- index, each for a fifth of the cost; of several words for a third, or a twentieth where the table does not fit into
-- memory. The cheaper one; a thousand are counted likewise. Of several words the planner believes that none goes with
-- another, as names do: where it expects some, the 2,000 newest tell how many they are, unless what is among them may
-- be chance. Where half as many again and 20,000 of the newest hold fewer than n, the planner was wrong, and all are
-- found.
create function people_page(found_by bigint[], before timestamptz, before_key bigint, n integer)
    returns table (person_key bigint, last_order_at timestamptz, found integer, whole boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    people float := (select greatest(reltuples, 10000) from pg_class where oid = 'public.person'::regclass);
    older text := case when before is null then '' else ' and (p.last_order_at, p.person_key) < ($2, $3)' end;
    newest text := 'select array_agg(p.person_key), array_agg(p.last_order_at) from (select * from %s'
        ' order by p.last_order_at desc, p.person_key desc limit $4) p';
    expected float := public.people_expected(found_by);
    dear float := case when cardinality(found_by) = 1 then 5 when public.people_fit() then 6 else 20 end;
    asked text;
    seen float;
    counted integer;
    keys bigint[];
    times timestamptz[];
begin
    found_by := public.people_rarest_first(found_by);
    asked := public.people_asked(found_by);
    if cardinality(found_by) > 1 and expected > 500 then
        perform set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
        execute format(newest, public.people_in_order(found_by, older, '2000', '$4'))
            into keys, times using mine, before, before_key, n;
        if cardinality(keys) = n then
            return query select *, null::integer, null::boolean from unnest(keys, times);
            return;
        end if;
        seen := coalesce(cardinality(keys), 0) * people / 2000;
        if abs(seen - expected) > 2 * sqrt(expected * people / 2000) then
            expected := seen;
        end if;
        perform set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
    end if;
    if dear * expected * expected > n * people then
        perform set_config('enable_seqscan', 'off', true);
        if cardinality(found_by) = 1 and expected * expected > 1000 * people then
            execute 'select count(*) from ' || public.people_in_order(found_by, '', 'all', '1001')
                into counted using mine;
        elsif cardinality(found_by) = 1 then
            perform set_config('enable_indexscan', 'off', true);
            execute 'select count(*) from (select ' || asked || ' limit 1001) counted' into counted using mine;
            perform set_config('enable_indexscan', 'on', true);
        end if;
        perform set_config('enable_bitmapscan', 'off', true);
        execute format(newest, public.people_in_order(
                found_by, older, ceil(20000 + 1.5 * n * people / expected)::text, '$4'))
            into keys, times using mine, before, before_key, n;
        if cardinality(keys) = n then
            return query select *, case when counted <= 1000 then counted when counted > 1000 then 1000 end,
                counted <= 1000 from unnest(keys, times);
            return;
        end if;
        perform set_config('enable_bitmapscan', 'on', true);
    end if;
    perform set_config('enable_indexscan', 'off', true);
    return query execute 'with p as materialized (select p.person_key, p.last_order_at ' || asked || ') '
        || 'select p.person_key, p.last_order_at, (select count(*)::integer from p), true from p where true ' || older
        || ' order by p.last_order_at desc, p.person_key desc limit $4'
        using mine, before, before_key, n, counted;
end $$;

-- How many the planner expects to have all these words, and who they are, in no order, unless it expects too many.
create function people_having(found_by bigint[], most float) returns table (expected float, keys bigint[])
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = off set enable_bitmapscan = on set enable_seqscan = on
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
begin
    expected := public.people_expected(found_by);
    if expected <= most then
        execute 'select coalesce(array_agg(p.person_key), ''{}'') '
            || public.people_asked(public.people_rarest_first(found_by)) into keys using mine;
    end if;
    return next;
end $$;

-- Which of these people have all these words, which so many are expected to have: each is looked up and their words
-- read; where fewer are expected than ten for each of them, the index of words tells who is worth reading.
create function people_among(found_by bigint[], asked bigint[], expected float) returns bigint[]
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_indexscan = on set enable_bitmapscan = on set enable_seqscan = off
    set max_parallel_workers_per_gather = 0 as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found bigint[];
begin
    if expected < 10 * cardinality(asked) then
        perform set_config('enable_indexscan', 'off', true);
        execute 'select array_agg(p.person_key) ' || public.people_asked(public.people_rarest_first(found_by))
            || ' and p.person_key = any($2)' into found using mine, asked;
    else
        execute 'select array_agg(p.person_key) from unnest($2) each (key) cross join lateral (select p.person_key from'
            || ' public.person p where p.workspace_id = $1 and p.person_key = each.key and '
            || array_to_string(found_by, ' = any(p.words) and ') || ' = any(p.words) limit 1) p'
            into found using mine, asked;
    end if;
    return coalesce(found, '{}');
end $$;

-- How many the planner expects, by what it knows of each word.
create function people_expected(found_by bigint[]) returns float
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    plan json;
begin
    execute 'explain (format json) select ' || public.people_asked(found_by) into plan using mine;
    return plan -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;

-- The words, the one that fewest have first: PostgreSQL goes through the index by the first of them, however many have
-- it, as it guesses none of what lies in trees.
create function people_rarest_first(found_by bigint[]) returns bigint[]
    language plpgsql volatile security invoker set search_path = pg_catalog as $$
begin
    if cardinality(found_by) < 2 then
        return found_by;
    end if;
    return (select array_agg(each order by public.people_expected(array[each]), each) from unnest(found_by) each);
end $$;

-- How many they are, counted up to a bound.
create function people_count(found_by bigint[], at_most integer) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog set enable_seqscan = off as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    found integer;
begin
    execute 'select count(*) from (select 1 ' || public.people_asked(public.people_rarest_first(found_by))
        || ' limit $2) counted' into found using mine, at_most;
    return found;
end $$;

create function people_asked(found_by bigint[]) returns text
    language sql immutable set search_path = pg_catalog
    return 'from public.person p where p.workspace_id = $1 and p.words <> ''{}'' and p.words @> '
        || quote_literal(found_by::text) || '::bigint[]';

-- The same people, the newest of them, from the two indexes that have them in order: those among so many of the newest
-- older ones. Word by word, as that takes less for each than @>, which only the index of words needs.
create function people_in_order(found_by bigint[], older text, among text, n text) returns text
    language sql immutable set search_path = pg_catalog
    return format('((%1$s <= 256%2$s) union all (%1$s > 256%2$s)) p',
        'select p.person_key, p.last_order_at from (select p.person_key, p.last_order_at, p.words from public.person p'
            || ' where p.workspace_id = $1 and p.words <> ''{}''' || older || ' and cardinality(p.words)',
        ' order by p.last_order_at desc, p.person_key desc limit ' || among || ') p where '
            || array_to_string(found_by, ' = any(p.words) and ') || ' = any(p.words)'
            || ' order by p.last_order_at desc, p.person_key desc limit ' || n);

-- Whether all people and the index of their words fit into three quarters of the server's memory.
create function people_fit() returns boolean
    language sql stable set search_path = pg_catalog
    return pg_relation_size('public.person') + pg_relation_size('public.person_words')
        < 0.75 * pg_size_bytes(current_setting('shared_buffers'));

-- Read what searches touch into memory: all people by the index of their words, where both fit; the newest of each
-- workspace in their order; and, at least into the system's, the figures served. An index is read as no scan of the
-- table is: that one would leave nothing behind.
create function touch_people() returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
    set max_parallel_workers_per_gather = 0 set work_mem = '64MB' as $$
declare
    part bigint;
begin
    if public.people_fit() then
        execute 'select count(p.country_guessed) from public.person p where p.words <> ''{}'' and p.words @> ''{}''';
    end if;
    perform set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
    execute 'select count(*) from public.served s cross join lateral (select cardinality(p.words) from public.person p'
        ' where p.workspace_id = s.workspace_id and p.words <> ''{}'' and cardinality(p.words) <= 256'
        ' order by p.last_order_at desc, p.person_key desc limit 50000) p';
    execute 'select count(p.person_key) from public.person p where p.person_key > 0';
    perform set_config('enable_seqscan', 'on', true);
    for part in select distinct s.part from public.served s loop
        execute format('select count(f.detail) from public.figures_%s f', part);
    end loop;
end $$;

-- A part of its own for a run, to be filled by COPY, which the guard refuses elsewhere.
create function begin_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    mine uuid := nullif(current_setting('app.workspace', true), '')::uuid;
begin
    if mine is null then
        raise 'figures belong to a workspace';
    end if;
    execute format('create table public.figures_%1$s (like public.figures including defaults,'
        ' check (workspace_id = %2$L), check (part = %1$s))', run, mine);
    execute format('alter table public.figures_%1$s alter workspace_id set default %2$L,'
        ' alter part set default %1$s, alter run set default %1$s', run, mine);
    execute format('grant insert on public.figures_%s to switchboard_app', run);
end $$;

-- Index what was filled in and put it among the other parts.
create function finish_figures(run bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog
    set maintenance_work_mem = '512MB' as $$
begin
    execute format('alter table public.figures_%s add primary key (person_key, run, part)', run);
    execute format('alter table public.figures attach partition public.figures_%1$s for values in (%1$s)', run);
    perform public.guard(format('public.figures_%s', run)::regclass);
end $$;

-- Drop the parts nobody reads any more, unless somebody still does: whoever reads now waits for this to end.
create function sweep_figures() returns void
    language plpgsql volatile security definer set search_path = pg_catalog set lock_timeout = '300ms' as $$
declare
    stale text;
begin
    for stale in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'public.figures'::regclass and c.relkind = 'r' and c.relname <> 'figures_0'
            and not exists (select from public.served s where c.relname = 'figures_' || s.part) loop
        execute format('drop table public.%I', stale);
    end loop;
exception when lock_not_available then
    null;
end $$;

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

revoke execute on function load_table, complete, complete_owner, reserve_keys, begin_load, begin_documents,
    finish_documents, begin_lines, finish_lines, finish_load, profiles_in, people_page, people_having, people_among,
    people_expected, people_fit, people_rarest_first, people_count, people_asked, people_in_order, touch_people,
    begin_figures, finish_figures, sweep_figures, note_change, note_stale, note_moved from public;
grant execute on function reserve_keys, begin_load, begin_documents, finish_documents, begin_lines, finish_lines,
    finish_load, profiles_in, people_page, people_having, people_among, people_count, touch_people, begin_figures,
    finish_figures, sweep_figures to switchboard_app;
grant usage on sequence category_key to switchboard_app;
select guard('upload'), guard('import'), guard('person'), guard('category'), guard('product'), guard('document'),
    guard('document_0'), guard('order_line'), guard('order_line_0'), guard('replaced_document'), guard('told'),
    guard('tombstone'), guard('changed_person'), guard('consumed'), guard('activity'), guard('repeated_activity'),
    guard('rate'), guard('figures'), guard('figures_0'), guard('served'), guard('consent'), guard('suppression'),
    guard('identity'), guard('contested'), guard('merge'), guard('merge_limit'), guard('forgotten'),
    guard('erasure_certificate'), guard('retention'), guard('stale'), guard('audience'), guard('attribute'),
    guard('attribute_said'), guard('repeated_told');
-- What people wrote is in no statistics: PostgreSQL keeps old ones in a table that only its owner cleans.
alter table activity alter properties set statistics 0;
alter table repeated_activity alter properties set statistics 0;
alter table person alter attributes set statistics 0;
alter table told alter attributes set statistics 0;
alter table attribute_said alter value set statistics 0;
alter table consent alter source set statistics 0, alter reference set statistics 0;
alter table replaced_document alter content set statistics 0;
grant maintain on person, told, activity, repeated_activity, consent, replaced_document, document, document_0,
    order_line, order_line_0, attribute_said, identity, contested, merge, changed_person, tombstone, stale, import,
    repeated_told, audience to switchboard_app;
