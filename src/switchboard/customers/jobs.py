"""The customers' jobs."""

import asyncio
from dataclasses import asdict

from switchboard.customers import intake, uploads
from switchboard.customers.imports.records import Progress
from switchboard.customers.records import ImportRequest
from switchboard.customers.store import uploads as store
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job, progress

LONGEST_S = 6 * 3600.0


@job("customers.import", title="Import a file")
async def import_upload(ground: Ground, run: JobRun) -> None:
    """Import the upload as its request says; after the death of a worker once more, which changes nothing twice."""
    loop = asyncio.get_running_loop()

    def tell(at: Progress) -> None:
        asyncio.run_coroutine_threadsafe(progress(ground, run, asdict(at)), loop)

    async with ground.work(job_caller(run.workspace), timeout_s=LONGEST_S) as work:
        request = await store.request(work, run.subject)
        if request is None:
            raise NotFound(f"there is no upload {run.subject}")
        with intake.watching(tell):
            await intake.take_in(work, ImportRequest.model_validate_json(request))
    uploads.drop(ground.data_dir, run.workspace, run.subject)
