"""`/api/auth/…`: access tokens given, renewed and ended."""

from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_core import to_json

from switchboard.accounts import users
from switchboard.accounts.records import SignIn, Tokens
from switchboard.api.auth import bearer
from switchboard.api.exchange import Answer, Request
from switchboard.api.routes import DOOR
from switchboard.api.serving import Route, Serving
from switchboard.foundation.callers import Caller
from switchboard.foundation.reading import read_json, read_values
from switchboard.foundation.records import Nothing, Record

TAG = "api/auth"


class TokenAsked(Record):
    """An e-mail and its password, or an API key."""

    email: str | None = None
    password: SecretStr | None = None
    workspace: str | None = Field(default=None, description="its name, for who is in several")
    code: SecretStr | None = Field(default=None, description="of the app, or for recovery, with a second factor")
    api_key: SecretStr | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "TokenAsked":
        by_password = self.email is not None and self.password is not None
        either = self.email is not None or self.password is not None
        if by_password == (self.api_key is not None) or (either and not by_password):
            raise ValueError("send email and password, or api_key alone")
        return self


class RefreshAsked(Record):
    """The refresh token of the last sign-in or refresh."""

    refresh_token: SecretStr


class TokensGiven(Tokens):
    """What a sign-in gives."""

    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a name, no secret


def sign_in_routes(serving: Serving) -> list[Route]:
    """The three routes."""

    async def token(request: Request) -> Answer:
        asked = read_json(TokenAsked, await request.body())
        return _given(await serving.credentials.tokens.issue(await _caller(serving, asked, request.address)))

    async def refresh(request: Request) -> Answer:
        asked = read_json(RefreshAsked, await request.body())
        return _given(await serving.credentials.tokens.refresh(asked.refresh_token.get_secret_value()))

    async def logout(request: Request) -> Answer:
        await serving.credentials.tokens.logout(bearer(request))
        return Answer(b"{}")

    return [
        Route(
            method="POST", path="/api/auth/token", handle=token, title="Sign in", tag=TAG, open_to_all=True,
            about="An access token for 24 hours, for an e-mail and password or an API key.",
            asks=TokenAsked, gives=TokensGiven,
        ),
        Route(
            method="POST", path="/api/auth/refresh", handle=refresh, title="Renew tokens", tag=TAG, open_to_all=True,
            about="The next access token; a refresh token works once.", asks=RefreshAsked, gives=TokensGiven,
        ),
        Route(
            method="POST", path="/api/auth/logout", handle=logout, title="Sign out", tag=TAG, gives=Nothing,
            about="End the access token it is called with, and its refresh tokens.",
        ),
    ]  # fmt: skip


async def _caller(serving: Serving, asked: TokenAsked, address: str) -> Caller:
    if asked.api_key is not None:
        return await serving.credentials.keys.caller(asked.api_key.get_secret_value())
    password = asked.password.get_secret_value() if asked.password else ""
    code = asked.code.get_secret_value() if asked.code else None
    shown = read_values(
        SignIn, {"email": asked.email, "password": password, "workspace": asked.workspace, "code": code}
    )
    return await users.sign_in(serving.ground, shown, address=address, door=DOOR)


def _given(tokens: Tokens) -> Answer:
    return Answer(to_json(TokensGiven(**tokens.model_dump())))
