"""A file on its way in: sent, looked at, imported, and what came of it."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response, StreamingResponse

from switchboard.console.addresses import address_of, page_after
from switchboard.console.filled import Filled
from switchboard.console.first_rows import first_rows
from switchboard.console.forms import FormRefused, is_ours, token_holds
from switchboard.console.visits import Visit, to
from switchboard.customers import uploads
from switchboard.customers.imports.fields import FIELDS, REQUIRED
from switchboard.customers.imports.mapping import LEFT_OUT, ColumnsMissing
from switchboard.customers.imports.records import Kind
from switchboard.customers.operations import begin_upload, imports, preview_import, start_import, wrong_rows_of
from switchboard.customers.receiving import MOST, keep
from switchboard.customers.records import (
    Import,
    ImportPreview,
    ImportRequest,
    ImportsAsked,
    UploadRequest,
    WrongRows,
    WrongRowsAsked,
)
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.job_operations import JobNamed, JobsAsked, JobShown, list_jobs, show_job
from switchboard.foundation.reading import read_values
from switchboard.intelligence.jobs import SEGMENT
from switchboard.intelligence.words import plain

PATH = "/import"
KINDS = {"orders": "Orders", "customers": "Customers", "events": "Events"}
SUGGESTED = TypeAdapter(list[dict[str, Any]])
OF: Mapping[str, Kind] = {"orders": "orders", "customers": "customers", "events": "events"}
AT_ONCE, PER_READ, MOST_WRONG = 20, 1_000, 1_000_000
STORING = {"storing", "finishing", "done"}  # steps of an import after its rows are read
MAP = "map."  # begins the names of the choices of columns
OPTIONS = ("source", "delimiter", "encoding", "date_order", "decimal_mark")
LOOKS_S, LATER_S, SOON, LONGEST = 1.0, 3.0, 10, 2_400  # how often it looks how far an import is, and how many times


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an import and the segmentation after it are."""

    job: JobShown
    done: Import | None
    segmentation: JobShown | None
    rows: int
    share: float | None  # 0 to 1; None where it is not known
    step: str
    per_second: float | None
    seconds: float

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        if self.job.status == "failed":
            return True
        if self.job.status != "done":
            return False
        return not self.segments or (self.segmentation is not None and self.segmentation.ended_at is not None)

    @property
    def segments(self) -> bool:
        """Whether customers are segmented after it: it brought orders that were not there."""
        if self.done is None or self.done.kind != "orders":
            return False
        return _number(self.done.counts.get("new")) + _number(self.done.counts.get("replaced")) > 0


async def show(visit: Visit) -> Response:
    """Where to drop a file, and what was imported before."""
    cursor = visit.request.query_params.get("cursor")
    asked = read_values(ImportsAsked, {"limit": AT_ONCE, **({"cursor": cursor} if cursor else {})})
    found = await visit.ask(imports, asked)
    shown = {
        "kinds": list(KINDS.items()),
        "imports": found.imports,
        "most": MOST,
        "may_import": visit.caller.may(begin_upload.permission),
        "may_see_wrong": visit.caller.may(wrong_rows_of.permission),
        "first": PATH if cursor else None,
        "more": page_after(PATH, {}, found.next_cursor),
    }
    return visit.page("import.html", shown)


async def receive(visit: Visit) -> Response:
    """The bytes of a file, as the page's script sends them; where to go on."""
    request = visit.request
    if not is_ours(request, visit.console.cookies.origin) or not token_holds(
        visit.word, request.headers.get("x-token", "")
    ):
        raise FormRefused
    asked = read_values(UploadRequest, {"name": request.query_params.get("name", "")})
    upload = await visit.ask(begin_upload, asked)
    ground = visit.console.ground
    async with ground.work(visit.caller) as work:
        key = await uploads.key_of(work)
    place = uploads.place(ground.data_dir, visit.caller.workspace, upload.upload_id)
    await keep(_bounded(request.stream()), place, key)
    kind = request.query_params.get("kind", "orders")
    return JSONResponse({"to": address_of(f"{PATH}/{upload.upload_id}", {"kind": kind})})


