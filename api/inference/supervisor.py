"""Starts the inference process, and starts it again when it dies."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from api.errors import InferenceUnavailable
from api.inference.client import InferenceClient
from api.processes import KeptProcess
from engine.child import module_command

_GRACE = 15.0  # seconds to end in before it is killed


class Supervisor:
    """Keeps one inference process alive on a socket. Use it in a `with`; clients only need the path."""

    def __init__(
        self,
        path: Path,
        *,
        encoders: Sequence[str] = (),
        rerankers: Sequence[str] = (),
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.path = path
        models = [*(f"--encoder={name}" for name in encoders), *(f"--reranker={name}" for name in rerankers)]
        command = module_command("api.inference", "--watch-stdin", f"--socket={path}", *models, *arguments)
        self._process = KeptProcess("inference process", command, environment=environment)

    @property
    def pid(self) -> int:
        """Process id of the process that runs now."""
        return self._process.pid

    @property
    def restarts(self) -> int:
        return self._process.restarts

    def wait_ready(self, seconds: float = 120.0) -> None:
        """Wait until the process has loaded its models and answers. InferenceUnavailable if that takes longer."""
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
        self._process.end()
        self._process.join(_GRACE)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
