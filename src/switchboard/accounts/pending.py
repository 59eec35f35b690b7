"""Who has passed the first step of a sign-in and owes a code: a sealed word that the browser keeps meanwhile."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from switchboard.foundation.errors import NotSignedIn, SwitchboardError
from switchboard.foundation.ground import Ground

NAME = "sign-in that owes a code"
LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Whose sign-in it is, and into which workspace."""

    user: UUID
    email: str
    workspace: UUID


class CodeNeeded(NotSignedIn):
    """The password is right; a code is needed, too."""

    code = "second_factor"

    def __init__(self, pending: str) -> None:
        super().__init__("a code is needed, too: send it as `code`, of your app or one for recovery")
        self.pending = pending


def sealed(ground: Ground, of: Pending) -> str:
    """The word."""
    until = (ground.clock() + LASTS).isoformat()
    said = json.dumps([str(of.user), of.email, str(of.workspace), until])
    return urlsafe_b64encode(ground.vault.seal_named(NAME, said.encode())).decode()


def opened(ground: Ground, word: str) -> Pending:
    """Whose word it is; raise NotSignedIn when it is none, or too old."""
    try:
        user, email, workspace, until = json.loads(ground.vault.open_named(NAME, urlsafe_b64decode(word)))
    except (ValueError, SwitchboardError):
        raise NotSignedIn("begin again with your password") from None
    if datetime.fromisoformat(until) < ground.clock():
        raise NotSignedIn("that took long; begin again with your password")
    return Pending(user=UUID(user), email=email, workspace=UUID(workspace))
