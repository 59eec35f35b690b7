"""The console's two cookies: the session, and a word that the sign-in form is tied to before there is one."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

LONGEST_S = 90 * 86_400  # the browser forgets it then; the server knows earlier whether it still holds
SESSION, FORM = "switchboard_session", "switchboard_form"


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
        """Have the browser keep it: the session for long, the other while it runs."""
        response.set_cookie(
            self._name(name), word, max_age=LONGEST_S if name == SESSION else None, path="/", secure=self.are_secure,
            httponly=True, samesite="lax",
        )  # fmt: skip

    def drop(self, response: Response, name: str) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._name(name), path="/", secure=self.are_secure, httponly=True, samesite="lax")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.are_secure else name
