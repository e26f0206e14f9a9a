"""Winnow for programs, in plain Python: HTTP, MCP and the page are thin shells around `Service`."""
