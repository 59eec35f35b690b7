"""Every operation there is, held to the same: its permission, its line of the trail, and its own workspace."""

import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from switchboard.accounts import tenants
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.operations import add_key, add_user, list_keys
from switchboard.accounts.records import KeyAdd, PageAsked, UserAdd
from switchboard.accounts.roles import EVERY, PERMISSIONS
from switchboard.customers.operations import start_import
from switchboard.customers.records import ImportRequest
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import NotAllowed, NotFound, SwitchboardError
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.ids import new_id
from switchboard.foundation.operations import OPERATIONS, Operation
from switchboard.foundation.records import Nothing
from switchboard.house import DECLARED
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.customers import profile
from switchboard.intelligence.operations.history import snapshots
from switchboard.intelligence.past_records import SnapshotsAsked
from switchboard.intelligence.records import CustomerAsked, TopAsked
from tests.shop import Rows, Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.slow

OURS = {name: each for name, each in OPERATIONS.items() if each.run.__module__.startswith("switchboard.")}
NAMES = sorted(OURS)
PASSWORD = "a long password"  # noqa: S105 - of nobody
PLANTED = (
    "Zebrafink", "zebrafink@kestrel.example", "kestrel", "Quincunx 7", "Teapot Vermilion", "Porcelain", "Boskoop Till",
    "Wilhelmine", "wilhelmine@kestrel.example", "mauve", "sku-vermilion", "cust-kestrel-1", "cust-kestrel-2",
    "ord-kestrel-1", "4711.13",
)  # fmt: skip
TABLES = """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""


def anybody(shop: Shop, permissions: frozenset[str] = EVERY) -> Caller:
    """A user with an owner's permissions."""
    return Caller(
        id=new_id(), name="bea", kind="user", workspace=shop.workspace.id, role="owner", permissions=permissions
    )


async def lines(ground: Ground, server: Embedded, caller: Caller) -> Rows:
    """What the trail says of a caller: operation, outcome, door."""
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    asked = "select operation, outcome, door from audit_line where workspace_id = %s and caller_id = %s order by id"
    with as_owner(server) as owner:
        return rows(owner, asked, caller.workspace, caller.id)


def test_every_operation_is_declared_by_a_module_the_house_knows():
    assert {each.run.__module__ for each in OURS.values()} <= {module.__name__ for module in DECLARED}


def test_every_permission_an_operation_names_is_one_of_ours():
    assert {each.permission for each in OURS.values()} <= {permission.name for permission in PERMISSIONS}


@pytest.mark.parametrize("name", NAMES)
async def test_who_lacks_the_permission_is_refused_and_the_trail_says_so(ground: Ground, server: Embedded, name: str):
    shop = await open_shop(ground)
    declared = OURS[name]
    caller = anybody(shop, EVERY - {declared.permission})
    with pytest.raises(NotAllowed, match=declared.permission):
        await declared(ground, caller, declared.asks.model_construct(), door="api")
    assert await lines(ground, server, caller) == [(name, "not_allowed", "api")]


