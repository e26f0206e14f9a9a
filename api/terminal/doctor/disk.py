"""Room on the disks that Winnow writes to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.terminal.doctor.finding import Finding
from engine.store.files import size_of_tree
from engine.store.layout import Home

_LEAST = 100 * 2**20  # bytes, below which hardly anything can be written
_ROOM = 2**30
_MEGABYTE = 2**20


def disk(home: Path) -> Iterator[Finding]:
    """Free space of the home and of temporary files. A merge writes a collection again before it removes the old."""
    layout = Home(home)
    largest = max((size_of_tree(one.root) for one in layout.all_collections()), default=0)
    yield _room("home", _nearest(home), max(_ROOM, largest))
    yield _room("temporary files", Path(tempfile.gettempdir()), _ROOM)


def _room(name: str, place: Path, wanted: int) -> Finding:
    free = shutil.disk_usage(place).free
    said = f"{free // _MEGABYTE:,} MB free on the disk of {place}"
    if free < _LEAST:
        return Finding("disk", name, "problem", f"{said}.", "Free some space, or name another place.")
    if free < wanted:
        remedy = f"Free some space: {wanted // _MEGABYTE:,} MB are needed to be safe."
        return Finding("disk", name, "warning", f"{said}.", remedy)
    return Finding("disk", name, "ok", said)


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