async def look(visit: Visit) -> Response:
    """How the file would be read, with its first rows, and choices for what was not recognised."""
    said = dict(visit.request.query_params)
    told, preview, columns, known = Filled(values=said), None, tuple[str, ...](), dict[str, str]()
    try:
        preview = await visit.ask(preview_import, _request(visit, said))
        columns, known = tuple(str(each) for each in _listed(preview.plan.get("columns"))), preview.read_as.columns
    except ColumnsMissing as error:
        lacking = {name: "say which column this is" for name in (error.field,) if name}
        told, columns, known = Filled(values=said, errors=lacking), error.columns, error.known
    except Invalid as error:
        told = Filled(values=said, told=str(error))
    shown = {
        **_choices(said, known, columns), "likely": _likely(preview), "filled": told, "preview": preview,
        "upload": _upload(visit), "first": first_rows(preview, visit.words) if preview else None,
    }  # fmt: skip
    return visit.page("import_preview.html", shown, 422 if told.told else 200)


async def begin(visit: Visit) -> Response:
    """Import it, and go where one sees how far it is."""
    fields = await visit.form()
    started = await visit.ask(start_import, _request(visit, fields))
    return to(f"{PATH}/progress/{started.job_id}")


async def watch(visit: Visit) -> Response:
    """How far it is."""
    standing = await _standing(visit)
    return visit.page("import_progress.html", {"at": standing, "job_id": standing.job.id})


async def follow(visit: Visit) -> Response:
    """The middle of that page whenever it changes, until it is over."""
    standing = await _standing(visit)

    async def told(standing: Standing) -> AsyncIterator[str]:
        shown = ""
        for number in range(LONGEST):
            middle = visit.part("import_standing.html", {"at": standing})
            if middle != shown:
                yield "".join(f"data: {line}\n" for line in middle.splitlines()) + "\n"
                shown = middle
            if standing.is_over:
                yield "event: over\ndata: over\n\n"
                return
            await asyncio.sleep(LOOKS_S if number < SOON else LATER_S)
            standing = await _standing(visit)

    return StreamingResponse(told(standing), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def wrong_rows(visit: Visit) -> Response:
    """The rows that were wrong, as CSV; the first are read before anything is sent, so that errors are pages."""
    import_id = visit.request.path_params["import_id"]
    first = await visit.ask(wrong_rows_of, _wrong(import_id, None))

    async def rows() -> AsyncIterator[str]:
        yield _row("line", "reasons", "row")
        found, sent = first, 0
        while True:
            for each in found.rows:
                yield _row(str(each.line), each.reasons, each.row)
            sent += len(found.rows)
            if found.next_cursor is None or sent >= MOST_WRONG:
                return
            found: WrongRows = await visit.ask(wrong_rows_of, _wrong(import_id, found.next_cursor))

    headers = {"Content-Disposition": 'attachment; filename="wrong-rows.csv"'}
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)


async def _standing(visit: Visit) -> Standing:
    asked = read_values(JobNamed, {"id": visit.request.path_params["job_id"]})
    job = await visit.ask(show_job, asked)
    if job.name != "customers.import":
        raise NotFound("there is no such import; see those there are")
    done, segmentation = None, None
    if job.status == "done":
        newest = (await visit.ask(imports, ImportsAsked(limit=AT_ONCE))).imports
        done = next((each for each in newest if each.began_at >= job.asked_at), None)
        runs = (await visit.ask(list_jobs, JobsAsked(limit=AT_ONCE))).jobs
        segmentation = next((each for each in runs if each.name == SEGMENT and each.asked_at >= job.asked_at), None)
    return _worked_out(job, done, segmentation, (visit.console.ground.clock() - job.asked_at).total_seconds())


