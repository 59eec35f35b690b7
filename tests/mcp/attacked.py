"""What attacks are made on: a gateway, a key that is good, and the trail that must tell of each."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2

from switchboard.accounts.audit import JournalledTrail
from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.ground import Ground

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
PROFILE = "customer_data_get_customer_profile"
OWNERS_TOOL = "customer_data_calculate_segment_trends"
MODERN = "2026-07-28"
LINES = "select operation, outcome from audit_line where workspace_id = $1 and door = 'mcp' order by id"


@dataclass(kw_only=True)
class Gate:
    """The gateway as an attacker sees it, and a way to look behind it."""

    http: httpx2.AsyncClient
    ground: Ground
    operator: Caller
    key: str

    async def post(self, said: Any, headers: dict[str, str] | None = None, path: str = "/mcp") -> httpx2.Response:
        """A request as it is, signed with the good key unless its headers say otherwise."""
        signed = {**ACCEPT, "authorization": f"Bearer {self.key}", **(headers or {})}
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return await self.http.post(path, content=body, headers=signed)

    async def call(
        self, tool: str, arguments: Any = None, headers: dict[str, str] | None = None, path: str = "/mcp"
    ) -> httpx2.Response:
        """A call of a tool, as 2026-07-28 has it."""
        about = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": tool}
        return await self.post(request(tool, arguments), {**about, **(headers or {})}, path)

    async def lines(self) -> list[tuple[str, str]]:
        """Operation and outcome of every line that came over MCP, of the workspace and of nobody's."""
        assert isinstance(self.ground.trail, JournalledTrail)
        await self.ground.trail.flush()
        found: list[tuple[str, str]] = []
        for who in (self.operator, job_caller(NOBODY)):
            async with self.ground.work(who) as work:
                rows = await sql.fetch(work, LINES, who.workspace)
            found += [(row["operation"], row["outcome"]) for row in rows]
        return found


def request(tool: str, arguments: Any = None) -> dict[str, Any]:
    """The body of such a call."""
    about = "io.modelcontextprotocol/"
    meta: dict[str, Any] = {f"{about}protocolVersion": MODERN, f"{about}clientCapabilities": {}}
    params: dict[str, Any] = {"name": tool, "arguments": {} if arguments is None else arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def legacy(tool: str, arguments: Any = None) -> dict[str, Any]:
    """The body of a call as older revisions have it."""
    params: dict[str, Any] = {"name": tool, "arguments": {} if arguments is None else arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def said(answer: httpx2.Response) -> dict[str, Any]:
    """What an answer says, in one piece or as a stream."""
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    try:
        found = json.loads(data[-1] if data else answer.text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def is_refused(answer: httpx2.Response) -> bool:
    """Whether nothing was given: by the status, by an error of the protocol, or by an error of the tool."""
    told = said(answer)
    return answer.status_code >= 400 or "error" in told or told.get("result", {}).get("isError") is True


@asynccontextmanager
async def gate(ground: Ground, operator: Caller, key: str, url: str) -> AsyncGenerator[Gate]:
    """At a gateway that listens there."""
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield Gate(http=http, ground=ground, operator=operator, key=key)
