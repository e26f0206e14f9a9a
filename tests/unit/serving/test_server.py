"""How a server ends while requests run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.serving import server as module
from api.serving.server import Server, address_of, listen


class Running:
    """A server in a thread, with a route that takes as many seconds as its path says."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        listening = listen("127.0.0.1", 0)
        self.address = address_of(listening)
        self.server = Server(Starlette(routes=[Route("/{seconds:float}", self._wait)]), listening, lambda: None)
        self.thread = threading.Thread(target=self.server.run_here)
        self.thread.start()

    async def _wait(self, request: Request) -> PlainTextResponse:
        self.entered.set()
        await anyio.sleep(request.path_params["seconds"])
        return PlainTextResponse("done")

    def ended_during(self, path: str) -> httpx.Response:
        """The answer to a request in whose midst the server was asked to end."""
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(httpx.get, self.address + path, timeout=60)
            assert self.entered.wait(30)
            self.server.handle_exit(signal.SIGTERM, None)
            return answer.result()


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(module, "GRACE", 2)
    running = Running()
    yield running
    running.server.should_exit = True
    running.thread.join(30)
    assert not running.thread.is_alive()


def test_a_request_that_ends_in_the_grace_is_answered(running: Running) -> None:
    answer = running.ended_during("/0.5")
    assert (answer.status_code, answer.text, answer.headers["connection"]) == (200, "done", "close")


def test_one_that_takes_longer_is_told_to_come_again(running: Running) -> None:
    answer = running.ended_during("/50.0")
    assert answer.status_code == 503 and answer.json()["code"] == "shutting_down"
    assert answer.headers["retry-after"] == "1" and answer.headers["connection"] == "close"
