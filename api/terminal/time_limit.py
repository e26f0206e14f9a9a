"""A time limit for a command, which is ended as Ctrl-C ends it: what was committed is kept.

Every command ends well on SIGINT, so this sends one. To the main thread, since what waits there for a lock or a file is
then woken. What does not end even so, such as a library that hangs, is ended at once after a while.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

EXIT_CODE = 124  # as that of timeout(1)
GRACE = 45.0  # seconds in which an interrupted command may tidy up; a service takes up to 31 of them


class TimeLimit:
    """At most one at a time; `expired` says whether the time was up before the command was done."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.expired = False
        self._done = threading.Event()
        self._ending = threading.Lock()  # a command that has been told to stop watching is not interrupted any more

    def start(self, seconds: float) -> None:
        """Interrupt the main thread after so long, unless `stop` is called before."""
        self.seconds, self.expired, self._done = seconds, False, threading.Event()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for what a shell has put into the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=self._watch, args=(self._done,), name="time limit", daemon=True).start()

    def stop(self) -> None:
        """Let the command end in its own time."""
        with self._ending:
            self._done.set()

    def _watch(self, done: threading.Event) -> None:
        if done.wait(self.seconds):
            return
        with self._ending:
            if done.is_set():
                return
            self.expired = True
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if not done.wait(GRACE):
            print(f"winnow: timed_out: The command did not end {GRACE:g} s after its time was up.", file=sys.stderr)
            os._exit(EXIT_CODE)
