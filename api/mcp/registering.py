"""Functions become tools: their typed errors and unknown arguments are told to the agent, with what it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations

from api.mcp.keys import caller_of
from api.security.asgi import HUNG_UP
from engine.awaited import Client
from engine.errors import WinnowError

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

P = ParamSpec("P")
Result = TypeVar("Result")


class ToolServer(MCPServer):
    """A server whose tools refuse arguments that they do not have: a misspelt `filters` must not mean that there are
    none. Callers whose key has a filter are refused by tools that do not say that they keep to it.
    """

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.narrowed: set[str] = set()  # names of the tools that tell nothing of what a caller may not see

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool by name. ToolError, which names the arguments that it takes, for one that it does not have."""
        if context is not None and name not in self.narrowed:
            with _told_to_agents():
                caller_of(context).require_all()
        for tool in await self.list_tools():
            known = tool.input_schema.get("properties", {})
            if tool.name == name and (unknown := sorted(arguments.keys() - known.keys())):
                raise ToolError(f"{name} has no argument {', '.join(unknown)}. It takes: {', '.join(known)}.")
        with Client(None if context is None else _hung_up(context)) as client:
            return await _while_wanted(client, super().call_tool(name, arguments, context))


def tool(
    server: ToolServer, name: str, title: str, annotations: ToolAnnotations = READS, *, narrowed: bool = False
) -> Callable[[Callable[P, CallToolResult]], None]:
    """A decorator that registers a function as a tool, which only reads unless `annotations` say otherwise. One that
    is `narrowed` tells of stored documents only what the service `seen_by` its caller does.
    """

    def register(function: Callable[P, CallToolResult]) -> None:
        if narrowed:
            server.narrowed.add(name)
        server.add_tool(_with_tool_errors(function), name, title, annotations=annotations)

    return register


def _with_tool_errors(function: Callable[P, CallToolResult]) -> Callable[P, CallToolResult]:
    """The function, whose typed errors become the tool's: message, remedy and code are for the agent to act upon."""

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> CallToolResult:
        with _told_to_agents():
            return function(*arguments, **named)

    return call


@contextmanager
def _told_to_agents() -> Iterator[None]:
    try:
        yield
    except WinnowError as error:
        raise ToolError(f"{error} ({error.code})") from error


def _hung_up(context: Context[Any, Any]) -> Callable[[], bool] | None:
    """The function that tells whether an agent's connection is gone. No answer is kept for another connection."""
    request = context.request_context.request
    look: Callable[[], bool] | None = None if request is None else request.scope["state"].get(HUNG_UP)
    return look


async def _while_wanted(client: Client, call: Awaitable[Result]) -> Result:
    """The result of a call, whose client has left as soon as it is cancelled: a thread is not cancelled, but ends at
    its next checkpoint then.
    """

    async def watch() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            client.leave()

    error: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            result = await call
        except Exception as raised:  # by itself, and not in a group of one
            error = raised
        tasks.cancel_scope.cancel()
    if error is not None:
        raise error
    return result
