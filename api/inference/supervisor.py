"""Starts the inference process, and starts it again when it dies."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from api.inference.client import InferenceClient
from engine.errors import InferenceUnavailable

log = logging.getLogger(__name__)

_GRACE = 15.0  # seconds to end in before it is killed
_STABLE = 30.0  # a process that lived this long in seconds starts again at once
_LONGEST_PAUSE = 10.0


class Supervisor:
    """Keeps one inference process alive on a socket. Use it in a `with`; clients only need the path.

    The child holds the other end of a pipe, so it ends when this process ends, even by SIGKILL.
    """

    def __init__(
        self, path: Path, *, encoders: Sequence[str] = (), rerankers: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> None:
        self.path = path
        self.restarts = 0
        models = [*(f"--encoder={name}" for name in encoders), *(f"--reranker={name}" for name in rerankers)]
        self._command = [
            *(sys.executable, "-m", "api.inference", "--watch-stdin", f"--socket={path}"),
            *(*models, *arguments),
        ]
        self._stopping = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._watch, name="inference-supervisor", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self._process.pid

    def wait_ready(self, seconds: float = 120.0) -> None:
        """Until the process has loaded its models and answers. InferenceUnavailable if that takes longer."""
        until = time.monotonic() + seconds
        while True:
            try:
                InferenceClient(self.path, timeout=10, patience=0.5).stats()
                return
            except InferenceUnavailable:
                if time.monotonic() > until:
                    raise

    def stop(self) -> None:
        """Let the process finish what is in flight, and end it."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._thread.join()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=sys.stderr)

    def _watch(self) -> None:
        pause, began = 0.0, time.monotonic()
        while True:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("The inference process ended with %s; it is started again.", code)
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
