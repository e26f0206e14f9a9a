"""Starting another Python that runs one of Winnow's modules, and reading what it sends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


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
