"""Units of work, and the guard beneath them: what the application's own sign-in can not do whatever it asks."""

import asyncio
import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from psycopg import errors as refused
from psycopg import sql as text

from switchboard.accounts.approvals.operations import set_approval_rule
from switchboard.accounts.approvals.records import ApprovalRuleSet
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.operations import add_key, invite_user
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.sign_in_records import Invite
from switchboard.customers.attributes.operations import define_attribute, set_attributes
from switchboard.customers.attributes.records import DefineAttribute, SetAttributes
from switchboard.customers.consent.operations import record_consent, suppress
from switchboard.customers.consent.records import Statement, Suppress
from switchboard.customers.erasure.operations import erase
from switchboard.customers.erasure.records import EraseAsked
from switchboard.customers.filters.records import FilterSave
from switchboard.customers.identities.operations import set_identity_limit, unmerge
from switchboard.customers.identities.records import LimitAsked, UnmergeAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.retention.operations import set_retention
from switchboard.customers.retention.records import RetentionChange
from switchboard.customers.store import people as people_store
from switchboard.customers.store.consumed import move
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller, job_caller
from switchboard.foundation.database import open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, DatabaseDown
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.job_operations import ScheduleNamed, pause_job
from switchboard.foundation.jobs import enqueue
from switchboard.foundation.terms import ApprovalNeeded, Terms
from switchboard.intelligence import store as intelligence_store
from switchboard.intelligence.attention_records import DismissAsked
from switchboard.intelligence.custom_records import ArchetypeLabel, ArchetypeSave
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.attention import dismiss_insight
from switchboard.intelligence.operations.custom import save_archetype
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.filters import save_filter
from switchboard.intelligence.operations.labelling import label_archetype
from switchboard.intelligence.operations.shop import set_settings
from switchboard.intelligence.records import SearchAsked, TopAsked
from switchboard.intelligence.working_out import IntelligenceSettings
from switchboard.mcp.operations import switch_server
from switchboard.mcp.server_records import ServerSwitch
from tests.shop import Shop, as_owner, open_shop, orders, rows

App = psycopg.Connection[tuple[object, ...]]
OURS = "n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname not in ('alembic_version', 'schema_state')"
GUARDED = f"""select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where {OURS} and c.relrowsecurity and not c.relispartition order by 1"""
BEFORE_A_WORKSPACE_IS_KNOWN = {
    "workspaces", "make_workspace", "account_of", "memberships_of", "add_account", "set_password", "key_caller",
    "session_caller", "end_session", "token_caller", "use_refresh", "end_family", "try_sign_in", "forgive_sign_in",
    "link_of", "account_of_subject", "second_factor_of", "set_second_factor", "use_recovery_code", "use_totp_step",
    "client_bounds",
    "key_caller_by_id",
}  # fmt: skip
ACROSS_WORKSPACES = {
    "take_allowances", "hand_back_allowances", "add_audit", "tidy_accounts", "open_events", "job_workspace",
    "cancelled_among", "paused_in",
}  # fmt: skip
WRITING = {"reserve_keys", "begin_load", "begin_documents", "finish_documents", "begin_lines", "finish_lines",
           "finish_load", "begin_figures", "finish_figures", "drop_audit"}  # fmt: skip
IN_ITS_WORKSPACE = {"people_page", "people_count", "people_having", "people_among"}
UPKEEP = {"sweep_figures", "touch_people"}


@dataclass(frozen=True, kw_only=True)
class Two:
    """A shop with something in every room, and somebody else's."""

    full: Shop
    other: Shop