def _worked_out(job: JobShown, done: Import | None, segmentation: JobShown | None, since: float) -> Standing:
    at = job.progress or {}
    read, whole = _number(at.get("bytes_read")), _number(at.get("bytes_total"))
    rows, of, step = _number(at.get("rows")), _number(at.get("rows_total")), str(at.get("step") or "")
    share = rows / of if of else read / whole if whole else None
    if step in STORING:  # of one row several entries are made, which it counts
        rows = _number(done.counts.get("rows")) if done else 0
    seconds = (job.ended_at - job.began_at).total_seconds() if job.ended_at and job.began_at else since
    return Standing(
        job=job, done=done, segmentation=segmentation, rows=int(rows), share=None if share is None else min(share, 1),
        step=step, per_second=rows / seconds if seconds > 0 and rows else None, seconds=seconds,
    )  # fmt: skip


def _choices(said: Mapping[str, str], known: Mapping[str, str], columns: tuple[str, ...]) -> dict[str, object]:
    """The fields there may be, each with the column it is read from."""
    kind = said.get("kind", "orders")
    which = OF.get(kind)
    names = [field.name for field in FIELDS[which]] if which else []
    fields = [(name, said.get(MAP + name) or known.get(name, "")) for name in names]
    there = {name for name, column in fields if column not in {"", LEFT_OUT}}
    needed = _needed(REQUIRED[which], there) if which else {}
    return {
        "kind": kind,
        "kinds": list(KINDS.items()),
        "columns": columns,
        "fields": fields,
        "left_out": LEFT_OUT,
        "needed": needed,
        "is_choosing": any(said.get(MAP + name) for name in names if name not in needed),
        "said": {name: value for name, value in said.items() if value},
        "options": {name: said.get(name, "") for name in OPTIONS},
    }


def _needed(groups: Iterable[tuple[str, ...]], recognised: set[str]) -> dict[str, str]:
    """For fields that a file has to hold, how far each: of a group that one of is enough, none once one is there."""
    told = {group[0]: "needed" for group in groups if len(group) == 1}
    for group in groups:
        if len(group) > 1 and not recognised.intersection(group):
            told |= {name: f"needed, or {plain(other).lower()}" for name, other in zip(group, group[::-1], strict=True)}
    return told


def _likely(preview: ImportPreview | None) -> dict[str, str]:
    """For fields that were not recognised, the column each might be."""
    suggested = SUGGESTED.validate_python(preview.plan.get("suggestions") if preview else [])
    return {str(each["field"]): str(each["columns"][0]) for each in suggested if each["columns"]}


def _request(visit: Visit, said: Mapping[str, str]) -> ImportRequest:
    kind = said.get("kind", "orders")
    fields = [field.name for field in FIELDS[OF[kind]]] if kind in OF else []  # those of another kind are forgotten
    mapping = {name: said[MAP + name] for name in fields if said.get(MAP + name)}
    options = {name: said[name] for name in OPTIONS if said.get(name)}
    given = {"upload_id": str(_upload(visit)), "kind": kind, "mapping": mapping, **options}
    return read_values(ImportRequest, given)


def _upload(visit: Visit) -> UUID:
    try:
        return UUID(visit.request.path_params["upload_id"])
    except ValueError:
        raise NotFound("there is no such file; send it again") from None


def _wrong(import_id: str, cursor: int | None) -> WrongRowsAsked:
    return read_values(WrongRowsAsked, {"import_id": import_id, "limit": PER_READ, "cursor": cursor})


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - from JSON


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def _row(*values: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


async def _bounded(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MOST:
            raise TooLarge
        yield piece


class TooLarge(Invalid):
    """More bytes than one upload may have."""

    code = "too_large"

    def __init__(self) -> None:
        super().__init__(f"a file of more than {MOST:,} bytes can not be sent; split it", field="file")


PAGES = (
    (PATH, "GET", show),
    (f"{PATH}/upload", "POST", receive),
    (f"{PATH}/progress/{{job_id}}", "GET", watch),
    (f"{PATH}/progress/{{job_id}}/events", "GET", follow),
    (f"{PATH}/{{import_id}}/wrong-rows.csv", "GET", wrong_rows),
    (f"{PATH}/{{upload_id}}", "GET", look),
    (f"{PATH}/{{upload_id}}", "POST", begin),
)
