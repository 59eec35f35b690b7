"""Who is asking: the credential in a request, and the paths that give, renew and end access tokens."""

from typing import Literal, Protocol

from pydantic import Field, SecretStr, model_validator

from switchboard.api.exchange import Request
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.records import Record

HOW = "send an API key or an access token as `Authorization: Bearer …`; POST /api/auth/token gives tokens"


class Tokens(Record):
    """What a sign-in gives."""

    access_token: str = Field(description="send it as `Authorization: Bearer …`")
    refresh_token: str = Field(description="gives the next two at /api/auth/refresh, once")
    expires_in: int = Field(description="seconds the access token is good for")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a name, no secret


class SignInAsked(Record):
    """An e-mail and its password, or an API key."""

    email: str | None = Field(default=None, max_length=320)
    password: SecretStr | None = Field(default=None, max_length=1_000)
    api_key: SecretStr | None = Field(default=None, max_length=200)
    workspace: str | None = Field(default=None, max_length=200, description="which one, for a user of several")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "SignInAsked":
        by_password = self.email is not None and self.password is not None
        if by_password == (self.api_key is not None):
            raise ValueError("send email and password, or api_key alone")
        return self


class RefreshAsked(Record):
    """The refresh token of the last sign-in or refresh."""

    refresh_token: SecretStr = Field(max_length=1_000)


class Credentials(Protocol):
    """Whose a credential is, and how to get one."""

    async def caller(self, bearer: str) -> Caller:
        """The caller behind an API key or an access token; raise NotSignedIn."""
        ...


class SignIn(Protocol):
    """Gives, renews and ends access tokens."""

    async def issue(self, asked: SignInAsked, address: str) -> Tokens:
        """Tokens for who proves to be somebody; raise NotSignedIn, or LimitReached after too many tries."""
        ...

    async def refresh(self, refresh_token: str) -> Tokens:
        """The next tokens; raise NotSignedIn."""
        ...

    async def logout(self, bearer: str) -> None:
        """End the access token and its refresh tokens."""
        ...


def bearer(request: Request) -> str:
    """The key or token in a request's headers; raise NotSignedIn without one."""
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
