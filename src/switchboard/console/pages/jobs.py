"""Jobs: what runs, what ran and how it ended, what the clock runs next; run now, pause, cancel, again."""

from starlette.responses import Response

from switchboard.console import tables
from switchboard.console.addresses import address_of
from switchboard.console.visits import Visit
from switchboard.foundation.callers import NOBODY
from switchboard.foundation.errors import Conflict
from switchboard.foundation.job_operations import (
    JobList,
    JobNamed,
    JobsAsked,
    JobShown,
    ScheduleNamed,
    cancel_job,
    list_jobs,
    pause_job,
    resume_job,
    retry_job,
    run_job_now,
    schedules,
    show_job,
)
from switchboard.foundation.operations import Operation
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing

PATH = "/jobs"
PAGE, MOST_ROWS = 25, 5_000
STATES = (
    ("", "All"), ("running", "Running"), ("waiting", "Waiting"), ("failed", "Failed"), ("done", "Done"),
    ("cancelled", "Cancelled"),
)  # fmt: skip
HEAD = ("id", "name", "status", "asked_at", "began_at", "ended_at", "tries", "error", "cause")
BY_CLOCK = ("name", "every", "next_at", "last_began_at", "last_status", "last_error", "is_paused")


async def show(visit: Visit) -> Response:
    """Runs of one state or all, and what the clock runs."""
    query = visit.request.query_params
    asked = read_values(JobsAsked, {
        "limit": PAGE, **{name: query[name] for name in ("status", "after") if query.get(name)},
    })  # fmt: skip
    by_clock = (await visit.ask(schedules, Nothing())).schedules
    if name := tables.wanted(visit):
        runs = await _every(visit, asked) if name == "jobs" else []
        return tables.as_file(name, {
            "jobs": (HEAD, [[getattr(each, key) for key in HEAD] for each in runs]),
            "schedules": (BY_CLOCK, [[getattr(each, key) for key in BY_CLOCK] for each in by_clock]),
        })  # fmt: skip
    found = await visit.ask(list_jobs, asked)
    kept = {"status": asked.status or ""}
    return visit.page("jobs.html", {
        "jobs": found.jobs,
        "schedules": by_clock,
        "states": STATES,
        "state_now": asked.status or "",
        "lives": not asked.after and any(each.status in {"running", "waiting"} for each in found.jobs),
        "first": address_of(PATH, kept) if asked.after else None,
        "more": address_of(PATH, {**kept, "after": found.after}) if found.after else None,
        "file": address_of(PATH, {**kept, "csv": "jobs"}),
        "may_run": visit.caller.may(cancel_job.permission),
        "may_take": tables.may_take(visit),
        "nobody": NOBODY,
    })  # fmt: skip


async def one(visit: Visit) -> Response:
    """One run: how far it is, or why it failed."""
    found = await visit.ask(show_job, read_values(JobNamed, {"id": visit.request.path_params["id"]}))
    return visit.page("job.html", {
        "job": found,
        "may_run": visit.caller.may(cancel_job.permission),
        "lives": found.status in {"running", "waiting"},
        "nobody": NOBODY,
    })  # fmt: skip


async def again(visit: Visit) -> Response:
    """Have a run that failed or was cancelled run once more."""
    return await _done(visit, retry_job, "The job runs again.")


async def cancel(visit: Visit) -> Response:
    """End a run."""
    return await _done(visit, cancel_job, "The job is being cancelled.")


async def run(visit: Visit) -> Response:
    """Run now what the clock would run."""
    fields = await visit.form()
    try:
        made = await visit.ask(run_job_now, read_values(ScheduleNamed, {"name": fields.get("name", "")}))
    except Conflict as error:
        return visit.after(PATH, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    return visit.after(f"{PATH}/{made.id}", "The job begins in a moment.")


async def pause(visit: Visit) -> Response:
    """Have the clock leave this workspace out."""
    fields = await visit.form()
    await visit.ask(pause_job, read_values(ScheduleNamed, {"name": fields.get("name", "")}))
    return visit.after(PATH, "The job is paused for this workspace.")


async def resume(visit: Visit) -> Response:
    """Have the clock see to this workspace again."""
    fields = await visit.form()
    await visit.ask(resume_job, read_values(ScheduleNamed, {"name": fields.get("name", "")}))
    return visit.after(PATH, "The job runs by the clock again.")


async def _done(visit: Visit, operation: Operation[JobNamed, JobShown], told: str) -> Response:
    fields = await visit.form()
    asked = read_values(JobNamed, {"id": fields.get("id", "")})
    try:
        await visit.ask(operation, asked)
    except Conflict as error:  # it ended by itself meanwhile
        told = f"{str(error)[:1].upper()}{str(error)[1:]}."
    return visit.after(f"{PATH}/{asked.id}", told)


async def _every(visit: Visit, asked: JobsAsked) -> list[JobShown]:
    found, page = list[JobShown](), JobList(jobs=[], after=asked.after)
    while len(found) < MOST_ROWS:
        page = await visit.ask(list_jobs, asked.model_copy(update={"limit": 200, "after": page.after}))
        found += page.jobs
        if page.after is None:
            break
    return found


PAGES = (
    (PATH, "GET", show), (f"{PATH}/run", "POST", run), (f"{PATH}/pause", "POST", pause),
    (f"{PATH}/resume", "POST", resume), (f"{PATH}/again", "POST", again), (f"{PATH}/cancel", "POST", cancel),
    (f"{PATH}/{{id}}", "GET", one),
)  # fmt: skip
