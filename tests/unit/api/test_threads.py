"""Threads of requests: a bounded number, errors and contexts as in the caller."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import anyio.to_thread
import pytest

from api.request.threads import Threads

named: ContextVar[str] = ContextVar("named", default="nobody")


def raises(error: BaseException) -> None:
    raise error


def test_results_and_contexts_come_and_go() -> None:
    async def ask() -> Any:
        threads = Threads()
        named.set("somebody")
        results = [await threads.run(named.get), await threads.run(dict, [("a", 1)], b=2)]
        threads.close()
        return results

    assert asyncio.run(ask()) == ["somebody", {"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("error", "raised"), [(KeyError("x"), KeyError), (StopIteration(), RuntimeError), (SystemExit(3), SystemExit)]
)
def test_errors_are_raised_to_the_caller(error: BaseException, raised: type[BaseException]) -> None:
    async def ask() -> None:
        threads = Threads()
        with pytest.raises(raised):
            await threads.run(raises, error)
        assert await threads.run(int, "3") == 3
        threads.close()

    asyncio.run(ask())


def test_no_more_work_at_once_than_the_limiter_allows_and_who_leaves_gives_his_turn_on() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait() -> None:
        begun.release()
        assert go_on.wait(60)

    async def ask() -> None:
        threads = Threads()
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        working = [asyncio.create_task(threads.run(wait)) for _ in range(2)]
        for _ in working:
            await asyncio.to_thread(begun.acquire)
        waiting = asyncio.create_task(threads.run(int, "3"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        working[0].cancel()  # its thread works on
        assert await asyncio.wait_for(waiting, 60) == 3
        go_on.set()
        await working[1]
        threads.close()

    asyncio.run(ask())
