"""Access tokens (JWT, RFC 9068) for 24 hours, and refresh tokens that are good once.

All tokens of one sign-in are a family: signing out, and a refresh token used twice, end all of it. An access token
names its family, whose user or key is looked up again every five seconds; what it may do is never in the token.
"""

from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from switchboard.accounts.records import Tokens
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.secret_words import hashed, new_word
from switchboard.accounts.signing import TOKEN_LASTS, SigningKey, SigningKeys
from switchboard.accounts.store import sessions as store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import NotAllowed, NotSignedIn
from switchboard.foundation.ground import Ground

ISSUER = "switchboard"
KIND = "at+jwt"
IDLE, LONGEST = timedelta(days=30), timedelta(days=90)  # of a refresh token, of a family
LEEWAY_S = 5  # between the clocks of our machines
LONGEST_TOKEN = 2_000
REFUSED = "the access token is not good, or no more; get a new one from POST /api/auth/token"


class AccessTokens:
    """Gives tokens to callers and finds the callers again."""

    def __init__(self, ground: Ground, keys: SigningKeys) -> None:
        self._ground = ground
        self._keys = keys
        self._known: Remembered[bytes, tuple[Caller, datetime]] = Remembered()

    async def issue(self, caller: Caller) -> Tokens:
        """The first tokens of a new family, for a user or key that has just shown who it is."""
        if caller.kind not in {"user", "key"}:
            raise NotAllowed("tokens are for users and API keys")
        family, refresh = self._ground.ids(), new_word()
        async with self._ground.work(caller) as work:
            await store.add_family(work, family, work.now + LONGEST)
            await store.add_refresh(work, hashed(refresh), family, work.now + IDLE)
        return await self._pair(caller, family, refresh)

    async def refresh(self, refresh_token: str) -> Tokens:
        """The next tokens of the family; raise NotSignedIn, and end the family when the token was used before."""
        following = new_word()
        async with self._ground.work(job_caller(NOBODY)) as work:
            made = await store.refresh(work, hashed(refresh_token), hashed(following), IDLE)
            caller = await store.family_caller(work, made.family) if made.family else None
        if made.outcome == "reused":
            raise NotSignedIn("this refresh token was used before, so all tokens of its sign-in ended; sign in again")
        if made.outcome != "fresh" or made.family is None or caller is None:
            raise NotSignedIn("the refresh token is unknown or expired; sign in again")
        return await self._pair(caller, made.family, following)

    async def logout(self, access_token: str) -> None:
        """End the token and all of its family; every process notices within five seconds."""
        family, _ = await self._family(access_token)
        self._known.forget(hashed(access_token))
        async with self._ground.work(job_caller(NOBODY)) as work:
            await store.end_family(work, family)

    async def verify(self, access_token: str) -> Caller:
        """The caller behind a token; raise NotSignedIn when it is forged, expired or ended."""
        now, which = self._ground.clock(), hashed(access_token)
        caller, expires_at = self._known.get(which, now) or (None, now)
        if caller is not None and expires_at > now:
            return caller
        family, expires_at = await self._family(access_token)
        async with self._ground.work(job_caller(NOBODY)) as work:
            found = await store.family_caller(work, family)
        if found is None:
            raise NotSignedIn(REFUSED)
        self._known.keep(which, (found, expires_at), now)
        return found

    async def _pair(self, caller: Caller, family: UUID, refresh: str) -> Tokens:
        key, now = await self._keys.signing(), int(self._ground.clock().timestamp())
        lasts_s = int(TOKEN_LASTS.total_seconds())
        claims = {
            "iss": ISSUER, "aud": ISSUER, "sub": str(caller.id), "sid": str(family), "jti": str(self._ground.ids()),
            "iat": now, "nbf": now, "exp": now + lasts_s,
        }  # fmt: skip
        header = {"alg": key.algorithm, "kid": key.kid, "typ": KIND}
        signed = jwt.encode(header, claims, key.key, algorithms=[key.algorithm])
        return Tokens(access_token=signed, refresh_token=refresh, expires_in=lasts_s)

    async def _family(self, token: str) -> tuple[UUID, datetime]:
        """The family a token names and when it expires; raise NotSignedIn when it is not one of ours."""
        try:
            return self._checked(token, await self._key_of(token))
        except (JoseError, ValueError, TypeError):
            raise NotSignedIn(REFUSED) from None

    async def _key_of(self, token: str) -> SigningKey:
        """The key whose id the token names, if the token also says that key's algorithm."""
        if len(token) > LONGEST_TOKEN:
            raise ValueError("too long")
        header = jws.extract_compact(token.encode()).headers()
        key = await self._keys.verifying(str(header.get("kid")))
        if key is None or header.get("alg") != key.algorithm or header.get("typ") != KIND:
            raise ValueError("not our key")
        return key

    def _checked(self, token: str, key: SigningKey) -> tuple[UUID, datetime]:
        claims = jwt.decode(token, key.key, algorithms=[key.algorithm]).claims
        now = self._ground.clock()
        JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=LEEWAY_S,
            iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": ISSUER},
            sid={"essential": True}, exp={"essential": True}, nbf={"essential": True}, iat={"essential": True},
        ).validate(claims)  # fmt: skip
        return UUID(str(claims["sid"])), datetime.fromtimestamp(claims["exp"], tz=now.tzinfo)
