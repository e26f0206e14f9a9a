"""The process that workers are forked from: it has imported the parsers, and does nothing else (worker.py).

It takes most of a second to start. Who is about to read a file may `start` it, and do something else meanwhile: this
module imports no parser.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from engine.child import module_command, receive_exactly

HEADER = struct.Struct("!Q")  # a message's length in bytes
_START = 180.0  # seconds for the first process to import the parsers, and load the models of OCR
_APART = re.compile(r"\.(?:pdf|epub|rtf|msg|(?:do[ct]|xl[st]|pp[st]|pot|od[gmpst]|ot[pst]|fod)[a-z]?)", re.IGNORECASE)


def start() -> None:
    """Start the process where there is none, without waiting for it. Whoever connects sees why it cannot be started."""
    with _lock, suppress(OSError):
        _started(ocr=False)


def start_for(name: str) -> None:
    """Start the process where a file of that name is read there, as far as the name tells."""
    if _APART.fullmatch(Path(name).suffix):
        start()


def connect(*, ocr: bool) -> tuple[socket.socket, int]:
    """A connection to a fresh worker, and its process id. OSError or EOFError where none can be started.

    The template is started at the first use, after a fork of ours, when it has died or lacks OCR.
    """
    global _template
    with _lock:
        for attempt in range(3):
            template = _started(ocr=ocr)
            try:
                return template.fork()
            except (OSError, EOFError):
                template.close()
                _template = None
                if attempt == 2:
                    raise
    raise AssertionError  # the loop returns or raises


class _Template:
    """The process that workers are forked from. It ends when this one does: its socket is closed then.

    `ocr`: it has the models of OCR as well.
    """

    def __init__(self, *, ocr: bool) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # -I would hide an editable installation; a clean environment keeps secrets out all the same.
            environment = {
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "LANG": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",  # a process with threads cannot be forked safely
                "OMP_NUM_THREADS": "1",
                "OPENCV_FOR_THREADS_NUM": "1",
            }
            self._process = subprocess.Popen(
                module_command("indexer.sandbox.worker", str(theirs.fileno()), *(["ocr"] if ocr else [])),
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd=Path("/"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._control = ours
        self._control.settimeout(_START)
        self.owner = os.getpid()
        self.ocr = ocr

    def fork(self) -> tuple[socket.socket, int]:
        """A connection to a new worker, and the worker's process id. OSError or EOFError if the template is dead."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])
            (child,) = HEADER.unpack(receive_exactly(self._control, HEADER.size))
        except BaseException:
            ours.close()
            raise
        return ours, int(child)

    def close(self) -> None:
        self._control.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()


_lock = threading.Lock()
_template: _Template | None = None


def _started(*, ocr: bool) -> _Template:
    global _template
    if _template is not None and ocr and not _template.ocr:
        _template.close()
        _template = None
    if _template is None or _template.owner != os.getpid():
        _template = _Template(ocr=ocr)
    return _template
