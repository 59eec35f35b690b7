"""A new client, in four steps: who it is, which tools, how much, and what to paste where; and another key of one."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.clients import operations as clients
from switchboard.accounts.clients.records import Client, ClientCreate, ClientNamed
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import ABOUT
from switchboard.console.client_forms import LASTS, LISTINGS, WHICH, bounds, published_tools
from switchboard.console.connecting import configurations
from switchboard.console.filled import Filled
from switchboard.console.pages.people import roles_for
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Invalid, SwitchboardError
from switchboard.foundation.reading import read_values

PATH = "/clients/new"
STEPS = ("who", "tools", "limits")
NAMES = {"who": "Who it is", "tools": "Tools", "limits": "Limits", "done": "Connect it"}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "who": ("name", "role", "key_days", "klaviyo_account_id"),
    "tools": ("which", "tools_only", "tools_off", "listing"),
    "limits": ("per_minute", "per_hour", "daily_quota", "tool_limits", "expires_at"),
}
FIRST = {"role": "agent", "key_days": "365", "which": "all", "listing": "slim"}


async def show(visit: Visit) -> Response:
    """The first step; who may not take the last is told so before."""
    clients.create_client.check(visit.caller)
    return _page(visit, "who", Filled(values=FIRST))


async def go_on(visit: Visit) -> Response:
    """The next step, or one back; after the last the client is made."""
    fields = await visit.form()
    clients.create_client.check(visit.caller)
    step = fields.get("step", "who")
    if step not in STEPS:
        raise Invalid(f"there is no step {step[:40]!r}", field="step")
    to = STEPS.index(step) + (-1 if fields.get("do") == "back" else 1)
    values = {name: value for name, value in fields.items() if name not in {"step", "do"}}
    try:
        if step == "who" and to > 0 and not values.get("name", "").strip():
            raise Invalid("it needs a name", field="name")
        if to < len(STEPS):
            return _page(visit, STEPS[max(to, 0)], Filled(values=values))
        made = await visit.ask_once(clients.create_client, read_values(ClientCreate, _asked(values, visit)))
    except SwitchboardError as error:
        filled = Filled.after(values, error)
        return _page(visit, _step_of(filled, step), filled, status=error.status)
    return _made(visit, made.client, made.key, [*STEPS, "done"])


def _asked(values: Mapping[str, str], visit: Visit) -> dict[str, object]:
    days = values.get("key_days", "365")
    return {
        "name": values.get("name", ""),
        "role": values.get("role", "agent"),
        "klaviyo_account_id": values.get("klaviyo_account_id") or None,
        "key_days": int(days) if days.isdecimal() and len(days) < 6 else None,
        **bounds(values, ZoneInfo(visit.shop.time_zone)),
    }


def _step_of(filled: Filled, step: str) -> str:
    """Where what is wrong stands."""
    return next((each for each in STEPS if any(name in filled.errors for name in FIELDS[each])), step)


def _page(visit: Visit, step: str, filled: Filled, status: int = 200) -> Response:
    kept = [(name, filled.said(name)) for each in STEPS if each != step for name in FIELDS[each]]
    shown = {
        "step": step, "names": NAMES, "all_steps": [*STEPS, "done"], "filled": filled,
        "kept": [(name, value) for name, value in kept if value], "roles": roles_for(visit.caller), "about": ABOUT,
        "lasts": LASTS, "which": WHICH, "listings": LISTINGS, "published": published_tools(), "back": step != "who",
    }  # fmt: skip
    return visit.page("client_new.html", shown, status)


async def add_key(visit: Visit) -> Response:
    """Another key of a client that is there, and what to paste where."""
    fields, named = await visit.form(), read_values(ClientNamed, {"id": visit.request.path_params["id"]})
    client = await visit.ask(clients.show_client, named)
    days = fields.get("key_days", "365")
    asked = {
        "name": client.name, "role": fields.get("role", ""), "client": str(client.id),
        "expires_in_days": int(days) if days.isdecimal() and len(days) < 6 else None,
    }  # fmt: skip
    made = await visit.ask_once(accounts.add_key, read_values(KeyAdd, asked))
    return _made(visit, client, made.key, [])


def _made(visit: Visit, client: Client, key: str, steps: Sequence[str]) -> Response:
    address = f"{visit.console.ground.public_url}/mcp"
    shown = {
        "step": "done", "names": NAMES, "all_steps": steps, "client": client, "key": key, "address": address,
        "pasted": configurations(address, key),
    }  # fmt: skip
    return visit.page("client_made.html", shown)


PAGES = ((PATH, "GET", show), (PATH, "POST", go_on), ("/clients/{id}/keys", "POST", add_key))
