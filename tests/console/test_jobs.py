"""Jobs in the console: what ran and why it failed, what the clock runs, and who may stop it."""

import re
from uuid import UUID

import pytest

from switchboard.accounts.roles import Role
from switchboard.foundation import job_store, sql
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import enqueue
from tests.console.chromium import IN_A_BROWSER, Doors
from tests.console.shop import Browser, Shop

pytestmark = pytest.mark.slow


async def asked(ground: Ground, shop: Shop, once: str) -> UUID:
    """A run that waits, as no worker is there."""
    async with ground.work(job_caller(shop.workspace.id)) as work:
        return await enqueue(work, "intelligence.segment", shop.workspace.id, once=once)


async def failed(ground: Ground, shop: Shop, once: str, error: str) -> UUID:
    run = await asked(ground, shop, once)
    async with ground.work(job_caller(shop.workspace.id)) as work:
        await job_store.begin(work, run)
        await job_store.end(work, run, error, {"step": "features", "customers": 12_000})
    return run


async def status(ground: Ground, shop: Shop, run: UUID) -> str:
    async with ground.work(job_caller(shop.workspace.id)) as work:
        return str(await sql.fetch_value(work, "select status from job where id = $1", run))


async def test_a_failed_run_says_why_and_what_to_do(owner: Browser, ground: Ground, shop: Shop):
    run = await failed(ground, shop, "gone", "database_down")
    await owner.get("/jobs?status=failed")
    listed = owner.page
    await owner.get(f"/jobs/{run}")

    assert "PostgreSQL was away for too long; run it again once it is back." in listed
    assert "PostgreSQL was away for too long" in owner.page
    assert "12,000" in owner.page


async def test_a_failed_run_is_run_again_and_cancelled(owner: Browser, ground: Ground, shop: Shop):
    run = await failed(ground, shop, "again", "failed")
    await owner.get(f"/jobs/{run}")
    again = await owner.send("/jobs/again", id=str(run))
    waits = await status(ground, shop, run)
    await owner.get(f"/jobs/{run}")
    told = owner.page
    await owner.send("/jobs/cancel", id=str(run))

    assert (again.status_code, again.headers["location"], waits) == (303, f"/jobs/{run}", "waiting")
    assert "The job runs again." in told
    assert await status(ground, shop, run) == "cancelled"


async def test_what_has_ended_meanwhile_is_told_and_stays(owner: Browser, ground: Ground, shop: Shop):
    run = await failed(ground, shop, "ended", "failed")
    await owner.get("/jobs")

    await owner.send("/jobs/cancel", id=str(run))
    await owner.get(f"/jobs/{run}")

    assert "The job is failed; only one that waits or runs can be cancelled." in owner.page


async def test_the_nightly_run_is_paused_and_resumed_and_run_now(owner: Browser, ground: Ground, shop: Shop):
    await owner.get("/jobs")
    before = owner.page.count("Paused here")
    await owner.send("/jobs/pause", name="intelligence.nightly")
    await owner.get("/jobs")
    paused = owner.page.count("Paused here")
    await owner.send("/jobs/resume", name="intelligence.nightly")
    now = await owner.send("/jobs/run", name="intelligence.nightly")
    await owner.get(now.headers["location"])
    shown = owner.page
    twice = await owner.send("/jobs/run", name="intelligence.nightly")
    await owner.get("/jobs")

    assert (before, paused, owner.page.count("Paused here")) == (0, 1, 0)
    assert "Waiting" in shown
    assert twice.headers["location"] == "/jobs"
    assert "This job waits or runs already" in owner.page
    await owner.send("/jobs/cancel", id=now.headers["location"].rpartition("/")[2])


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_who_may_not_stop_jobs_is_shown_no_button(browser: Browser, ground: Ground, shop: Shop, role: Role):
    run = await asked(ground, shop, f"roles {role}")
    await browser.sign_in(shop.emails[role])
    await browser.get("/settings/retention")
    page = await browser.get("/jobs")
    answer = await browser.send("/jobs/cancel", id=str(run))

    assert (page.status_code, answer.status_code) == {
        "marketer": (200, 303), "analyst": (200, 403), "support": (403, 403),
    }[role]  # fmt: skip
    assert ("Cancel: " in page.text) == (role == "marketer")
    assert ('href="/jobs"' in page.text) == (role != "support")


