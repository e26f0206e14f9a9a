"""A port of this machine that nothing should connect to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listener() -> Iterator[tuple[str, list[object]]]:
    """Its URL, and the peers that connected so far."""
    peers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, peer = listening.accept()
                except OSError:
                    return
                peers.append(peer)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x", peers
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
