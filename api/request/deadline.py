"""A request's deadline, which its calls to the models take with them. The engine's protocols need not know of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from engine.query.request import Request

_until: ContextVar[float | None] = ContextVar("winnow_deadline", default=None)


@contextmanager
def deadline(until: float | None) -> Iterator[None]:
    """Calls to remote models inside the block are dropped at `until` (`time.monotonic()`); None: never.

    A thread of a pool sees the deadline only if it runs in a copy of the context (`contextvars.copy_context().run`).
    """
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def deadline_of(request: Request) -> Iterator[None]:
    """`deadline` at the end of the request's budget."""
    if request.budget_ms is None:
        yield
        return
    arrived = time.monotonic() if request.arrived is None else request.arrived
    with deadline(arrived + request.budget_ms / 1000.0):
        yield


def seconds_left() -> float | None:
    """Seconds until the deadline of this context, negative after it; None where there is none."""
    until = _until.get()
    return None if until is None else until - time.monotonic()
