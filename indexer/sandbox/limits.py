"""The limits of a process that parses what strangers send."""

from __future__ import annotations

import resource
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any


def limit(request: dict[str, Any]) -> None:
    """Have the kernel end the process at the first limit from now on; nothing that runs in it can lift one."""
    seconds = request["seconds"]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    memory = _address_space() + request["memory_bytes"]
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        # No descriptor beyond those that are open: no file can be read, no connection made.
        (resource.RLIMIT_NOFILE, 0),
    ):
        with suppress(ValueError, OSError):  # where a lower limit holds already
            resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    """Bytes that the template's modules take: the limit counts them too."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
