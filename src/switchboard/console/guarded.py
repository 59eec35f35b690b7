"""The headers that every answer of this door has."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # under no-referrer browsers would not say where a form comes from
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
A_YEAR = "max-age=31536000"


def policy(assets_url: str | None) -> str:
    """What pages may load and do: everything from here alone, files also from where `assets_url` says."""
    parts = urlsplit(assets_url or "")
    ours = f"'self' {parts.scheme}://{parts.netloc}" if assets_url else "'self'"
    return (
        f"default-src 'none'; script-src {ours}; style-src {ours}; font-src {ours}; img-src {ours} data:;"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def headers(public_url: str, assets_url: str | None) -> Mapping[str, str]:
    """The headers; over https browsers are told to stay with it."""
    stays = {"Strict-Transport-Security": A_YEAR} if public_url.startswith("https:") else {}
    return HEADERS | {"Content-Security-Policy": policy(assets_url)} | stays


class Guarded:
    """An application whose answers have these headers, unless they have their own."""

    def __init__(self, app: ASGIApp, given: Mapping[str, str]) -> None:
        self._app = app
        self._given = given

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._given.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)
