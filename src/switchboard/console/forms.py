"""Forms: read within a bound, and only where they come from a page of ours.

Three things must hold: the browser says it comes from our own origin (Sec-Fetch-Site, else Origin), the token fits
the cookie, and the cookie came along at all (SameSite=Lax). A token is salted anew for each page, so that it tells
nothing through the size of a compressed answer.
"""

import hashlib
import hmac
import secrets
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from switchboard.foundation.errors import Invalid, NotAllowed

MOST_FORM = 20_000  # bytes
MOST_FIELDS = 100
TOKEN = "token"  # noqa: S105 - the name of the field
SALT = 16  # letters
READ = "switchboard.form"
LONGEST_PATH = 6_000  # letters: an audience that is being built stands in its address


class FormRefused(NotAllowed):
    """A form that did not come from a page of ours."""

    code = "form_refused"

    def __init__(self) -> None:
        super().__init__("the form came from elsewhere, or from a page that was too old; reload the page and try again")


def token_for(word: str) -> str:
    """The token of a form on a page of the browser whose cookie is `word`."""
    salt = secrets.token_urlsafe(SALT)[:SALT]
    return salt + _told(word, salt)


async def read_form(request: Request, word: str, public: str) -> dict[str, str]:
    """The fields of a form; raise FormRefused, or Invalid when it can not be read.

    `word` is the cookie its token was made for, `public` the origin people use.
    """
    fields = await read_fields(request)
    told = fields.pop(TOKEN, "")
    if not is_ours(request, public) or not token_holds(word, told):
        raise FormRefused
    return fields


def sent_as(request: Request) -> str:
    """What tells a form that was read from every other: the same only when a browser sends the very same again."""
    return hashlib.sha256(request.scope[READ]).hexdigest()


def token_holds(word: str, told: str) -> bool:
    """Whether it is a token of a page of the browser whose cookie is `word`."""
    salt, proof = told[:SALT], told[SALT:]
    return bool(word) and hmac.compare_digest(proof.encode(), _told(word, salt).encode())


async def read_fields(request: Request) -> dict[str, str]:
    """The fields of a form, wherever it came from; of several of one name the last."""
    body = await _body(request)
    try:
        return dict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        )
    except ValueError:
        raise Invalid("the form can not be read; reload the page and try again") from None


def is_ours(request: Request, public: str) -> bool:
    """Whether the browser says that one of our own pages sent this; one that says nothing is not believed."""
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    origin = request.headers.get("origin", "")
    return origin == public or (bool(origin) and urlsplit(origin).netloc == request.headers.get("host"))


def own_path(said: str) -> str:
    """The path to go to next; the overview for everything that could lead elsewhere."""
    is_path = said.startswith("/") and not said.startswith("//") and "\\" not in said
    return said if is_path and said.isascii() and said.isprintable() and len(said) <= LONGEST_PATH else "/"


def _told(word: str, salt: str) -> str:
    return hmac.digest(word.encode(), f"console form {salt}".encode(), "sha256").hex()


async def _body(request: Request) -> bytes:
    """All of it; it is kept, for what is answered when the handling of a form fails."""
    if READ not in request.scope:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_FORM:
                raise Invalid("the form is too long")
        request.scope[READ] = body
    return request.scope[READ]