async def test_a_read_leaves_a_line(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    caller = anybody(shop)
    await list_keys(ground, caller, PageAsked(), door="mcp")
    assert await lines(ground, server, caller) == [("keys.list", "done", "mcp")]


async def test_a_change_leaves_its_line_together_with_the_change(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    caller = anybody(shop)
    await add_key(ground, caller, KeyAdd(name="till", role="analyst"), door="cli")
    assert await lines(ground, server, caller) == [("keys.add", "done", "cli")]


async def test_what_fails_leaves_a_line_that_says_how(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    caller = anybody(shop)
    with pytest.raises(NotFound):
        await start_import(ground, caller, ImportRequest(upload_id=new_id()), door="api")
    with pytest.raises(SwitchboardError):
        await profile(ground, caller, CustomerAsked(customer_id="c1"), door="api")
    assert await lines(ground, server, caller) == [
        ("customers.start_import", "not_found", "api"),
        ("intelligence.profile", "not_segmented", "api"),
    ]


async def break_down(work: Work, asked: Nothing) -> Nothing:
    raise ZeroDivisionError


async def test_what_breaks_leaves_a_line_too(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    caller = anybody(shop)
    broken = Operation(
        name="house.break", title="Break", permission="customers:read", reads=False, per_hour=None, tool=None,
        timeout_s=5, asks=Nothing, gives=Nothing, run=break_down,
    )  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        await broken(ground, caller, Nothing(), door="api")
    assert await lines(ground, server, caller) == [("house.break", "failed", "api")]


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """Somebody else's shop, and all the ids and words a caller could have got hold of."""

    shop: Shop
    ids: tuple[UUID, ...]
    words: tuple[str, ...]
    numbers: tuple[int, ...]


@pytest.fixture(scope="module")
async def theirs(ground: Ground, server: Embedded) -> Theirs:
    shop = await open_shop(ground)
    await tenants_named(shop)
    first = await shop.bring(
        orders(
            "ord-kestrel-1,cust-kestrel-1,2024-03-01T10:00,sku-vermilion,Teapot Vermilion,Porcelain,1,4711.13,,",
            "ord-kestrel-2,cust-kestrel-2,2024-03-02T10:00,sku-vermilion,Teapot Vermilion,Porcelain,1,4711.13,,",
        )
    )
    people = await shop.bring(
        "customer_id,name,email,street,colour\ncust-kestrel-1,Zebrafink,zebrafink@kestrel.example,Quincunx 7,mauve\n",
        "customers",
    )
    run = await shop.segment()
    upload = await shop.upload("customer_id,name\ncust-kestrel-2,Zebrafink\n", "kestrel.csv")
    job = await start_import(ground, shop.caller, ImportRequest(upload_id=upload, kind="customers"), door="test")
    key = await add_key(ground, shop.caller, KeyAdd(name="Boskoop Till", role="analyst"), door="test")
    user = await add_user(
        ground, shop.caller,
        UserAdd(email="wilhelmine@kestrel.example", name="Wilhelmine", role="admin", password=SecretStr(PASSWORD)),
        door="test",
    )  # fmt: skip
    top = await top_archetypes(ground, shop.caller, TopAsked(), door="test")
    kept = await snapshots(ground, shop.caller, SnapshotsAsked(), door="test")
    with as_owner(server) as owner:
        people_keys = rows(owner, "select person_key from person where workspace_id = %s", shop.workspace.id)
    cursors = [f"1772359200000000.{key}" for (key,) in people_keys] + [f"k.{key}" for (key,) in people_keys]
    return Theirs(
        shop=shop,
        ids=(shop.workspace.id, first.import_id, people.import_id, upload, job.job_id, key.id, user.id),
        words=(
            "cust-kestrel-1", "cust-kestrel-2", "zebrafink@kestrel.example", "Zebrafink", "zeb", "@kestrel.example",
            "kestrel", "wilhelmine@kestrel.example", shop.workspace.name, "Boskoop Till",
            *(each.archetype_id for each in top.archetypes), *cursors,
        ),
        numbers=(run.run, *(each.run for each in kept.snapshots), *(int(str(key)) for (key,) in people_keys)),
    )  # fmt: skip


async def tenants_named(shop: Shop) -> None:
    """A name that gives the shop away."""
    async with shop.ground.work(shop.caller) as work:
        await tenants.change(work, tenants.WorkspaceChange(name=f"Kestrel & Zebrafink {new_id()}"))


@pytest.fixture(scope="module")
async def mine(ground: Ground) -> tuple[Shop, Shop]:
    """Two shops with orders of their own, so that operations get as far as they can: one to read, one to change."""
    shops = (await open_shop(ground), await open_shop(ground))
    for shop in shops:
        await shop.bring(orders(*(f"o{n},c{n},2024-03-0{n}T10:00,p1,Cup,Ware,1,3,," for n in range(1, 8))))
        await shop.segment()
    return shops


def candidates(annotation: Any, theirs: Theirs) -> list[Any]:
    """What of theirs a field of this type could be given; nothing where its type leaves no room for it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    found: list[Any] = {
        UUID: list(theirs.ids), str: ["USD", "customer-data", *theirs.words], int: list(theirs.numbers),
        date: ["2024-03-01"], SecretStr: [PASSWORD], Decimal: ["4711.13"], bool: [True, False],
    }.get(annotation, [])  # fmt: skip
    if origin in {Union, types.UnionType}:
        found = [each for part in inner for each in candidates(part, theirs)]
    elif origin in {tuple, list}:
        found = [[each] for each in candidates(inner[0], theirs)]
    elif origin is dict:
        found = [{word: word} for word in theirs.words[:2]]
    elif origin is Literal:
        found = list(inner)
    elif hasattr(annotation, "__metadata__"):
        found = candidates(inner[0], theirs)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        found = [each.model_dump() for each in requests(annotation, theirs)]
    return found


def requests(asks: type[BaseModel], theirs: Theirs) -> Iterator[BaseModel]:
    """Requests of their ids: all required fields in step, each other field one at a time."""
    fields = {name: candidates(field.annotation, theirs) for name, field in asks.model_fields.items()}
    required = [name for name, field in asks.model_fields.items() if field.is_required()]
    longest = max((len(fields[name]) for name in required), default=1)
    for number in range(max(longest, 1)):
        base = {name: fields[name][number % len(fields[name])] for name in required if fields[name]}
        yield from valid(asks, base)
        if number:
            continue
        for name in fields.keys() - set(required):
            for value in fields[name]:
                yield from valid(asks, base | {name: value})


def valid(asks: type[BaseModel], given: dict[str, Any]) -> Iterator[BaseModel]:
    try:
        yield asks.model_validate(given)
    except ValidationError:
        return


def content(server: Embedded, workspace: UUID) -> dict[str, Rows]:
    """All that the tables hold of a workspace."""
    with as_owner(server) as owner:
        held = {
            str(table): rows(owner, f"select t::text from {table} t where workspace_id = %s order by 1", workspace)
            for (table,) in rows(owner, TABLES)
        }
        held["workspace"] = rows(owner, "select w::text from workspace w where id = %s", workspace)
        held["account"] = rows(
            owner,
            "select a::text from account a join membership m on m.user_id = a.id where m.workspace_id = %s",
            workspace,
        )
    return held


@pytest.mark.parametrize("name", NAMES)
async def test_an_owner_elsewhere_learns_and_changes_nothing_of_a_workspace(
    ground: Ground, server: Embedded, theirs: Theirs, mine: tuple[Shop, Shop], name: str
):
    declared = OURS[name]
    intruder = anybody(mine[0] if declared.reads else mine[1])
    before = content(server, theirs.shop.workspace.id)
    free = replace(ground, allowances=Unlimited())
    asked = 0
    for request in requests(declared.asks, theirs):
        asked += 1
        try:
            answer = (await declared(free, intruder, request, door="test")).model_dump_json()
        except SwitchboardError as error:
            answer = str(error)
        given = request.model_dump_json()
        told = [word for word in PLANTED if word.lower() in answer.lower() and word.lower() not in given.lower()]
        assert told == [], (given, answer)
        assert not [each for each in theirs.ids if str(each) in answer and str(each) not in given], (given, answer)
    assert asked > 0
    assert content(server, theirs.shop.workspace.id) == before


class Unlimited:
    """Allowances without end: this test calls more often than anybody may."""

    async def spend(self, caller: Caller, operation: str, per_hour: int | None) -> None: ...

    async def spend_published(self, caller: Caller, limit: str, per_hour: int) -> None: ...

    def left(self, caller: Caller, limit: str, per_hour: int | None) -> None: ...


def test_a_replica_is_asked_about_the_whole_shop_alone():
    lagging = [each for each in OURS.values() if each.may_lag]
    assert {"intelligence.rfm", "intelligence.cohorts", "intelligence.revenue_forecast"} <= {
        each.name for each in lagging
    }
    for each in lagging:
        assert each.reads, each.name
        assert each.permission == "intelligence:read", each.name  # no list of people, nobody's consent or sign-in
        assert "customer_id" not in each.asks.model_fields, each.name
