"""Access tokens of an OpenID provider of the house's own (OAuth 2.1, RFC 9068), and who stands behind them here.

A token is good when the provider that is set signed it, for us, and for now. Whom it stands for is decided here:
* a person: the account that its `sub` was tied to, by signing in with that provider before or by a verified e-mail in
  the token; in the one workspace the account is in, or the one that the claim `workspace` names;
* a machine (its `sub` is its client id): the API key that the settings name for it.
Scopes only take away from what the account or key may do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from pydantic_core import from_json

from switchboard.accounts import scopes
from switchboard.accounts.provider_keys import ALGORITHMS, ProviderKeys, PublicKey
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.secret_words import hashed
from switchboard.accounts.store import keys as key_store
from switchboard.accounts.store import users as user_store
from switchboard.accounts.store import ways_in as store
from switchboard.accounts.users import user_caller
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.settings import OAuthSettings

KINDS = {"at+jwt", "application/at+jwt", "jwt", ""}  # RFC 9068, and providers that do not mark access tokens
OF_SIGN_IN = ("nonce", "at_hash", "c_hash")  # claims that only tokens of a sign-in hold, which open nothing here
POINTS_ELSEWHERE = ("jku", "jwk", "x5u", "x5c", "crit", "b64")  # what a header could bring a key along by
LONGEST_TOKEN, MOST_AUDIENCES = 8_000, 20
LEEWAY_S = 5
REFUSED = "the access token is not good here, or no more; get one from the identity provider for this address"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good token says."""

    claims: dict[str, Any]
    audiences: frozenset[str]
    expires_at: datetime


class ProviderTokens:
    """Finds the callers behind tokens of one provider."""

    def __init__(self, ground: Ground, given: OAuthSettings) -> None:
        self.given = given
        self._ground = ground
        self._keys = ProviderKeys(given.issuer, given.keys_url, ground.clock)
        self._known: Remembered[bytes, tuple[Caller, Verified]] = Remembered()

    def issued(self, token: str) -> bool:
        """Whether a token says that it is of this provider; nothing is believed yet."""
        try:
            return jwt_claims(token).get("iss") == self.given.issuer
        except (JoseError, ValueError):
            return False

    async def caller(self, token: str, resources: tuple[str, ...]) -> Caller:
        """The caller behind a token for one of these addresses; raise NotSignedIn for any other.

        Raise ProviderAway when the provider's keys can not be had.
        """
        now, which = self._ground.clock(), hashed(token)
        caller, said = self._known.get(which, now) or (None, None)
        if caller is None or said is None or said.expires_at <= now:
            said = await self._verified(token)
            self._for_us(said, resources)
            async with self._ground.work(job_caller(NOBODY)) as work:
                caller = scopes.within(await self._whose(work, said.claims), _scopes(said.claims))
            self._known.keep(which, (caller, said), now)
        self._for_us(said, resources)
        return caller

    def _for_us(self, said: Verified, resources: tuple[str, ...]) -> None:
        if said.audiences.isdisjoint({*resources, *([self.given.audience] if self.given.audience else [])}):
            raise NotSignedIn("the access token is for another server; ask the identity provider for one for this")

    async def _verified(self, token: str) -> Verified:
        try:
            header = _header(token)
            key = await self._keys.find(str(header["kid"]))
            return self._checked(jwt.decode(token, _known(key), algorithms=[str(header["alg"])]).claims)
        except (JoseError, ValueError, TypeError, KeyError, OverflowError):
            raise NotSignedIn(REFUSED) from None

    def _checked(self, claims: dict[str, Any]) -> Verified:
        now = self._ground.clock()
        JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=LEEWAY_S,
            iss={"essential": True, "value": self.given.issuer}, sub={"essential": True}, exp={"essential": True},
        ).validate(claims)  # fmt: skip
        said = claims.get("aud")
        audiences = cast("list[Any]", said) if isinstance(said, list) else [said]
        if any(name in claims for name in OF_SIGN_IN) or len(audiences) > MOST_AUDIENCES:
            raise ValueError("no access token")
        expires_at = datetime.fromtimestamp(float(claims["exp"]), tz=now.tzinfo)
        return Verified(claims, frozenset(str(each) for each in audiences), expires_at)

    async def _whose(self, work: Work, claims: dict[str, Any]) -> Caller:
        subject = str(claims["sub"])
        machine = str(claims.get("client_id") or claims.get("azp") or "")
        if subject == machine:
            return await self._machine(work, machine)
        email = str(claims.get("email") or "").lower() if claims.get("email_verified") is True else ""
        account = await store.account_of_subject(work, self.given.issuer, subject, email)
        if account is None:
            raise NotSignedIn("nobody here is tied to this identity; sign in to the console by the provider once")
        return user_caller(account, _entered(await user_store.memberships_of(work, account), claims.get("workspace")))

    async def _machine(self, work: Work, machine: str) -> Caller:
        key = self.given.machines.get(machine)
        found = None if key is None else await key_store.caller_by_id(work, UUID(key), work.now)
        if found is None:
            raise NotSignedIn("no API key here is good for this machine; name one in SWITCHBOARD_OAUTH_MACHINES")
        return found


def _header(token: str) -> dict[str, Any]:
    """What a token's header says; raise ValueError for more, or less, than a signature by an algorithm of ours."""
    if len(token) > LONGEST_TOKEN:
        raise ValueError("too long")
    header = jws.extract_compact(token.encode()).headers()
    if header.get("alg") not in ALGORITHMS or not header.get("kid"):
        raise ValueError("not an algorithm of ours")
    if str(header.get("typ") or "").lower() not in KINDS or any(name in header for name in POINTS_ELSEWHERE):
        raise ValueError("not an access token")
    return header


def _known(key: PublicKey | None) -> PublicKey:
    if key is None:
        raise ValueError("no such key")
    return key


def jwt_claims(token: str) -> dict[str, Any]:
    """What a token says, unverified; raise JoseError or ValueError for none."""
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise ValueError("no token")
    said = from_json(jws.extract_compact(token.encode()).payload)
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def _entered(known: list[user_store.Membership], named: object) -> user_store.Membership:
    fit = [each for each in known if named is None or str(named) in {str(each.workspace_id), each.workspace}]
    if len(fit) == 1:
        return fit[0]
    if len(fit) > 1:
        raise NotSignedIn("you are in several workspaces; have the provider name one in the claim `workspace`")
    raise NotSignedIn("you are in no workspace here that the token is for; ask an owner or admin to ask you in")


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Of `scope` (RFC 9068), or of `scp` as others call it."""
    said = claims.get("scope", claims.get("scp", ""))
    words = cast("list[Any]", said) if isinstance(said, list) else str(said).split()
    return frozenset(str(each) for each in words)
