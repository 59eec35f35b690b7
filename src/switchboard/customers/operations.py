"""What callers can do with customers and the files they come in."""

from uuid import UUID

from switchboard.customers import intake, uploads, wrong_rows
from switchboard.customers.cards import without_cards
from switchboard.customers.read_as import read_as
from switchboard.customers.records import (
    Import,
    ImportPreview,
    ImportRef,
    ImportRequest,
    Imports,
    ImportsAsked,
    ImportStarted,
    ImportUndone,
    Rates,
    Upload,
    UploadRef,
    UploadRequest,
    WrongRows,
    WrongRowsAsked,
)
from switchboard.customers.store import imports as store
from switchboard.customers.store import uploads as upload_store
from switchboard.customers.undo import take_back
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import enqueue
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import not_undone, undone_by

LONGEST_S = 6 * 3600.0
watching = intake.watching  # for doors that show how far an import is


@operation(
    "customers.begin_upload",
    title="Begin an upload",
    permission="customers:import",
    undo=not_undone("nothing is imported yet, and it goes by itself after some days"),
)
async def begin_upload(work: Work, asked: UploadRequest) -> Upload:
    """A place for a file's bytes; send them there, then import the upload."""
    upload_id = await uploads.begin(work, without_cards(asked.name))
    return Upload(upload_id=upload_id, path=f"/v1/uploads/{upload_id}")


@operation("customers.check_upload", title="Check an upload", permission="customers:import", reads=True)
async def check_upload(work: Work, asked: UploadRef) -> Upload:
    """Where the bytes of an upload go, if there is one."""
    if await upload_store.name(work, asked.upload_id) is None:
        raise NotFound(f"there is no upload {asked.upload_id}; send the file again (customers.begin_upload says where)")
    return Upload(upload_id=asked.upload_id, path=f"/v1/uploads/{asked.upload_id}")


@operation("customers.preview_import", title="Preview an import", permission="customers:import", reads=True)
async def preview_import(work: Work, asked: ImportRequest) -> ImportPreview:
    """How an uploaded file would be read: what was detected, which column is which, and the first rows."""
    return await intake.look(work, asked)


@operation(
    "customers.import_file",
    title="Import a file",
    permission="customers:import",
    timeout_s=LONGEST_S,
    undo=undone_by("customers.undo_import"),
)
async def import_file(work: Work, asked: ImportRequest) -> Import:
    """Import an uploaded file of orders, customers or events now; importing it again changes nothing.

    Wrong rows go to a quarantine file. For large files use customers.start_import.
    """
    import_id = await intake.take_in(work, asked)
    found = await _import(work, import_id)
    undecodable = found.counts.get("undecodable")
    plan = await store.plan_of(work, import_id)
    how = read_as(plan, undecodable if isinstance(undecodable, int) else 0)
    return found.model_copy(update={"read_as": how})


@operation(
    "customers.start_import",
    title="Start an import",
    permission="customers:import",
    undo=undone_by("customers.undo_import", "once it has run; before, jobs.cancel ends it"),
)
async def start_import(work: Work, asked: ImportRequest) -> ImportStarted:
    """Import an uploaded file in the background; jobs.show tells how far it is."""
    await uploads.source(work, asked.upload_id)
    await upload_store.set_request(work, asked.upload_id, asked.model_dump_json())
    job_id = await enqueue(work, "customers.import", asked.upload_id, once=str(asked.upload_id))
    return ImportStarted(job_id=job_id)


@operation("customers.imports", title="List imports", permission="customers:read", reads=True)
async def imports(work: Work, asked: ImportsAsked) -> Imports:
    """Imports, newest first, with what they brought and how many rows were wrong."""
    rows = await store.page(work, asked.cursor, asked.limit + 1)
    shown = tuple(rows[: asked.limit])
    return Imports(imports=shown, next_cursor=shown[-1].import_id if len(rows) > asked.limit else None)


@operation("customers.wrong_rows", title="Wrong rows of an import", permission="customers:contact", reads=True)
async def wrong_rows_of(work: Work, asked: WrongRowsAsked) -> WrongRows:
    """The rows an import left out, with their lines and reasons, as they were written."""
    return await wrong_rows.page(work, await _import(work, asked.import_id), asked)


@operation(
    "customers.undo_import",
    title="Undo an import",
    permission="customers:import",
    timeout_s=LONGEST_S,
    undo=undone_by("customers.import_file", "with the same file"),
    needs_approval=True,
)
async def undo_import(work: Work, asked: ImportRef) -> ImportUndone:
    """Take an import back as a whole; what it had replaced comes back."""
    await store.lock(work)
    found = await _import(work, asked.import_id)
    if found.status == "undone":
        raise Conflict(f"import {asked.import_id} is undone already", code="already_undone")
    removed = await take_back(work, asked.import_id)
    await store.mark_undone(work, asked.import_id)
    if found.kind in {"orders", "stream"}:
        await intake.tell(work, asked.import_id, removed)
    return ImportUndone(import_id=asked.import_id, removed=removed)


@operation(
    "customers.set_rates",
    title="Set exchange rates",
    permission="workspace:manage",
    undo=undone_by("customers.set_rates", "with the rates before"),
)
async def set_rates(work: Work, asked: Rates) -> Nothing:
    """Keep dated exchange rates to the workspace's currency; imports use the newest of the seven days before."""
    await store.set_rates(work, [(each.currency, each.day, each.rate) for each in asked.rates])
    return Nothing()


async def _import(work: Work, import_id: UUID) -> Import:
    found = await store.one(work, import_id)
    if found is None:
        raise NotFound(f"there is no import {import_id}; customers.imports lists them")
    return found