@pytest.fixture(scope="module")
async def two(ground: Ground) -> Two:
    full, other = await open_shop(ground), await open_shop(ground)
    await full.bring(
        orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,", "o2,c2,2024-03-02T10:00,p1,Tea,Drinks,1,4,,")
    )
    await full.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,2,10,,"))
    await full.undo(await full.bring(orders("o9,c9,2024-03-01T10:00,p1,Tea,Drinks,2,10,,")))
    for _ in range(2):
        await full.bring("customer_id,email,name\nc1,ann@example.com,Ann\n", "customers")
    event = "event_id,customer_id,kind,at\ne1,c1,opened,2024-03-02T10:00:00Z\n"
    await full.bring(event, "events")
    await full.bring(event, "events")
    await full.segment()
    sent = {"order_id": "o5", "customer_id": "c1", "placed_at": "2024-03-03", "lines": [{"unit_price": 3}]}
    await ingest(ground, full.caller, Batch.model_validate({"orders": [sent]}), door="test")
    async with ground.work(full.caller) as work:
        await move(work, "redis://localhost:6379/0/orders", "switchboard", {}, {"": "7-0"})
        await intelligence_store.keep_quality(work, 90, 19_000, "{}")
        await intelligence_store.begin_answers(work, 1)
    await set_settings(ground, full.caller, IntelligenceSettings(), door="test")
    yes = {"customer_id": "c1", "channel": "email", "purpose": "marketing", "state": "given", "source": "till"}
    await record_consent(ground, full.caller, Statement.model_validate(yes), door="test")
    tier = SetAttributes(customer_id="c1", attributes={"tier": "gold"})
    await define_attribute(ground, full.caller, DefineAttribute(name="tier", type="text"), door="test")
    await set_attributes(ground, full.caller, tier, door="test")
    no = {"channel": "email", "address": "bob@example.com", "reason": "bounced", "source": "provider"}
    await suppress(ground, full.caller, Suppress.model_validate(no), door="test")
    verified = "customer_id,email,email_verified\nm1,m@example.com,yes\nm2,m@example.com,yes\n"
    await full.bring(verified, "customers")
    await unmerge(ground, full.caller, UnmergeAsked(customer_id="m2"), door="test")
    await set_identity_limit(ground, full.caller, LimitAsked(people=9), door="test")
    whom = EraseAsked(customer_id="c2", confirm="c2")
    await erase(ground, full.caller, whom, door="test")
    await set_retention(ground, full.caller, RetentionChange(kind="orders", for_ever=True), door="test")
    await save_filter(ground, full.caller, FilterSave(name="all", filter={"all": []}), door="test")
    await save_archetype(ground, full.caller, ArchetypeSave(name="all", filter={"all": []}), door="test")
    await add_key(ground, full.caller, KeyAdd(name="till", role="analyst"), door="test", terms=Terms(key="till"))
    with pytest.raises(ApprovalNeeded):
        await add_key(ground, full.caller, KeyAdd(name="shop", role="analyst"), door="mcp")
    await set_approval_rule(ground, full.caller, ApprovalRuleSet(operation="keys.add", needed=True), door="test")
    await create_client(ground, full.caller, ClientCreate(name="till"), door="test")
    (first, *_) = (await top_archetypes(ground, full.caller, TopAsked(), door="test")).archetypes
    label = ArchetypeLabel(archetype_id=first.archetype_id, name="Regulars")
    await label_archetype(ground, full.caller, label, door="test")
    await dismiss_insight(ground, full.caller, DismissAsked(rule="guests"), door="test")
    await pause_job(ground, full.caller, ScheduleNamed(name="intelligence.nightly"), door="test")
    await invite_user(ground, full.caller, Invite(email="cy@example.com", role="analyst"), door="test")
    await switch_server(ground, full.caller, ServerSwitch(name="customer-data", enabled=False), door="test")
    async with ground.work(full.caller) as work:
        await enqueue(work, "intelligence.segment", new_id(), once="here")
    await search(ground, full.caller, SearchAsked(text="tea", search_id=new_id()), door="test")
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    return Two(full=full, other=other)


@pytest.fixture
def app(server: Embedded) -> Generator[App]:
    """The application's own sign-in, with a transaction for the test."""
    with psycopg.connect(server.url()) as connection:
        yield connection
        connection.rollback()


