"""Durable writes: what these functions have returned from survives a power cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import WinnowError
from engine.refusals import refusal

TEMPORARY = ".tmp"


def fsync_path(path: Path) -> None:
    """Force a file's data, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(root: Path) -> None:
    """Force every file and directory below `root`, and `root` itself, to the disk."""
    for parent, _, names in os.walk(root, topdown=False):
        for name in names:
            fsync_path(Path(parent, name))
        fsync_path(Path(parent))


def write_durably(path: Path, data: bytes) -> None:
    """Write a whole file or nothing: temporary name, fsync, rename, fsync of the directory."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_path(path.parent)


def copy_durably(source: Path, target: Path) -> None:
    """Copy a file, of any size, whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY}")
    try:
        shutil.copyfile(source, temporary)
        fsync_path(temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_path(target.parent)


def make_directories(directory: Path) -> None:
    """Create a directory and its missing parents, each of them durable."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        fsync_path(path.parent)


def size_of_tree(root: Path) -> int:
    """Bytes of the regular files below `root`; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(root):
        for name in names:
            try:
                total += Path(parent, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


@contextmanager
def disk_full_typed(where: Path) -> Iterator[None]:
    """Turn every library's way of saying that the disk is full into DiskFull; that it failed, or may not be used, into
    StorageFailed.
    """
    try:
        yield
    except WinnowError:
        raise
    except Exception as error:
        if (refused := refusal(error, where)) is None:
            raise
        raise refused from error
