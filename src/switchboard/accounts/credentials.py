"""What a request shows of itself, turned into its caller: the one thing doors need of keys, tokens and cookies."""

from pydantic import SecretStr

from switchboard.accounts.keys import PREFIX, Keys
from switchboard.accounts.sessions import Sessions
from switchboard.accounts.signing import SigningKeys
from switchboard.accounts.tokens import AccessTokens
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground


class Credentials:
    """Keys, tokens and sessions of one process; what is revoked stops working within five seconds."""

    def __init__(self, ground: Ground, first_key: SecretStr | None) -> None:
        """`first_key` is the setting `secret_key`."""
        self.keys = Keys(ground)
        self.signing = SigningKeys(ground, first_key)
        self.tokens = AccessTokens(ground, self.signing)
        self.sessions = Sessions(ground)

    async def caller(self, bearer: str) -> Caller:
        """The caller behind an API key or an access token; raise NotSignedIn when it is neither, or no more."""
        if bearer.startswith(PREFIX):
            return await self.keys.caller(bearer)
        return await self.tokens.verify(bearer)
