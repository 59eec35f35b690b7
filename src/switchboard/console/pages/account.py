"""One's own way in: password, second factor, and the browsers one is signed in with."""

from collections.abc import Mapping
from uuid import UUID

import segno
from markupsafe import Markup
from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import PageAsked, PasswordChange, Session, SessionEnd
from switchboard.accounts.sign_in_records import FactorBegun, FactorCode, FactorRemoved, Proof
from switchboard.console.cookies import SESSION
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.visits import Visit
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing

PATH = "/account"
MOST_SESSIONS = 50
FACTOR = f"{PATH}/second-factor"


async def show(visit: Visit) -> Response:
    """The page."""
    return await _page(visit, {})


async def change_password(visit: Visit) -> Response:
    """A new password; signs out every other browser, and goes on with this one."""
    fields = await visit.form()
    try:
        asked = read_values(PasswordChange, _picked(fields, "old", "new"))
        await visit.ask(accounts.change_password, asked)
    except SwitchboardError as error:
        return await _page(visit, {"password": Filled.after(fields, error)}, error.status)
    agent = visit.request.headers.get("user-agent", "")
    answer = visit.after(PATH, "Your password is changed; every other browser is signed out within five seconds.")
    visit.console.cookies.put(answer, SESSION, await visit.console.credentials.sessions.start(visit.caller, agent))
    return answer


async def begin_factor(visit: Visit) -> Response:
    """Show the secret for the app, once the password was entered."""
    fields = await visit.form()
    try:
        begun = await visit.ask(accounts.begin_second_factor, read_values(Proof, _picked(fields, "password")))
    except SwitchboardError as error:
        return await _page(visit, {"factor": Filled.after(fields, error)}, error.status)
    return _factor_page(visit, begun, EMPTY)


async def confirm_factor(visit: Visit) -> Response:
    """Turn it on by a code, and show the codes for recovery."""
    fields = await visit.form()
    try:
        codes = await visit.ask(accounts.confirm_second_factor, read_values(FactorCode, _picked(fields, "code")))
    except SwitchboardError as error:
        address = fields.get("address", "")
        if not address.startswith("otpauth://totp/") or error.code != "invalid":
            raise
        begun = FactorBegun(secret=fields.get("secret", ""), address=address)
        return _factor_page(visit, begun, Filled.after(fields, error), error.status)
    return visit.page("recovery_codes.html", {"codes": codes.codes})


async def remove_factor(visit: Visit) -> Response:
    """Turn it off."""
    fields = await visit.form()
    try:
        await visit.ask(accounts.remove_second_factor, read_values(FactorRemoved, _picked(fields, "password", "code")))
    except SwitchboardError as error:
        return await _page(visit, {"factor": Filled.after(fields, error)}, error.status)
    return visit.after(PATH, "Signing in takes your password alone again.")


async def end_session(visit: Visit) -> Response:
    """Sign out one other browser, or all of them."""
    fields = await visit.form()
    if fields.get("which") == "others":
        mine = await _this(visit)
        for each in await _sessions(visit):
            if each.id != mine:
                await visit.ask(accounts.end_session, SessionEnd(id=each.id))
        return visit.after(PATH, "Every other browser is signed out within five seconds.")
    await visit.ask(accounts.end_session, read_values(SessionEnd, {"id": fields.get("which", "")}))
    return visit.after(PATH, "That browser is signed out within five seconds.")


async def _page(visit: Visit, forms: Mapping[str, Filled], status: int = 200) -> Response:
    shown = {
        "password_form": forms.get("password", EMPTY),
        "factor_form": forms.get("factor", EMPTY),
        "factor": await visit.ask(accounts.second_factor_state, Nothing()),
        "sessions": await _sessions(visit),
        "this_session": await _this(visit),
    }
    return visit.page("account.html", shown, status)


def _factor_page(visit: Visit, begun: FactorBegun, filled: Filled, status: int = 200) -> Response:
    drawn = segno.make(begun.address, error="m").svg_inline(scale=5, border=3, light="#fff", dark="#000")
    shown = {"begun": begun, "picture": Markup(drawn), "filled": filled}  # noqa: S704 - a QR code: squares alone
    return visit.page("second_factor.html", shown, status)


async def _sessions(visit: Visit) -> list[Session]:
    return (await visit.ask(accounts.list_sessions, PageAsked(limit=MOST_SESSIONS))).sessions


async def _this(visit: Visit) -> UUID | None:
    return await visit.console.credentials.sessions.which(visit.caller, visit.word)


def _picked(fields: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: fields.get(name, "") for name in names}


PAGES = (
    (PATH, "GET", show),
    (f"{PATH}/password", "POST", change_password),
    (FACTOR, "POST", begin_factor),
    (f"{FACTOR}/confirm", "POST", confirm_factor),
    (f"{FACTOR}/remove", "POST", remove_factor),
    (f"{PATH}/sessions", "POST", end_session),
)
