"""What others install the gateway by: a bundle for desktop clients, an entry for registries, a card of the server.

`python -m switchboard.mcp.packaging FOLDER` writes them. The bundle (MCPB, manifest 0.4) starts `switchboard mcp` where
it is installed; the entry (`server.json`, schema of 2025-09-29) and the card lead to SWITCHBOARD_PUBLIC_URL.
"""

import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from switchboard.foundation.settings import read_settings
from switchboard.foundation.version import own_version
from switchboard.mcp.servers.names import NAMES
from switchboard.mcp.servers.registry import SERVERS

NAME, TITLE = "switchboard", "Switchboard"
ABOUT = "Customers of one shop: profiles, segments, churn risk, whom to address."
WHO = {"name": "Switchboard maintainers"}
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-09-29/server.schema.json"
REVISIONS = ("2026-07-28", "2025-11-25")
MANIFEST, LAUNCHER, BUNDLE = "manifest.json", "server/main.py", "switchboard.mcpb"
WHEN = (2026, 1, 1, 0, 0, 0)  # of every file in the bundle, so that the same content is the same bundle
LAUNCH = '''"""Becomes `switchboard mcp`, which has to be installed on this machine."""

import os
import sys

program = os.environ.get("SWITCHBOARD_PROGRAM") or "switchboard"
for name in ("SWITCHBOARD_API_KEY", "SWITCHBOARD_DATA_DIR", "SWITCHBOARD_WORKSPACE"):
    if not os.environ.get(name) or os.environ[name].startswith("${"):  # left empty in the client
        os.environ.pop(name, None)
try:
    os.execvp(program, [program, "mcp"])
except OSError as error:
    sys.exit(f"{program}: {error.strerror}; install Switchboard, or name its program in the settings of this extension")
'''


def manifest(version: str) -> dict[str, Any]:
    """The manifest of the bundle; clients ask people for what stands in `user_config`."""
    settings: dict[str, dict[str, Any]] = {
        "program": _setting("Program", "where `switchboard` is installed", "file", default="switchboard"),
        "data_dir": _setting("Data directory", "empty: the usual one", "directory"),
        "workspace": _setting("Workspace", "which one, where there are several", "string"),
        "api_key": _setting("API key", "empty: everything the owner of this machine may do", "string", sensitive=True),
    }
    return {
        "manifest_version": "0.4", "name": NAME, "display_name": TITLE, "version": version, "description": ABOUT,
        "author": WHO, "license": "Apache-2.0", "keywords": ["customers", "segments", "marketing"],
        "server": {
            "type": "python", "entry_point": LAUNCHER,
            "mcp_config": {
                "command": "python3", "args": ["${__dirname}/" + LAUNCHER],
                "env": {f"SWITCHBOARD_{name.upper()}": f"${{user_config.{name}}}" for name in settings},
            },
        },
        "tools_generated": True, "prompts_generated": True, "user_config": settings,
        "compatibility": {"platforms": ["linux", "darwin"], "runtimes": {"python": ">=3.11"}},
    }  # fmt: skip


def registry_entry(version: str, public_url: str) -> dict[str, Any]:
    """The entry of this installation in a registry, its name under the domain it is reached at."""
    return {
        "$schema": SCHEMA, "name": f"{_namespace(public_url)}/{NAME}", "description": ABOUT, "version": version,
        "remotes": [{"type": "streamable-http", "url": url, "headers": [HEADER]} for url in addresses(public_url)],
    }  # fmt: skip


def server_card(version: str, public_url: str) -> dict[str, Any]:
    """The card of the server; its shape is a draft of the protocol's makers (SEP-2127) and may change."""
    remotes = [
        {"type": "streamable-http", "url": url, "supportedProtocolVersions": list(REVISIONS), "headers": [HEADER]}
        for url in addresses(public_url)
    ]
    name = f"{_namespace(public_url)}/{NAME}"
    return {"name": name, "title": TITLE, "description": ABOUT, "version": version, "remotes": remotes}


def addresses(public_url: str) -> list[str]:
    """Where all servers are together, and each that is built alone."""
    return [f"{public_url}/mcp", *(f"{public_url}/mcp/{each.name}" for each in SERVERS if NAMES[each.name].is_built)]


def write(folder: Path, version: str, public_url: str) -> list[Path]:
    """All three files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "server.json": registry_entry(version, public_url), "server-card.json": server_card(version, public_url),
    }  # fmt: skip
    for name, said in made.items():
        (folder / name).write_text(_text(said))
    with zipfile.ZipFile(folder / BUNDLE, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in {MANIFEST: _text(manifest(version)), LAUNCHER: LAUNCH}.items():
            bundle.writestr(zipfile.ZipInfo(name, WHEN), text)
    return [*(folder / name for name in made), folder / BUNDLE]


HEADER: Mapping[str, Any] = {
    "name": "Authorization", "description": "An API key of Switchboard", "isRequired": True, "isSecret": True,
    "value": "Bearer {api_key}",
    "variables": {"api_key": {"description": "`switchboard keys add` makes one", "isRequired": True, "isSecret": True}},
}  # fmt: skip


def _setting(title: str, about: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "title": title, "description": about, "required": False, **more}


def _namespace(public_url: str) -> str:
    """The domain from its end: com.example.shop; of an address in numbers, localhost."""
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if host.replace(".", "").isdecimal() or ":" in host else ".".join(reversed(host.split(".")))


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, indent=2) + "\n"


def main() -> None:
    """Write them, and say where."""
    _, folder = sys.argv
    for path in write(Path(folder), own_version(), read_settings().public_url.rstrip("/")):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
