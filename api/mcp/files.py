"""Files that an agent may have searched: those in the folders that the user named, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import Forbidden, SourceNotFound, UsageError
from indexer.submitted import SubmittedFile

LARGEST = 50 * 2**20  # bytes of a file


class AllowedFiles:
    """Reads files below `roots`. A link counts as what it leads to."""

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
                    if found.is_file():
                        return _read(found)
            except (OSError, ValueError, RuntimeError):  # a name that is too long or has a NUL, a circle of links
                continue
        if inside:
            raise SourceNotFound(f"There is no file {path!r} that can be read.", allowed)
        # Whether or not there is such a file: nobody learns here what lies elsewhere.
        raise Forbidden(f"{path!r} is not in a folder that the user allows.", allowed)


def _read(file: Path) -> SubmittedFile:
    if (size := file.stat().st_size) > LARGEST:
        raise UsageError(f"{file.name} has {size} bytes; {LARGEST} are allowed.", "Ingest it, and search for it.")
    return SubmittedFile("document", file.name, file.read_bytes(), uri=str(file))
