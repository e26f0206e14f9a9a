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

from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.reading import read_rest
from indexer.sandbox.limits import limit


def read_beside(
    data: bytes, request: dict[str, Any], connection: socket.socket
) -> Callable[[], list[Page] | None] | None:
    """Begin to read; the function waits for the pages, and gives None where they could not be read there. None where
    no process can be started. `connection` is the first process's own.
    """
    incoming, outgoing = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(incoming)
        os.close(outgoing)
        return None
    if child == 0:
        try:
            os.close(connection.fileno())  # else who waits for the first process would not see it end
            os.close(incoming)
            limit({**request, "memory_bytes": request["memory_bytes"] // 2})
            with os.fdopen(outgoing, "wb") as stream:
                pickle.dump(read_rest(data, request["pages"]), stream)
        finally:
            os._exit(0)  # whoever waits meets the error where it reads these pages itself
    os.close(outgoing)

    def pages() -> list[Page] | None:
        with os.fdopen(incoming, "rb") as stream:
            try:
                found: list[Page] = pickle.load(stream)  # noqa: S301  see above
            except (EOFError, pickle.UnpicklingError):
                return None
            return found

    return pages
