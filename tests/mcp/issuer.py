"""A provider of the tests' own, that signs whatever it is asked to, says what it is told to, and notes who asks it."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.types import Receive, Scope, Send

from switchboard.foundation import clock
from tests.api.listening import listening

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}, private=True)
SHARED = OctKey.import_key("a secret that both sides would share", {"kid": "shared", "use": "sig"})
ROGUE = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)  # under the id of the good one


@dataclass
class Issuer:
    """It, and what it was asked: paths, with the headers."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    """What its metadata says otherwise."""
    moved: dict[str, str] = field(default_factory=dict[str, str])
    """Paths that answer with another address."""
    padding: int = 0
    """Bytes that the keys are made larger by."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked.append((path, {name.decode(): value.decode() for name, value in scope["headers"]}))
        said: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.metadata}
        if path.endswith("/keys"):
            keys = [RSA.as_dict(private=False), EC.as_dict(private=False), SHARED.as_dict()]
            said = {"keys": keys, "padding": "x" * self.padding}
        status, headers = (302, [(b"location", self.moved[path].encode())]) if path in self.moved else (200, [])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    def token(
        self, claims: Mapping[str, Any], key: RSAKey | ECKey | OctKey = RSA, header: Mapping[str, Any] | None = None
    ) -> str:
        """A token of these claims; those that are None are left out."""
        now = int(clock.now().timestamp())
        said = {"iss": self.url, "iat": now, "exp": now + 300, "scope": "mcp:read mcp:write", **claims}
        algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
        head = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}
        left = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None}, left, key, [str(head["alg"])]
        )


@asynccontextmanager
async def issuing() -> AsyncGenerator[Issuer]:
    """One that listens on this machine."""
    made = Issuer()
    async with listening(made, lifespan=False) as url:
        made.url = url
        yield made
