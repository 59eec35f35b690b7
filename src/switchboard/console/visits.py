"""A request of somebody who is signed in, and what its page stands on."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

from jinja2 import Environment
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.identity import Identity
from switchboard.accounts.records import WorkspaceSettings
from switchboard.console.assets import Assets
from switchboard.console.cookies import FORM, LEFT, SESSION, TOLD, Cookies
from switchboard.console.forms import read_form, sent_as, token_for
from switchboard.console.places import menu
from switchboard.console.words import PLAIN, Words, words_of
from switchboard.foundation.callers import Caller
from switchboard.foundation.charts import Charts
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import Terms
from switchboard.intelligence.operations.customers import search

Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
DOOR = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What this door stands on."""

    ground: Ground
    credentials: Credentials
    charts: Charts
    cookies: Cookies
    templates: Environment
    assets: Assets
    identity: Identity | None = None

    def page(self, request: Request, template: str, shown: Mapping[str, object], status: int = 200) -> Response:
        """A page of its template; it tells what was just done, once."""
        done = self.cookies.told(request)
        given = {
            "words": PLAIN, "assets": self.assets, "icons": self.assets.icons, "done": done,
            "theme": self.cookies.theme(request),
        }  # fmt: skip
        answer = HTMLResponse(self.templates.get_template(template).render({**given, **shown}), status)
        if done:
            self.cookies.drop(answer, TOLD)
        return answer

    def open_page(self, request: Request, template: str, shown: Mapping[str, object], status: int = 200) -> Response:
        """A page for who is not signed in, whose form is tied to a word of this browser."""
        word = self.cookies.read(request, FORM) or secrets.token_urlsafe(24)
        answer = self.page(request, template, {"signed_in": False, "token": token_for(word), **shown}, status)
        self.cookies.put(answer, FORM, word)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request and whose it is."""

    console: Console
    request: Request
    caller: Caller
    word: str  # of the session's cookie
    shop: WorkspaceSettings
    workspaces: Mapping[str, UUID]

    async def ask(self, operation: Operation[Asked, Given], asked: Asked) -> Given:
        """Call an operation for whoever is signed in."""
        return await operation(self.console.ground, self.caller, asked, door=DOOR)

    async def ask_once(self, operation: Operation[Asked, Given], asked: Asked) -> Given:
        """Call one whose answer is shown this once: a page loaded again sends its form again, and gets the same.

        To be called after `form`.
        """
        terms = Terms(key=f"form {sent_as(self.request)}")
        return await operation(self.console.ground, self.caller, asked, door=DOOR, terms=terms)

    async def form(self) -> dict[str, str]:
        """The form that was sent; raise FormRefused when it came from elsewhere."""
        return await read_form(self.request, self.word, self.console.cookies.origin)

    def part(self, template: str, shown: Mapping[str, object]) -> str:
        """A part of a page, to be put in its place."""
        given = {"icons": self.console.assets.icons, **self.around(), **shown}
        return self.console.templates.get_template(template).render(given)

    def page(self, template: str, shown: Mapping[str, object], status: int = 200) -> Response:
        """A page inside the layout."""
        return self.console.page(self.request, template, {**self.around(), **shown}, status)

    @property
    def words(self) -> Words:
        """How the workspace writes."""
        return words_of(self.shop.locale, self.shop.time_zone, self.shop.currency)

    @property
    def here(self) -> str:
        """The address of this page, to come back to; the overview for what is no page to come back to."""
        return here_of(self.request) if self.request.method in {"GET", "HEAD"} else "/"

    def after(self, path: str, told: str = "") -> Response:
        """Go on to a page of ours, which tells what was done."""
        answer = to(path)
        if told:
            self.console.cookies.tell(answer, told)
        return answer

    def around(self) -> dict[str, object]:
        """What the layout shows."""
        return {
            "signed_in": True, "me": self.caller, "caller": self.caller, "shop": self.shop, "zone": self.shop.time_zone,
            "currency": self.shop.currency, "workspaces": self.workspaces, "path": self.request.scope["path"],
            "token": token_for(self.word), "may_search": self.caller.may(search.permission), "menu": menu(self.caller),
            "words": self.words,
            "here": self.here,
        }  # fmt: skip


async def enter(console: Console, request: Request) -> Visit:
    """The visit of whoever the cookie is; raise NotSignedIn."""
    word = console.cookies.read(request, SESSION)
    if not word:
        raise NotSignedIn("sign in first")
    caller = await console.credentials.sessions.caller(word)
    left = console.cookies.read(request, LEFT)
    if left and left != word:
        await console.credentials.sessions.leave(left, caller)
    shop = await accounts.workspace_settings(console.ground, caller, Nothing(), door=DOOR)
    workspaces = await console.credentials.sessions.workspaces(caller)
    return Visit(console=console, request=request, caller=caller, word=word, shop=shop, workspaces=workspaces)


def here_of(request: Request) -> str:
    """The path of a request with its question, as it was on the wire."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return raw.decode("latin-1") + (f"?{request.url.query}" if request.url.query else "")


def to(path: str) -> Response:
    """Go to a page of ours."""
    return RedirectResponse(path, 303)
