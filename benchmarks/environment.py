"""The machine and the versions behind a figure, and the memory that the process took."""

from __future__ import annotations

import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine.settings import settings


def describe() -> dict[str, Any]:
    """The environment that a measurement was made in, to judge or repeat it by."""
    chosen = settings()
    return {
        "winnow": version("winnow-search"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": chosen.threads,
        "runtime": chosen.runtime,
        "precision": chosen.precision,
        "scan": chosen.scan,
    }


def peak_rss_mb() -> float:
    """The largest resident memory of this process so far, in MB of 2**20 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, but bytes on macOS
    return round(peak / (2**20 if sys.platform == "darwin" else 1024), 1)


def status_mb(field: str) -> float:
    """A field of this process's /proc status, such as RssAnon (memory that no file backs), in MB of 2**20 bytes; 0
    where the system does not tell.
    """
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
