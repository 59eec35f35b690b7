"""Signing in and out: e-mail and password, a code where one is owed, and an identity provider where one is set."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from switchboard.accounts import users
from switchboard.accounts.pending import CodeNeeded
from switchboard.accounts.records import SignIn
from switchboard.console.cookies import FORM, LEFT, PENDING, SESSION
from switchboard.console.forms import TOKEN, is_ours, own_path, read_fields, read_form, token_for
from switchboard.console.visits import DOOR, Console, Visit, here_of, to
from switchboard.console.words import sentence
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown, Invalid, LimitReached, NotAllowed, NotSignedIn, SwitchboardError
from switchboard.foundation.reading import read_values

WRONG = "The e-mail or the password is wrong."
SECRET = {TOKEN, "password", "old", "new", "code", "secret", "address"}
"""Fields that are not kept over a sign-in."""
KEPT = ("kept_path", "kept")
MOST_KEPT = 15_000  # letters


async def show(console: Console, request: Request) -> Response:
    """The form; who is signed in already goes on."""
    wanted = own_path(request.query_params.get("next", "/"))
    try:
        await console.credentials.sessions.caller(console.cookies.read(request, SESSION))
    except NotSignedIn:
        return _form(console, request, {"next": wanted, "email": request.query_params.get("email", "")[:254]})
    return to(wanted)


async def sign_in(console: Console, request: Request) -> Response:
    """Start a session, or show the form again with what is wrong: the same for a wrong e-mail and password."""
    fields: dict[str, str] = {}
    try:
        fields = await read_form(request, console.cookies.read(request, FORM), console.cookies.origin)
        caller = await _caller(console, request, fields)
    except CodeNeeded as needed:
        answer = _code_form(console, request, fields)
        console.cookies.put(answer, PENDING, needed.pending)
        return answer
    except (NotSignedIn, Invalid, LimitReached, NotAllowed, DatabaseDown) as error:
        return _again(console, request, fields, error)
    return await begin(console, request, caller, fields)


async def enter_code(console: Console, request: Request) -> Response:
    """The second step, for who has passed the first."""
    fields: dict[str, str] = {}
    try:
        fields = await read_form(request, console.cookies.read(request, FORM), console.cookies.origin)
        caller = await users.finish_sign_in(
            console.ground, console.cookies.read(request, PENDING), fields.get("code", "")[:40],
            address=_address(request), door=DOOR,
        )  # fmt: skip
    except (NotSignedIn, LimitReached, Invalid, NotAllowed) as error:
        return _retry_later(_code_form(console, request, fields, sentence(str(error)), error.status), error)
    answer = await begin(console, request, caller, fields)
    console.cookies.drop(answer, PENDING)
    return answer


async def begin(console: Console, request: Request, caller: Caller, fields: Mapping[str, str]) -> Response:
    """A new session for who has just proven who they are, in place of any before; on to what was wanted."""
    sessions = console.credentials.sessions
    await sessions.end(console.cookies.read(request, SESSION))
    word = await sessions.start(caller, request.headers.get("user-agent", ""))
    answer = _resumed(console, request, word, fields) or to(own_path(fields.get("next", "/")))
    console.cookies.put(answer, SESSION, word)
    console.cookies.drop(answer, FORM)
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session, and one that was left a moment ago."""
    await visit.form()
    cookies = visit.console.cookies
    answer = to("/sign-in")
    for each in (SESSION, LEFT):
        await visit.console.credentials.sessions.end(cookies.read(visit.request, each))
        cookies.drop(answer, each)
    return answer


def page_of_part(request: Request) -> str:
    """The page to go back to, when a part of one asked: as it was typed into, where the part is of its own address."""
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    asked = own_path(here_of(request))
    if shown.path == request.url.path and asked != "/":
        return asked
    return own_path(shown.path + (f"?{shown.query}" if shown.query else ""))


async def keep_typed(console: Console, request: Request) -> Response | None:
    """For a form that was sent after its session had ended: the sign-in, which keeps what was typed.

    None for a form from elsewhere, and for one that can not be kept.
    """
    if not is_ours(request, console.cookies.origin):
        return None
    try:
        fields = await read_fields(request)
    except Invalid:
        return None
    kept = json.dumps({name: value for name, value in fields.items() if name not in SECRET})
    path = here_of(request)
    if len(kept) > MOST_KEPT or path == "/sign-out" or TOKEN not in fields:
        return None
    return _form(console, request, {"next": "/", "kept_path": path, "kept": kept}, status=NotSignedIn.status)


async def send_later(console: Console, request: Request) -> Response | None:
    """For a form that came while the database was away: what was typed, to be sent again; None where it can not be."""
    word = console.cookies.read(request, SESSION)
    try:
        fields = await read_form(request, word, console.cookies.origin)
    except (NotAllowed, Invalid):
        return None
    if SECRET & set(fields):
        return None
    shown = {
        "title": "The database is away for a moment", "told": "Nothing was changed, and nothing you typed is lost.",
        "button": "Send it again", "path": here_of(request), "fields": fields, "token": token_for(word),
    }  # fmt: skip
    return console.page(request, "resume.html", {"signed_in": False, **shown}, DatabaseDown.status)


def form_again(console: Console, request: Request, error: SwitchboardError) -> Response:
    """The form, with what went wrong elsewhere."""
    return _form(console, request, {}, sentence(str(error)), error.status)


def _resumed(console: Console, request: Request, word: str, fields: Mapping[str, str]) -> Response | None:
    """What was typed before the session had ended, to be looked at and sent; None where nothing was."""
    path = own_path(fields.get("kept_path", ""))
    try:
        kept = json.loads(fields.get("kept", ""))
    except ValueError:
        return None
    if path == "/" or not isinstance(kept, dict):
        return None
    said = {str(name): str(value) for name, value in kept.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - from JSON
    shown = {
        "title": "You are signed in again", "told": "What you had typed was not sent yet.", "button": "Send it now",
        "path": path, "fields": said, "token": token_for(word),
    }  # fmt: skip
    return console.page(request, "resume.html", {"signed_in": False, **shown})


async def _caller(console: Console, request: Request, fields: dict[str, str]) -> Caller:
    asked = read_values(SignIn, {"email": fields.get("email", ""), "password": fields.get("password", "")})
    return await users.sign_in(console.ground, asked, address=_address(request), door=DOOR)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _again(console: Console, request: Request, fields: Mapping[str, str], error: SwitchboardError) -> Response:
    told = WRONG if isinstance(error, NotSignedIn | Invalid) else sentence(str(error))
    status = NotSignedIn.status if told == WRONG else error.status
    return _retry_later(_form(console, request, fields, told, status), error)


def _retry_later(answer: Response, error: SwitchboardError) -> Response:
    if isinstance(error, LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _form(
    console: Console, request: Request, fields: Mapping[str, str], told: str = "", status: int = 200
) -> Response:  # fmt: skip
    provider = console.identity.provider.name if console.identity else ""
    shown = {"email": fields.get("email", ""), "told": told, "provider": provider, **_carried(fields)}
    return console.open_page(request, "sign_in.html", shown, status)


def _code_form(
    console: Console, request: Request, fields: Mapping[str, str], told: str = "", status: int = 200
) -> Response:  # fmt: skip
    return console.open_page(request, "code.html", {"told": told, **_carried(fields)}, status)


def _carried(fields: Mapping[str, str]) -> dict[str, str]:
    """What goes along from step to step: where to go on, and what was typed before."""
    kept = {name: fields.get(name, "") for name in KEPT}
    return {"wanted": own_path(fields.get("next", "/")), **kept}
