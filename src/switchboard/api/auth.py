"""The credential in a request."""

from switchboard.api.exchange import Request
from switchboard.foundation.errors import NotSignedIn

HOW = "send an API key or an access token as `Authorization: Bearer …`; POST /api/auth/token gives tokens"


def bearer(request: Request) -> str:
    """The API key or access token in the headers; raise NotSignedIn without one."""
    key = b""
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, word = value.partition(b" ")
            if scheme.lower() != b"bearer" or not word.strip():
                raise NotSignedIn(HOW)
            return word.strip().decode("latin-1")
        if name == b"x-api-key":
            key = value.strip()
    if not key:
        raise NotSignedIn(HOW)
    return key.decode("latin-1")
