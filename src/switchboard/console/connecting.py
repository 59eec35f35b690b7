"""What to paste into the common MCP clients so that they connect; pure functions of address and key."""

import json
from dataclasses import dataclass
from shlex import join

NAME = "switchboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """What one client wants: its text, and where it goes."""

    id: str
    client: str
    where: str
    text: str


def configurations(address: str, key: str) -> list[Pasted]:
    """For each client there is a way for; `address` is where the gateway answers."""
    bearer = f"Bearer {key}"
    headers = {"Authorization": bearer}
    bridge = ["-y", "mcp-remote", address, "--header", "Authorization:${SWITCHBOARD}"]  # no space: it splits there
    return [
        Pasted(
            id="claude-code", client="Claude Code", where="In a terminal.",
            text=join(
                ["claude", "mcp", "add", "--transport", "http", NAME, address, "--header", f"Authorization: {bearer}"]
            ),
        ),
        Pasted(
            id="claude-desktop", client="Claude Desktop",
            where="Settings, Developer, Edit config (claude_desktop_config.json); it needs Node.",
            text=_servers("mcpServers", {"command": "npx", "args": bridge, "env": {"SWITCHBOARD": bearer}}),
        ),
        Pasted(
            id="cursor", client="Cursor", where="~/.cursor/mcp.json, or .cursor/mcp.json in a project.",
            text=_servers("mcpServers", {"url": address, "headers": headers}),
        ),
        Pasted(
            id="vs-code", client="VS Code", where=".vscode/mcp.json in a workspace.",
            text=_servers("servers", {"type": "http", "url": address, "headers": headers}),
        ),
        Pasted(
            id="windsurf", client="Windsurf", where="~/.codeium/windsurf/mcp_config.json.",
            text=_servers("mcpServers", {"serverUrl": address, "headers": headers}),
        ),
        Pasted(
            id="stdio", client="On this machine, over stdio", where="Any client that starts programs.",
            text=_servers(
                "mcpServers", {"command": NAME, "args": ["mcp"], "env": {"SWITCHBOARD_API_KEY": key}}
            ),
        ),
        Pasted(
            id="other", client="Any other", where="Its address (streamable HTTP), and a header with each request.",
            text=f"{address}\nAuthorization: {bearer}",
        ),
    ]  # fmt: skip


def _servers(under: str, server: dict[str, object]) -> str:
    return json.dumps({under: {NAME: server}}, indent=2)