def scope(app: App, workspace: UUID | None) -> None:
    app.execute("select set_config('app.workspace', %s, true)", (str(workspace or ""),))


def guarded(server: Embedded) -> list[str]:
    with as_owner(server) as owner:
        return [str(row[0]) for row in rows(owner, GUARDED)]


def column(table: str) -> str:
    return {"workspace": "id", "account": "id"}.get(table, "workspace_id")


def held(app: App, table: str, of: UUID | None = None) -> int:
    """How many rows the connection sees in a table, of one workspace or in all."""
    asked = text.SQL("select count(*) from {}").format(text.Identifier(table))
    if of is not None:
        asked += text.SQL(" where {} = {}").format(text.Identifier(column(table)), text.Literal(str(of)))
    found = app.execute(asked).fetchone()
    assert found is not None
    return int(str(found[0]))


def test_a_table_is_guarded_or_closed_to_the_application(server: Embedded):
    with as_owner(server) as owner:
        open_tables = rows(
            owner,
            f"select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where {OURS}"
            " and not c.relrowsecurity and has_table_privilege('switchboard_app', c.oid, 'select') order by 1",
        )
        with_workspace = rows(
            owner,
            f"select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            f" join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' where {OURS}"
            " and not c.relrowsecurity and has_any_column_privilege('switchboard_app', c.oid, 'select,insert,update')",
        )
    assert open_tables == [("flag",), ("secret",)]  # of the whole installation
    assert with_workspace == []


def test_every_policy_is_the_scope_and_nothing_else(server: Embedded):
    with as_owner(server) as owner:
        policies = rows(owner, "select tablename, qual, with_check from pg_policies where schemaname = 'public'")
    assert {str(table) for table, _, _ in policies} >= set(guarded(server))
    for table, condition, check in policies:
        assert "current_setting('app.workspace'" in str(condition), table
        assert " or " not in str(condition).lower(), table
        assert check is None, table  # then the condition holds for what is written, too


def test_the_application_owns_nothing_and_can_become_nobody_else(app: App):
    (role,) = rows(app, "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = user")
    owned = rows(app, "select relname from pg_class c join pg_roles r on r.oid = relowner where rolname = user")
    member = rows(app, "select roleid::regrole::text from pg_auth_members m where m.member = user::regrole")
    may_make = rows(app, "select has_schema_privilege('public', 'create')")
    assert role == (False, False, False, False)
    assert owned == []
    assert set(member) <= {("pg_checkpoint",)}  # so that what was erased leaves the files soon; it opens nothing
    assert may_make == [(False,)]


@pytest.mark.parametrize("other", ["switchboard", "postgres"])
def test_the_application_can_not_take_another_role(app: App, other: str):
    with pytest.raises(refused.InsufficientPrivilege):
        app.execute(text.SQL("set role {}").format(text.Identifier(other)))


def test_a_shop_with_everything_has_rows_in_every_table_of_its_rooms(two: Two, server: Embedded, app: App):
    scope(app, two.full.workspace.id)
    empty = {table for table in guarded(server) if not held(app, table)}
    assert empty <= {"account", "membership", "session", "token_family", "refresh_token", "allowance_rule", "rate",
                     "reaction_done", "mcp_task", "question"}  # fmt: skip


def test_another_workspace_and_none_at_all_see_nothing_of_it(two: Two, server: Embedded, app: App):
    for table in guarded(server):
        scope(app, two.other.workspace.id)
        assert held(app, table, two.full.workspace.id) == 0, table
        scope(app, None)
        assert held(app, table) == 0, table


