"""All servers: one line each."""

from switchboard.mcp.servers.customer_data import CUSTOMER_DATA
from switchboard.mcp.servers.monitoring import MONITORING
from switchboard.mcp.servers.server import ToolServer

SERVERS: tuple[ToolServer, ...] = (CUSTOMER_DATA, MONITORING)
