"""The house of one process: its ground put together from the settings, and what keeps it standing."""

import asyncio
import contextlib
import hmac
import os
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from switchboard.accounts import jobs as accounts_jobs
from switchboard.accounts import operations as accounts_operations
from switchboard.accounts import searched, trailing
from switchboard.accounts.approvals import operations as approvals_operations
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients import operations as clients_operations
from switchboard.accounts.limits import SharedAllowances
from switchboard.customers import jobs as customers_jobs
from switchboard.customers import operations as customers_operations
from switchboard.customers.attributes import operations as attributes_operations
from switchboard.customers.consent import operations as consent_operations
from switchboard.customers.erasure import jobs as erasure_jobs
from switchboard.customers.erasure import operations as erasure_operations
from switchboard.customers.erasure import restoring as erasure_restoring
from switchboard.customers.filters import operations as filter_operations
from switchboard.customers.identities import operations as identities_operations
from switchboard.customers.identities import reactions as identities_reactions
from switchboard.customers.ingest import operations as ingest_operations
from switchboard.customers.retention import jobs as retention_jobs
from switchboard.customers.retention import operations as retention_operations
from switchboard.customers.showing import operations as showing_operations
from switchboard.customers.taking_out import operations as taking_out_operations
from switchboard.foundation import job_operations, kept, schema, servers
from switchboard.foundation.backup.restoring import check_whole
from switchboard.foundation.backup.upgrading import before_upgrade
from switchboard.foundation.clock import now
from switchboard.foundation.database import Database, open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown, Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.log import write_log
from switchboard.foundation.replica import Replica, open_replica
from switchboard.foundation.settings import Settings
from switchboard.foundation.vault import KeyFile, Vault
from switchboard.foundation.wake import Bell
from switchboard.intelligence import forgetting as intelligence_forgetting
from switchboard.intelligence import jobs as intelligence_jobs
from switchboard.intelligence import reactions as intelligence_reactions
from switchboard.intelligence.operations import (
    archetypes,
    attention,
    charts,
    custom,
    definitions,
    engagement,
    exports,
    filters,
    forecasts,
    groups,
    history,
    labelling,
    maps,
    overview,
    products,
    purchases,
    quality,
    questions,
    running,
    seasons,
    selling,
    shop,
    subscriptions,
    valued,
)
from switchboard.intelligence.operations import customers as intelligence_customers
from switchboard.mcp import jobs as mcp_jobs
from switchboard.mcp import operations as mcp_operations

LOOK_S = 1.0
DECLARED = (
    accounts_jobs,
    accounts_operations,
    approvals_operations,
    clients_operations,
    trailing,
    searched,
    customers_jobs,
    customers_operations,
    attributes_operations,
    consent_operations,
    identities_operations,
    identities_reactions,
    ingest_operations,
    taking_out_operations,
    erasure_jobs,
    erasure_operations,
    erasure_restoring,
    retention_jobs,
    retention_operations,
    intelligence_forgetting,
    filter_operations,
    showing_operations,
    intelligence_jobs,
    intelligence_reactions,
    intelligence_customers,
    archetypes,
    attention,
    charts,
    custom,
    definitions,
    engagement,
    exports,
    filters,
    forecasts,
    groups,
    history,
    labelling,
    maps,
    overview,
    products,
    purchases,
    quality,
    questions,
    running,
    seasons,
    selling,
    shop,
    subscriptions,
    valued,
    job_operations,
    kept,
    mcp_jobs,
    mcp_operations,
)
"""Every module that declares operations, jobs or reactions; importing them is declaring them."""


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything one process needs to serve or to work."""

    settings: Settings
    ground: Ground
    allowances: SharedAllowances
    trail: JournalledTrail
    bell: Bell
    url: str

    async def ready(self) -> None:
        """Raise DatabaseDown when this process can not serve."""
        await self.ground.database.answers()


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncGenerator[House]:
    """The ground of one process, from the database up; left in the opposite order."""
    write_log(settings.log_level)
    check_whole(settings.data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    async with AsyncExitStack() as leaving:
        owner_url, url = await _database(settings, leaving)
        known = await asyncio.to_thread(schema.has_workspaces, owner_url)
        vault = Vault(KeyFile(settings.data_dir, first=not known))
        database = await open_database(url, size=settings.pool_size)
        leaving.push_async_callback(database.close)
        trail = JournalledTrail(database, settings.data_dir / "audit")
        leaving.push_async_callback(trail.close)
        allowances = SharedAllowances(database, now)
        leaving.push_async_callback(allowances.close)
        background(leaving, trail.keep())
        ground = Ground(
            database=database, vault=vault, allowances=allowances, trail=trail, clock=now, ids=new_id,
            data_dir=settings.data_dir, public_url=_reached_at(settings), switched_on=settings.switched_on,
            warehouse=settings.warehouse, replica=await _replica(settings, database, leaving),
        )  # fmt: skip
        leaving.push_async_callback(ground.charts.close)
        yield House(settings=settings, ground=ground, allowances=allowances, trail=trail, bell=Bell(url=url), url=url)


def _reached_at(settings: Settings) -> str:
    """Where people reach this installation: as it is set, else where one of its servers listens, else as usual."""
    running = [] if "public_url" in settings.model_fields_set else servers.found(settings.data_dir)
    return [*running, settings.public_url][0].rstrip("/")


def make_ready(settings: Settings) -> None:
    """The database with our schema, running for the processes that come next; raise what would keep all of them out."""
    check_whole(settings.data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    if settings.database_url is not None:
        _their_database(settings, settings.database_url)
        return
    server = Embedded(settings.data_dir / "postgres").start()
    try:
        _our_database(settings, server)
    finally:
        server.hand_on()


def background(leaving: AsyncExitStack, forever: Coroutine[None, None, None]) -> None:
    """Run it until the house is left."""
    task = asyncio.create_task(forever)
    leaving.callback(task.cancel)


def call_process(name: str) -> None:
    """What `ps` and `top` shall call this process, where the system lets us say."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="ascii")


