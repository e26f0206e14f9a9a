"""A service in the background: `winnow serve --daemon` starts it, `winnow serve --stop` ends it.

There is no file that holds a process id, which could outlive its process: who listens on the socket in the home is
asked of the system.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from api.local_socket import PATTERN, connect, socket_of
from engine.child import module_command
from engine.errors import UsageError
from engine.terminal.output import printable, printable_text

DAEMON = "--daemon"
_SOL_LOCAL, _LOCAL_PEERPID = 0, 2  # macOS: sys/un.h
_PAUSE = 0.1  # seconds
_FOLLOWED = 300.0  # seconds that an ending service is waited for: it answers what it has begun


def start(home: Path) -> None:
    """Run this command line again as a process of its own, until it has told its address.

    Raises:
        UsageError: A service of this home and these settings runs, or there is no such home.
        SystemExit: It ended instead, with its exit code; what it said is on stderr.
    """
    if not home.is_dir():
        raise UsageError(f"There is no folder {home}.", "`winnow ingest` makes it with the first collection.")
    with _one_at_a_time(home):
        _start(home)


def _start(home: Path) -> None:
    if found := connect(socket_of(home), 1.0):
        with closing(found):
            raise UsageError(
                f"A service of this home runs already, as process {_process(found)}.", "`winnow serve --stop` ends it."
            )
    log = socket_of(home).with_suffix(".log")
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as told, log.open("wb") as written:
        try:
            service = _service(writing, written)
        finally:
            os.close(writing)
        try:
            address = told.readline()
        except BaseException:
            service.terminate()
            raise
    if not address:
        print(printable_text(log.read_text("utf-8", errors="replace")), end="", file=sys.stderr)
        raise SystemExit(service.wait())
    print(address, end="", flush=True)
    said = f"Winnow serves this home as process {service.pid}; `winnow serve --stop` ends it. Its log is {log}."
    print(printable(said), file=sys.stderr)


def stop(home: Path) -> None:
    """End the services of this home, whatever their settings, and wait until they have answered what they began.

    Raises:
        UsageError: None runs, or not where we can end it.
    """
    running = [(path, connection) for path in sorted(home.glob(PATTERN)) if (connection := connect(path, 1.0))]
    if not running:
        raise UsageError("No service of this home runs.", "`winnow doctor` says what it finds there.")
    for path, connection in running:
        with closing(connection):
            process = _process(connection)
        if process <= 0:  # `kill` would take it for all processes of our own group
            raise UsageError(f"What listens on {path} runs in another container.", "End it there.")
        with suppress(ProcessLookupError):  # it has ended by itself meanwhile
            os.kill(process, signal.SIGTERM)
        end = time.monotonic() + _FOLLOWED
        while (still := connect(path, 1.0)) and time.monotonic() < end:
            still.close()
            time.sleep(_PAUSE)
        if still:
            still.close()
        print(f"Process {process} {'is still answering, and ends then' if still else 'has ended'}.", file=sys.stderr)


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Wait for another that starts a service of this home: of two at once, neither would find the other's."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _service(writing: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
    words = [word for word in sys.argv[1:] if word != DAEMON]
    return subprocess.Popen(
        module_command("winnow", *words), stdin=subprocess.DEVNULL, stdout=writing, stderr=log, start_new_session=True
    )


def _process(connection: socket.socket) -> int:
    """The id of the process that listens at the other end; 0 if it runs where processes have ids of their own."""
    if hasattr(socket, "SO_PEERCRED"):
        return int(struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])
    return int(struct.unpack("i", connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, 4))[0])
