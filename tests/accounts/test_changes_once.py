"""A change that is asked for twice with one key is made once, whatever dies in between."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from switchboard.accounts import audit, operations
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.records import AuditAsked, KeyAdd, KeyAdded, KeyRevoke, PageAsked, UserAdd, Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, NotAllowed
from switchboard.foundation.ground import Ground
from switchboard.foundation.terms import Terms
from tests.accounts.killing import killed
from tests.accounts.people import Watch, do, someone
from tests.grounds import of_process

pytestmark = pytest.mark.slow


async def add(ground: Ground, caller: Caller, key: str | None, name: str = "till") -> tuple[KeyAdded, Terms]:
    terms = Terms(key=key)
    asked = KeyAdd.model_validate({"name": name, "role": "analyst"})
    return await operations.add_key(ground, caller, asked, door="test", terms=terms), terms


async def names(ground: Ground, caller: Caller) -> list[str]:
    return [each.name for each in (await operations.list_keys(ground, caller, PageAsked(), door="test")).keys]


async def test_the_second_call_is_given_what_the_first_was_and_does_nothing(ground: Ground, operator: Caller):
    first, told = await add(ground, operator, "k1")
    again, told_again = await add(ground, operator, "k1")
    assert (told.is_again, told_again.is_again) == (False, True)
    assert again == first
    assert await names(ground, operator) == ["till"]


async def test_without_a_key_or_with_another_it_is_done_again(ground: Ground, operator: Caller):
    made = {(await add(ground, operator, key))[0].id for key in ("k1", "k2", None, None)}
    assert len(made) == 4


async def test_a_key_of_another_request_is_refused_and_nothing_is_done(ground: Ground, operator: Caller):
    await add(ground, operator, "k1")
    with pytest.raises(Conflict, match="another request") as refused:
        await add(ground, operator, "k1", name="other")
    assert refused.value.code == "key_reused"
    asked = KeyAdd.model_validate({"name": "till", "role": "support"})
    with pytest.raises(Conflict, match="another request"):
        await operations.add_key(ground, operator, asked, door="test", terms=Terms(key="k1"))
    assert await names(ground, operator) == ["till"]


async def test_a_secret_in_a_request_makes_it_another(ground: Ground, workspace: Workspace, operator: Caller):
    def asked(password: str) -> UserAdd:
        return UserAdd.model_validate(
            {"email": f"a{workspace.id.hex}@example.com", "role": "analyst", "password": password}
        )

    await operations.add_user(ground, operator, asked("correct horse battery"), door="test", terms=Terms(key="k"))
    with pytest.raises(Conflict, match="another request"):
        await operations.add_user(ground, operator, asked("another horse battery"), door="test", terms=Terms(key="k"))


async def test_a_key_is_its_callers_and_its_workspaces_alone(
    ground: Ground, workspace: Workspace, other: Workspace, operator: Caller
):
    admin = someone(workspace, "admin")
    made = [await add(ground, each, "k1") for each in (operator, admin, operator_caller(other.id))]
    assert [told.is_again for _, told in made] == [False, False, False]
    assert len({each.id for each, _ in made}) == 3


async def test_who_may_do_less_by_now_is_not_given_the_answer_from_before(ground: Ground, workspace: Workspace):
    admin = someone(workspace, "admin")
    await add(ground, admin, "k1")
    less = Caller(
        id=admin.id, name="ana", kind="key", workspace=workspace.id, role="custom",
        permissions=frozenset({"keys:manage"}),
    )  # fmt: skip
    with pytest.raises(Conflict, match="a caller who might do something else"):
        await add(ground, less, "k1")
    none = Caller(
        id=admin.id, name="ana", kind="key", workspace=workspace.id, role="custom", permissions=frozenset()
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        await add(ground, none, "k1")


async def test_a_key_holds_for_24_hours(timed: Ground, watch: Watch, operator: Caller):
    first, _ = await add(timed, operator, "k1")
    watch.wait(timedelta(hours=23, minutes=59))
    assert (await add(timed, operator, "k1"))[0] == first
    watch.wait(timedelta(minutes=2))
    later, told = await add(timed, operator, "k1")
    assert not told.is_again
    assert later.id != first.id
    assert (await add(timed, operator, "k1"))[0] == later


async def test_what_failed_is_tried_again_with_the_same_key(ground: Ground, workspace: Workspace, operator: Caller):
    asked = KeyRevoke(id=workspace.id)
    for _ in range(2):
        with pytest.raises(Exception, match="there is no"):
            await operations.revoke_key(ground, operator, asked, door="test", terms=Terms(key="k1"))
    _, told = await add(ground, operator, "k1")
    assert not told.is_again
    assert await names(ground, operator) == ["till"]


async def test_one_of_many_at_once_does_it_and_the_others_are_told_to_wait_or_given_the_same(
    ground: Ground, operator: Caller, server: Embedded, data_dir: Path
):
    async with of_process(server.url(), data_dir) as beside:
        came = await asyncio.gather(
            *(add(each, operator, "k1") for each in (ground, beside) * 8), return_exceptions=True
        )
    busy = [each for each in came if isinstance(each, Conflict)]
    given = [each for each in came if isinstance(each, tuple)]
    assert len(busy) + len(given) == 16
    assert {each.code for each in busy} <= {"key_busy"}
    assert [told.is_again for _, told in given].count(False) == 1
    assert len({made.key for made, _ in given}) == 1
    assert await names(ground, operator) == ["till"]


async def test_answers_lie_sealed_and_keys_hashed(ground: Ground, workspace: Workspace, operator: Caller):
    made, _ = await add(ground, operator, "order-mia@example.com")
    query = "select key_hash, request_hash, sealed from answer_kept where workspace_id = $1"
    (row,) = await do(ground, operator, lambda work: sql.fetch(work, query, workspace.id))
    whole = b"".join(row.values())
    assert made.key.encode() not in whole
    assert b"mia@" not in whole
    assert b'"till' not in whole


async def test_the_trail_tells_the_first_from_those_after(ground: Ground, operator: Caller):
    await add(ground, operator, "k1")
    await add(ground, operator, "k1")
    with pytest.raises(Conflict):
        await add(ground, operator, "k1", name="other")
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    asked = AuditAsked.model_validate({"operation": "keys.add"})
    lines = (await do(ground, operator, lambda work: audit.listed(work, asked))).lines
    assert sorted(each.outcome for each in lines) == ["done", "key_reused", "repeated"]


async def until_free(ground: Ground, operator: Caller, number: int) -> None:
    """Ask once more for what a process asked that is gone, as soon as PostgreSQL has noticed that it is."""
    for _ in range(200):
        with suppress(Conflict):
            await add(ground, operator, f"k{number}", name=f"key {number}")
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"k{number} is still held")


@pytest.mark.heavy
async def test_kill_9_between_does_nothing_twice(
    ground: Ground, server: Embedded, data_dir: Path, workspace: Workspace, operator: Caller
):
    first = 0
    for after in (1, 2, 3, 5, 8, 13, 21, 4, 6, 10):
        told = await killed("tests.accounts.once_child", server.url(), data_dir, workspace.id, first, after=after)
        first += max(0, told - 1)  # whoever was killed asks once more for what it heard last, and for what it had begun
    for number in range(first + 3):
        await until_free(ground, operator, number)
    query = "select name, count(*) from api_key where workspace_id = $1 group by name"
    made = {row[0]: row[1] for row in await do(ground, operator, lambda work: sql.fetch(work, query, workspace.id))}
    assert made == {f"key {number}": 1 for number in range(first + 3)}
