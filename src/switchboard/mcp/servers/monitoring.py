"""Is it well: what runs in the background, and who did what."""

from switchboard.mcp.servers.server import ToolServer

MONITORING = ToolServer(name="monitoring", published=())
