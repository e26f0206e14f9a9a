"""Functions become tools: their typed errors and unknown arguments are told to the agent, with what it can do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations

from engine.errors import WinnowError

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

P = ParamSpec("P")


class ToolServer(MCPServer):
    """A server whose tools refuse arguments that they do not have: a misspelt `filters` must not mean that there are
    none.
    """

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool by name. ToolError, which names the arguments that it takes, for one that it does not have."""
        for tool in await self.list_tools():
            known = tool.input_schema.get("properties", {})
            if tool.name == name and (unknown := sorted(arguments.keys() - known.keys())):
                raise ToolError(f"{name} has no argument {', '.join(unknown)}. It takes: {', '.join(known)}.")
        return await super().call_tool(name, arguments, context)


def tool(
    server: MCPServer, name: str, title: str, annotations: ToolAnnotations = READS
) -> Callable[[Callable[P, CallToolResult]], None]:
    """A decorator that registers a function as a tool, which only reads unless `annotations` say otherwise."""

    def register(function: Callable[P, CallToolResult]) -> None:
        server.add_tool(_with_tool_errors(function), name, title, annotations=annotations)

    return register


def _with_tool_errors(function: Callable[P, CallToolResult]) -> Callable[P, CallToolResult]:
    """The function, whose typed errors become the tool's: message, remedy and code are for the agent to act upon."""

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> CallToolResult:
        try:
            return function(*arguments, **named)
        except WinnowError as error:
            raise ToolError(f"{error} ({error.code})") from error

    return call