def test_another_workspace_changes_and_deletes_nothing_of_it(two: Two, server: Embedded, app: App):
    with as_owner(server) as owner:
        before = {table: held(owner, table, two.full.workspace.id) for table in guarded(server)}
    for whose in (two.other.workspace.id, None):
        for table in guarded(server):
            name, key = text.Identifier(table), text.Identifier(column(table))
            for command in (
                "delete from {table} where {key} = {id}",
                "update {table} set {key} = {key} where {key} = {id}",
            ):
                scope(app, whose)
                asked = text.SQL(command).format(table=name, key=key, id=text.Literal(str(two.full.workspace.id)))  # pyright: ignore[reportArgumentType] - a constant
                with contextlib.suppress(refused.InsufficientPrivilege):
                    assert app.execute(asked).rowcount == 0, table
                app.rollback()
    with as_owner(server) as owner:
        assert {table: held(owner, table, two.full.workspace.id) for table in guarded(server)} == before


def test_another_workspace_can_not_write_into_it(two: Two, server: Embedded, app: App):
    for table in set(guarded(server)) - {"workspace", "account"}:
        name = text.Identifier(table)
        with as_owner(server) as owner, owner.transaction():
            owner.execute(
                text.SQL("create temporary table one on commit drop as select * from {} limit 1").format(name)
            )
        scope(app, two.full.workspace.id)
        copied = text.SQL("create temporary table taken on commit drop as select * from {} limit 1").format(name)
        try:
            app.execute(copied)
        except refused.InsufficientPrivilege:
            app.rollback()
            continue
        if held_temporary(app):
            scope(app, two.other.workspace.id)
            columns = ", ".join(str(row[0]) for row in rows(app, WRITABLE, f"public.{table}"))
            write = f"insert into {table} ({columns}) select {columns} from taken"
            with pytest.raises(refused.InsufficientPrivilege):
                rows(app, write)
        app.rollback()


WRITABLE = """select quote_ident(attname) from pg_attribute where attrelid = %s::regclass and attnum > 0
    and not attisdropped and attidentity = ''"""


def held_temporary(app: App) -> bool:
    return rows(app, "select count(*) from taken") != [(0,)]


def test_the_guard_can_not_be_switched_off(two: Two, app: App):
    app.execute("set local row_security = off")
    with pytest.raises(refused.InsufficientPrivilege, match="row-level security"):
        app.execute("select * from person")
    app.rollback()
    with pytest.raises(refused.InsufficientPrivilege, match="must be owner"):
        app.execute("alter table person disable row level security")


def test_a_scope_that_is_no_workspace_sees_nothing(app: App):
    app.execute("select set_config('app.workspace', 'everything', true)")
    with pytest.raises(refused.InvalidTextRepresentation):
        app.execute("select * from person")


def test_the_functions_that_run_past_the_guard_are_these(server: Embedded):
    with as_owner(server) as owner:
        found = rows(
            owner,
            "select distinct p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef"
            " and n.nspname = 'public' and has_function_privilege('switchboard_app', p.oid, 'execute')",
        )
        unsafe = rows(
            owner,
            "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef"
            " and n.nspname = 'public' and not coalesce(p.proconfig, '{}') @> '{search_path=pg_catalog}'",
        )
    known = BEFORE_A_WORKSPACE_IS_KNOWN | ACROSS_WORKSPACES | IN_ITS_WORKSPACE | WRITING | UPKEEP
    assert {str(row[0]) for row in found} == known
    assert unsafe == []


def test_nobody_else_may_run_our_functions(server: Embedded):
    with as_owner(server) as owner:
        found = rows(
            owner,
            "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'"
            " and p.prosecdef and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
            "  where a.grantee = 0)",
        )
    assert found == []


async def test_pages_of_people_are_of_the_workspace_at_work(two: Two, server: Embedded, app: App):
    with as_owner(server) as owner:
        mine = two.full.workspace.id
        of_c1 = "select words, person_key from person where workspace_id = %s and customer_id = 'c1'"
        words, key = rows(owner, of_c1, mine)[0]
    scope(app, two.full.workspace.id)
    assert rows(app, "select keys from people_having(%s, 1000)", words) == [([key],)]
    assert rows(app, "select people_among(%s, %s, 1)", words, [key]) == [([key],)]
    assert rows(app, "select * from people_page(%s, null, null, 10)", words) != []
    for whose in (two.other.workspace.id, None):
        scope(app, whose)
        assert rows(app, "select * from people_page(%s, null, null, 10)", words) == []
        assert rows(app, "select people_count(%s, 10)", words) == [(0,)]
        assert rows(app, "select keys from people_having(%s, 1000)", words) == [([],)]
        assert rows(app, "select people_among(%s, %s, 1)", words, [key]) in ([(None,)], [([],)])


