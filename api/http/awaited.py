"""Long work in a thread that ends when its time is over, or when the client has hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request

from api.request.threads import Threads
from api.service.work import Work

Result = TypeVar("Result")


async def while_awaited(request: Request, seconds: float, function: Callable[[Work], Result]) -> Result:
    """Run `function` in a thread, where it looks at its `Work` now and then, and return its result.

    The work ends `seconds` after the request came in, when the client goes, or when the time limit cancels this.
    """
    work = Work(request.state.arrived + seconds)
    watching = asyncio.create_task(_stop_when_gone(request, work))
    try:
        threads: Threads = request.app.state.threads
        return await threads.run(function, work)
    finally:
        work.stop()
        watching.cancel()


async def _stop_when_gone(request: Request, work: Work) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    work.stop()
