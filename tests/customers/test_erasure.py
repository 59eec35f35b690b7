"""Forgetting people: nothing of them is left anywhere, and they stay gone."""

import asyncio
import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from switchboard import house
from switchboard.accounts.operations import list_audit
from switchboard.accounts.records import AuditAsked
from switchboard.customers import uploads, wrong_rows
from switchboard.customers.consent.operations import may_contact
from switchboard.customers.consent.records import MayContactAsked
from switchboard.customers.erasure import operations
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.jobs import complete_erasures
from switchboard.customers.erasure.records import (
    Certificate,
    CertificateRef,
    CertificatesAsked,
    EraseAsked,
    LiftAsked,
    PreviewAsked,
)
from switchboard.customers.erasure.restoring import forget_again
from switchboard.customers.imports.quarantine import lines_of, rows_in
from switchboard.customers.operations import import_file
from switchboard.customers.records import ImportRequest
from switchboard.foundation.backup.forgotten import listed, standing
from switchboard.foundation.callers import NOBODY
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from switchboard.foundation.personal import PLACES
from switchboard.intelligence import exports, mirror
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.operations.exports import export_profiles
from switchboard.intelligence.shop_records import ExportAsked
from tests.customers.planted import LINES, SHOP, Planted, leave_alone
from tests.shop import Rows, Shop, as_owner, as_role, count, open_shop, orders, rows, seen

DECLARED = house.DECLARED  # so that every room has declared what it holds
pytestmark = pytest.mark.slow


async def erase(shop: Shop, customer: str, **more: Any) -> Certificate:
    asked = EraseAsked.model_validate({"customer_id": customer, "confirm": customer} | more)
    return await operations.erase(shop.ground, shop.caller, asked, door="test")


async def certificate(shop: Shop, of: UUID) -> Certificate:
    asked = CertificateRef(certificate_id=of)
    return await operations.erasure_certificate(shop.ground, shop.caller, asked, door="test")


def run_by_the_clock() -> JobRun:
    return JobRun(workspace=NOBODY, id=new_id(), subject=NOBODY, asked_by=NOBODY)


def people_in(server: Embedded, shop: Shop) -> set[str]:
    with as_owner(server) as owner:
        found = rows(owner, "select customer_id from person where workspace_id = %s", shop.workspace.id)
    return {str(row[0]) for row in found}


async def in_mirror(shop: Shop) -> Rows:
    """What figures are worked out from, in the mirror's published copy."""
    async with shop.ground.work(shop.caller) as work:
        place = await mirror.place_of(work)
    with published(place) as lines:
        assert lines is not None
        asked = (
            "select day, second, p.product_id, gross, discount, refund from line left join product p using (product)"
        )
        return sorted(lines.execute(asked).fetchall(), key=str)


@pytest.fixture
def planted() -> Planted:
    return Planted()


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def wrong_rows_in(shop: Shop) -> list[str]:
    """All wrong rows of the shop's imports, which lie sealed."""
    async with shop.ground.work(shop.caller) as work:
        key = await wrong_rows.key_of(work)
    folder = shop.ground.data_dir / "quarantine" / str(shop.workspace.id)
    return [row for path in folder.iterdir() for row in rows_in(path, key)]


