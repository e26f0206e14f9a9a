"""A pool of connections to the inference process, shared by any number of threads."""

from __future__ import annotations

import os
import random
import socket
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from api.errors import InferenceUnavailable
from api.inference.wire import HEADER, Message, frame_length, pack, unpack, unpack_error
from api.request.deadline import seconds_left
from engine.awaited import check_awaited, wait_for_answer
from engine.child import receive_exactly
from engine.errors import Overloaded

_BROKEN = 5  # how often a connection may break at one request before it is the request's fault
_SLACK = 1.0  # seconds beyond a deadline, in which the server says itself that it is over
_IDLE = 32  # connections that are kept


class Connections:
    """One request at a time on a connection; a thread takes an idle one or opens its own.

    Inference has no side effects, so a request that was cut off by the server's death is sent again.
    `patience` is how long to wait for a server that is being started, `timeout` for an answer, in seconds.
    """

    def __init__(self, path: Path, *, timeout: float = 300.0, patience: float = 30.0) -> None:
        self._path = path
        self._timeout = timeout
        self._patience = patience
        self._idle: deque[socket.socket] = deque(maxlen=_IDLE)
        self._owner = os.getpid()

    def request(self, message: Message) -> Any:
        """The result. Raises what the server raised, Overloaded at the deadline, or InferenceUnavailable; Abandoned
        when the client for whom it is asked has left: the server sees that by the connection, which is closed.
        """
        broken, patience = 0, time.monotonic() + self._patience
        while True:
            check_awaited()
            left = seconds_left()
            if left is not None and left <= 0:
                raise Overloaded("The request's deadline has passed.")
            try:
                connection, fresh = self._connect()
            except (FileNotFoundError, ConnectionRefusedError, BlockingIOError) as error:
                if time.monotonic() > patience:
                    raise InferenceUnavailable(
                        f"No inference process answers on {self._path}.", "Start it, or see its log."
                    ) from error
                time.sleep(random.uniform(0.02, 0.1))  # noqa: S311 - only to spread the clients
                continue
            try:
                answer = self._exchange(connection, {**message, "left": left})
            except TimeoutError as error:
                connection.close()
                raise InferenceUnavailable("The inference process does not answer.", "See its log.") from error
            except (OSError, EOFError) as error:
                connection.close()
                self.close()  # the other idle ones are as dead
                broken += fresh  # one that was idle may have been dead before
                if broken > _BROKEN:
                    raise InferenceUnavailable(
                        f"The inference process broke off {broken} times at this request.", "See its log."
                    ) from error
                time.sleep(0.05 * broken)  # a dying process's socket still takes connections for a moment
                continue
            except BaseException:
                connection.close()  # an answer may still come: nobody else must read it
                raise
            self._idle.append(connection)
            if "error" in answer:
                raise unpack_error(answer["error"])
            return answer["result"]

    def close(self) -> None:
        """Close the idle connections. The pool can be used again."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _connect(self) -> tuple[socket.socket, bool]:
        """A connection, and whether it was just made."""
        if self._owner != os.getpid():  # after a fork the sockets are the parent's
            self._idle, self._owner = deque(maxlen=_IDLE), os.getpid()
        with suppress(IndexError):
            return self._idle.pop(), False
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._path))
        except BaseException:
            connection.close()
            raise
        return connection, True

    def _exchange(self, connection: socket.socket, message: Message) -> dict[str, Any]:
        left = message["left"]
        seconds = self._timeout if left is None else min(self._timeout, left + _SLACK)
        connection.settimeout(seconds)
        connection.sendall(pack(message))
        wait_for_answer(connection, seconds)
        return unpack(receive_exactly(connection, frame_length(receive_exactly(connection, HEADER.size))))
