"""The connection that requests go over: looked at before anything is sent, and cut off when a request's time is over.

The client's own timeouts are of one read each. A server that sends a byte now and then, or answers `100 Continue` for
ever, would be waited for without end.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

_MADE = ("connect_tcp.complete", "start_tls.complete")


class Connection:
    """The one connection of a client that makes one request after the other. `check` is shown the address of whoever
    answers, and raises to have nothing sent there.
    """

    def __init__(self, check: Callable[[str], None]) -> None:
        self._check = check
        self._stream: Any = None

    def watch(self, event: str, about: Mapping[str, Any]) -> None:
        """Hook that httpcore calls at each step (https://www.encode.io/httpcore/extensions/#trace)."""
        if not event.endswith(_MADE):
            return
        self._stream = about["return_value"]
        peer = self._stream.get_extra_info("server_addr")
        if isinstance(peer, tuple):
            try:
                self._check(str(peer[0]))
            except BaseException:
                self._stream.close()
                raise

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[Callable[[], bool]]:
        """Cut the connection off when this has taken so long; tells whether that has happened."""
        over = threading.Event()

        def cut() -> None:
            over.set()
            connected = None if self._stream is None else self._stream.get_extra_info("socket")
            with suppress(OSError):  # it is closed already
                if connected is not None:
                    connected.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield over.is_set
        finally:
            timer.cancel()
