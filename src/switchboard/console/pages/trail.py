"""The audit trail: who did what when, and as a file."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import AuditAsked, AuditLine, PageAsked
from switchboard.console.addresses import address_of, page_after
from switchboard.console.periods import Period, period_of
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Invalid
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.reading import read_values
from switchboard.foundation.spreadsheets import harmless

PATH = "/audit"
AT_ONCE, PER_READ, MOST_LINES = 50, 1_000, 200_000
OUTCOMES = ("done", "failed", "not_allowed", "not_found", "not_signed_in", "invalid", "conflict", "limit_reached")
COLUMNS = ("began", "caller", "caller_name", "caller_kind", "operation", "outcome", "door", "took_us", "subject", "id")
OF_A_SEARCH = ("keystrokes", "query", "found", "opened_count", "opened")
CHANGES, EVERYTHING = "changes", "all"  # stand where an operation is chosen
BESIDE = {
    "users.sign_in": "Sign in", "users.use_link": "Use a link that was sent", "workspaces.add": "Make a workspace",
    "workspaces.shred": "Make a workspace unreadable",
    "flags.set": "Switch on or off", "clients.execute": "Ask as a client", "mcp.request": "Ask over MCP",
    "customers.consume": "Take in what a stream brought",
}  # fmt: skip
"""What is done before, or beside, any operation."""
FILTERS = ("operation", "caller", "outcome", "customer_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines an address asks for."""

    said: dict[str, str]
    period: Period

    @property
    def query(self) -> dict[str, str]:
        """The words of an address that lead to them again."""
        return self.said | self.period.query

    def asked(self, limit: int, cursor: object) -> AuditAsked:
        """The operation's request; raise Invalid for what makes no sense."""
        bounds = {"since": self.period.since, "until": self.period.until, "cursor": cursor}
        given = {name: value for name, value in {**self.said, **bounds}.items() if value}
        if given["operation"] in {CHANGES, EVERYTHING}:
            given["changes_only"] = given.pop("operation") == CHANGES
        return read_values(AuditAsked, {**given, "limit": limit})


async def show(visit: Visit) -> Response:
    """A page of lines."""
    wanted, cursor = _wanted(visit), visit.request.query_params.get("cursor")
    told, lines, following = "", list[AuditLine](), None
    try:
        found = await visit.ask(accounts.list_audit, wanted.asked(AT_ONCE, cursor))
        lines, following = found.lines, found.next_cursor
    except Invalid as error:
        told = str(error)
    shown = {
        "caller_wanted": wanted.said.get("caller", ""),
        **{name: wanted.said.get(name, "") for name in FILTERS if name != "caller"},
        "lines": lines,
        "told": told,
        "period": wanted.period,
        "people": await _people(visit),
        "titles": {name: each.title for name, each in OPERATIONS.items()} | BESIDE,
        "operations": _operations(),
        "outcomes": OUTCOMES,
        "first": address_of(PATH, wanted.query) if cursor else None,
        "more": page_after(PATH, wanted.query, following),
        "export": address_of(f"{PATH}.csv", wanted.query),
    }
    return visit.page("audit.html", shown, 422 if told else 200)


async def export(visit: Visit) -> Response:
    """The lines as CSV, so many at most; the first are read before anything is sent, so that errors are pages."""
    wanted = _wanted(visit)
    first = await visit.ask(accounts.list_audit, wanted.asked(PER_READ, None))

    async def rows() -> AsyncIterator[str]:
        yield _row((*COLUMNS, *(f"search_{name}" for name in OF_A_SEARCH)))
        found, sent = first, 0
        while True:
            for line in found.lines:
                yield _row((*(harmless(str(getattr(line, name))) for name in COLUMNS), *_of_a_search(line)))
            sent += len(found.lines)
            if found.next_cursor is None or sent >= MOST_LINES:
                return
            found = await visit.ask(accounts.list_audit, wanted.asked(PER_READ, found.next_cursor))

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(visit: Visit) -> Wanted:
    query = visit.request.query_params
    period = period_of(query, visit.console.ground.clock(), ZoneInfo(visit.shop.time_zone), "7")
    said = {name: query.get(name, "").strip() for name in FILTERS}
    said["operation"] = said["operation"] or CHANGES  # what every page reads is most of the trail
    return Wanted(said={name: value for name, value in said.items() if value}, period=period)


def _operations() -> list[tuple[str, list[tuple[str, str]]]]:
    """What there is to choose from: their names and titles, those that change something first."""
    every = sorted(OPERATIONS.values(), key=lambda each: each.title)
    return [
        (kind, [(each.name, each.title) for each in every if each.reads == reads])
        for kind, reads in (("Changes", False), ("Reads", True))
    ]


async def _people(visit: Visit) -> list[tuple[str, str]]:
    """Users and keys by name, the first of each."""
    people: list[tuple[str, str]] = []
    if visit.caller.may(accounts.list_users.permission):
        found = await visit.ask(accounts.list_users, PageAsked(limit=200))
        people += [(str(each.id), f"{each.name}, {each.email}") for each in found.users]
    if visit.caller.may(accounts.list_keys.permission):
        keys = await visit.ask(accounts.list_keys, PageAsked(limit=200))
        people += [(str(each.id), f"key {each.name}") for each in keys.keys]
    return people


def _of_a_search(line: AuditLine) -> tuple[str, ...]:
    """Keystrokes, what was last typed, how many that found, and who was opened; nothing of other lines."""
    if (of := line.search) is None:
        return ("",) * len(OF_A_SEARCH)
    said = (of.keystrokes, of.query, of.found, of.opened_count, " ".join(of.opened))
    return tuple(harmless("" if each is None else str(each)) for each in said)


def _row(values: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


PAGES = ((PATH, "GET", show), (f"{PATH}.csv", "GET", export))
