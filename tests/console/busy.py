"""A client that has been at work for a week."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.foundation import flags
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Done, Ground

NAME = "Claude, for retention"
TOOLS = ("intelligence.profile", "intelligence.churn_risk", "intelligence.search", "intelligence.profile")
OUTCOMES = ("done",) * 11 + ("not_found", "failed")
SWITCHES = ("mcp_enabled", "mcp_customer_data_enabled", "mcp_monitoring_enabled")


@asynccontextmanager
async def servers_on(ground: Ground) -> AsyncGenerator[None]:
    """The gateway and the servers that are built, switched on for the whole installation while the block lasts."""
    try:
        await _switch(ground, on=True)
        yield
    finally:
        await _switch(ground, on=None)


async def _switch(ground: Ground, *, on: bool | None) -> None:
    async with ground.work(job_caller(NOBODY)) as work:
        for name in SWITCHES:
            await flags.switch(work, name, on=on)


async def busy_client(ground: Ground, workspace: Workspace) -> UUID:
    """Its id; its requests are the same each time, so that pictures of them are."""
    asked = ClientCreate(name=NAME, role="agent", per_hour=2_000, daily_quota=10_000)
    made = await create_client(ground, operator_caller(workspace.id), asked, door="test")
    caller = await Credentials(ground, None).caller(made.key)
    assert isinstance(ground.trail, JournalledTrail)
    for number in range(600):
        ground.trail.remember(
            Done(
                caller=caller, operation=TOOLS[number % 4], outcome=OUTCOMES[number % 13], door="mcp",
                began=ground.clock() - timedelta(minutes=2 + number * 15 + (number % 7) * 20 * (number % 3)),
                took_us=2_000 + (number * 7_919) % 40_000,
            )
        )  # fmt: skip
    await ground.trail.flush()
    return made.client.id
