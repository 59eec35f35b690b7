"""Every change there is: tried without a trace, made once though it is asked for twice, and taken back by its undo."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import sql as composed

from switchboard import house
from switchboard.foundation.backup.forgotten import LIST
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.terms import Terms
from tests.journeys.changes import CHANGES, Trying, tried
from tests.shop import Shop, as_owner, open_shop, rows, seen

pytestmark = pytest.mark.heavy
DECLARED = house.DECLARED
OURS = {name: each for name, each in OPERATIONS.items() if each.run.__module__.startswith("switchboard.")}
CHANGING = sorted(name for name, each in OURS.items() if not each.reads)
TABLES = """
select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by 1
"""
TOLD = {"audit_line", "allowance_used", "answer_kept"}  # of every call
NEWS = {"event", "reaction_done"}  # of what happened, and of what undid it
FOLDERS = ("uploads", "quarantine", "exports")
Stored = dict[str, list[str]]


def stored(server: Embedded, shop: Shop, *without: str) -> Stored:
    """All rows of the workspace by table, without these tables and columns (`table.column`)."""
    columns = {
        table: [each.partition(".")[2] for each in without if each.startswith(f"{table}.")]
        for table in {each.partition(".")[0] for each in without if "." in each}
    }
    with as_owner(server) as owner:
        tables = {str(row[0]) for row in rows(owner, TABLES)} - TOLD - set(without)
        found = {name: _rows(owner, name, shop, columns.get(name, [])) for name in sorted(tables)}
        if "account" not in without:
            found["account"] = [
                str(row[0])
                for row in rows(
                    owner,
                    "select to_jsonb(a) - 'password' || jsonb_build_object('totp', a.totp is not null) from account a"
                    " join membership m on m.user_id = a.id where m.workspace_id = %s order by a.id",
                    shop.workspace.id,
                )
            ]
        named = rows(owner, "select to_jsonb(w) from workspace w where id = %s", shop.workspace.id)
    return found | {"workspace": [str(row) for row in named], "files": files(shop)}


def _rows(owner: Any, table: str, shop: Shop, without: list[str]) -> list[str]:
    asked = composed.SQL("select (to_jsonb(t) - %s::text[])::text from {} t where workspace_id = %s order by 1")
    query = asked.format(composed.Identifier(table))
    return [str(row[0]) for row in owner.execute(query, (without, shop.workspace.id))]


def files(shop: Shop) -> list[str]:
    """The workspace's files, where changes leave any."""
    folders = [shop.ground.data_dir / name / str(shop.workspace.id) for name in FOLDERS]
    there = [each for folder in folders if folder.exists() for each in sorted(folder.iterdir())]
    forgotten = shop.ground.data_dir / LIST
    listed = forgotten.read_text().splitlines() if forgotten.exists() else []
    return [
        *(f"{each.parent.parent.name}/{each.name} {each.lstat().st_size}" for each in there),
        *(line for line in listed if str(shop.workspace.id) in line),
    ]


def differing(before: Stored, after: Stored) -> dict[str, tuple[list[str], list[str]]]:
    """What is in one alone, by table."""
    apart = {name: (set(before[name]), set(after[name])) for name in before if before[name] != after[name]}
    return {name: (sorted(one - other), sorted(other - one)) for name, (one, other) in apart.items()}


async def call(trying: Trying, name: str, asked: dict[str, Any], terms: Terms | None = None) -> Any:
    operation = OURS[name]
    return await operation(
        trying.shop.ground, trying.caller, operation.asks.model_validate(asked), door="test", terms=terms
    )


def test_every_change_is_tried() -> None:
    assert sorted(CHANGES) == CHANGING


def test_whatever_has_an_undo_is_undone() -> None:
    undone = {name for name in CHANGING if (undo := OURS[name].undo) is not None and undo.by is not None}
    assert {name for name, each in CHANGES.items() if each.undo is not None} == undone


@pytest.mark.parametrize("name", CHANGING)
async def test_a_dry_run_leaves_nothing_a_key_makes_it_once_and_its_undo_takes_it_back(
    ground: Ground, server: Embedded, name: str
):
    shop, case = await open_shop(ground), CHANGES[name]
    trying, asked = await tried(shop, name)
    kept = case.differs | NEWS
    before, less, read = stored(server, shop), stored(server, shop, *kept), seen(server, shop.workspace.id)

    tried_out = await call(trying, name, asked, Terms(dry_run=True))
    assert differing(before, stored(server, shop)) == {}
    assert type(tried_out) is OURS[name].gives

    first = await call(trying, name, asked, Terms(key="k1"))
    made = stored(server, shop)
    terms = Terms(key="k1")
    again = await call(trying, name, asked, terms)
    assert terms.is_again
    assert differing(made, stored(server, shop)) == {}
    serialise = OURS[name].gives.__pydantic_serializer__.to_json
    assert serialise(again) == serialise(first)

    undo = OURS[name].undo
    if case.undo is None or undo is None or undo.by is None:
        return
    await call(trying, undo.by, await case.undo(trying, first))
    if case.is_same_to_readers:
        assert seen(server, shop.workspace.id) == read
        return
    apart = differing(less, stored(server, shop, *kept))
    assert apart == {}, sorted(apart)


FOR_A_TIME = sorted(name for name in CHANGING if (undo := OURS[name].undo) is not None and undo.within_s is not None)


def test_what_is_taken_back_for_a_time_alone_is_known() -> None:
    assert FOR_A_TIME == ["approvals.grant", "users.invite", "users.password_link"]


@pytest.mark.parametrize("name", FOR_A_TIME)
@pytest.mark.parametrize("is_late", [False, True])
async def test_an_undo_is_refused_once_its_time_is_over(ground: Ground, name: str, *, is_late: bool):
    undo, began = OURS[name].undo, ground.clock()
    assert undo is not None
    assert undo.by is not None
    assert undo.within_s is not None
    shop, case = await open_shop(replace(ground, clock=lambda: began)), CHANGES[name]
    trying, asked = await tried(shop, name)
    given = await call(trying, name, asked)
    asked_back = await case.undo(trying, given) if case.undo else {}
    then = began + timedelta(seconds=undo.within_s if is_late else undo.within_s - 1)
    later = replace(trying, shop=replace(shop, ground=replace(ground, clock=lambda: then)))
    if is_late:
        with pytest.raises((Conflict, NotFound)):
            await call(later, undo.by, asked_back)
    else:
        await call(later, undo.by, asked_back)