async def test_nothing_of_a_forgotten_person_is_left_anywhere(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await leave_alone(shop, planted.mail)
    for _ in range(2):
        await shop.segment()
    waiting = await shop.upload(planted.customers)
    packed = await shop.upload("")
    uploads.place(shop.ground.data_dir, shop.workspace.id, packed).write_bytes(
        gzip.compress(planted.customers.encode())
    )
    other = await shop.upload("customer_id,name\nc5,Eve Else\n")
    exported = await export_profiles(shop.ground, shop.caller, ExportAsked(format="csv"), door="test")
    found = exports.find(shop.ground.data_dir, shop.workspace.id, exported.export_id)
    assert found
    assert planted.holds(b"".join(await exports.opened(shop.ground, shop.caller, found[1])))
    before = planted.in_tables(server)
    assert before >= {"public.person", "public.document_0", "public.activity", "public.repeated_activity"}
    assert before >= {"public.replaced_document", "public.told"}
    kinds = {path.split("/")[0] for path in planted.in_files(shop.ground.data_dir)}
    assert kinds >= {"uploads"}
    assert "exports" not in kinds  # they lie sealed
    assert planted.holds("\n".join(await wrong_rows_in(shop)).encode())
    made = await erase(shop, planted.who)
    assert not made.complete
    await complete(shop.ground, shop.workspace.id)
    done = await certificate(shop, made.certificate_id)
    assert done.complete
    assert done.removed == {
        "earlier orders": 1, "order lines": 2, "orders": 2, "events": 2, "repeated events": 2, "figures": 1,
        "consent": 1, "told": 1, "person": 1, "imports": 1, "identities": 2,
    }  # fmt: skip
    assert done.cleaned == {
        "quarantined rows": 3, "uploads": 9, "scratch files": 0, "vacuumed tables": 18, "mirror": 1,
        "snapshots": done.cleaned["snapshots"], "answers": 0, "exports": 1, "list of the forgotten": 0,
        "searches on their way": 0,
        "tables written anew": done.cleaned["tables written anew"],
    }  # fmt: skip
    assert done.cleaned["snapshots"] >= 2
    assert planted.in_tables(server) == set()
    assert planted.in_files(shop.ground.data_dir) == set()
    for gone in (waiting, packed):
        assert not uploads.place(shop.ground.data_dir, shop.workspace.id, gone).exists()
    assert uploads.place(shop.ground.data_dir, shop.workspace.id, other).exists()
    left = "\n".join(await wrong_rows_in(shop))
    assert "Eve Else" in left
    assert not planted.holds(left.encode())


async def test_after_it_the_shop_is_as_if_they_had_never_been(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await shop.segment()
    await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    never = await open_shop(shop.ground)
    await planted.bring_all(never, with_them=False)
    with as_owner(server) as owner:  # what a run takes over from the one before it: medians of the shop
        owner.execute("delete from snapshot where workspace_id = %s", (shop.workspace.id,))
    for each in (shop, never):
        await each.segment()
    assert seen(server, shop.workspace.id) == seen(server, never.workspace.id)
    assert await in_mirror(shop) == await in_mirror(never)
    figures = "select p.customer_id, archetype, risk, lifetime_value, detail from figures join person p"
    with as_owner(server) as owner:
        served = [
            rows(owner, f"{figures} using (person_key) where p.workspace_id = %s order by 1", each.workspace.id)
            for each in (shop, never)
        ]
    assert served[0] == served[1]
    assert len(served[0]) == 7


async def test_no_import_brings_them_back(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    before = seen(server, shop.workspace.id, "document", "line", "activity")
    coming = [
        (orders(*LINES[:4], *planted.lines), "orders", 2),
        (orders(*LINES[:4], planted.wrong), "orders", 1),
        (planted.customers, "customers", 1),
        (planted.events, "events", 2),
        (f"customer_id,name,email\nnew-1,Z Q,{planted.mail.upper()}\n", "customers", 1),
        (f"customer_id,name,phone\nnew-1,Z Q,0049{planted.digits}\n", "customers", 1),
        (f"customer_id,email,kind,at\n,{planted.mail},opened,2024-04-01T10:00:00Z\n", "events", 1),
        (f"order_id,customer_id,placed_at,unit_price,email\no9,new-2,2024-04-01,5,{planted.mail}\n", "orders", 1),
        (f"order_id,customer_id,placed_at,unit_price\no9,{planted.mail},2024-04-01,5\n", "orders", 1),
    ]
    for text, kind, erased in coming:
        reasons = (await shop.bring(text, kind)).counts["reasons"]
        assert isinstance(reasons, dict)
        assert reasons["erased"] == erased, text
    assert seen(server, shop.workspace.id, "document", "line", "activity") == before
    assert people_in(server, shop) == SHOP
    for path in (shop.ground.data_dir / "uploads" / str(shop.workspace.id)).iterdir():  # what was just sent
        path.unlink()
    assert planted.in_tables(server) == set()
    assert planted.in_files(shop.ground.data_dir) == set()


async def test_of_a_second_source_they_stay_gone_under_its_name(shop: Shop, server: Embedded):
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,"))
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,"), source="till")
    await erase(shop, "till:c1")
    again = await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,"), source="till")
    assert (again.counts["new"], again.counts["accepted"]) == (0, 0)
    assert people_in(server, shop) == {"c1"}


async def test_who_shares_an_address_with_them_goes_on_being_a_customer(shop: Shop, planted: Planted, server: Embedded):
    mail = "family@planted.example"
    await shop.bring(f"customer_id,name,email\nc1,Ann Quill,{mail}\nc2,Bob Quill,{mail}\n", "customers")
    await erase(shop, "c1")
    brought = await shop.bring(f"customer_id,name,email\nc2,Bob Quill,{mail}\nc3,Cy Quill,{mail}\n", "customers")
    assert "erased" not in str(brought.counts["reasons"])
    assert people_in(server, shop) == {"c2", "c3"}


async def test_an_address_on_the_suppression_list_stays_there(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    await leave_alone(shop, planted.mail)
    await erase(shop, planted.who)
    await operations.lift_erasure(
        shop.ground, shop.caller, LiftAsked(email=planted.mail, reason="signed_up"), door="test"
    )
    await shop.bring(planted.customers, "customers")
    asked = MayContactAsked(customer_ids=(planted.who,), channel="email", purpose="transactional")
    found = await may_contact(shop.ground, shop.caller, asked, door="test")
    assert found.verdicts[0].against == ("suppressed",)


async def test_who_comes_back_by_their_own_wish_is_let_in(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await erase(shop, planted.who)
    asked = LiftAsked(email=planted.mail, reason="signed_up")
    assert (await operations.lift_erasure(shop.ground, shop.caller, asked, door="test")).hashes >= 3
    await shop.bring(planted.customers, "customers")
    assert planted.who in people_in(server, shop)
    with pytest.raises(NotFound, match="nobody was forgotten"):
        await operations.lift_erasure(shop.ground, shop.caller, asked, door="test")
    line = (
        await list_audit(shop.ground, shop.caller, AuditAsked(operation="customers.lift_erasure"), door="test")
    ).lines
    assert line[-1].subject == "reason:signed_up"


async def test_the_certificate_names_nobody_and_says_what_remains_until_when(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    made = await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    said = (await certificate(shop, made.certificate_id)).model_dump_json()
    assert not planted.holds(said.encode())
    done = await certificate(shop, made.certificate_id)
    assert {each.what: each.until is None for each in done.remaining} == {
        "backups": False, "logs": False, "audit trail": False, "the database's log of changes": True,
        "space of deleted rows on the disk": True, "keyed hashes": True,
    }  # fmt: skip


async def test_certificates_are_listed_in_pages_and_found_by_the_id_that_is_gone(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    made = [(await erase(shop, each)).certificate_id for each in ("c1", planted.who, "c2")]
    asked = CertificatesAsked(limit=2)
    first = await operations.erasure_certificates(shop.ground, shop.caller, asked, door="test")
    asked = CertificatesAsked(limit=2, cursor=first.next_cursor)
    rest = await operations.erasure_certificates(shop.ground, shop.caller, asked, door="test")
    assert [each.certificate_id for each in (*first.certificates, *rest.certificates)] == made[::-1]
    asked = CertificatesAsked(customer_id=planted.who)
    found = await operations.erasure_certificates(shop.ground, shop.caller, asked, door="test")
    assert [each.certificate_id for each in found.certificates] == [made[1]]


async def test_a_preview_counts_what_goes_and_removes_nothing(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    await shop.segment()
    before = seen(server, shop.workspace.id)
    asked = PreviewAsked(customer_id=planted.who)
    shown = await operations.preview_erasure(shop.ground, shop.caller, asked, door="test")
    assert seen(server, shop.workspace.id) == before
    counts = {each.place: each.count for each in shown.places}
    counts.pop("audit trail")
    assert counts == (await erase(shop, planted.who)).removed


async def test_an_id_that_was_not_typed_again_erases_nobody(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    with pytest.raises(Invalid, match="confirm"):
        await erase(shop, planted.who, confirm="c1")
    with pytest.raises(NotFound):
        await erase(shop, "nobody")
    assert planted.who in people_in(server, shop)


@pytest.mark.parametrize("role", ["marketer", "analyst", "support", "agent"])
async def test_only_owner_and_admin_erase(shop: Shop, planted: Planted, role: str):
    asked = EraseAsked(customer_id=planted.who, confirm=planted.who)
    with pytest.raises(NotAllowed):
        await operations.erase(shop.ground, as_role(shop, role), asked, door="test")


async def test_undoing_an_import_does_not_bring_back_what_was_forgotten(shop: Shop, server: Embedded):
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,", "o2,c2,2024-03-01T10:00,p1,,,1,10,,"))
    second = await shop.bring(orders("o1,c3,2024-03-01T10:00,p1,Tea,Drinks,2,10,,"))
    third = await shop.bring(orders("o1,c4,2024-03-01T10:00,p1,Tea,Drinks,3,10,,"))
    await erase(shop, "c3")
    await shop.undo(third)  # the version below was c3's: the one below that comes back
    found = seen(server, shop.workspace.id, "document")["document"]
    assert [(row[0], row[1]) for row in found] == [("o1", "c1"), ("o2", "c2")]
    await shop.undo(second)
    await erase(shop, "c1")
    assert count(server, "replaced_document", shop.workspace.id) == 0
    assert people_in(server, shop) == {"c2"}


async def test_an_erasure_during_an_import_of_the_same_person_waits_and_wins(
    shop: Shop, planted: Planted, server: Embedded
):
    await shop.bring(orders(*LINES, *planted.lines))
    many = orders(
        *planted.lines, *(f"{planted.word}-{n},{planted.who},2024-03-01T10:00,p1,,,1,10,," for n in range(9, 3_000))
    )
    upload = await shop.upload(many)
    request = ImportRequest(upload_id=upload)
    bringing = asyncio.create_task(import_file(shop.ground, shop.caller, request, door="test"))
    for pause in (0.05, 0.1, 0.1, 0.1):
        await asyncio.sleep(pause)
        try:
            await erase(shop, planted.who)
        except NotFound:
            continue
    await bringing
    await _gone_or_erased(shop, planted)
    assert people_in(server, shop) == SHOP
    assert count(server, "document", shop.workspace.id) == 60


async def _gone_or_erased(shop: Shop, planted: Planted) -> None:
    """Whatever came first, the other knows of it."""
    with pytest.raises(NotFound):
        await erase(shop, planted.who)


@pytest.mark.heavy
async def test_an_import_that_goes_on_for_long_holds_an_erasure_up_with_a_reason(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    async with shop.ground.work(shop.caller) as work:
        await operations.erasing.alone(work)
        with pytest.raises(Conflict, match="try again") as refused:
            await erase(shop, planted.who)
    assert refused.value.code == "busy"


@pytest.mark.heavy
async def test_killed_after_the_commit_it_is_completed_later(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    given = (server.url(), str(shop.ground.data_dir), str(shop.workspace.id), planted.who)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customers.mortal_erasure", *given], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "cleaned quarantined rows"
        child.kill()
    assert planted.who not in people_in(server, shop)
    (open_one,) = await _certificates(shop)
    assert not open_one.complete
    assert {path.split("/")[0] for path in planted.in_files(shop.ground.data_dir)} == {"uploads"}
    await complete_erasures(shop.ground, run_by_the_clock())
    (done,) = await _certificates(shop)
    assert done.complete
    assert done.cleaned["quarantined rows"] == 3
    assert planted.in_tables(server) == set()
    assert planted.in_files(shop.ground.data_dir) == set()


async def _certificates(shop: Shop) -> Sequence[Certificate]:
    asked = CertificatesAsked()
    return (await operations.erasure_certificates(shop.ground, shop.caller, asked, door="test")).certificates


async def test_what_an_import_works_on_keeps_the_certificate_open_until_it_ends(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    left = shop.ground.data_dir / "scratch" / f"{new_id()}.csv"
    left.write_text(planted.customers)
    made = await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    assert not (await certificate(shop, made.certificate_id)).complete
    long_ago = shop.ground.clock().timestamp() - 13 * 3600
    os.utime(left, (long_ago, long_ago))
    await complete(shop.ground, shop.workspace.id)
    assert (await certificate(shop, made.certificate_id)).complete
    assert not left.exists()


async def test_an_upload_that_is_being_imported_goes_after_that(shop: Shop, planted: Planted):
    await planted.bring_all(shop)
    upload = await shop.upload(planted.customers)
    place = uploads.place(shop.ground.data_dir, shop.workspace.id, upload)
    made = await erase(shop, planted.who)
    with uploads.held(place):
        await complete(shop.ground, shop.workspace.id)
    assert place.exists()
    assert not (await certificate(shop, made.certificate_id)).complete
    await complete(shop.ground, shop.workspace.id)
    assert not place.exists()
    assert (await certificate(shop, made.certificate_id)).complete


async def test_another_workspace_keeps_its_own(shop: Shop, planted: Planted, server: Embedded):
    other = await open_shop(shop.ground)
    for each in (shop, other):
        await each.bring(planted.customers, "customers")
    await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    again = await other.bring(planted.customers, "customers")
    assert "erased" not in str(again.counts["reasons"])
    assert planted.who in people_in(server, other)
    await erase(other, planted.who)  # for the tests that look everywhere
    await complete(shop.ground, other.workspace.id)


def test_every_table_that_knows_people_is_a_place(server: Embedded):
    named = {table for place in PLACES.values() for table in place.tables}
    with as_owner(server) as owner:
        found = rows(
            owner,
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"
            " and a.attname in ('person_key', 'customer_id', 'document_key')",
        )
    assert {str(row[0]) for row in found} <= named


async def test_what_goes_wrong_in_a_place_leaves_all_as_it_was(shop: Shop, planted: Planted, server: Embedded):
    await planted.bring_all(shop)
    before = seen(server, shop.workspace.id)
    with as_owner(server) as owner:
        owner.execute("revoke delete on consent from switchboard_app")
    try:
        with pytest.raises(Exception, match="permission denied") as failed:
            await erase(shop, planted.who)
    finally:
        with as_owner(server) as owner:
            owner.execute("grant delete on consent to switchboard_app")
    assert not isinstance(failed.value, SwitchboardError)
    assert seen(server, shop.workspace.id) == before
    assert await _certificates(shop) == ()
    await erase(shop, planted.who)  # for the tests that look everywhere
    await complete(shop.ground, shop.workspace.id)


async def test_a_restored_backup_brings_nobody_back(shop: Shop, planted: Planted, server: Embedded):
    await shop.bring(planted.customers, "customers")
    made = await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    listed_then = [each for each in listed(shop.ground.data_dir) if each.workspace == shop.workspace.id]
    with as_owner(server) as owner:  # as it was before
        owner.execute("delete from forgotten where certificate_id = %s", (made.certificate_id,))
    await shop.bring(planted.customers, "customers")
    assert planted.who in people_in(server, shop)
    assert await forget_again(shop.ground, listed_then) == 1
    assert planted.who not in people_in(server, shop)
    await shop.bring(planted.customers, "customers")
    assert planted.who not in people_in(server, shop)


async def test_who_was_let_back_in_is_not_forgotten_again(shop: Shop, planted: Planted, server: Embedded):
    await shop.bring(planted.customers, "customers")
    await shop.bring("customer_id,email\nc8,eight@example.com\n", "customers")
    for who in (planted.who, "c8"):
        await erase(shop, who)
    await complete(shop.ground, shop.workspace.id)
    asked = LiftAsked(email=planted.mail, reason="signed_up")
    await operations.lift_erasure(shop.ground, shop.caller, asked, door="test")
    mine = [each for each in standing(listed(shop.ground.data_dir)) if each.workspace == shop.workspace.id]
    await shop.bring(planted.customers, "customers")
    assert await forget_again(shop.ground, mine) == 0
    assert planted.who in people_in(server, shop)
    await shop.bring("customer_id,email\nc8,eight@example.com\n", "customers")
    assert "c8" not in people_in(server, shop)


async def test_what_a_stream_said_wrongly_of_somebody_goes_with_them(shop: Shop, planted: Planted):
    await shop.bring(planted.customers, "customers")
    folder = shop.ground.data_dir / "quarantine" / str(shop.workspace.id)
    folder.mkdir(parents=True, exist_ok=True)
    said, other = f"s,0,1,wrong,{planted.mail}\n", "s,0,2,wrong,x\n"
    (folder / "stream-1.csv").write_text(f"stream,place,offset,reasons,row\n{said}{other}")
    await erase(shop, planted.who)
    await complete(shop.ground, shop.workspace.id)
    async with shop.ground.work(shop.caller) as work:
        left = "".join(lines_of(folder / "stream-1.csv", await wrong_rows.key_of(work)))
    assert left.splitlines()[1:] == [other.strip()]
