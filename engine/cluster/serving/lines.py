"""The connection to one replica as a caller has it: made at the first call, and made again after it was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from engine.cluster.serving.wire import Address, Line, LineCut


class Lines:
    """One connection at a time to a replica, which may be somewhere else after it was made again. Safe under threads.

    What is asked while a connection is made goes when it is there; whoever asks bounds how long that may take, and asks
    another replica meanwhile (engine/cluster/serving/routing.py).
    """

    def __init__(self, where: Callable[[], Address], key: bytes, silence: float) -> None:
        """`where` says where the replica listens now; what it raises says that there is none."""
        self._where, self._key, self._silence = where, key, silence
        self._lock = threading.Lock()
        self._line: Future[Line] | None = None

    def call(self, name: str, *arguments: Any) -> Future[Any]:
        """Call a method there. The future raises LineCut, and what `Line.call` raises."""
        answer: Future[Any] = Future()
        line, fresh = self._current()
        if line.done() and line.exception() is None:
            return line.result().call(name, *arguments)
        line.add_done_callback(partial(self._made, answer, name, arguments, not fresh))
        return answer

    def _made(
        self, answer: Future[Any], name: str, arguments: tuple[Any, ...], again: bool, line: Future[Line]
    ) -> None:
        """A connection was made, or could not be. `again`: it was begun before the call, and says nothing of what has
        come back since, so that one more is made.
        """
        error = line.exception()
        if error is None:
            line.result().call(name, *arguments).add_done_callback(partial(_tell, answer))
        elif again:
            following, _ = self._current()
            following.add_done_callback(partial(self._made, answer, name, arguments, False))
        else:
            answer.set_exception(LineCut(f"There is no connection: {error}"))

    def close(self) -> None:
        with self._lock:
            line, self._line = self._line, None
        if line is not None and line.done() and line.exception() is None:
            line.result().close()

    def _current(self) -> tuple[Future[Line], bool]:
        """The connection, or one that is being made, and whether it was begun just now."""
        with self._lock:
            line = self._line
            if line is None or (line.done() and (line.exception() is not None or line.result().is_cut)):
                line = self._line = Future()
                threading.Thread(target=self._connect, args=(line,), name="connects", daemon=True).start()
                return line, True
            return line, False

    def _connect(self, line: Future[Line]) -> None:
        try:
            line.set_result(Line(self._where(), self._key, self._silence))
        except Exception as error:  # whatever says that the replica is nowhere
            line.set_exception(error)


def _tell(answer: Future[Any], done: Future[Any]) -> None:
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    else:
        answer.set_exception(error)
