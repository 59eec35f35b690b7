"""A client of MCP, as 2026-07-28 has it, that knows of each call how long it waited and how often it had to ask."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

REVISION = "2026-07-28"
ABOUT = "io.modelcontextprotocol/"
ATTEMPT_S, PATIENCE_S, AGAIN_S = 1.0, 30.0, 0.02
BUSY = {429, 502, 503}
STILL_RUNS = "still runs; ask again"  # what a change is told whose first call was not over when it was asked again


@dataclass(frozen=True, slots=True)
class Called:
    """A call and its end: what came, None where nobody answered; how long that took, in how many attempts."""

    said: dict[str, Any] | None
    began: float
    ended: float
    attempts: int

    @property
    def waited_s(self) -> float:
        return self.ended - self.began

    @property
    def is_done(self) -> bool:
        """Whether the tool gave what was asked for."""
        return self.said is not None and self.said.get("result", {}).get("isError") is False


@dataclass(frozen=True, slots=True)
class McpClient:
    """One key's calls, each over a connection of its own, which reaches any of the serving processes."""

    port: int
    key: str

    def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool, again until somebody answers: a change must carry an idempotency key."""
        began, attempts = time.monotonic(), 0
        while time.monotonic() < began + PATIENCE_S:
            attempts += 1
            said = self._once(tool, arguments)
            if said is not None:
                return Called(said, began, time.monotonic(), attempts)
            time.sleep(AGAIN_S)
        return Called(None, began, time.monotonic(), attempts)

    def _once(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        line = HTTPConnection("127.0.0.1", self.port, timeout=ATTEMPT_S)
        try:
            line.request("POST", "/mcp", *self._asked("tools/call", {"name": tool, "arguments": arguments}))
            got = line.getresponse()
            text = got.read().decode()
            return None if got.status in BUSY or STILL_RUNS in text else _said(text)
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            line.close()

    def heard(self, timeout_s: float) -> Iterator[str]:
        """The methods of what is told to one who listens for changed lists, as they come; the first is the welcome."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            asked = {"notifications": {"toolsListChanged": True}}
            line.request("POST", "/mcp", *self._asked("subscriptions/listen", asked))
            got = line.getresponse()
            while text := got.readline():
                if text.startswith(b"data: {"):
                    yield str(json.loads(text[6:]).get("method"))
        except (OSError, HTTPException, ValueError):
            return
        finally:
            line.close()

    def _asked(self, method: str, params: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        meta: dict[str, Any] = {f"{ABOUT}protocolVersion": REVISION, f"{ABOUT}clientCapabilities": {}}
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        headers = {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Mcp-Method": method,
            "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": REVISION,
        }  # fmt: skip
        named = {"Mcp-Name": str(params["name"])} if "name" in params else {}
        return json.dumps(body).encode(), headers | named


def _said(text: str) -> dict[str, Any]:
    data = [line[6:] for line in text.splitlines() if line.startswith("data: {")]
    found: dict[str, Any] = json.loads(data[-1] if data else text)
    return found
