"""API keys: made, shown once, revoked."""

from collections.abc import Mapping

from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import KeyAdd, KeyAdded, KeyRevoke, PageAsked
from switchboard.accounts.roles import PERMISSIONS
from switchboard.console.addresses import page_after
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.pages.people import roles_for
from switchboard.console.visits import Visit
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values

PATH = "/keys"
AT_ONCE = 50
ONLY = "only "  # begins the names of the boxes for permissions
LASTS = [("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Never")]


async def show(visit: Visit) -> Response:
    """The page."""
    return await _page(visit, Filled(values={"expires_in_days": "365", "role": "analyst"}))


async def add(visit: Visit) -> Response:
    """Make a key, shown this once."""
    fields = await visit.form()
    try:
        made = await visit.ask_once(accounts.add_key, read_values(KeyAdd, _asked(fields)))
    except SwitchboardError as error:
        return await _page(visit, Filled.after(fields, error), status=error.status)
    return await _page(visit, made=made)


async def revoke(visit: Visit) -> Response:
    """End a key."""
    fields = await visit.form()
    await visit.ask(accounts.revoke_key, read_values(KeyRevoke, {"id": fields.get("id", "")}))
    return visit.after(PATH, "The key works no more.")


def _asked(fields: Mapping[str, str]) -> dict[str, object]:
    only = [name.removeprefix(ONLY) for name in fields if name.startswith(ONLY)]
    days = fields.get("expires_in_days", "365")
    return {
        "name": fields.get("name", ""),
        "role": fields.get("role") or None,
        "permissions": only or None,
        "expires_in_days": int(days) if days.isdecimal() and len(days) < 6 else None,
    }


async def _page(visit: Visit, filled: Filled = EMPTY, *, made: KeyAdded | None = None, status: int = 200) -> Response:
    cursor = visit.request.query_params.get("cursor") if visit.request.method == "GET" else None
    asked = read_values(PageAsked, {"limit": AT_ONCE, **({"cursor": cursor} if cursor else {})})
    found = await visit.ask(accounts.list_keys, asked)
    shown = {
        "keys": found.keys,
        "now": visit.console.ground.clock(),
        "roles": roles_for(visit.caller),
        "permissions": [each for each in PERMISSIONS if visit.caller.may(each.name)],
        "lasts": LASTS,
        "filled": filled,
        "made": made,
        "first": PATH if cursor else None,
        "more": page_after(PATH, {}, found.next_cursor),
    }
    return visit.page("keys.html", shown, status)


PAGES = ((PATH, "GET", show), (PATH, "POST", add), (f"{PATH}/revoke", "POST", revoke))
