"""A second process that reads the later half of a long PDF while the first one reads the earlier half.

It is forked before the limits forbid it, and is under the same ones. What it sends is unpickled, since it is as much or
as little in a stranger's hands as the process that reads it.
"""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable
from typing import Any

from indexer.parsers.pdf import LaterPages
from indexer.parsers.pdf.furniture import Facts, Furniture
from indexer.parsers.pdf.paragraphs import Part
from indexer.sandbox.limits import limit


def read_beside(data: bytes, request: dict[str, Any], connection: socket.socket) -> Beside | None:
    """Begin to read; None where no process can be started. `connection` is the first process's own."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            child = os.fork()
        except OSError:
            ours.close()
            return None
        if child == 0:
            try:
                os.close(connection.fileno())  # else who waits for the first process would not see it end
                ours.close()  # else this process would not see it, either
                limit({**request, "memory_bytes": request["memory_bytes"] // 2})
                _answer(LaterPages(data, request["pages"]), theirs)
            finally:
                os._exit(0)  # whoever waits meets the error where it reads these pages itself
    return Beside(ours)


def _answer(pages: LaterPages, connection: socket.socket) -> None:
    connection.sendall(pickle.dumps(pages.facts()))
    with connection.makefile("rb") as questions:
        furniture: Furniture = pickle.load(questions)  # noqa: S301  see above
    connection.sendall(pickle.dumps(pages.part(furniture)()))


class Beside:
    """The second process, as the `Rest` of a parser in the first one."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = connection.makefile("rb")

    def facts(self) -> list[Facts] | None:
        try:
            return list(self._received())
        except EOFError:
            return None

    def part(self, furniture: Furniture) -> Callable[[], Part]:
        try:
            self._connection.sendall(pickle.dumps(furniture))
        except OSError as error:
            raise EOFError from error
        return self._received

    def close(self) -> None:
        """Ask nothing more; the process ends."""
        self._answers.close()
        self._connection.close()

    def _received(self) -> Any:
        """The next thing that the process sends. EOFError where it is gone, or was cut short."""
        try:
            return pickle.load(self._answers)  # noqa: S301  see above
        except (pickle.UnpicklingError, ConnectionError) as error:
            raise EOFError from error
