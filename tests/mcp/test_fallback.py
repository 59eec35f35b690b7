"""What callers are told while the database is away: the last good answer, for a while, and never a change."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import pytest
from mcp_types import CallToolResult, ImageContent, TextContent

from switchboard.accounts.audit import JournalledTrail
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.database import Session
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.ground import Ground
from switchboard.mcp.last_good import LARGEST, LastGood
from tests.api.counter import CustomerAsked, key_of, manage, person
from tests.mcp.house import client_of, listening, words

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CALLER = Caller(id=UUID(int=1), name="a", kind="key", workspace=UUID(int=9), role="r", permissions=frozenset({"a:b"}))
ASKED = CustomerAsked(customer_id="c1")
GOOD = CallToolResult(content=[TextContent(text="good")], structured_content={"a": 1})


def kept(result: CallToolResult = GOOD) -> LastGood:
    found = LastGood()
    found.keep(CALLER, person, ASKED, result, NOW)
    return found


@pytest.mark.parametrize(
    ("later", "is_there"),
    [
        (timedelta(0), True),
        (timedelta(minutes=15), True),
        (timedelta(minutes=15, seconds=1), False),
        (-timedelta(seconds=1), False),
    ],
)
def test_an_answer_is_told_for_fifteen_minutes_with_since_when_it_is_stale(later: timedelta, is_there: bool):
    found = kept().find(CALLER, person, ASKED, NOW + later)
    assert (found is not None) is is_there
    if found is not None:
        assert found.structured_content == {"a": 1}
        assert found.meta == {"stale_since": "2026-03-01T00:00:00+00:00"}


@pytest.mark.parametrize("other", [
    replace(CALLER, id=UUID(int=2)), replace(CALLER, workspace=UUID(int=8)),
    replace(CALLER, permissions=frozenset({"a:b", "c:d"})),
])  # fmt: skip
def test_an_answer_is_told_to_who_was_given_it_alone(other: Caller):
    assert kept().find(other, person, ASKED, NOW) is None


def test_another_question_has_another_answer():
    assert kept().find(CALLER, person, CustomerAsked(customer_id="c2"), NOW) is None
    assert kept().find(CALLER, replace(person, name="counter.other"), ASKED, NOW) is None


@pytest.mark.parametrize("result", [
    CallToolResult(content=[TextContent(text="x")], is_error=True),
    CallToolResult(content=[TextContent(text="x" * (LARGEST + 1))]),
    CallToolResult(content=[ImageContent(data="", mime_type="image/png")]),
])  # fmt: skip
def test_errors_pictures_and_large_answers_are_not_kept(result: CallToolResult):
    assert kept(result).find(CALLER, person, ASKED, NOW) is None


def test_what_changes_something_is_not_kept():
    found = LastGood()
    found.keep(CALLER, manage, ASKED, GOOD, NOW)
    assert found.find(CALLER, manage, ASKED, NOW) is None


class Leaving:
    """A database that can be away."""

    def __init__(self, ground: Ground) -> None:
        self._inner = ground.database
        self.is_away = False
        self.turns, self.pool = self._inner.turns, self._inner.pool

    @asynccontextmanager
    async def session(
        self, workspace: UUID | None, *, timeout_s: float = 60, one_view: bool = False, beside: bool = False
    ) -> AsyncGenerator[Session]:
        if self.is_away:
            raise DatabaseDown("the database is away for a moment; try again")
        async with self._inner.session(workspace, timeout_s=timeout_s, one_view=one_view, beside=beside) as session:
            yield session


@pytest.mark.slow
async def test_reading_goes_on_for_who_was_known_while_the_database_is_away_and_changing_waits(
    ground: Ground, operator: Caller
):
    leaving = Leaving(ground)
    key, stranger = await key_of(ground, operator), await key_of(ground, operator)
    later = timedelta(0)
    away = replace(ground, database=leaving, clock=lambda: ground.clock() + later)  # type: ignore[arg-type]
    tool = "customer_data_get_customer_profile"
    async with listening(away) as url, client_of(f"{url}/mcp", key) as client:
        good = await client.call_tool(tool, {"customer_id": "c1"})
        leaving.is_away, later = True, timedelta(seconds=30)
        stale = await client.call_tool(tool, {"customer_id": "c1"})
        other = await client.call_tool(tool, {"customer_id": "c2"})
        change = await client.call_tool("customer_data_customers_rename", {})
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {stranger}"}) as unknown:
            refused = await unknown.post(f"{url}/mcp", json={})
    assert (good.is_error, stale.is_error, other.is_error, change.is_error) == (False, False, True, True)
    assert stale.structured_content == good.structured_content
    assert "stale_since" in (stale.meta or {})
    assert change.meta == {"retry_after_s": 5} | {k: v for k, v in (change.meta or {}).items() if k != "retry_after_s"}
    assert "the database is away" in words(change)
    assert refused.status_code == 503
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    async with ground.work(operator) as work:
        rows = await sql.fetch(
            work, "select outcome from audit_line where workspace_id = $1 and door = 'mcp' order by id",
            operator.workspace,
        )  # fmt: skip
    assert [row["outcome"] for row in rows] == ["done", "database_down", "database_down", "database_down"]
