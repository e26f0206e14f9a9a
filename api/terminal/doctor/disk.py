"""Room on the disks that Winnow writes to, and whether its cache can be written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.terminal.doctor.finding import Finding
from engine.settings import settings
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
    yield _cache(settings().cache)


def _room(name: str, place: Path, wanted: int) -> Finding:
    free = shutil.disk_usage(place).free
    said = f"{free // _MEGABYTE:,} MB free on the disk of {place}"
    if free < _LEAST:
        return Finding("disk", name, "problem", f"{said}.", "Free some space, or name another place.")
    if free < wanted:
        remedy = f"Free some space: {wanted // _MEGABYTE:,} MB are needed to be safe."
        return Finding("disk", name, "warning", f"{said}.", remedy)
    return Finding("disk", name, "ok", said)


def _cache(folder: Path) -> Finding:
    """The folder of what can be made again; without it everything works, and takes longer."""
    nearest = _nearest(folder)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("disk", "cache", "ok", f"{folder} can be written")
    said = f"{folder} cannot be written, so that whatever the reranker reads is read again by each command."
    return Finding("disk", "cache", "warning", said, "Let WINNOW_CACHE name a folder that can be written.")


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
