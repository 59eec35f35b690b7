"""Who a bearer is; while the database is away, as it was found in the last five minutes."""

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.secret_words import hashed
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown, NotSignedIn
from switchboard.foundation.flags import HOLDS_S
from switchboard.foundation.ground import Ground


class Identities:
    """Those of one process; what was refused since is not among them."""

    def __init__(self, ground: Ground, credentials: Credentials) -> None:
        self._ground = ground
        self._credentials = credentials
        self._found: Remembered[bytes, Caller] = Remembered(for_s=HOLDS_S)

    async def caller(self, bearer: str) -> Caller:
        """The caller; raise NotSignedIn, or DatabaseDown for one that nobody has seen lately."""
        which, now = hashed(bearer), self._ground.clock()
        try:
            found = await self._credentials.caller(bearer)
        except NotSignedIn:
            self._found.forget(which)
            raise
        except DatabaseDown:
            held = self._found.get(which, now)
            if held is None:
                raise
            return held
        self._found.keep(which, found, now)
        return found
