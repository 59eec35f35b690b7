"""A client that knows of each call whether it was answered, refused for a moment, or lost on the way."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

PATIENCE_S = 60.0
AGAIN_S = 0.05
TIMEOUT_S = 15.0
BUSY = {429, 503}


class Unanswered(Exception):
    """A call that nobody answered in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a status of 0 is none."""

    status: int
    said: Any
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Client:
    """One key's calls; each over a connection of its own, which reaches any of the serving processes."""

    port: int
    key: str
    timeout_s: float = TIMEOUT_S

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """One call, once."""
        began = time.monotonic()
        line = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        try:
            signed = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            line.request(method, path, body, signed)
            got = line.getresponse()
            text = got.read()
            said = json.loads(text) if "json" in (got.headers.get("Content-Type") or "") else text
            return Answer(got.status, said, began, time.monotonic())
        except (OSError, HTTPException, ValueError):
            return Answer(0, None, began, time.monotonic())
        finally:
            line.close()

    def read(self, customer_id: str) -> Answer:
        """A profile."""
        return self.call("GET", f"/api/mcp/customer/{customer_id}")

    def insist(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The answer of a call that may be made twice, made until it is answered."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = self.call(method, path, body)
            if answer.status == 200:
                return answer.said
            if answer.status not in BUSY | {0}:
                raise Unanswered(f"{method} {path}: {answer.status} {answer.said}")
            time.sleep(AGAIN_S)
        raise Unanswered(f"{method} {path} was not answered within {PATIENCE_S:.0f} s")

    def ask(self, operation: str, **asked: Any) -> Any:
        """An operation's answer."""
        return self.insist("POST", f"/v1/{operation}", json.dumps(asked).encode())
