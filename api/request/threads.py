"""Threads in which requests are worked on: a bounded number, handed their work with little ado.

`anyio.to_thread.run_sync` does the same, and takes a fifth of a millisecond more of each search: a turn of the event
loop before it begins, a cancel scope, and a queue of its own for each thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from engine.awaited import check_awaited

Result = TypeVar("Result")
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Context, Callable[[], Any]]


class Threads:
    """Threads that are started when they are first needed. It belongs to one event loop at a time.

    As many work at once as anyio's default limiter allows, whose turns it shares with what others run in threads.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._started = self._idle = 0

    async def run(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """Call a function in a thread, in a copy of this context. Raises what it raises; Abandoned where a thread was
        waited for, and the client has left by then.

        Who is cancelled does not wait for it any more, and gives his turn on; the function runs to its next checkpoint
        (engine/awaited.py).
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
        limiter = anyio.to_thread.current_default_thread_limiter()
        try:
            limiter.acquire_on_behalf_of_nowait(ended)
            waited = False
        except anyio.WouldBlock:
            await limiter.acquire_on_behalf_of(ended)
            waited = True
        try:
            if waited:
                check_awaited()
            if self._idle:
                self._idle -= 1
            else:
                self._started += 1
                threading.Thread(target=self._work, name="request", daemon=True).start()
            self._jobs.put((loop, ended, copy_context(), partial(function, *arguments, **named)))
            result: Result
            result, error = await ended
        finally:
            limiter.release_on_behalf_of(ended)
        if error is not None:
            try:
                raise error
            finally:
                del error  # which holds this frame, as this frame holds it
        return result

    def close(self) -> None:
        """End the threads, each when it has done its work."""
        for _ in range(self._started):
            self._jobs.put(None)
        self._started = self._idle = 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, ended, context, call = job
            outcome: tuple[Any, BaseException | None]
            try:
                outcome = context.run(call), None
            except BaseException as error:
                outcome = None, error
            with suppress(RuntimeError):  # the event loop is closed, and nobody waits
                loop.call_soon_threadsafe(self._end, ended, outcome)
            del job, loop, ended, context, call, outcome  # nothing is kept until the next one comes

    def _end(self, ended: asyncio.Future[Any], outcome: tuple[Any, BaseException | None]) -> None:
        self._idle += 1
        if not ended.cancelled():
            ended.set_result(outcome)
