"""Processes of ours: starting another Python that runs one of Winnow's modules, reading what it sends, and what each
does at its beginning.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


# Imports make hundreds of thousands of objects that stay: looking through them for garbage takes a tenth of a search,
# and doing so once more at its end another one. A search that starts cold makes some hundred thousand.
_COLLECTED_AFTER = (300_000, 20, 20)  # by default 700, 10, 10


def collect_rarely() -> None:
    """Look for garbage seldom. Every process of ours that embeds, searches or reads documents begins with this."""
    gc.set_threshold(*_COLLECTED_AFTER)


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line of `module`: always Winnow's own, never a file of that name in the working directory (`-P`)."""
    return [sys.executable, "-P", "-m", module, *arguments]


def receive_exactly(connection: socket.socket, size: int) -> bytes:
    """So many bytes. EOFError where the other side is gone before."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(buffer)
