"""A host's disk: who uses which copy, and which copies nobody has used for long.

A copy of a shard lies in a folder of its own, and beside it a file whose name ends in `.lock`. A replica locks the file
for as long as it lives, which the kernel ends with the process, and touches it while it does. Where Ray has made the
replica on another host the copy stays for some hours, since the host may come back and the replica with it. Then it is
removed; a removal that was cut short leaves files that whoever comes next checks, as ever.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.errors import WriterBusy

_COPY = re.compile(r"[a-z0-9][a-z0-9_-]*-[0-9]+-[0-9]+")  # collection, shard, replica
_LOCK = ".lock"
_ENDING = 5.0  # seconds that the process before may take to end
_PERIOD = 0.1


class Copy:
    """A folder of a host's disk for the copy of one replica; `hold` makes it this process's alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None

    def hold(self) -> None:
        """Keep others from it for as long as this object lives. WriterBusy where another process has it."""
        if self._lock is not None:
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + _ENDING
        while (lock := _locked(self.folder)) is None:
            if time.monotonic() >= until:
                raise WriterBusy(
                    f"Another replica uses {self.folder}.", "Give each service a `folder` of its own in its file."
                )
            time.sleep(_PERIOD)
        self._lock = lock

    def use(self) -> None:
        """Note that it is used now."""
        if self._lock is not None:
            os.utime(self._lock.fileno())


def folder_of(folder: Path, collection: str, shard: int, number: int) -> Path:
    """The folder of the copy of a replica."""
    return folder / f"{collection}-{shard}-{number}"


def sweep_unused(folder: Path, seconds: float) -> list[str]:
    """Remove the copies below a folder that no process has used for so many seconds; their names."""
    removed = []
    for lock in sorted(folder.glob(f"*{_LOCK}")):
        copy = lock.with_suffix("")
        if not _COPY.fullmatch(copy.name) or not copy.is_dir() or copy.is_symlink():
            continue
        with suppress(FileNotFoundError):
            if _age(lock) >= seconds and (held := _locked(copy)) is not None:
                with held:
                    if _age(lock) >= seconds:  # nobody used it between the two looks
                        shutil.rmtree(copy)
                        removed.append(copy.name)
    return removed


def _age(lock: Path) -> float:
    return time.time() - lock.stat().st_mtime


def _locked(copy: Path) -> IO[bytes] | None:
    """The lock of a copy, None where another process has it. The file stays: who has it locked may be relied on."""
    file = copy.with_name(copy.name + _LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except BaseException:
        file.close()
        raise
    return file
