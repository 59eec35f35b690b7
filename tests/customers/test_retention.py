"""How long each kind of data is kept: counted first, removed then, set by the workspace."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from switchboard import house
from switchboard.accounts.operations import list_audit
from switchboard.accounts.records import AuditAsked
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import erasure_certificates
from switchboard.customers.erasure.records import CertificatesAsked
from switchboard.customers.retention import operations
from switchboard.customers.retention.jobs import keep_no_longer
from switchboard.customers.retention.records import ApplyAsked, Retention, RetentionAsked, RetentionChange
from switchboard.foundation.callers import NOBODY
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotAllowed
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from tests.shop import Shop, as_owner, as_role, count, open_shop, orders, seen

pytestmark = pytest.mark.slow
DECLARED = house.DECLARED  # so that every room has declared what it keeps
NOW = datetime.now(UTC).replace(microsecond=0)
KINDS = {
    "answers": 1, "approvals": 90, "audit": 760, "backups": 35, "events": 760, "exports": 7, "jobs": 90, "logs": 30,
    "news": 30, "orders": None, "profiles": None, "quarantine": 90, "searches": 30, "uploads": 7,
}  # fmt: skip


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def shop(ground: Ground, server: Embedded) -> Shop:
    """Two people who bought and looked lately, and one who did so three years ago, in imports of those days."""
    opened = await open_shop(ground)
    await opened.bring(
        orders(
            f"o1,c1,{ago(1)},p1,Tea,Drinks,1,10,,", f"o2,c1,{ago(1_000)},p1,Tea,Drinks,2,10,,",
            f"o3,c2,{ago(2)},p1,Tea,Drinks,1,10,,", f"o4,c3,{ago(1_100)},p1,Tea,Drinks,1,10,,", "o5,c1,soon,p1,,,1,1,,",
        )
    )  # fmt: skip
    await opened.bring(
        f"event_id,customer_id,kind,at\ne1,c1,opened,{ago(3)}\ne2,c1,opened,{ago(800)}\ne3,c3,opened,{ago(900)}\n",
        "events",
    )
    with as_owner(server) as owner:
        owner.execute(
            "update import set done_at = now() - interval '1050 days' where workspace_id = %s", (opened.workspace.id,)
        )
    return opened


async def keep(shop: Shop, **change: Any) -> None:
    await operations.set_retention(shop.ground, shop.caller, RetentionChange.model_validate(change), door="test")


async def shown(shop: Shop) -> Retention:
    return await operations.retention(shop.ground, shop.caller, RetentionAsked(), door="test")


async def apply(shop: Shop, *, dry_run: bool, kinds: tuple[str, ...] = ()) -> dict[str, int]:
    asked = ApplyAsked(dry_run=dry_run, kinds=kinds)
    done = await operations.apply_retention(shop.ground, shop.caller, asked, door="test")
    assert done.dry_run == dry_run
    return {each.kind: each.count for each in done.removed}


async def test_every_kind_is_shown_with_what_is_usual_and_what_would_go(shop: Shop):
    found = {each.kind: each for each in (await shown(shop)).kinds}
    assert {name: each.default_days for name, each in found.items()} == KINDS
    assert (found["events"].would_go, found["orders"].would_go, found["backups"].would_go) == (2, 0, None)


async def test_a_dry_run_changes_nothing_and_counts_what_the_real_run_removes(shop: Shop, server: Embedded):
    await keep(shop, kind="orders", days=900)
    await keep(shop, kind="profiles", days=1_000)
    before = seen(server, shop.workspace.id)
    counted = await apply(shop, dry_run=True)
    assert seen(server, shop.workspace.id) == before
    assert (counted["events"], counted["orders"]) == (2, 2)
    for kind in counted:
        assert (kind, (await apply(shop, dry_run=True, kinds=(kind,)))[kind]) == (
            kind, (await apply(shop, dry_run=False, kinds=(kind,)))[kind],
        )  # fmt: skip
    assert set((await apply(shop, dry_run=True)).values()) == {0}


async def test_old_orders_go_and_people_are_as_if_they_had_never_placed_them(shop: Shop, server: Embedded):
    await keep(shop, kind="orders", days=900)
    await apply(shop, dry_run=False, kinds=("orders",))
    found = seen(server, shop.workspace.id, "document", "line", "person")
    assert [row[0] for row in found["document"]] == ["o1", "o3"]
    assert [row[0] for row in found["line"]] == ["o1", "o3"]
    assert [row[4] for row in found["person"] if row[0] == "c3"] == ["-infinity"]
    assert count(server, "tombstone", shop.workspace.id) == 2


async def test_people_of_whom_nothing_was_heard_for_long_go_with_all_of_theirs_and_may_come_back(
    shop: Shop, server: Embedded
):
    await keep(shop, kind="profiles", days=950)
    assert (await apply(shop, dry_run=True, kinds=("profiles",)))["profiles"] == 0  # an event of 900 days ago
    await keep(shop, kind="profiles", days=880)
    assert await apply(shop, dry_run=False, kinds=("profiles",)) == {"profiles": 1}
    found = seen(server, shop.workspace.id, "person", "document", "activity")
    assert [row[0] for row in found["person"]] == ["c1", "c2"]
    assert "c3" not in str(found)
    await complete(shop.ground, shop.workspace.id)
    listed = await erasure_certificates(shop.ground, shop.caller, CertificatesAsked(), door="test")
    (made,) = listed.certificates
    assert (made.reason, made.people, made.complete) == ("retention", 1, True)
    back = await shop.bring(orders(f"o9,c3,{ago(1)},p1,Tea,Drinks,1,10,,"))
    assert back.counts["new_people"] == 1


async def test_files_that_wait_too_long_go(shop: Shop):
    upload = await shop.upload("x")
    long_ago = (NOW - timedelta(days=400)).timestamp()
    quarantine = shop.ground.data_dir / "quarantine" / str(shop.workspace.id)
    (file,) = quarantine.iterdir()
    os.utime(file, (long_ago, long_ago))
    assert await apply(shop, dry_run=False, kinds=("quarantine", "uploads")) == {"quarantine": 1, "uploads": 0}
    assert not file.exists()
    assert (shop.ground.data_dir / "uploads" / str(shop.workspace.id) / str(upload)).exists()


async def test_old_lines_of_the_trail_go_and_others_stay(shop: Shop, server: Embedded):
    with as_owner(server) as owner:
        old = "insert into audit_line select workspace_id, %s, caller_id, caller_kind, client_id, 'shop.read', outcome,"
        old += " door, began - interval '800 days', took_us, subject from audit_line where workspace_id = %s limit 1"
        stamp = int((NOW - timedelta(days=800)).timestamp() * 1_000)
        owner.execute(old.encode(), (UUID(int=stamp << 80 | 7 << 76 | 2 << 62), shop.workspace.id))
    before = count(server, "audit_line", shop.workspace.id)
    assert await apply(shop, dry_run=False, kinds=("audit",)) == {"audit": 1}
    assert count(server, "audit_line", shop.workspace.id) == before  # one went, and one tells of it


async def test_each_night_it_is_applied_and_the_trail_tells_how_much_went(shop: Shop, server: Embedded):
    run = JobRun(workspace=NOBODY, id=new_id(), subject=NOBODY, asked_by=NOBODY)
    await keep_no_longer(shop.ground, run)
    assert count(server, "activity", shop.workspace.id) == 1
    asked = AuditAsked(operation="customers.apply_retention")
    (line,) = (await list_audit(shop.ground, shop.caller, asked, door="test")).lines
    assert (line.caller_kind, line.door, line.subject) == ("job", "schedule", "events:2")


async def test_another_workspace_keeps_what_it_keeps(shop: Shop, server: Embedded):
    other = await open_shop(shop.ground)
    await other.bring(orders(f"o1,c1,{ago(1_000)},p1,Tea,Drinks,1,10,,"))
    await keep(shop, kind="orders", days=30)
    await apply(shop, dry_run=False)
    assert count(server, "document", other.workspace.id) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "cake", "days": 5}, "no kind"),
        ({"kind": "orders", "days": 3}, "30 days at least"),
        ({"kind": "orders"}, "one of the three"),
        ({"kind": "orders", "days": 90, "for_ever": True}, "one of the three"),
    ],
)
async def test_what_can_not_be_set_is_refused_with_a_reason(shop: Shop, change: dict[str, Any], said: str):
    with pytest.raises(Invalid, match=said):
        await keep(shop, **change)


async def test_what_was_set_can_be_forgotten(shop: Shop):
    await keep(shop, kind="events", for_ever=True)
    found = {each.kind: (each.keeps_days, each.is_set) for each in (await shown(shop)).kinds}
    assert found["events"] == (None, True)
    await keep(shop, kind="events", as_usual=True)
    found = {each.kind: (each.keeps_days, each.is_set) for each in (await shown(shop)).kinds}
    assert found["events"] == (760, False)


@pytest.mark.parametrize("role", ["marketer", "analyst", "support", "agent"])
async def test_only_owner_and_admin_change_and_apply_it(shop: Shop, role: str):
    with pytest.raises(NotAllowed):
        await operations.apply_retention(shop.ground, as_role(shop, role), ApplyAsked(), door="test")
