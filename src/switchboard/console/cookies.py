"""The console's cookies: the session, a word that forms are tied to before there is one, what was just done, the theme.

What was just done is told once, on the next page.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

LONGEST_S = 90 * 86_400  # the browser forgets it then; the server knows earlier whether it still holds
SESSION, FORM, TOLD, THEME = "switchboard_session", "switchboard_form", "switchboard_told", "switchboard_theme"
PENDING, IDENTITY = "switchboard_pending", "switchboard_identity"  # between the steps of a sign-in
LEFT = "switchboard_left"  # the session of the workspace that was left, until the next request tells it arrived
LASTS_S = {SESSION: LONGEST_S, LEFT: LONGEST_S, THEME: 5 * LONGEST_S, TOLD: 60, PENDING: 600, IDENTITY: 600}
THEMES = ("light", "dark", "system")
MOST_TOLD = 300  # letters


@dataclass(frozen=True, slots=True)
class Cookies:
    """How cookies are set at the address people use; over https no other host can set them (`__Host-`)."""

    public_url: str

    @property
    def origin(self) -> str:
        """The origin of the address."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def are_secure(self) -> bool:
        """Whether they go over https alone."""
        return self.public_url.startswith("https:")

    def read(self, request: Request, name: str) -> str:
        """The cookie's word; empty without one."""
        return request.cookies.get(self._name(name), "")

    def put(self, response: Response, name: str, word: str) -> None:
        """Have the browser keep it: the session for long, what forms are tied to while it runs."""
        response.set_cookie(
            self._name(name), word, max_age=LASTS_S.get(name), path="/", secure=self.are_secure,
            httponly=True, samesite="lax",
        )  # fmt: skip

    def drop(self, response: Response, name: str) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._name(name), path="/", secure=self.are_secure, httponly=True, samesite="lax")

    def tell(self, response: Response, told: str) -> None:
        """Have the next page tell what was done."""
        self.put(response, TOLD, quote(told[:MOST_TOLD]))

    def told(self, request: Request) -> str:
        """What was done before this page; empty for nothing."""
        return unquote(self.read(request, TOLD))[:MOST_TOLD]

    def theme(self, request: Request) -> str:
        """The theme that was chosen; the system's when none was."""
        chosen = self.read(request, THEME)
        return chosen if chosen in THEMES else "system"

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.are_secure else name
