"""Signing in and out."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from switchboard.accounts import users
from switchboard.accounts.records import SignIn
from switchboard.console.cookies import FORM, SESSION
from switchboard.console.forms import own_path, read_form, token_for
from switchboard.console.visits import DOOR, Console, Visit, to
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Invalid, LimitReached, NotAllowed, NotSignedIn, SwitchboardError
from switchboard.foundation.reading import read_values

WRONG = "The e-mail or the password is wrong."


async def show(console: Console, request: Request) -> Response:
    """The form; who is signed in already goes on."""
    wanted = own_path(request.query_params.get("next", "/"))
    try:
        await console.credentials.sessions.caller(console.cookies.read(request, SESSION))
    except NotSignedIn:
        return _form(console, request, wanted)
    return to(wanted)


async def sign_in(console: Console, request: Request) -> Response:
    """Start a session, or show the form again with what is wrong: the same for a wrong e-mail and password."""
    fields: dict[str, str] = {}
    try:
        fields = await read_form(request, console.cookies.read(request, FORM), console.cookies.origin)
        caller = await _caller(console, request, fields)
    except (NotSignedIn, Invalid, LimitReached, NotAllowed) as error:
        return _again(console, request, fields, error)
    sessions = console.credentials.sessions
    await sessions.end(console.cookies.read(request, SESSION))
    answer = to(own_path(fields.get("next", "/")))
    console.cookies.put(answer, SESSION, await sessions.start(caller, request.headers.get("user-agent", "")))
    console.cookies.drop(answer, FORM)
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    await visit.form()
    await visit.console.credentials.sessions.end(visit.word)
    answer = to("/sign-in")
    visit.console.cookies.drop(answer, SESSION)
    return answer


async def _caller(console: Console, request: Request, fields: dict[str, str]) -> Caller:
    asked = read_values(SignIn, {"email": fields.get("email", ""), "password": fields.get("password", "")})
    address = request.client.host if request.client else ""
    return await users.sign_in(console.ground, asked, address=address, door=DOOR)


def _again(console: Console, request: Request, fields: dict[str, str], error: SwitchboardError) -> Response:
    told = WRONG if isinstance(error, NotSignedIn | Invalid) else _sentence(str(error))
    status = NotSignedIn.status if told == WRONG else error.status
    answer = _form(
        console, request, own_path(fields.get("next", "/")), email=fields.get("email", ""), told=told, status=status
    )
    if isinstance(error, LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _form(  # noqa: PLR0913 - what the form shows
    console: Console, request: Request, wanted: str, *, email: str = "", told: str = "", status: int = 200
) -> Response:
    word = console.cookies.read(request, FORM) or secrets.token_urlsafe(24)
    shown = {"signed_in": False, "wanted": wanted, "email": email, "told": told, "token": token_for(word)}
    answer = console.page(request, "sign_in.html", shown, status)
    console.cookies.put(answer, FORM, word)
    return answer


def _sentence(told: str) -> str:
    return f"{told[:1].upper()}{told[1:]}."
