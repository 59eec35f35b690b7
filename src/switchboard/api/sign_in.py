"""`/api/auth/…`: access tokens given, renewed and ended."""

from pydantic_core import to_json

from switchboard.api.auth import RefreshAsked, SignInAsked, Tokens, bearer
from switchboard.api.exchange import Answer, Request
from switchboard.api.serving import Route, Serving
from switchboard.foundation.reading import read_json
from switchboard.foundation.records import Nothing

TAG = "api/auth"


def sign_in_routes(serving: Serving) -> list[Route]:
    """The three routes."""

    async def token(request: Request) -> Answer:
        asked = read_json(SignInAsked, await request.body())
        return Answer(to_json(await serving.sign_in.issue(asked, request.address)))

    async def refresh(request: Request) -> Answer:
        asked = read_json(RefreshAsked, await request.body())
        return Answer(to_json(await serving.sign_in.refresh(asked.refresh_token.get_secret_value())))

    async def logout(request: Request) -> Answer:
        await serving.sign_in.logout(bearer(request))
        return Answer(b"{}")

    return [
        Route(
            method="POST", path="/api/auth/token", handle=token, title="Sign in", tag=TAG, open_to_all=True,
            about="An access token for 24 hours, for an e-mail and password or an API key.",
            asks=SignInAsked, gives=Tokens,
        ),
        Route(
            method="POST", path="/api/auth/refresh", handle=refresh, title="Renew tokens", tag=TAG, open_to_all=True,
            about="The next access token; a refresh token works once.", asks=RefreshAsked, gives=Tokens,
        ),
        Route(
            method="POST", path="/api/auth/logout", handle=logout, title="Sign out", tag=TAG, gives=Nothing,
            about="End the access token it is called with, and its refresh tokens.",
        ),
    ]  # fmt: skip
