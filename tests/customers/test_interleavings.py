"""Sending, importing, merging, consent and erasure at once on four connections, and killed at any moment."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.customers.deeds import ACTS, CUSTOMERS, Deed, Doer, audited, broken, there
from tests.shop import Shop, as_owner, open_shop, rows

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "8"))
CONNECTIONS = 4
numbers = st.integers(0, CUSTOMERS - 1)
deeds = st.lists(
    st.builds(Deed, act=st.sampled_from(ACTS), customer=numbers, other=numbers, number=st.integers(1, 40)),
    min_size=3, max_size=10,
)  # fmt: skip


@pytest.mark.heavy
@pytest.mark.timeout(300)
@settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=(HealthCheck.too_slow,),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
@given(asked=st.lists(deeds, min_size=CONNECTIONS, max_size=CONNECTIONS))
async def test_whatever_four_connections_do_at_once_the_shop_stays_whole(
    ground: Ground, server: Embedded, asked: list[list[Deed]]
):
    shop = await open_shop(ground)
    doers = [Doer(shop, f"d{n}") for n in range(CONNECTIONS)]

    async def work(doer: Doer, what: list[Deed]) -> None:
        for deed in what:
            await doer.do(deed)

    await asyncio.gather(*(work(doer, what) for doer, what in zip(doers, asked, strict=True)))
    assert broken(server, shop) == {}
    assert there(server, shop).isdisjoint(who for doer in doers for who in doer.erased)
    answered = {name: sum(doer.answered[name] for doer in doers) for doer in doers for name in doer.answered}
    lines = audited(server, shop)
    assert {name: lines[name] for name in answered} == answered


@pytest.mark.heavy
@pytest.mark.timeout(60 + 15 * KILLS)
async def test_killed_at_any_moment_the_shop_stays_whole_and_what_was_answered_holds(ground: Ground, server: Embedded):
    shop, chance = await open_shop(ground), random.Random(11)  # noqa: S311 - moments
    told = list[list[str]]()
    for seed in range(KILLS):
        told += (line.split() for line in killed(shop, server, seed, chance.uniform(0.0, 1.5)))
        assert broken(server, shop) == {}, seed
        people = there(server, shop)
        assert people.isdisjoint(customer for operation, customer, *_ in told if operation == "customers.erase"), seed
        lines = audited(server, shop)
        for name, often in Counter(operation for operation, *_ in told).items():
            assert lines[name] >= often, (seed, name)
        sent = {what[0]: customer for operation, customer, *what in told if operation == "customers.ingest"}
        lost = {order: customer for order, customer in sent.items() if order not in kept(server, shop)}
        assert people.isdisjoint(lost.values()), seed
    assert len(told) > KILLS


def killed(shop: Shop, server: Embedded, seed: int, after_s: float) -> list[str]:
    """What a process of four connections was answered until it was killed."""
    given = (server.url(), str(shop.ground.data_dir), str(shop.workspace.id), str(seed))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customers.deeds", *given], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        first = "".join(child.stdout.readline() for _ in range(seed % 3 * 4))
        time.sleep(after_s)
        child.kill()
        *whole, half = (first + child.stdout.read()).split("\n")
    assert not half or half.startswith("customers.")
    settled(server)
    shutil.rmtree(shop.ground.data_dir / "scratch", ignore_errors=True)  # else it waits there for twelve hours
    return whole


def settled(server: Embedded) -> None:
    """Wait until nothing of the killed process is at work in the database."""
    waiting = "select from pg_stat_activity where usename = 'switchboard_app' and state <> 'idle'"
    until = time.monotonic() + 30
    with psycopg.connect(server.url(role="postgres"), autocommit=True) as everyone:
        while everyone.execute(waiting).fetchall():
            assert time.monotonic() < until
            time.sleep(0.05)


def kept(server: Embedded, shop: Shop) -> set[str]:
    """The ids of the orders that are there."""
    with as_owner(server) as owner:
        return {
            str(row[0])
            for row in rows(owner, "select identity from document where workspace_id = %s", shop.workspace.id)
        }
