"""Refusals of the system, whoever says them: which errno is meant, and what its user can do."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from engine.errors import DiskFull, StorageFailed

OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SAID_IN_WORDS = (*OUT_OF_SPACE, errno.EIO, errno.EACCES, errno.EROFS)  # tantivy has no numbers in its errors
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EIO,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EACCES,
}

_FREE_SPACE = "Free some space and run the same command again: it continues where it stopped."
_DISK = "Look for a full or failing disk, then run the same command again; what was committed before is whole."
_PERMISSION = (
    "This user may not read or write there: `ls -ld` of it and of the folders above shows who may. Change that, or "
    "name another place (--home or WINNOW_HOME for collections)."
)
_ADDRESS = "Stop what listens there, or choose another with --port and --host."
_PATH = "Check the path and the folders above it; name another where it cannot be made."
_REMEDIES = {
    **dict.fromkeys(OUT_OF_SPACE, _FREE_SPACE),
    errno.EIO: _DISK,
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: "The file system is read-only: mount it for writing, or name a place on another one.",
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY), _PATH),
    errno.ENAMETOOLONG: "Choose a shorter name or path.",
    errno.ELOOP: "A link leads back to itself: fix or remove it.",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Too many files are open: raise the limit with `ulimit -n`."),
    errno.ENOMEM: "Close other programs, or give this one more memory.",
    **dict.fromkeys((errno.EADDRINUSE, errno.EADDRNOTAVAIL), _ADDRESS),
}
_OTHERWISE = "Check the path and the disk or network behind it, then run the same command again."


def remedy_of(error: BaseException, where: Path | None = None) -> str:
    """The remedy for an error of the system: what a person can do."""
    return _REMEDIES.get(errno_of(error, where) or 0, _OTHERWISE)


def errno_of(error: BaseException, where: Path | None = None) -> int | None:
    """The errno that an error of Python, pyarrow, SQLite or tantivy means, None where it is of another kind.

    SQLite that cannot open a file does not say why: `where` is looked at for a want of permission.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)  # SQLAlchemy wraps the driver's error
    if code is not None and code != sqlite3.SQLITE_READONLY_DBMOVED:
        unsaid = code & 0xFF == sqlite3.SQLITE_CANTOPEN and where is not None and not _allowed(where)
        return errno.EACCES if unsaid else _OF_SQLITE.get(code & 0xFF)
    return next((number for number in _SAID_IN_WORDS if os.strerror(number) in str(error)), None)


def refusal(error: BaseException, where: Path) -> DiskFull | StorageFailed | None:
    """The error to raise where the disk is full, failed, or may not be used; None for errors of other kinds."""
    number = errno_of(error, where)
    if number in OUT_OF_SPACE:
        return DiskFull(
            f"The disk or quota of {where} is full; nothing of this commit was kept, earlier ones are whole.",
            _FREE_SPACE,
        )
    said = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
    if number in _NOT_ALLOWED:
        return StorageFailed(
            f"{getattr(error, 'filename', None) or where} cannot be used: {said}.", remedy_of(error, where)
        )
    return StorageFailed(f"The disk of {where} failed: {said}.", _DISK) if number == errno.EIO else None


def _allowed(where: Path) -> bool:
    """Whether this user may read and write there, or make it where it is missing."""
    there = next((path for path in (where, *where.parents) if os.path.lexists(path)), where)
    return os.access(there, os.R_OK | os.W_OK)
