"""Signing in by an identity provider (OpenID Connect): authorization code with PKCE, state and nonce.

Who may enter is decided here, not there: the e-mail the provider has verified, or from the second time on its name for
the person, must be of an account that is in a workspace. Source: https://openid.net/specs/openid-connect-core-1_0.html
"""

# Authlib's client has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportGeneralTypeIssues=false

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from switchboard.accounts.store import ways_in as store
from switchboard.accounts.users import sign_in_as
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import NotSignedIn, SwitchboardError
from switchboard.foundation.ground import Ground

NAME = "sign-in at an identity provider"
LASTS, SKEW_S, PATIENCE_S = timedelta(minutes=10), 60, 10.0
SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
CALLBACK = "/oauth/callback/oidc"


class ProviderDown(SwitchboardError):
    """The identity provider does not answer, or not as it should."""

    code = "identity_provider"
    status = 502

    def __init__(self, what: str) -> None:
        super().__init__(f"the identity provider {what}; sign in with your password, or try again in a while")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where people sign in, and who we are there."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Where the browser goes, and the sealed word that it keeps until it comes back."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    state: str
    nonce: str
    verifier: str
    following: str
    until: str


class Identity:
    """Sign-in by one provider, for one process."""

    def __init__(self, ground: Ground, provider: Provider) -> None:
        self.provider = provider
        self._ground = ground
        self._known: dict[str, Any] = {}

    async def start(self, following: str) -> Started:
        """Send the browser there; `following` is where it wants to go afterwards."""
        kept = _Kept(
            state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48),
            following=following, until=(self._ground.clock() + LASTS).isoformat(),
        )  # fmt: skip
        async with self._client() as client:
            known = await self._metadata(client)
            address, _ = cast(
                "tuple[str, str]",
                client.create_authorization_url(
                    known["authorization_endpoint"], state=kept.state, nonce=kept.nonce, code_verifier=kept.verifier
                ),
            )
        said = json.dumps([kept.state, kept.nonce, kept.verifier, kept.following, kept.until])
        sealed = self._ground.vault.seal_named(NAME, said.encode())
        return Started(address=address, kept=urlsafe_b64encode(sealed).decode())

    async def finish(self, word: str, said: dict[str, str], *, door: str) -> tuple[Caller, str]:
        """The caller, and where they wanted to go; raise NotSignedIn when the provider vouches for nobody here."""
        kept = self._opened(word)
        if not secrets.compare_digest(kept.state, said.get("state", "")):
            raise NotSignedIn("that answer belongs to another sign-in; begin again")
        if "code" not in said:
            raise NotSignedIn("the identity provider signed nobody in; begin again")
        claims = await self._claims(said["code"], kept)
        if not claims.get("email") or claims.get("email_verified") is not True:
            raise NotSignedIn("the identity provider has not verified your e-mail; ask whoever runs it")
        async with self._ground.work(job_caller(NOBODY)) as work:
            account = await store.account_of_subject(
                work, self.provider.issuer, str(claims["sub"]), str(claims["email"]).lower()
            )
        if account is None:
            raise NotSignedIn("nobody here has your e-mail; ask an owner or admin to ask you in")
        return await sign_in_as(self._ground, account, door=door), kept.following

    async def _claims(self, code: str, kept: _Kept) -> dict[str, Any]:
        """What the provider says of who signed in, checked."""
        async with self._client() as client:
            known = await self._metadata(client)
            try:
                tokens = await client.fetch_token(
                    known["token_endpoint"], code=code, code_verifier=kept.verifier, grant_type="authorization_code"
                )
                keys = (await client.request("GET", known["jwks_uri"], withhold_token=True)).json()
                read = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
                self._expected(kept.nonce).validate(read.claims)
                return await _with_email(client, known, dict(read.claims))
            except (AuthlibBaseError, JoseError, KeyError, ValueError):
                raise NotSignedIn("the identity provider's answer did not hold; begin again") from None
            except httpx2.HTTPError:
                raise ProviderDown("does not answer") from None

    def _expected(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._ground.clock().timestamp()), leeway=SKEW_S, exp={"essential": True}, sub={"essential": True},
            iss={"essential": True, "value": self.provider.issuer}, nonce={"essential": True, "value": nonce},
            aud={"essential": True, "value": self.provider.client_id},
        )  # fmt: skip

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.provider.client_id, client_secret=self.provider.client_secret.get_secret_value(),
            redirect_uri=f"{self._ground.public_url}{CALLBACK}", scope=SCOPE, code_challenge_method="S256",
            timeout=PATIENCE_S,
        )  # fmt: skip

    async def _metadata(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        """What the provider publishes of itself; raise ProviderDown when it is not what is set here."""
        if self._known:
            return self._known
        address = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            known = (await client.request("GET", address, withhold_token=True)).json()
        except (httpx2.HTTPError, ValueError):
            raise ProviderDown("does not answer") from None
        if known.get("issuer") != self.provider.issuer:
            raise ProviderDown("calls itself otherwise than SWITCHBOARD_OIDC_ISSUER does")
        self._known = known
        return known

    def _opened(self, word: str) -> _Kept:
        try:
            state, nonce, verifier, following, until = json.loads(
                self._ground.vault.open_named(NAME, urlsafe_b64decode(word))
            )
        except (ValueError, SwitchboardError):
            raise NotSignedIn("begin the sign-in here") from None
        if datetime.fromisoformat(until) < self._ground.clock():
            raise NotSignedIn("that took long; begin again")
        return _Kept(state=state, nonce=nonce, verifier=verifier, following=following, until=until)


async def _with_email(client: AsyncOAuth2Client, known: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with the e-mail, which some providers tell only when they are asked for it."""
    if "email" in claims or "userinfo_endpoint" not in known:
        return claims
    said = (await client.request("GET", known["userinfo_endpoint"])).json()
    if said.get("sub") != claims["sub"]:
        raise ValueError("somebody else's")
    return {**claims, "email": said.get("email"), "email_verified": said.get("email_verified")}