def test_a_profile_binds_its_own_statement_only(two: Two, server: Embedded):
    with psycopg.connect(server.url(), autocommit=True) as app:
        asked = "select customer_id from profiles_in(%s, array['c1'], 5, null, null)"
        assert rows(app, asked, two.full.workspace.id) == [("c1",)]
        assert rows(app, asked, two.other.workspace.id) == []
        assert held(app, "person") == 0  # the scope ended with the statement


async def test_a_profile_is_of_the_callers_workspace_whatever_was_read_before(two: Two, ground: Ground):
    async with ground.work(two.other.caller) as work:
        await sql.fetch(work, "select 1")
        assert await people_store.profile(work, "c1", 5, None) is None
        assert await sql.fetch_value(work, "select count(*) from person") == 0
    async with ground.work(two.full.caller) as work:
        found = await people_store.profile(work, "c1", 5, None)
    assert found is not None
    assert found.customer_id == "c1"


async def test_many_profiles_at_once_take_few_round_trips_and_each_is_their_own(two: Two, ground: Ground):
    async def found(caller: Caller, customer: str) -> str | None:
        async with ground.work(caller) as work:
            seen = await people_store.profile(work, customer, 5, None)
        return None if seen is None else seen.customer_id

    asked = [(two.full.caller, "c1"), (two.other.caller, "c1"), (two.full.caller, "nobody"), (two.full.caller, "c1")]
    assert await asyncio.gather(*(found(*each) for each in asked)) == ["c1", None, None, "c1"]


async def test_a_unit_of_work_that_has_begun_sees_what_it_wrote(two: Two, ground: Ground):
    async with ground.work(two.full.caller) as work:
        mine = two.full.workspace.id
        await sql.execute(work, "update person set country = 'NZ' where workspace_id = $1 and customer_id = 'c1'", mine)
        seen = await people_store.profile(work, "c1", 5, None)
        assert seen is not None
        assert seen.country == "NZ"


def test_what_is_open_in_other_workspaces_is_told_by_ids_alone(app: App):
    described = app.execute("select * from open_events(10, now())").description or []
    assert [column.name for column in described] == ["workspace_id", "id"]


def test_tables_that_are_loaded_whole_take_rows_of_their_workspace_and_are_guarded(two: Two, app: App):
    with pytest.raises(refused.RaiseException, match="belongs to a workspace"):
        app.execute("select begin_documents(begin_load(), false)")
    app.rollback()
    scope(app, two.full.workspace.id)
    ((before,),) = rows(app, "select begin_load()")
    assert isinstance(before, int)
    app.execute("select begin_documents(%s, false)", (before,))
    table = f"document_{(before + 1) >> 36}"
    columns = "document_key, identity, placed_at, day, is_order, gross, refund, lines, content"
    values = f"{before + 1}, 'o', now(), 1, true, 1, 0, 1, 1"
    write_theirs = f"insert into {table} (workspace_id, {columns}) values (%s, {values})".encode()
    app.execute("savepoint clean")
    with pytest.raises(refused.UndefinedColumn):
        app.execute(write_theirs, (two.other.workspace.id,))
    app.execute("rollback to clean")
    app.execute(f"insert into {table} ({columns}) values ({values})".encode())
    app.execute("select begin_lines(%s)", (before,))
    scope(app, two.other.workspace.id)  # whose they are was said when the load began
    app.execute("select finish_lines(%s)", (before,))
    app.execute("select finish_documents(%s, %s, 1, 'EUR'), finish_load(%s)", (before, new_id(), before))
    app.execute("savepoint clean")
    with pytest.raises(refused.CheckViolation):
        app.execute(write_theirs, (two.other.workspace.id,))
    app.execute("rollback to clean")
    scope(app, two.full.workspace.id)
    assert held(app, table) == 1
    scope(app, two.other.workspace.id)
    assert held(app, table) == held(app, "document", two.full.workspace.id) == 0


