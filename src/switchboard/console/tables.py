"""Tables of pages as files: the same rows, with numbers as they are."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from starlette.responses import Response

from switchboard.console.visits import Visit
from switchboard.foundation.errors import NotAllowed, NotFound
from switchboard.foundation.spreadsheets import harmless

TAKES = "customers:export"
Row = Sequence[object]


def wanted(visit: Visit) -> str:
    """The name of the table that the address asks for as a file; empty for the page itself.

    Raise NotAllowed for who may take nothing out.
    """
    name = visit.request.query_params.get("csv", "")
    if name and not may_take(visit):
        raise NotAllowed("taking tables out needs the permission customers:export; ask an owner or admin for it")
    return name


def may_take(visit: Visit) -> bool:
    """Whether pages offer their tables as files."""
    return visit.caller.may(TAKES)


def as_file(name: str, of: Mapping[str, tuple[Row, Iterable[Row]]]) -> Response:
    """The table of this name out of those a page has, each its head and rows; raise NotFound."""
    if name not in of:
        raise NotFound(f"there is no table {name[:60]!r} on this page; there are {', '.join(of)}")
    head, rows = of[name]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([harmless(each) if isinstance(each, str) else each for each in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(file.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
