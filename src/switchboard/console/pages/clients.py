"""Clients: who consumes what the workspace offers, how each is bounded, and what it used."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from switchboard.accounts.clients import charts
from switchboard.accounts.clients import operations as clients
from switchboard.accounts.clients.following import check_room, follow
from switchboard.accounts.clients.records import (
    Client,
    ClientChange,
    ClientNamed,
    CountedByOn,
    RequestsAsked,
    Usage,
    UsageAsked,
)
from switchboard.accounts.records import PageAsked
from switchboard.console import tables
from switchboard.console.addresses import address_of, page_after
from switchboard.console.client_forms import LASTS, LISTINGS, WHICH, as_fields, bounds
from switchboard.console.drawings import draw
from switchboard.console.filled import Filled
from switchboard.console.pages.people import roles_for
from switchboard.console.visits import Visit
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.reading import read_values

PATH = "/clients"
AT_ONCE, LATEST, MOST_ROWS = 50, 15, 1_000
WIDE, PING_EVERY = 560, 15
DAYS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
HEAD = tuple(CountedByOn.model_fields)


async def show(visit: Visit) -> Response:
    """All of them."""
    cursor = visit.request.query_params.get("cursor")
    asked = read_values(PageAsked, {"limit": AT_ONCE, **({"cursor": cursor} if cursor else {})})
    found = await visit.ask(clients.list_clients, asked)
    return visit.page("clients.html", {
        "clients": found.clients,
        "now": visit.console.ground.clock(),
        "first": PATH if cursor else None,
        "more": page_after(PATH, {}, found.next_cursor),
    })  # fmt: skip


async def one(visit: Visit) -> Response:
    """A client: what it used, its requests, how it is bounded."""
    return await _one(visit, None)


async def change(visit: Visit) -> Response:
    """Keep how it is bounded."""
    fields, client = await visit.form(), visit.request.path_params["id"]
    try:
        asked = {
            "id": client, "name": fields.get("name", ""), "enabled": fields.get("enabled") == "on",
            "klaviyo_account_id": fields.get("klaviyo_account_id") or None,
            **bounds(fields, ZoneInfo(visit.shop.time_zone)),
        }  # fmt: skip
        changed = await visit.ask(clients.change_client, read_values(ClientChange, asked))
    except SwitchboardError as error:
        return await _one(visit, Filled.after(fields, error), status=error.status)
    return visit.after(f"{PATH}/{changed.id}", f"“{changed.name}” is kept; it holds within five seconds.")


async def delete(visit: Visit) -> Response:
    """Take it away."""
    fields = await visit.form()
    await visit.ask(clients.delete_client, read_values(ClientNamed, {"id": fields.get("id", "")}))
    return visit.after(PATH, "The client is deleted, and its keys open nothing any more.")


async def test(visit: Visit) -> Response:
    """Call a tool as the client, and show each thing that was looked at."""
    fields, declared = await visit.form(), OPERATIONS["clients.test"]
    said = {"id": visit.request.path_params["id"], "test_query": fields.get("test_query") or None}
    tested = await visit.ask(declared, read_values(declared.asks, said))
    return await _one(visit, None, tested=tested)


async def live(visit: Visit) -> Response:
    """Its latest requests, anew whenever there is one."""
    check_room()
    asked = read_values(RequestsAsked, {"id": visit.request.path_params["id"], "limit": LATEST})
    await visit.ask(clients.show_client, ClientNamed(id=asked.id))

    async def check() -> None:
        clients.client_requests.check(await visit.console.credentials.sessions.caller(visit.word))

    async def told() -> AsyncIterator[str]:
        latest = deque((await visit.ask(clients.client_requests, asked)).requests, maxlen=LATEST)
        looks = 0
        async for found in follow(visit.console.ground, visit.caller, asked.id, check=check):
            looks += 1
            latest.extendleft(found)
            if found or looks == 1:
                rows = visit.part("client_requests.html", {"requests": latest})
                yield "".join(f"data: {line}\n" for line in rows.splitlines()) + "\n"
            elif looks % PING_EVERY == 0:
                yield ": ping\n\n"

    return StreamingResponse(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _one(visit: Visit, filled: Filled | None, *, status: int = 200, tested: object = None) -> Response:
    named = read_values(ClientNamed, {"id": visit.request.path_params["id"]})
    chosen = visit.request.query_params.get("days", "")
    days = chosen if chosen in DAYS else "7"
    zone, now = ZoneInfo(visit.shop.time_zone), visit.console.ground.clock()
    client = await visit.ask(clients.show_client, named)
    asked = UsageAsked(id=named.id, since=now - timedelta(days=int(days)), limit=MOST_ROWS)
    used = await visit.ask(clients.client_usage, asked)
    if name := tables.wanted(visit):
        rows = [[getattr(each, key) for key in HEAD] for each in used.by_tool_and_day]
        return tables.as_file(name, {"usage": (HEAD, rows)})
    latest = await visit.ask(clients.client_requests, RequestsAsked(id=named.id, limit=LATEST))
    here = f"{PATH}/{client.id}"
    return visit.page("client.html", {
        "client": client, "used": used, "at": here, "latest": latest.requests,
        "filled": filled or Filled(values=as_fields(client, zone)), "which": WHICH, "listings": LISTINGS,
        "charts": await _charts(visit, used, zone), "tested": tested, "state": _state(visit, client),
        "choices": [("days", "Time", DAYS.items(), days)],
        "roles": roles_for(visit.caller), "lasts": LASTS, "may_add_keys": visit.caller.may("keys:manage"),
        "of_key": Filled(values={"role": next(iter(client.roles), "agent"), "key_days": "365"}),
        "file": address_of(here, {"days": days, "csv": "usage"}), "may_take": tables.may_take(visit),
    }, status)  # fmt: skip


async def _charts(visit: Visit, used: Usage, zone: ZoneInfo) -> dict[str, object]:
    drawn = await asyncio.gather(*(
        draw(visit.console.charts, lambda width, define=define: define(width=width), WIDE, visit.words)
        for define in (partial(charts.requests_by_day, used, zone), partial(charts.latency_by_day, used, zone))
    ))  # fmt: skip
    return dict(zip(("requests", "latency"), drawn, strict=True))


def _state(visit: Visit, client: Client) -> str:
    if not client.enabled:
        return "off"
    if client.expires_at is not None and client.expires_at <= visit.console.ground.clock():
        return "over"
    return "on" if client.keys else "without a key"


PAGES = (
    (PATH, "GET", show), (f"{PATH}/delete", "POST", delete), (f"{PATH}/{{id}}", "GET", one),
    (f"{PATH}/{{id}}", "POST", change), (f"{PATH}/{{id}}/test", "POST", test), (f"{PATH}/{{id}}/live", "GET", live),
)  # fmt: skip
