"""Imports that are cut short, and imports as jobs."""

import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from uuid import UUID

import pytest

from switchboard.customers import uploads
from switchboard.customers.jobs import import_upload
from switchboard.customers.operations import import_file, imports, start_import
from switchboard.customers.records import ImportRequest, ImportsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.job_operations import JobNamed, show_job
from switchboard.foundation.jobs import JobRun
from tests.shop import Shop, count, open_shop, orders, seen

pytestmark = pytest.mark.slow

BEFORE = orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,", "o7,c7,2024-03-01T10:00,p1,,,1,10,,")
MANY = orders(*(f"o{n // 3},c{n // 30},2024-03-0{n % 9 + 1}T10:00,p{n % 50},,,1,{n % 7 + 1},," for n in range(60_000)))
FEW = orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,2,10,,", "o2,c2,2024-03-02T10:00,p1,Tea,Drinks,1,10,,")


def killed(shop: Shop, server: Embedded, upload: UUID, step: str, after_s: float) -> None:
    """Begin the import in another process and kill it so long after the step."""
    given = (server.url(), str(shop.ground.data_dir), str(shop.workspace.id), str(upload))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customers.mortal", *given], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert any(line.strip() == step for line in child.stdout)
        time.sleep(after_s)
        child.kill()


def run_of(shop: Shop, subject: UUID) -> JobRun:
    return JobRun(workspace=shop.workspace.id, id=new_id(), subject=subject, asked_by=shop.caller.id)


@pytest.mark.heavy
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("step", "after_s"), [("reading", 0.0), ("storing", 0.0), ("storing", 0.1), ("storing", 0.25)])
async def test_an_import_killed_on_the_way_leaves_nothing_and_works_again(
    ground: Ground, server: Embedded, step: str, after_s: float
):
    shop, other = await open_shop(ground), await open_shop(ground)
    await shop.bring(BEFORE)
    before = seen(server, shop.workspace.id)
    upload = await shop.upload(MANY)
    killed(shop, server, upload, step, after_s)
    assert seen(server, shop.workspace.id) == before
    assert count(server, "import", shop.workspace.id) == 1
    await import_file(ground, shop.caller, ImportRequest(upload_id=upload), door="test")
    await other.bring(BEFORE)
    await other.bring(MANY)
    assert seen(server, shop.workspace.id) == seen(server, other.workspace.id)
    shutil.rmtree(ground.data_dir / "scratch")


async def test_what_a_dead_import_left_in_the_scratch_folder_goes_with_a_later_one(ground: Ground):
    shop = await open_shop(ground)
    scratch = ground.data_dir / "scratch"
    old, new = scratch / "import-dead", scratch / f"{new_id()}.csv"
    old.mkdir(parents=True)
    (old / "text").write_text("ann@example.com")
    new.write_text("of one that is at work")
    yesterday = (ground.clock() - timedelta(days=1)).timestamp()
    os.utime(old, (yesterday, yesterday))
    await shop.bring(FEW)
    assert not old.exists()
    assert new.exists()
    new.unlink()


async def test_the_job_does_what_the_operation_does(ground: Ground, server: Embedded):
    shop, other = await open_shop(ground), await open_shop(ground)
    upload = await shop.upload(FEW)
    started = await start_import(ground, shop.caller, ImportRequest(upload_id=upload, source="till"), door="test")
    shown = await show_job(ground, shop.caller, JobNamed(id=started.job_id), door="test")
    assert (shown.name, shown.subject, shown.status) == ("customers.import", upload, "waiting")
    await import_upload(ground, run_of(shop, upload))
    await other.bring(FEW, source="till")
    assert seen(server, shop.workspace.id) == seen(server, other.workspace.id)
    assert not uploads.place(ground.data_dir, shop.workspace.id, upload).exists()


async def test_the_job_run_again_after_a_death_changes_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    upload = await shop.upload(FEW)
    await start_import(ground, shop.caller, ImportRequest(upload_id=upload), door="test")
    await import_upload(ground, run_of(shop, upload))
    before = seen(server, shop.workspace.id)
    uploads.place(ground.data_dir, shop.workspace.id, upload).write_text(FEW)  # it died before the file was dropped
    await import_upload(ground, run_of(shop, upload))
    assert seen(server, shop.workspace.id) == before


async def test_the_job_of_another_workspaces_upload_finds_nothing(ground: Ground, server: Embedded):
    shop, other = await open_shop(ground), await open_shop(ground)
    upload = await other.upload(FEW)
    await start_import(ground, other.caller, ImportRequest(upload_id=upload), door="test")
    with pytest.raises(NotFound):
        await import_upload(ground, run_of(shop, upload))
    assert count(server, "document", shop.workspace.id) == 0


async def test_imports_are_listed_newest_first_in_pages(ground: Ground):
    shop = await open_shop(ground)
    brought = [(await shop.bring(orders(f"o{n},c1,2024-03-01T10:00,p1,,,1,10,,"))).import_id for n in range(3)]
    first = await imports(ground, shop.caller, ImportsAsked(limit=2), door="test")
    rest = await imports(ground, shop.caller, ImportsAsked(limit=2, cursor=first.next_cursor), door="test")
    assert [each.import_id for each in (*first.imports, *rest.imports)] == brought[::-1]
    assert rest.next_cursor is None
