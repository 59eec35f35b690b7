"""A ground whose clock goes when told to, and workspaces to stay out of."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.foundation import schema
from switchboard.foundation.database import open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.accounts.people import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def timed(ground: Ground, watch: Watch) -> Ground:
    return replace(ground, clock=watch)


@pytest.fixture
def credentials(timed: Ground) -> Credentials:
    """As one process has them."""
    return Credentials(timed, None)


@pytest.fixture
async def other(ground: Ground) -> Workspace:
    """Somebody else's workspace."""
    return await tenants.make(ground, f"other {new_id()}", "USD", "UTC")


@pytest.fixture
async def empty_ground(ground: Ground, server: Embedded) -> AsyncGenerator[Ground]:
    """A ground on a database without any workspace."""
    name = f"empty_{new_id().hex}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} owner switchboard").format(sql.Identifier(name)))
    schema.upgrade(server.url(role="switchboard", database=name))
    database = await open_database(server.url(database=name))
    yield replace(ground, database=database)
    await database.close()
