"""`python -m bench.mcp`: calls of tools over MCP, beside a bare endpoint."""

from bench.road import main

if __name__ == "__main__":
    main("mcp")
