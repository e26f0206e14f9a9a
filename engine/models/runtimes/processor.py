"""The processor that models run on, as what is kept from one process to the next is told apart by."""

from __future__ import annotations

import platform
from functools import cache
from itertools import takewhile
from pathlib import Path


@cache
def processor() -> tuple[str, str, str]:
    """Its architecture, its name, and the instructions that it has."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            first = [line.split(":", 1) for line in takewhile(str.strip, lines) if ":" in line]  # of its cores
    except OSError:
        return platform.machine(), platform.processor(), ""
    told = {name.strip(): value.strip() for name, value in first}
    return platform.machine(), told.get("model name", ""), told.get("flags", told.get("Features", ""))
