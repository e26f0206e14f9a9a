"""The Model Context Protocol over `api.service`, for agents: https://modelcontextprotocol.io. Needs the extra `mcp`."""
