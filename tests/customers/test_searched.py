"""What was typed in a search and whom it led to: told in its line of the trail, sealed, and forgotten with them."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.journal import Line, from_bytes
from switchboard.accounts.operations import list_audit
from switchboard.accounts.records import AuditAsked, AuditSearch
from switchboard.accounts.store.trail import add_many
from switchboard.customers.erasure import operations as erasure
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.records import CertificateRef, EraseAsked
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.retention import KINDS
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.records import SearchAsked
from tests.customers.planted import Planted
from tests.shop import Shop, as_owner, open_shop, orders, rows

MONTH = timedelta(days=31)


@pytest.fixture
async def shop(ground: Ground, tmp_path: Path) -> AsyncGenerator[Shop]:
    trail = JournalledTrail(ground.database, tmp_path)
    made = await open_shop(replace(ground, trail=trail))
    yield made
    await trail.close()


@pytest.fixture
def planted() -> Planted:
    return Planted()


async def type_(shop: Shop, *texts: str, then: str = "") -> AuditSearch:
    """Type it, open somebody; what the trail says of that search."""
    sought = new_id()
    for text in texts:
        await search(shop.ground, shop.caller, SearchAsked(text=text, search_id=sought), door="test")
    if then:
        await show(shop.ground, shop.caller, CustomerAsked(customer_id=then, search_id=sought), door="test")
    await flush(shop)
    (found,) = [each for each in await searches(shop) if each.search_id == sought]
    return found


async def flush(shop: Shop) -> None:
    assert isinstance(shop.ground.trail, JournalledTrail)
    await shop.ground.trail.flush()


async def searches(shop: Shop, *, without: str = "") -> list[AuditSearch]:
    caller = replace(shop.caller, permissions=shop.caller.permissions - {without})
    found = await list_audit(shop.ground, caller, AuditAsked(operation="intelligence.search"), door="test")
    return [each.search for each in found.lines if each.search]


async def test_a_line_tells_the_last_query_its_count_and_who_was_opened(shop: Shop, planted: Planted):
    await planted.bring_all(shop)

    told = await type_(shop, "q", "qu", "quill", then="c1")

    assert (told.keystrokes, told.query, told.found, told.opened_count, told.opened) == (3, "quill", 1, 1, ["c1"])


async def test_who_may_see_no_contact_learns_neither(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    await type_(shop, "quill", then="c1")

    (told,) = await searches(shop, without="customers:contact")

    assert (told.query, told.opened, told.opened_count, told.found) == (None, [], 1, 1)


async def test_neither_stands_readable_in_the_database_nor_in_the_journal(
    shop: Shop, planted: Planted, server: Embedded, tmp_path: Path
):
    await planted.bring_all(shop)
    before = planted.in_tables(server)
    sought = new_id()
    await search(shop.ground, shop.caller, SearchAsked(text=planted.mail, search_id=sought), door="test")
    await show(shop.ground, shop.caller, CustomerAsked(customer_id=planted.who, search_id=sought), door="test")

    journals = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    await flush(shop)

    assert sought.hex.encode() in journals
    assert not planted.holds(journals)
    assert planted.in_tables(server) == before
    (told,) = await searches(shop)
    assert (told.query, told.opened) == (planted.mail, [planted.who])


async def test_only_what_was_typed_last_is_kept_whatever_comes_twice_or_late(
    shop: Shop, server: Embedded, tmp_path: Path
):
    sought, lines = new_id(), list[Line]()
    for text in ("l", "lo", "lov", "love"):
        await search(shop.ground, shop.caller, SearchAsked(text=text, search_id=sought), door="test")
        (journal,) = [path for path in tmp_path.iterdir() if path.stat().st_size]
        lines = [line for each in journal.read_bytes().splitlines() if (line := from_bytes(each))]
    await flush(shop)
    async with shop.ground.database.session(None) as session:
        for again in (lines[:1], [*lines[:2], *lines]):  # as after a kill: what a journal still had
            await add_many(session, again)

    (told,) = await searches(shop)
    with as_owner(server) as owner:
        kept = rows(owner, "select line from searched where search = %s", sought)

    assert (told.keystrokes, told.query) == (4, "love")
    assert len(kept) == 1


async def test_they_are_forgotten_with_whom_they_name(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await type_(shop, planted.word[:5], planted.mail[:-4], then=planted.who)
    await type_(shop, "quill", then="c1")
    on_its_way = SearchAsked(text=planted.who, search_id=new_id())

    made = await erasure.erase(shop.ground, shop.caller, EraseAsked(
        customer_id=planted.who, confirm=planted.who), door="test")  # fmt: skip
    await search(shop.ground, shop.caller, on_its_way, door="test")
    await flush(shop)
    await complete(shop.ground, shop.workspace.id)
    done = await erasure.erasure_certificate(
        shop.ground, shop.caller, CertificateRef(certificate_id=made.certificate_id), door="test"
    )

    assert done.removed["searches"] == 2
    assert done.cleaned["searches on their way"] == 1
    told = {each.query: each.opened for each in await searches(shop)}
    assert told == {None: [], "quill": ["c1"]}
    with as_owner(server) as owner:
        assert len(rows(owner, "select line from searched where workspace_id = %s", shop.workspace.id)) == 2


async def test_they_go_however_they_were_written_and_whoever_is_called_alike_stays(shop: Shop):
    await shop.bring(orders(*(f"o{n},{who},2024-03-0{n}T10:00,p1,Tea,Drinks,1,9,," for n, who in
                              enumerate(("cust-1", "cust-10", "cust-2"), 1))))  # fmt: skip
    await shop.bring(
        "customer_id,name,email,phone\ncust-1,Zo\u00eb M\u00fcller,zm@example.com,+49 170 1234567\n"
        "cust-10,Bob Reed,bob@example.com,\n",
        "customers",
    )
    theirs = ("muller zoe", "+49 (170) 123-4567", "0170 1234567", "M\u00dcLL", "who is cust-1 ?")
    others = ("reed", "cust-2", "xy")
    for each in (*theirs, *others):
        await type_(shop, each)
    await type_(shop, "tea", then="cust-10")
    await type_(shop, "drinks", then="cust-1")

    await erasure.erase(shop.ground, shop.caller, EraseAsked(customer_id="cust-1", confirm="cust-1"), door="test")

    told = {each.query: each.opened for each in await searches(shop) if each.query}
    assert told == {**{each: [] for each in others}, "tea": ["cust-10"], "drinks": []}


async def test_after_a_month_a_line_tells_only_how_much(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    await type_(shop, "quill", then="c1")
    async with shop.ground.work(shop.caller) as work:
        kind = KINDS["searches"]
        assert kind.count
        assert kind.remove
        assert (kind.days, await kind.count(work, work.now - MONTH)) == (30, 0)
        assert await kind.count(work, work.now + MONTH) == 2
        assert await kind.remove(work, work.now + MONTH, 100) == 2

    (told,) = await searches(shop)

    assert (told.query, told.opened, told.opened_count, told.keystrokes) == (None, [], 1, 1)