def stop_unused(settings: Settings) -> None:
    """Stop an embedded PostgreSQL that nobody uses any more: whoever was killed last could not."""
    server = Embedded(settings.data_dir / "postgres")
    if settings.database_url is None and server.pid:
        with contextlib.suppress(DatabaseDown):
            server.start()  # takes our share of it, to be the last who leaves
        server.stop()


async def until_gone(process: int, then: Callable[[], object]) -> None:
    """Call `then` once the process is gone: told by the system, or by looking where it can not tell."""
    try:
        watch = os.pidfd_open(process)
    except (AttributeError, OSError):
        while os.getppid() == process:  # noqa: ASYNC110 - nothing here could set an event
            await asyncio.sleep(LOOK_S)
        then()
        return
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(watch, gone.set)
    try:
        await gone.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watch)
        os.close(watch)
    then()


async def _database(settings: Settings, leaving: AsyncExitStack) -> tuple[str, str]:
    """The owner's address and the application's, of a database with our schema."""
    if settings.database_url is not None:
        return await asyncio.to_thread(_their_database, settings, settings.database_url)
    server = Embedded(settings.data_dir / "postgres")
    await asyncio.to_thread(server.start)
    leaving.callback(server.stop)
    background(leaving, server.keep())
    return await asyncio.to_thread(_our_database, settings, server)


def _our_database(settings: Settings, server: Embedded) -> tuple[str, str]:
    """The two addresses on a server of our own."""
    owner_url = server.url(role="switchboard")
    schema.create_database(server.url(role="postgres", database="postgres"))
    schema.upgrade(owner_url, lambda: before_upgrade(settings.data_dir, owner_url))
    return owner_url, server.url()


def _their_database(settings: Settings, owner_url: str) -> tuple[str, str]:
    """A server that is not ours: the application gets a sign-in of its own, whose password follows from the owner's."""
    password, url = _sign_in(owner_url)
    schema.grant_sign_in(owner_url, password)
    schema.upgrade(owner_url, lambda: before_upgrade(settings.data_dir, owner_url))
    return owner_url, url


def _sign_in(owner_url: str) -> tuple[str, str]:
    """The application's password and address there, of the owner's address."""
    address = urlsplit(owner_url)
    digest = hmac.digest((address.password or "").encode(), b"switchboard_app " + os.fsencode(address.path), "sha256")
    place = f"{schema.APP}:{quote(digest.hex())}@{address.netloc.rpartition('@')[2]}"
    return digest.hex(), urlunsplit(address._replace(netloc=place))


async def _replica(settings: Settings, database: Database, leaving: AsyncExitStack) -> Replica | None:
    """The replica that is set, looked at from now on."""
    if settings.database_replica_url is None:
        return None
    if settings.database_url is None:
        raise Invalid(
            "SWITCHBOARD_DATABASE_REPLICA_URL needs SWITCHBOARD_DATABASE_URL: the PostgreSQL that comes along has no "
            "replica; leave out the one or name the other",
            field="SWITCHBOARD_DATABASE_REPLICA_URL",
        )
    _, url = _sign_in(settings.database_replica_url)
    replica = await open_replica(url, database, now)
    leaving.push_async_callback(replica.close)
    background(leaving, replica.keep_looking())
    return replica
