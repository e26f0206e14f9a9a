"""The service that answers for this home, if one runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.local_socket import PATTERN, connect, socket_of
from api.terminal.doctor.finding import Finding

_OTHERS = "Start both with the same WINNOW_* variables, configuration file and version of Winnow."


def service(home: Path) -> Iterator[Finding]:
    """Whether `winnow search` finds a running service, and what services have left behind."""
    ours = socket_of(home)
    found = sorted(home.glob(PATTERN))
    for path in found:
        connection = connect(path, 1.0)
        if connection is not None:
            connection.close()
        yield _finding(path, running=connection is not None, ours=path == ours)
    if not found:
        yield Finding("service", "service", "ok", "none runs for this home; `winnow serve` makes searches quicker")


def _finding(path: Path, *, running: bool, ours: bool) -> Finding:
    if not running:
        said = f"{path} is of a service that ended badly, or of another user; it is not used."
        return Finding("service", "service", "warning", said, "Start `winnow serve` again, or delete it.")
    if not ours:
        said = "One runs with other settings, or of another version: `winnow search` does without it."
        return Finding("service", "service", "warning", said, _OTHERS)
    return Finding("service", "service", "ok", "one runs, and `winnow search` uses it")
