"""The public keys of an OpenID provider: fetched from where it is set to be, bounded in time and size, kept a while.

Nothing a token says decides where anything is fetched. Source: https://www.rfc-editor.org/rfc/rfc8414 and rfc7517
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from pydantic_core import from_json

from switchboard.foundation.errors import SwitchboardError

LOG = structlog.get_logger()
PublicKey = RSAKey | ECKey | OKPKey
ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
PATIENCE_S, LARGEST, MOST_KEYS = 5.0, 256_000, 100
FRESH, AGAIN = timedelta(minutes=10), timedelta(seconds=30)  # how long keys are good, and the least time between looks
HOLDS = timedelta(hours=1)  # how long they are good while the provider does not answer
METADATA = "/.well-known/openid-configuration"


class ProviderAway(SwitchboardError):
    """The provider's keys can not be had just now."""

    code = "identity_provider"
    status = 503


class ProviderKeys:
    """Those of one provider, as one process knows them."""

    def __init__(self, issuer: str, keys_url: str | None, clock: Callable[[], datetime]) -> None:
        self._issuer = issuer
        self._keys_url = keys_url
        self._clock = clock
        self._known: dict[str, PublicKey] = {}
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str) -> PublicKey | None:
        """The key of this id, None where there is none; raise ProviderAway when that can not be known."""
        if not self._is_known(kid):
            async with self._one_at_a_time:
                if not self._is_known(kid) and self._may_look():
                    await self._look()
        now = self._clock()
        if self._read_at is None or now - self._read_at > HOLDS:
            raise ProviderAway("the identity provider does not answer, so its tokens can not be checked; try again")
        return self._known.get(kid)

    async def count(self) -> int:
        """How many it publishes now; raise ProviderAway."""
        self._read_at = self._tried_at = None
        await self._look()
        if self._read_at is None:
            raise ProviderAway(f"{self._issuer} does not answer as an OpenID provider of this name does, see the log")
        return len(self._known)

    def _is_known(self, kid: str) -> bool:
        return self._read_at is not None and kid in self._known and self._clock() - self._read_at < FRESH

    def _may_look(self) -> bool:
        """Whoever makes key ids up must not have us ask the provider each time."""
        return self._tried_at is None or self._clock() - self._tried_at >= AGAIN

    async def _look(self) -> None:
        self._tried_at = self._clock()
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._known, self._read_at = await self._read(), self._clock()
        except (httpx2.HTTPError, TimeoutError, ValueError, JoseError) as error:
            LOG.warning("provider_keys_unread", reason=type(error).__name__)

    async def _read(self) -> dict[str, PublicKey]:
        async with httpx2.AsyncClient(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as client:
            address = self._keys_url or self._there(await _fetched(client, self._issuer.rstrip("/") + METADATA))
            return _keys(await _fetched(client, address))

    def _there(self, said: Mapping[str, Any]) -> str:
        """Where the provider says its keys are; raise ValueError where that is not on its own host."""
        address = str(said.get("jwks_uri"))
        theirs, ours = urlsplit(address), urlsplit(self._issuer)
        if said.get("issuer") != self._issuer or (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            raise ValueError("not the issuer's")
        return address


async def _fetched(client: httpx2.AsyncClient, address: str) -> dict[str, Any]:
    """A document of the provider; raise ValueError for one that is large, elsewhere, or none."""
    body = bytearray()
    async with client.stream("GET", address, headers={"accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise ValueError("not there")
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise ValueError("too large")
    said = from_json(bytes(body))
    if not isinstance(said, dict):
        raise ValueError("no document")  # noqa: TRY004 - what it holds is wrong, not what it is called with
    return cast("dict[str, Any]", said)


def _keys(said: Mapping[str, Any]) -> dict[str, PublicKey]:
    """Those that verify signatures; secrets that both sides share, and keys to encrypt with, are not among them."""
    if not isinstance(said.get("keys"), list) or len(said["keys"]) > MOST_KEYS:
        raise ValueError("no keys")
    good = [each for each in cast("list[dict[str, Any]]", said["keys"]) if _verifies(each)]
    found = KeySet.import_key_set({"keys": good}).keys if good else []
    return {str(key.kid): key for key in found if isinstance(key, RSAKey | ECKey | OKPKey)}


def _verifies(key: Mapping[str, Any]) -> bool:
    if not isinstance(key, dict) or not key.get("kid"):
        return False
    return key.get("use", "sig") == "sig" and key.get("alg", ALGORITHMS[0]) in ALGORITHMS
