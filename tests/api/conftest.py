"""A door over a ground of its own, and a client with a key."""

from collections.abc import AsyncGenerator

import httpx2
import pytest

from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.roles import operator_caller
from switchboard.api.app import Api
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.api.counter import client_of, door, key_of


@pytest.fixture
def api(ground: Ground) -> Api:
    return door(ground, Credentials(ground, None))


@pytest.fixture
async def client(api: Api, ground: Ground, operator: Caller) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client_of(api, await key_of(ground, operator)) as opened:
        yield opened


@pytest.fixture
async def nobody(api: Api) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client_of(api) as opened:
        yield opened


@pytest.fixture
async def other(ground: Ground) -> Caller:
    """The operator of another workspace."""
    made = await tenants.make(ground, f"shop {new_id()}", "EUR", "Europe/Berlin")
    return operator_caller(made.id)
