"""Ending a command from outside as Ctrl-C does, so that it says goodbye, and what it has on disk for a while goes too.

A command that a signal ended has the exit code that shells give it, 128 and the signal's number: 130 after Ctrl-C
(SIGINT), 143 after SIGTERM, 129 after SIGHUP. Commands that do not use this end at once, with the same codes.
"""

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
    got: list[int] = []

    def end(number: int, frame: object) -> None:
        got.append(number)
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        if got:  # a library took the SystemExit for Ctrl-C, as watchfiles does
            sys.exit(128 + got[0])
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
