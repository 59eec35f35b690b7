"""The gateway as a resource server (RFC 9728): its names, whose tokens it takes, from where it may be called."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import Scope

from switchboard.accounts.provider_tokens import ProviderTokens
from switchboard.accounts.scopes import LETS, READ, scope_for
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings, listed
from switchboard.mcp.catalogue import Catalogue
from switchboard.mcp.discovery import CALL

WELL_KNOWN = "/.well-known/oauth-protected-resource"
ROOT = "/mcp"
HERE = ("127.0.0.1", "localhost", "[::1]")
MISDIRECTED = 421


class Strange(SwitchboardError):
    """A request that a page elsewhere may have had a browser send here (DNS rebinding)."""

    code = "strange_host"
    status: ClassVar[int] = MISDIRECTED

    def __init__(self) -> None:
        super().__init__("this server has another name; whoever runs it allows more in SWITCHBOARD_MCP_HOSTS")


class StrangeOrigin(SwitchboardError):
    """A page of an origin that is not let in."""

    code = "strange_origin"
    status: ClassVar[int] = 403

    def __init__(self) -> None:
        super().__init__(
            "pages of this origin are not let in; whoever runs this server does in SWITCHBOARD_MCP_ORIGINS"
        )


class InsufficientScope(SwitchboardError):
    """An access token that does not reach as far as the account behind it."""

    code = "insufficient_scope"
    status: ClassVar[int] = 403

    def __init__(self, scope: str) -> None:
        super().__init__(f"this needs the scope {scope}; ask the identity provider for a token that has it, too")
        self.scope = scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What the world is told of the gateway, and whom it lets in."""

    url: str
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tokens: ProviderTokens | None = None

    def names(self, path: str) -> tuple[str, ...]:
        """What a token for this path may be for: all servers, or this one."""
        return (self.url + ROOT, self.url + path)

    def metadata(self, path: str) -> dict[str, Any]:
        """What clients read of the address at this path."""
        issuers = {} if self.tokens is None else {"authorization_servers": [self.tokens.given.issuer]}
        return {
            "resource": self.url + path, "resource_name": "Switchboard", **issuers, "scopes_supported": list(LETS),
            "bearer_methods_supported": ["header"],
        }  # fmt: skip

    def challenge(self, path: str, error: SwitchboardError) -> bytes:
        """What `WWW-Authenticate` says to who lacks a token, or a scope of theirs."""
        scope = error.scope if isinstance(error, InsufficientScope) else READ
        kind = ', error="insufficient_scope"' if isinstance(error, InsufficientScope) else ""
        where = f'resource_metadata="{self.url}{WELL_KNOWN}{path}"'
        return f'Bearer realm="switchboard", {where}, scope="{scope}"{kind}'.encode()

    def guard(self) -> TransportSecuritySettings:
        """Only our own names and this machine's, against pages that have a name point here (DNS rebinding)."""
        public = urlsplit(self.url)
        return TransportSecuritySettings(
            allowed_hosts=[public.netloc, *self.hosts, *HERE, *(f"{host}:*" for host in HERE)],
            allowed_origins=[
                f"{public.scheme}://{public.netloc}",
                *self.origins,
                *(f"http://{host}:*" for host in HERE),
            ],
        )

    async def check_origin(self, scope: Scope) -> None:
        """Raise Strange or StrangeOrigin for a request that a page elsewhere had a browser send."""
        refused = await TransportSecurityMiddleware(self.guard()).validate_request(Request(scope))
        if refused is not None:
            raise Strange if refused.status_code == MISDIRECTED else StrangeOrigin


def resource_of(ground: Ground, settings: Settings) -> Resource:
    """As the settings have it."""
    return Resource(
        url=settings.public_url.rstrip("/"), hosts=listed(settings.mcp_hosts), origins=listed(settings.mcp_origins),
        tokens=None if settings.oauth is None else ProviderTokens(ground, settings.oauth),
    )  # fmt: skip


def check_reads(caller: Caller) -> None:
    """Raise InsufficientScope for a token that lets nothing through."""
    if not caller.permissions:
        raise InsufficientScope(READ)


async def check_scope(caller: Caller, offered: Catalogue, body: bytes) -> None:
    """Raise InsufficientScope for a call that the account may make and its token may not."""
    for name in called(body):
        found = await offered.find(caller, name)
        if found is None:
            continue
        tool, _ = found
        if tool.declared.permission in caller.withheld and caller.has_tool(tool.bare):
            raise InsufficientScope(scope_for(tool.declared.permission))


def called(body: bytes) -> Iterable[str]:
    """The tools a request calls, by itself or by the tool that calls others."""
    try:
        said = from_json(body)
    except ValueError:
        return
    match said:
        case {"method": "tools/call", "params": {"name": str(name), **rest}}:
            yield name
            match rest:
                case {"arguments": {"name": str(inner)}} if name == CALL:
                    yield inner
                case _:
                    return
        case _:
            return
