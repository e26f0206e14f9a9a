"""Child processes that are kept alive: started, started again when they die, ended when asked or with their parent."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

log = logging.getLogger(__name__)

_STABLE = 30.0  # a process that lived this long in seconds starts again at once
_LONGEST_PAUSE = 10.0
# glibc gives each thread an arena of its own up to eight a core, and keeps what was freed in them: under many short
# threads a process grows for hours. https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}


class KeptProcess:
    """Runs `command` for as long as this process lives.

    The child's stdin is a pipe that nobody writes to: it ends when the parent dies, even by SIGKILL, and the child must
    end then. Its stdout is our stderr. It is in a process group of its own, so that Ctrl-C in a terminal reaches the
    parent alone, which decides what ends first. `on_exit` is called with the pid of a child that ended.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        descriptors: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        on_exit: Callable[[int], None] = lambda pid: None,
    ) -> None:
        self.name = name
        self.restarts = 0
        self._command = list(command)
        self._descriptors = tuple(descriptors)
        self._environment = _FEW_ARENAS | dict(os.environ if environment is None else environment)
        self._on_exit = on_exit
        self._stopping = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._watch, name=f"keeps {name}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Process id of the process that runs now."""
        return self._process.pid

    def end(self) -> None:
        """Ask the process to end (SIGTERM); `join` waits for it."""
        self._stopping.set()
        self._process.terminate()

    def join(self, seconds: float) -> None:
        """Wait for a process that was asked to end; after so many seconds it is killed."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("The %s did not end within %.0f s and is killed.", self.name, seconds)
            self.kill()
        self._thread.join()

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._stopping.set()
        self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            pass_fds=self._descriptors,
            env=self._environment,
            process_group=0,
        )

    def _watch(self) -> None:
        pause, began = 0.0, time.monotonic()
        while True:
            code = self._process.wait()
            self._on_exit(self._process.pid)
            if self._stopping.is_set():
                return
            log.warning("The %s ended with %s; it is started again.", self.name, code)
            pause = 0.0 if time.monotonic() - began > _STABLE else min(max(2 * pause, 0.1), _LONGEST_PAUSE)
            if self._stopping.wait(pause):
                return
            if self._process.stdin:
                self._process.stdin.close()
            began = time.monotonic()
            self.restarts += 1
            self._process = self._start()
            if self._stopping.is_set():  # asked to stop in between: the old process was the one that was ended
                self._process.terminate()
