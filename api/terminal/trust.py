"""Which files `winnow.toml` may say what is read and removed: those that a person has seen.

A file comes with a folder, from whoever made it, and names folders to read and collections to change. So it is asked
about before it is used for the first time, and again when it was changed. The answers are kept in the home.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from api.terminal.project import Project
from engine.errors import UsageError
from engine.store.files import make_directories, write_durably
from engine.terminal.output import printable

ANSWERS = "trusted.json"


def check_trusted(home: Path, project: Project, *, yes: bool) -> None:
    """Raise UsageError unless the file was trusted before, or is now: by `yes`, or by whoever sits at the terminal."""
    if _mark(project) in _marks(home):
        return
    if not yes:
        _ask(project)
    trust(home, project)


def trust(home: Path, project: Project) -> None:
    """Remember that the file, as it is now, may be used with this home."""
    make_directories(home)
    marks = [*(mark for mark in _marks(home) if not mark.startswith(_place(project))), _mark(project)]
    write_durably(home / ANSWERS, json.dumps(marks, indent=1).encode())


def _ask(project: Project) -> None:
    refused = f"{project.path} was not used before, or was changed: nothing was done."
    if not sys.stdin.isatty():
        raise UsageError(refused, "Read it, then add --yes.")
    print(f"{printable(str(project.path))} is new here, or was changed. It keeps these in step:", file=sys.stderr)
    for line in project.summary():
        print(f"  {printable(line)}", file=sys.stderr)
    print("Use it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(refused, "Answer y, or add --yes.")


def _marks(home: Path) -> list[str]:
    """The answers so far; a file that cannot be read holds none, and they are asked for again."""
    try:
        found = json.loads((home / ANSWERS).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    return [mark for mark in found if isinstance(mark, str)] if isinstance(found, list) else []


def _mark(project: Project) -> str:
    return f"{_place(project)}{hashlib.sha256(project.content).hexdigest()}"


def _place(project: Project) -> str:
    return f"{hashlib.sha256(os.fsencode(project.path)).hexdigest()}:"
