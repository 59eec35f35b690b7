"""Erasures, with the files that follow, and merges, killed at any moment: none is half done, and none is done twice."""

import os
import random
import subprocess
import sys
import time

import pytest

from switchboard.customers.erasure import operations
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.records import Certificate, CertificatesAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.customers.deeds import broken
from tests.customers.planted import say
from tests.customers.test_interleavings import settled
from tests.shop import Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.heavy
KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "5"))
PEOPLE = 6 * KILLS  # more than are reached before the last kill
PAIRS = PEOPLE // 2
LONGEST_S = 0.8  # that one is left alive, after up to two answers
HELD = {
    "person": "select customer_id from person where workspace_id = %s",
    "orders": "select identity from document where workspace_id = %s",
    "lines": "select distinct d.identity from order_line l join document d using (document_key)"
    " where d.workspace_id = %s",
    "events": "select identity from activity where workspace_id = %s",
    "consent": "select reference from consent where workspace_id = %s",
    "told": "select p.customer_id from told t join person p using (person_key) where t.workspace_id = %s",
}
"""Where each of them stands, by something that has their number at its beginning, after a letter."""
MERGED = "select customer_id from person where workspace_id = %s and merged_into is not null"
MERGES = "select count(*) from merge where workspace_id = %s and undone_at is null"


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    """A shop in which everybody ordered, opened a mail, said something, and stands in a file that was sent."""
    shop, numbers = await open_shop(ground), range(PEOPLE)
    await shop.bring(orders(*(f"o{n},c{n},2026-01-0{1 + n % 9}T10:00,p1,Tea,,2,{1 + n % 7},," for n in numbers)))
    people = "".join(f"c{n},Zoe Quillon{n}x,zoe{n}x@planted.example\n" for n in numbers)
    await shop.bring(f"customer_id,name,email\n{people}", "customers")
    events = "".join(f"e{n},c{n},opened,2026-02-01T10:00:00Z\n" for n in numbers)
    await shop.bring(f"event_id,customer_id,kind,at\n{events}", "events")
    for n in numbers:
        await say(shop, f"c{n}", f"c{n}")
        if n % 3 == 0:
            await shop.upload(orders(f"later{n},c{n},2026-03-01T10:00,p1,,,1,5,,"))
    return shop


@pytest.mark.timeout(120 + 60 * KILLS)
async def test_an_erasure_killed_at_any_moment_is_whole_and_is_completed_later(shop: Shop, server: Embedded):
    chance, told = random.Random(5), list[str]()  # noqa: S311 - moments
    for _ in range(KILLS):
        left = numbers_held(server, shop)["person"]
        told += killed(shop, server, "erase", min(left), chance)
        held = numbers_held(server, shop)
        assert len(set(map(frozenset, held.values()))) == 1, {name: len(each) for name, each in held.items()}
        assert broken(server, shop) == {}
        gone = set(range(PEOPLE)) - held["person"]
        assert gone >= {int(line.split()[1]) for line in told if line.startswith("erased")}
        assert len(await certificates(shop)) == len(gone)
    assert len(told) > KILLS // 2
    await complete(shop.ground, shop.workspace.id)
    made = await certificates(shop)
    assert all(each.complete for each in made)
    assert {tuple(each.removed[name] for name in ("person", "orders", "events", "consent")) for each in made} == {
        (1, 1, 1, 1)
    }
    held = numbers_held(server, shop)["person"]
    assert uploads(shop) == len([number for number in held if number % 3 == 0])  # those imported told of everybody


@pytest.mark.timeout(120 + 60 * KILLS)
async def test_a_merge_killed_at_any_moment_is_whole_or_was_not(shop: Shop, server: Embedded):
    chance, before, first = random.Random(9), numbers_held(server, shop), 0  # noqa: S311 - moments
    told, unsure, answers = dict[int, str](), set[int](), 0
    for _ in range(KILLS):
        lines = [line.split() for line in killed(shop, server, "merge", first, chance)]
        answers += len(lines)
        for what, number in lines:
            told[int(number)] = what
            unsure.discard(int(number))
        first = (int(lines[-1][1]) + 1) % PAIRS if lines else first
        unsure.add(first)  # what was under way came to be, or did not
        assert broken(server, shop) == {}
        assert numbers_held(server, shop) == before
        with as_owner(server) as owner:
            pairs = {int(str(row[0])[1:]) // 2 for row in rows(owner, MERGED, shop.workspace.id)}
            assert rows(owner, MERGES, shop.workspace.id) == [(len(pairs),)]
        surely = {number for number, what in told.items() if what == "merged"} - unsure
        assert surely <= pairs <= surely | unsure
    assert answers > KILLS


def killed(shop: Shop, server: Embedded, deed: str, first: int, chance: random.Random) -> list[str]:
    """What a process told until it was killed."""
    given = (server.url(), str(shop.ground.data_dir), str(shop.workspace.id), deed, str(first))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customers.mortal_deeds", *given], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        first_told = "".join(child.stdout.readline() for _ in range(chance.randint(0, 2)))
        time.sleep(chance.uniform(0, LONGEST_S))
        child.kill()
        *whole, _ = (first_told + child.stdout.read()).split("\n")
    settled(server)
    return whole


def numbers_held(server: Embedded, shop: Shop) -> dict[str, set[int]]:
    """Whose traces stand where."""
    with as_owner(server) as owner:
        return {
            name: {int(str(row[0])[1:].removesuffix("-form")) for row in rows(owner, query, shop.workspace.id)}
            for name, query in HELD.items()
        }


def uploads(shop: Shop) -> int:
    """How many files that were sent lie there."""
    return len(list((shop.ground.data_dir / "uploads" / str(shop.workspace.id)).iterdir()))


async def certificates(shop: Shop) -> list[Certificate]:
    asked = CertificatesAsked(limit=1_000)
    return list((await operations.erasure_certificates(shop.ground, shop.caller, asked, door="test")).certificates)
