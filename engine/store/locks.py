"""File locks (flock): one writer per collection, any number of readers per generation.

The kernel frees a lock when its holder dies, so no lock is ever stale.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from pathlib import Path
from types import TracebackType

from engine.errors import WriterBusy
from engine.store.files import fsync_path

log = logging.getLogger(__name__)

_COMMITTED = b"committed\n"
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class Lock:
    """A held lock; released by `release`, by `with`, or by the death of the process."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def lock_writer(path: Path, collection: str) -> Lock:
    """The collection's only writer's lock. WriterBusy, naming the process that has it, if taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise WriterBusy(
            f"Collection {collection!r} is being written by process {holder}.",
            "Wait until it has finished, or stop it; searching goes on meanwhile.",
        ) from None
    except BaseException:
        os.close(descriptor)  # a full disk, say: the lock must not outlive the attempt
        raise
    return Lock(descriptor)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock now. It is asked by taking it for a moment."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_for(path: Path) -> Lock:
    """A lock that whoever has it keeps for a moment only: waits until it is free."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return Lock(descriptor)


def pin(path: Path) -> Lock:
    """A reader's shared lock on a generation's pin file; the file is created if missing.

    Where the file system is read-only and has no pin file the lock returned holds nothing: nobody sweeps there.
    The caller looks for the manifest after it has the pin, since the sweeper may have been faster.
    """
    while True:
        try:
            descriptor = _open(path)
        except OSError as error:
            if error.errno in _READ_ONLY:
                return Lock(None)
            raise
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if _still_there(descriptor, path):
            return Lock(descriptor)
        os.close(descriptor)  # the sweeper removed the file between our open and our lock


def lock_unpinned(path: Path) -> Lock | None:
    """The sweeper's exclusive lock on a pin file, or None if a reader holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Lock(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def _still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def mark_committed(path: Path, *, committed: bool = True) -> None:
    """Note in a generation's pin file that the catalogue has named it: should the catalogue ever be set back, this
    tells. Durable when it returns. The commit stands, though, where the disk refuses. The note can be taken back.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _COMMITTED if committed else b"", 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("%s cannot be marked as committed: %s", path, error)


def is_committed(path: Path) -> bool:
    """Whether the generation of this pin file was ever acknowledged; older versions of Winnow leave no note of it."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def create_pin(path: Path) -> None:
    """Make a generation's pin file, durably. It exists before the manifest does."""
    path.touch()
    fsync_path(path.parent)
