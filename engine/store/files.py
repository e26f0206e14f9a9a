"""Durable writes: what these functions have returned from survives a power cut."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import DiskFull, StorageFailed, WinnowError

_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}
_SQLITE_FULL = sqlite3.SQLITE_FULL
_SQLITE_REFUSED = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}  # also for want of space: it does not say why
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
    """Turn every library's way of saying that the disk is full into DiskFull, or that it failed into StorageFailed."""
    try:
        yield
    except WinnowError:
        raise
    except Exception as error:
        if is_refused(error):
            raise StorageFailed(f"The disk of {where} failed: {error}.", REFUSED_REMEDY) from error
        if not is_out_of_space(error):
            raise
        raise DiskFull(
            f"The disk or quota of {where} is full; nothing of this commit was kept, earlier ones are whole.",
            "Free some space and run the same command again: it continues where it stopped.",
        ) from error


REFUSED_REMEDY = "Look for a full or failing disk, then run the same command again; what was committed before is whole."


def is_refused(error: BaseException) -> bool:
    """Whether an error of Python, pyarrow, SQLite or tantivy means that the disk failed, or gave no reason."""
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return True
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return (code is not None and code & 0xFF in _SQLITE_REFUSED) or os.strerror(errno.EIO) in str(error)


def is_out_of_space(error: BaseException) -> bool:
    """Whether an error of Python, pyarrow, SQLite or tantivy means that the disk or quota is full."""
    if isinstance(error, OSError) and error.errno in _OUT_OF_SPACE:
        return True
    original = getattr(error, "orig", error)  # SQLAlchemy wraps the driver's error
    if getattr(original, "sqlite_errorcode", None) == _SQLITE_FULL:
        return True
    # tantivy reports the system's words in a ValueError
    return os.strerror(errno.ENOSPC) in str(error) or os.strerror(errno.EDQUOT) in str(error)
