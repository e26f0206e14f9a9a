"""Starting another Python that runs one of Winnow's modules."""

from __future__ import annotations

import sys


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line of `module`: always Winnow's own, never a file of that name in the working directory (`-P`)."""
    return [sys.executable, "-P", "-m", module, *arguments]
