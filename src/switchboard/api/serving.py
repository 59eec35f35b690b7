"""What this door stands on, put together by `main`, and what a path of it is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.auth import bearer
from switchboard.api.exchange import Handler, Request
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What this door stands on."""

    ground: Ground
    credentials: Credentials
    ready: Callable[[], Awaitable[None]]  # raises DatabaseDown when this process can not serve
    log: AccessLog

    async def caller(self, request: Request) -> Caller:
        """The caller of a request; raise NotSignedIn."""
        return await self.credentials.caller(bearer(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path, what answers it, and what /docs says of it.

    `asks` is the body's shape, of a GET the shape of path and query together; `names` says which field a part of the
    path is, `body` what a body holds beside the path.
    """

    method: Method
    path: str
    handle: Handler
    title: str
    about: str
    tag: str
    asks: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    open_to_all: bool = False
    changes: bool = False  # it takes the headers of changes: a key, a dry run, an approval
    gives_media: str = "application/json"