async def test_a_unit_of_work_that_ends_well_stays_and_one_that_fails_does_not(ground: Ground):
    keep, drop = str(new_id()), str(new_id())
    add = "insert into flag (name, value, changed_at) values ($1, 'true', now())"
    async with ground.work(job_caller(new_id())) as work:
        await sql.execute(work, add, keep)
    with pytest.raises(Conflict):
        async with ground.work(job_caller(new_id())) as work:
            await sql.execute(work, add, drop)
            raise Conflict("no")
    async with ground.work(job_caller(new_id())) as work:
        found = await sql.fetch(work, "select name from flag where name = any($1)", [keep, drop])
    assert [row["name"] for row in found] == [keep]


async def test_a_scope_ends_with_its_unit_of_work(two: Two, server: Embedded):
    database = await open_database(server.url(), size=1)  # so that the next one has the same connection
    async with database.session(two.full.workspace.id) as session:
        assert await (await session.transaction()).fetchval("select count(*) from person") > 0
    async with database.session(None) as session:
        assert await (await session.plain()).fetchval("select count(*) from person") == 0
        assert await (await session.transaction()).fetchval("select count(*) from person") == 0
    with pytest.raises(ZeroDivisionError):
        async with database.session(two.full.workspace.id) as session:
            await session.transaction()
            raise ZeroDivisionError
    async with database.session(two.other.workspace.id) as session:
        assert await (await session.transaction()).fetchval("select count(*) from person") == 0
    await database.close()


async def test_who_gives_up_waiting_takes_nobodys_turn_and_who_is_beside_needs_none(server: Embedded):
    database = await open_database(server.url(), size=1)
    async with database.session(None) as one:
        await one.plain()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), database.session(None) as other:
                await other.plain()
        async with database.session(None, beside=True) as beside:
            assert await (await beside.plain()).fetchval("select 1") == 1
    await database.answers()
    await database.answers()
    await database.close()


async def test_with_one_view_all_statements_see_the_same_moment(ground: Ground):
    name = str(new_id())
    asked = "select count(*) from flag where name = $1"
    async with ground.work(job_caller(new_id()), one_view=True) as reading:
        before = await sql.fetch_value(reading, asked, name)
        async with ground.work(job_caller(new_id())) as writing:
            await sql.execute(writing, "insert into flag (name, value, changed_at) values ($1, 'true', now())", name)
        after = await sql.fetch_value(reading, asked, name)
    async with ground.work(job_caller(new_id())) as later:
        assert await sql.fetch_value(later, asked, name) == 1
    assert before == after == 0


async def test_a_database_that_is_not_there_is_said_so_without_its_password():
    with pytest.raises(DatabaseDown) as away:
        await open_database("postgresql://switchboard_app:hunter2@127.0.0.1:1/switchboard")
    assert "127.0.0.1:1" in str(away.value)
    assert "hunter2" not in str(away.value)


async def test_a_connection_that_is_cut_is_said_so_and_replaced(server: Embedded):
    database = await open_database(server.url(), size=1)
    with pytest.raises(DatabaseDown):
        async with database.session(None) as session:
            pid = await (await session.transaction()).fetchval("select pg_backend_pid()")
            with psycopg.connect(server.url(role="postgres"), autocommit=True) as admin:
                admin.execute("select pg_terminate_backend(%s, 5000)", (pid,))
            await asyncio.sleep(0)
            await (await session.transaction()).fetchval("select 1")
    await database.answers()
    await database.close()
