"""Session ids that say by themselves what the client said when it shook hands; signed for one caller."""

import base64
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, cast

from mcp_types import ClientCapabilities
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION
from pydantic import ValidationError

from switchboard.foundation.callers import Caller

LONGEST = 4_000
UI = "io.modelcontextprotocol/ui"  # of the extensions the one that older revisions have, too


@dataclass(frozen=True, slots=True)
class Hello:
    """Which revision was agreed on, and what the client can do."""

    version: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Hello":
        """What an `initialize` says."""
        asked = params.get("protocolVersion")
        version = asked if asked in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
        try:
            found = ClientCapabilities.model_validate(params.get("capabilities") or {}, by_name=False)
        except ValidationError:
            return cls(version=version)
        said = found.model_dump(mode="json", by_alias=True, exclude_none=True)
        few = {name: said[name] for name in ("elicitation", "sampling", "roots") if name in said}
        if UI in said.get("extensions", {}):
            few["extensions"] = {UI: {}}
        return cls(version=version, capabilities=few)


class SessionIds:
    """Ids of one workspace."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def new(self, hello: Hello, caller: Caller) -> str:
        """An id for this client."""
        said = json.dumps([hello.version, hello.capabilities], separators=(",", ":")).encode()
        if len(said) > LONGEST:
            said = json.dumps([hello.version, {}]).encode()
        words = base64.urlsafe_b64encode(said).decode().rstrip("=")
        return f"{words}.{self._mark(words, caller)}"

    def read(self, session: str, caller: Caller) -> Hello | None:
        """What it says; None for an id that we did not give to this caller."""
        words, _, mark = session.partition(".")
        if len(session) > 2 * LONGEST or not hmac.compare_digest(mark.encode(), self._mark(words, caller).encode()):
            return None
        version, capabilities = cast("list[Any]", json.loads(base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))))
        return Hello(version=version, capabilities=capabilities)

    def _mark(self, words: str, caller: Caller) -> str:
        return hmac.new(self._key, f"{caller.id} {words}".encode(), "sha256").hexdigest()
