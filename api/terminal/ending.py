"""Ending a command from outside so that what it has on disk for a while goes with it, as Ctrl-C does."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


@contextmanager
def unwound() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise SystemExit with the exit code of a command that a signal ended."""
    if threading.current_thread() is not threading.main_thread():  # no other may say what a signal does
        yield
        return
    before = {number: signal.signal(number, lambda got, _: sys.exit(128 + got)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
