"""Files that an agent may have searched: those in the folders that the user named, and no others."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from api.errors import Forbidden
from engine.errors import SourceNotFound, UsageError
from indexer.sources.submitted import SubmittedFile

LARGEST = 50 * 2**20  # bytes of a file

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class AllowedFiles:
    """Reads files below `roots`. A link counts as what it leads to.

    A hard link is a file of the folder that it lies in, wherever else the file has a name: nothing tells them apart.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        for root in roots:
            if not root.is_dir():
                raise UsageError(f"{root} is not a folder.", "Name a folder whose files may be searched.")
        self._roots = [root.resolve() for root in roots]

    def __bool__(self) -> bool:
        return bool(self._roots)

    def read(self, path: str) -> SubmittedFile:
        """The file at `path`, absolute or below one of the roots. Forbidden outside of them; SourceNotFound."""
        allowed = f"Files may lie in {', '.join(map(str, self._roots))}."
        inside = False
        for root in self._roots:
            try:
                found = (root / path).resolve()
                if found.is_relative_to(root):
                    inside = True
                    return _read(root, found)
            except (OSError, ValueError, RuntimeError):  # a name that is too long or has a NUL, a circle of links
                continue
        if inside:
            raise SourceNotFound(f"There is no file {path!r} that can be read.", allowed)
        # Whether or not there is such a file: nobody learns here what lies elsewhere.
        raise Forbidden(f"{path!r} is not in a folder that the user allows.", allowed)


def _read(root: Path, file: Path) -> SubmittedFile:
    """`file` is resolved and below `root`. OSError if it is no regular file, or has become a link by now.

    What was looked at is not looked up again: each folder is opened in the one before, and none by following a link.
    """
    descriptor = os.open(root, _FOLDER)
    try:
        *folders, name = file.relative_to(root).parts or (".",)
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        if not stat.S_ISREG(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
            raise IsADirectoryError(name)  # or a device or a pipe, which opening alone may do something to
        with os.fdopen(os.open(name, _FILE, dir_fd=descriptor), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise IsADirectoryError(name)
            size = os.fstat(opened.fileno()).st_size
            data = opened.read(LARGEST + 1) if size <= LARGEST else b""
    finally:
        os.close(descriptor)
    if max(size, len(data)) > LARGEST:
        raise UsageError(f"{file.name} has {size} bytes; {LARGEST} are allowed.", "Ingest it, and search for it.")
    return SubmittedFile("document", file.name, data, uri=str(file))