async def test_runs_and_schedules_are_files(owner: Browser, ground: Ground, shop: Shop):
    run = await asked(ground, shop, "a file")
    jobs, by_clock = [(await owner.get(f"/jobs?csv={name}")).text for name in ("jobs", "schedules")]

    assert str(run) in jobs
    assert "intelligence.nightly,0 0 3 * * *" in by_clock


async def test_a_run_of_another_workspace_or_no_run_is_not_there(owner: Browser):
    assert (await owner.get("/jobs/00000000-0000-4000-8000-000000000000")).status_code == 404
    assert (await owner.get("/jobs/nonsense")).status_code == 422
    assert (await owner.get("/jobs?status=odd")).status_code == 422


async def test_thresholds_are_tried_before_they_are_kept(owner: Browser):
    await owner.get("/settings/thresholds")
    names = re.findall(r'name="([a-z_]+\.\d|middle|high|vip|strong|moderate)"[^>]* value="([^"]+)"', owner.page)
    said = dict(names)
    tried = await owner.send("/settings/thresholds", **{**said, "strong": "0.9", "do": "try"})
    wrong = await owner.send("/settings/thresholds", **{**said, "vip": "1", "do": "keep"})
    no_number = await owner.send("/settings/thresholds", **{**said, "high": "much", "do": "keep"})
    told = owner.page
    kept = await owner.send("/settings/thresholds", **{**said, "vip": "6000", "do": "keep"})
    await owner.get("/settings/thresholds")

    assert len(said) > 20
    assert "What this would change" in tried.text
    assert (wrong.status_code, no_number.status_code, kept.status_code) == (422, 422, 303)
    assert "Give a number, such as 2.5" in told
    assert 'value="much"' in told
    assert 'value="6000"' in owner.page
    assert 'value="0.333333"' in owner.page


async def test_retention_is_changed_counted_and_refused_in_place(owner: Browser):
    await owner.get("/settings/retention?count=1")
    counted = owner.page
    kept = await owner.send("/settings/retention", kind="events", how="days", days="400")
    wrong = await owner.send("/settings/retention", kind="events", how="days", days="soon")
    told = owner.page
    await owner.send("/settings/retention", kind="events", how="as_usual")
    await owner.get("/settings/retention")

    assert "Would go now" in counted
    assert (kept.status_code, wrong.status_code) == (303, 422)
    assert 'aria-invalid="true"' in told
    assert "760 days" in owner.page
    assert "events," in (await owner.get("/settings/retention?csv=retention")).text


@pytest.mark.parametrize("role", ["marketer", "analyst", "support"])
async def test_who_may_not_change_settings_sees_them(browser: Browser, shop: Shop, role: Role):
    await browser.sign_in(shop.emails[role])
    await browser.get("/settings/thresholds")
    shown = browser.page
    answers = [
        (await browser.send(path, kind="events", how="for_ever", do="keep")).status_code
        for path in ("/settings/retention", "/settings/retention/apply")
    ]

    assert "An owner or admin can change this." in shown
    assert answers == [403, 403]


class TestInABrowser:
    pytestmark = IN_A_BROWSER

    @pytest.mark.parametrize("width", [360, 1440])
    async def test_the_pages_are_well(self, doors: Doors, ground: Ground, shop: Shop, width: int):
        run = await failed(ground, shop, f"seen {width}", "failed")
        paths = (f"/jobs/{run}", "/jobs", "/settings/thresholds", "/settings/retention?count=1")
        async with doors.open("owner", width, "dark" if width == 360 else "light") as watched:
            assert await watched.wrong_with(*paths) == {}

    async def test_a_run_is_followed_without_reloading(self, doors: Doors, ground: Ground, shop: Shop):
        run = await asked(ground, shop, "followed")
        async with doors.open("owner") as watched:
            await watched.page.goto(f"{doors.address}/jobs/{run}")
            before = await watched.page.locator("#state .badge").inner_text()
            async with ground.work(job_caller(shop.workspace.id)) as work:
                await job_store.end(work, run, None, None)
            await watched.page.locator("#state .badge", has_text="Done").wait_for()

            assert before == "Waiting"
