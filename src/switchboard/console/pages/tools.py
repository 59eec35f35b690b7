"""Tools: what agents can call, and each tried with a form made from its schema."""

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from switchboard.console.addresses import page_after
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.schema_forms import BEGINS, fields_of, typed
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Invalid, NotFound, SwitchboardError
from switchboard.foundation.operations import OPERATIONS, Operation, tool_name
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Picture

PATH = "/tools"
AT_ONCE = 50
MOST_SHOWN = 200_000  # letters of an answer
LISTED = "servers.tools"
NO_ANSWER: Mapping[str, object] = {"has_answer": False, "answer": "", "is_cut": False, "took_s": 0.0, "picture": None}


async def show(visit: Visit) -> Response:
    """Those the caller may call."""
    query, declared = visit.request.query_params, OPERATIONS[LISTED]
    words, server = query.get("text", "").strip(), query.get("server", "")
    said = {"words": words, "limit": AT_ONCE, "server": server or None, "cursor": query.get("cursor")}
    found = await visit.ask(declared, read_values(declared.asks, said))
    kept = {"text": words, "server": server}
    return visit.page("tools.html", {
        "found": found, "words_typed": words, "server_now": server, "servers": await _servers(visit),
        "first": PATH if query.get("cursor") else None, "more": page_after(PATH, kept, found.next_cursor),
    })  # fmt: skip


async def one(visit: Visit) -> Response:
    """One of them, to be tried."""
    return _page(visit, await _named(visit), EMPTY)


async def call(visit: Visit) -> Response:
    """Call it, as whoever is signed in; one that changes something only when that is said to be meant."""
    declared, said = await _named(visit), await visit.form()
    try:
        if not declared.reads and said.get("meant") != "yes":
            raise Invalid("it changes something; say that you mean it", field="meant")
        asked = read_values(declared.asks, typed(fields_of(declared.asks), said))
        began = time.perf_counter()
        given = await visit.ask(declared, asked)
    except SwitchboardError as error:
        return _page(visit, declared, _wrong(said, error), status=error.status)
    return _page(visit, declared, Filled(values=said), answer=_answer(given, time.perf_counter() - began))


def _wrong(said: dict[str, str], error: SwitchboardError) -> Filled:
    """The form with what is wrong beside its fields, which the form calls otherwise than the request."""
    filled = Filled.after({name.removeprefix(BEGINS): value for name, value in said.items()}, error)
    errors = {name if name in said else BEGINS + name: told for name, told in filled.errors.items()}
    return Filled(values=said, errors=errors, told=filled.told)


async def _named(visit: Visit) -> Operation[Any, Any]:
    name, listed = visit.request.path_params["name"], OPERATIONS[LISTED]
    found = await visit.ask(listed, read_values(listed.asks, {"name": name[:200]}))
    if not found.tools:
        raise NotFound("there is no such tool, or not for you; the list shows those there are")
    return OPERATIONS[found.tools[0].operation]


def _page(
    visit: Visit, declared: Operation[Any, Any], filled: Filled, *, answer: Mapping[str, object] = NO_ANSWER,
    status: int = 200,
) -> Response:  # fmt: skip
    return visit.page("tool.html", {
        "tool": declared, "name": tool_name(declared), "fields": fields_of(declared.asks), "begins": BEGINS,
        "filled": filled, **answer, "schema": json.dumps(declared.asks.model_json_schema(), indent=2),
    }, status)  # fmt: skip


def _answer(given: BaseModel, took_s: float) -> dict[str, object]:
    """What it gave: as JSON, within a bound, and the picture if it is one."""
    shown = given.model_copy(update={"png": None, "svg": None}) if isinstance(given, Picture) else given
    told = shown.model_dump_json(indent=2)
    return {
        "has_answer": True, "answer": told[:MOST_SHOWN], "is_cut": len(told) > MOST_SHOWN, "took_s": took_s,
        "picture": given.png if isinstance(given, Picture) else None,
    }  # fmt: skip


async def _servers(visit: Visit) -> list[tuple[str, str]]:
    declared = OPERATIONS["servers.list"]
    found = await visit.ask(declared, declared.asks())
    return [("", "All servers"), *((each.name, each.title) for each in found.servers if each.is_built)]


PAGES = ((PATH, "GET", show), (f"{PATH}/{{name}}", "GET", one), (f"{PATH}/{{name}}", "POST", call))
