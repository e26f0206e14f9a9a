"""Whether anybody still waits for what is worked on: if not, it is not begun, or ends at its next checkpoint.

Whoever answers requests says for whom the work of this context is done (`Client`). Whatever may take long, or has
waited for its turn, looks now and then (`check_awaited`): between batches of texts, between stages, while another
process computes. A thread of a pool sees it only if it runs in a copy of the context. Work that nobody in particular
asked for, such as a command's or a job's, is always awaited.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from threading import Lock
from typing import TYPE_CHECKING

from engine.errors import Abandoned

if TYPE_CHECKING:
    import socket

_LOOK = 0.1  # seconds between two looks while there is nothing to do but wait


class Client:
    """Somebody who waits for an answer, until he leaves. Safe under threads.

    Used with `with`: what is done in the block, and in threads that copy its context, is done for this client, who has
    left at its end, with an answer or without.
    """

    def __init__(self, look: Callable[[], bool] | None = None) -> None:
        """`look` tells whether he has gone; None: there is no way to tell. Any thread may ask it, now and then."""
        self._look = look
        self._left = False
        self._before: Token[Client | None] | None = None
        self.hung_up = False  # as far as was seen: before he had an answer

    def leave(self) -> None:
        """He waits no more."""
        self._left = True

    def is_gone(self) -> bool:
        """Look whether he has left."""
        if not self._left and self._look is not None and self._look():
            self.hung_up = self._left = True
        return self._left

    def __enter__(self) -> Client:
        self._before = _client.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()
        if self._before is not None:
            _client.reset(self._before)


_client: ContextVar[Client | None] = ContextVar("winnow_client", default=None)


def check_awaited() -> None:
    """A checkpoint of work that may take long. Abandoned if the client for whom it is done is gone."""
    client = _client.get()
    if client is not None and client.is_gone():
        raise Abandoned("Nobody waits for the answer any more.", "Ask again, if it is still wanted.")


def wait_for_answer(connection: socket.socket, seconds: float) -> None:
    """Wait until something can be read from another process, or it is gone.

    Raises:
        TimeoutError: nothing came in so many seconds.
        Abandoned: the client left meanwhile.
    """
    import socket

    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(min(left, _LOOK))
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            check_awaited()
        else:
            connection.settimeout(max(until - time.monotonic(), _LOOK))
            return
    raise TimeoutError


class Places:
    """So many places, for which those wait that came later, in the order in which they came. Safe under threads."""

    def __init__(self, places: int) -> None:
        self._lock = Lock()
        self._free = places
        self._waiting: deque[Lock] = deque()

    @property
    def full(self) -> bool:
        """Whether the next one would have to wait."""
        return not self._free

    @contextmanager
    def one(self, seconds: float | None = None) -> Iterator[None]:
        """A place. Who has one must not ask for another.

        Raises:
            TimeoutError: none was free in so many seconds; without them, it is waited for as long as it takes.
            Abandoned: the client left meanwhile.
        """
        self._take(seconds)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, seconds: float | None) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        until = None if seconds is None else time.monotonic() + seconds
        try:
            while not turn.acquire(timeout=_LOOK):
                check_awaited()
                if until is not None and time.monotonic() >= until:
                    raise TimeoutError
            check_awaited()
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: Lock) -> None:
        """Wait for a place no more, and give it back if it was handed over meanwhile."""
        with self._lock:
            waits = turn in self._waiting
            if waits:
                self._waiting.remove(turn)
        if not waits:
            self._give_back()

    def _give_back(self) -> None:
        """Hand the place on: a free one could be taken by somebody who came later."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
