"""Which files a list of paths stands for: sorted, without hidden ones, safe with loops of links, each accounted for."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SourceNotFound

BEIR_CORPUS = ("corpus.jsonl", "corpus.jsonl.gz")
_BEIR_QUERIES = ("queries.jsonl", "queries.jsonl.gz")
_HIDDEN = ("CVS", "_darcs", "__MACOSX")  # version control and what macOS adds, those that do not begin with a dot
NO_FILE = "neither a file nor a folder"

Ignore = Callable[[Path, bool], str | None]  # a path and whether it is a folder; why it is left out, if it is


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out on purpose. The path of a folder ends in a slash."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A file, a folder or a record (`path#line`) that should be read and cannot be."""

    path: str
    reason: str
    remedy: str = ""


def walk(paths: Sequence[Path], ignore: Ignore | None = None) -> Iterator[Path | Skipped | Failed]:
    """The regular files at and under `paths` as absolute paths, each once, and an account of all that is left out.

    `ignore` is asked of what is found in folders, not of what is named. A folder that holds a BEIR corpus and its
    queries stands for the corpus alone.

    Raises:
        SourceNotFound: one of `paths` does not exist; raised before anything is yielded.
    """
    named = list(dict.fromkeys(absolute(path) for path in paths))
    for path in named:
        if not os.path.lexists(path):
            raise SourceNotFound(f"There is no file or folder {path}.", "Check the path.")
    return _walk(named, ignore)


def absolute(path: Path) -> Path:
    """The absolute path, but not by Path.resolve: an id that follows a link would change when the link does."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def is_hidden(name: str) -> bool:
    """Whether a file or a folder of this name is left out, and all that is in it."""
    return name.startswith(".") or name in _HIDDEN


def _walk(named: list[Path], ignore: Ignore | None) -> Iterator[Path | Skipped | Failed]:
    folders: set[tuple[int, int]] = set()
    turn = set(named)  # what is named by itself is read in its turn, not as a part of a folder
    stack: list[Path | Skipped | Failed] = list(reversed(named))
    while stack:
        path = stack.pop()
        if isinstance(path, Path):
            entry = _look(path, folders, None if path in turn else ignore)
            if isinstance(entry, list):
                stack.extend(part for part in reversed(entry) if part not in turn)
                continue
            path = entry
        yield path


def _look(
    path: Path, folders: set[tuple[int, int]], ignore: Ignore | None
) -> Path | Skipped | Failed | list[Path | Skipped | Failed]:
    """A regular file as it is, a folder as the list of its parts, or why it is neither."""
    shown = _shown(path)
    try:
        status = path.stat()
        is_folder = stat.S_ISDIR(status.st_mode)
        if ignore is not None and (reason := ignore(path, is_folder)) is not None:
            return Skipped(f"{shown}/" if is_folder else shown, reason)
        if shown != str(path):
            return Failed(shown, "Its name is not UTF-8.", "Rename it.")
        if stat.S_ISREG(status.st_mode):
            return path
        if not is_folder:
            return Skipped(shown, NO_FILE)
        if (key := (status.st_dev, status.st_ino)) in folders:
            return Skipped(f"{shown}/", "read already (a link to it, or a path within another)")
        folders.add(key)
        with os.scandir(path) as entries:
            return _parts(path, sorted(entries, key=lambda entry: entry.name))
    except OSError as error:
        if ignore is not None and (reason := ignore(path, False)) is not None:
            return Skipped(shown, reason)
        remedy = "Shorten it." if error.errno == errno.ENAMETOOLONG else "Fix the link or the permissions."
        return Failed(shown, f"It cannot be read: {error.strerror or error}.", remedy)


def _parts(folder: Path, entries: list[os.DirEntry[str]]) -> list[Path | Skipped | Failed]:
    names = {entry.name for entry in entries}
    corpus = next((name for name in BEIR_CORPUS if name in names), None)
    beir = corpus is not None and any(name in names for name in _BEIR_QUERIES)
    parts: list[Path | Skipped | Failed] = []
    for entry in entries:
        path = folder / entry.name
        left_out = (
            "hidden" if is_hidden(entry.name) else "beside a BEIR corpus" if beir and entry.name != corpus else ""
        )
        if left_out:
            shown = _shown(path)
            parts.append(Skipped(f"{shown}/" if entry.is_dir(follow_symlinks=False) else shown, left_out))
        else:
            parts.append(path)
    return parts


def _shown(path: Path) -> str:
    """A path as text: bytes of its names that are not UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")
