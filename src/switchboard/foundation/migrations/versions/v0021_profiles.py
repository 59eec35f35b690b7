"""Profiles that are asked for together are read together."""

from alembic import op

revision = "0021"
down_revision = "0020"

PROFILES = """
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
"""


def upgrade() -> None:
    op.execute("drop function profile_in")
    op.execute(PROFILES)
    op.execute("revoke execute on function profiles_in from public")
    op.execute("grant execute on function profiles_in to switchboard_app")
