"""A service of several processes: N API workers on one listening socket, and one inference process.

The socket is one, opened here and inherited, not one per worker (SO_REUSEPORT): connections that wait in it are taken
by another worker when one dies.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from types import FrameType

from prometheus_client import multiprocess

from api.inference.supervisor import Supervisor
from api.processes import KeptProcess
from api.serving.options import Serving
from api.serving.server import DRAIN, GRACE
from engine.child import module_command

log = logging.getLogger(__name__)

_SLACK = 10.0  # seconds beyond a worker's own grace before it is killed


def run_workers(serving: Serving, listening: socket.socket, local: socket.socket | None = None) -> None:
    """Serve until SIGTERM or SIGINT: no more is accepted, what runs is finished. A second one ends all at once."""
    asked = threading.Event()
    serving.metrics.mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(serving.metrics)}
    inference = Supervisor(serving.inference)
    sockets = [listening] if local is None else [listening, local]
    workers = [_start(number, serving, sockets, environment) for number in range(serving.workers)]

    def handle(sig: int, frame: FrameType | None) -> None:
        if asked.is_set():
            for worker in workers:
                worker.kill()
            inference.kill()
            os._exit(128 + sig)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    asked.wait()
    until = time.monotonic() + DRAIN + GRACE + _SLACK
    for worker in workers:
        worker.end()
    for one in sockets:  # theirs are the same sockets: they close when the last worker lets them go
        one.close()
    for worker in workers:
        worker.join(max(until - time.monotonic(), 0.0))
    inference.stop()


def _start(number: int, serving: Serving, sockets: list[socket.socket], environment: dict[str, str]) -> KeptProcess:
    descriptors = [one.fileno() for one in sockets]
    command = module_command("api.serving.worker", serving.to_json(), *map(str, descriptors))
    return KeptProcess(
        f"API worker {number}",
        command,
        descriptors=descriptors,
        environment=environment,
        on_exit=lambda pid: multiprocess.mark_process_dead(pid, str(serving.metrics)),  # type: ignore[no-untyped-call]
    )
