"""Signing in by an identity provider: there, and back."""

from starlette.requests import Request
from starlette.responses import Response

from switchboard.accounts.identity import ProviderDown
from switchboard.console.cookies import IDENTITY
from switchboard.console.forms import own_path
from switchboard.console.pages import sign_in
from switchboard.console.visits import DOOR, Console, to
from switchboard.foundation.errors import NotFound, NotSignedIn


async def leave(console: Console, request: Request) -> Response:
    """Send the browser to the provider."""
    if console.identity is None:
        raise NotFound("no identity provider is set; sign in with your password")
    try:
        started = await console.identity.start(own_path(request.query_params.get("next", "/")))
    except ProviderDown as error:
        return sign_in.form_again(console, request, error)
    answer = to(started.address)
    console.cookies.put(answer, IDENTITY, started.kept)
    return answer


async def come_back(console: Console, request: Request) -> Response:
    """A session for whom the provider vouches."""
    if console.identity is None:
        raise NotFound("no identity provider is set; sign in with your password")
    said = {name: request.query_params.get(name, "") for name in ("state", "code") if name in request.query_params}
    try:
        caller, following = await console.identity.finish(console.cookies.read(request, IDENTITY), said, door=DOOR)
    except (NotSignedIn, ProviderDown) as error:
        return sign_in.form_again(console, request, error)
    answer = await sign_in.begin(console, request, caller, {"next": following})
    console.cookies.drop(answer, IDENTITY)
    return answer
