"""The one shape of an answer: what the command line, HTTP and MCP give, and what the client reads."""
