"""Who a bearer is; while the database is away, as it was found in the last five minutes."""

from dataclasses import dataclass
from datetime import datetime

from joserfc.errors import JoseError

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.provider_tokens import ProviderTokens, jwt_claims
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.secret_words import hashed
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown, NotSignedIn
from switchboard.foundation.flags import HOLDS_S
from switchboard.foundation.ground import Ground


@dataclass(frozen=True, slots=True)
class Held:
    """Who it was, and when the token ends where it does."""

    caller: Caller
    expires_at: datetime | None


class Identities:
    """Those of one process; what was refused since is not among them."""

    def __init__(self, ground: Ground, credentials: Credentials, tokens: ProviderTokens | None = None) -> None:
        self._ground = ground
        self._credentials = credentials
        self._tokens = tokens
        self._found: Remembered[bytes, Held] = Remembered(for_s=HOLDS_S)

    async def caller(self, bearer: str, resources: tuple[str, ...] = ()) -> Caller:
        """The caller at one of these addresses; raise NotSignedIn, or DatabaseDown for one that nobody has seen lately.

        Raise ProviderAway when the keys of the identity provider can not be had.
        """
        which, now = hashed(" ".join((bearer, *resources))), self._ground.clock()
        try:
            found = await self._asked(bearer, resources)
        except NotSignedIn:
            self._found.forget(which)
            raise
        except DatabaseDown:
            held = self._found.get(which, now)
            if held is None or (held.expires_at is not None and held.expires_at <= now):
                raise
            return held.caller
        held = self._found.get(which, now)
        if held is None or held.caller is not found:  # else nobody has been asked again since
            self._found.keep(which, Held(found, self._expires_at(bearer)), now)
        return found

    async def _asked(self, bearer: str, resources: tuple[str, ...]) -> Caller:
        if self._tokens is not None and self._tokens.issued(bearer):
            return await self._tokens.caller(bearer, resources)
        return await self._credentials.caller(bearer)

    def _expires_at(self, bearer: str) -> datetime | None:
        """When a token that was found good a moment ago ends; None for a key."""
        try:
            return datetime.fromtimestamp(float(jwt_claims(bearer)["exp"]), tz=self._ground.clock().tzinfo)
        except (JoseError, ValueError, KeyError):
            return None
