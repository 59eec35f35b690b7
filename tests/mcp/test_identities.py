"""Who is held for who they were while the database is away, and for how long; and that a switch is heard everywhere."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from mcp.client.subscriptions import Subscription

from switchboard.accounts import operations as accounts
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyRevoke
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown, NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.wake import Bell
from switchboard.mcp import operations as on
from switchboard.mcp.identities import Identities
from switchboard.mcp.server_records import ServerSwitch
from tests.api.counter import key_of
from tests.mcp.house import client_of, listening
from tests.mcp.test_fallback import Leaving

HELD = timedelta(minutes=5)


class Away:
    """A house whose database can be away, and whose clock goes when told to."""

    def __init__(self, ground: Ground) -> None:
        self.leaving = Leaving(ground)
        self.later = timedelta(0)
        self.ground = replace(ground, database=self.leaving, clock=lambda: ground.clock() + self.later)  # type: ignore[arg-type]
        self.credentials = Credentials(self.ground, None)
        self.identities = Identities(self.ground, self.credentials)

    def leave(self, later: timedelta) -> None:
        self.leaving.is_away, self.later = True, later


async def test_who_was_known_is_held_for_five_minutes_and_no_longer(ground: Ground, operator: Caller):
    away, key = Away(ground), await key_of(ground, operator)
    known = await away.identities.caller(key)
    away.leave(HELD - timedelta(seconds=10))
    assert await away.identities.caller(key) == known
    away.leave(HELD + timedelta(seconds=1))
    with pytest.raises(DatabaseDown):
        await away.identities.caller(key)


async def test_who_was_refused_since_is_not_held(ground: Ground, operator: Caller):
    away, key = Away(ground), await key_of(ground, operator)
    made = await away.identities.caller(key)
    await accounts.revoke_key(ground, operator, KeyRevoke(id=made.id), door="test")
    away.later = timedelta(seconds=10)
    with pytest.raises(NotSignedIn):
        await away.identities.caller(key)
    away.leave(timedelta(seconds=20))
    with pytest.raises(DatabaseDown):
        await away.identities.caller(key)


async def test_a_token_is_held_no_longer_than_it_lasts(ground: Ground, operator: Caller):
    away = Away(ground)
    caller = await away.credentials.caller(await key_of(ground, operator))
    token = (await away.credentials.tokens.issue(caller)).access_token
    away.later = timedelta(hours=24, minutes=-2)
    assert await away.identities.caller(token) == caller
    away.leave(timedelta(hours=24, minutes=-1))
    assert await away.identities.caller(token) == caller
    away.leave(timedelta(hours=24, minutes=1))
    with pytest.raises(DatabaseDown):
        await away.identities.caller(token)


async def test_who_was_seen_at_one_address_is_not_held_at_another(ground: Ground, operator: Caller):
    away, key = Away(ground), await key_of(ground, operator)
    await away.identities.caller(key, ("https://shop.example/mcp",))
    away.leave(timedelta(seconds=30))
    with pytest.raises(DatabaseDown):
        await away.identities.caller(key, ("https://shop.example/mcp/customer-data",))


@asynccontextmanager
async def told(address: str, key: str) -> AsyncGenerator[asyncio.Event]:
    """Set when a client that listens there was told that tools changed."""
    heard = asyncio.Event()
    async with client_of(address, key) as client, client.listen(tools_list_changed=True) as events:
        following = asyncio.create_task(_follow(events, heard))
        yield heard
        following.cancel()


async def _follow(events: Subscription, heard: asyncio.Event) -> None:
    async for _ in events:
        heard.set()


@pytest.mark.slow
async def test_a_switch_is_heard_by_all_who_listen_at_every_process(ground: Ground, operator: Caller, server: Embedded):
    key = await key_of(ground, operator)
    async with AsyncExitStack() as leaving:
        addresses = [
            await leaving.enter_async_context(listening(ground, bell=Bell(url=server.url()))) + "/mcp" for _ in range(3)
        ]
        heard = [await leaving.enter_async_context(told(address, key)) for address in addresses for _ in range(2)]
        began = time.monotonic()
        await on.switch_server(ground, operator, ServerSwitch(name="customer-data", enabled=False), door="test")
        async with asyncio.timeout(10):
            for each in heard:
                await each.wait()
        took_s = time.monotonic() - began
    assert took_s < 5  # the bell, not the five seconds after which a process looks by itself
