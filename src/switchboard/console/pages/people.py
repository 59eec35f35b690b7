"""Who may sign in to the workspace, and as what."""

from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import PageAsked, UserDisable, UserSetRole
from switchboard.accounts.roles import ABOUT, ROLES, permissions_of
from switchboard.accounts.sign_in_records import Invite, Link, LinkRef, UserRef
from switchboard.console.addresses import page_after
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.visits import Visit
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values

PATH = "/users"
AT_ONCE = 100


async def show(visit: Visit) -> Response:
    """The page."""
    return await _page(visit, Filled(values={"role": "analyst"}))


async def invite(visit: Visit) -> Response:
    """Ask somebody in: the link is shown this once."""
    fields = await visit.form()
    try:
        asked = read_values(Invite, {name: fields.get(name, "") for name in ("email", "role")})
        made = await visit.ask_once(accounts.invite_user, asked)
    except SwitchboardError as error:
        return await _page(visit, Filled.after(fields, error), status=error.status)
    return await _page(visit, made=made)


async def change(visit: Visit) -> Response:
    """What a button of a user's row does."""
    fields = await visit.form()
    user, wanted = fields.get("id", ""), fields.get("do", "")
    try:
        return await _done(visit, user, wanted, fields.get("role", ""))
    except SwitchboardError as error:
        return await _page(visit, Filled.after({}, error), status=error.status)


async def _done(visit: Visit, user: str, wanted: str, role: str) -> Response:
    match wanted:
        case "disable":
            changed = await visit.ask(accounts.disable_user, read_values(UserDisable, {"id": user}))
            return visit.after(PATH, f"{changed.email} can not sign in any more.")
        case "link":
            return await _page(
                visit, made=await visit.ask_once(accounts.password_link, read_values(UserRef, {"id": user}))
            )
        case "factor":
            changed = await visit.ask(accounts.reset_second_factor, read_values(UserRef, {"id": user}))
            return visit.after(PATH, f"{changed.email} is asked for no code any more.")
        case "revoke":
            await visit.ask(accounts.revoke_link, read_values(LinkRef, {"id": user}))
            return visit.after(PATH, "That link lets nobody in any more.")
        case _:
            changed = await visit.ask(accounts.set_user_role, read_values(UserSetRole, {"id": user, "role": role}))
            return visit.after(PATH, f"{changed.email} is {changed.role} now.")


async def _page(visit: Visit, filled: Filled = EMPTY, *, made: Link | None = None, status: int = 200) -> Response:
    cursor = visit.request.query_params.get("cursor") if visit.request.method == "GET" else None
    asked = read_values(PageAsked, {"limit": AT_ONCE, **({"cursor": cursor} if cursor else {})})
    found = await visit.ask(accounts.list_users, asked)
    out = await visit.ask(accounts.list_links, PageAsked(limit=AT_ONCE))
    shown = {
        "users": found.users,
        "links": out.links,
        "roles": roles_for(visit.caller),
        "given": [role for role, _ in roles_for(visit.caller)],
        "about": ABOUT,
        "filled": filled,
        "made": made,
        "first": PATH if cursor else None,
        "more": page_after(PATH, {}, found.next_cursor),
    }
    return visit.page("users.html", shown, status)


def roles_for(caller: Caller) -> list[tuple[str, str]]:
    """The roles the caller may give, as choices."""
    return [(role, role.capitalize()) for role in ROLES if permissions_of(role) <= caller.permissions]


PAGES = ((PATH, "GET", show), (PATH, "POST", change), (f"{PATH}/invite", "POST", invite))
