"""Documents that have not been parsed yet, found by their paths: files, folders, BEIR folders, and what lies in
files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from indexer.parsers import Parser, listed
from indexer.parsers.ocr.choosing import PICTURE
from indexer.sources.contents import NO_PARSER, Found, Source, contents
from indexer.sources.walk import NO_FILE, Failed, Ignore, Skipped, absolute, walk

__all__ = ["NO_PARSER", "Failed", "Found", "Remember", "Skipped", "Source", "discover"]

Remember = Callable[[Path, Callable[[], Iterator[Found]]], Iterator[Found]]
Look = Callable[[Path], Iterator[Found]]  # what a file holds


def discover(
    paths: Sequence[Path],
    ignore: Ignore | None = None,
    remember: Remember | None = None,
    reader: Parser | None = None,
    *,
    ocr: bool = False,
) -> Iterator[Found]:
    """The documents at and under `paths`, lazily and sorted by path, with an account of each file that is none.

    `ignore` says what is left out of the folders; `remember` may know what is in a file without reading it; `reader`
    reads all files, whatever they are; `ocr` reads pictures too.

    A file's id and uri are its absolute path. A record's id is its own, else `<path>#<key>` or `<path>#<line>`; its uri
    is the URL that it names, else `<path>#<id>`. A member of an archive is `<path>!/<path inside>`, a message of a
    mailbox or an attachment `<path>#<its name>`. A file of no known suffix is read if it is text, or shows its format
    by how it begins; else it is skipped, or failed if it was named by itself. An id may come twice (in two files of
    records, say): the later one is meant to win.

    Raises:
        SourceNotFound: one of `paths` does not exist; raised at the call, before anything is read.
    """
    named = {absolute(path) for path in paths}
    look = partial(contents, reader=reader, ocr=ocr)
    return (source for entry in walk(paths, ignore) for source in _found(entry, named, remember, look))


def _found(
    entry: Path | Skipped | Failed, named: Collection[Path], remember: Remember | None, look: Look
) -> Iterator[Found]:
    if isinstance(entry, Skipped) and entry.reason == NO_FILE and Path(entry.path) in named:
        return iter([Failed(entry.path, f"It is {NO_FILE}.", "Read a pipe as -: command | winnow ingest - --id NAME.")])
    if not isinstance(entry, Path):
        return iter([entry])
    found = partial(_sources, entry, entry in named, look)
    return found() if remember is None else remember(entry, found)


def _sources(path: Path, named: bool, look: Look) -> Iterator[Found]:
    """`named`: somebody wants this very file."""
    for source in look(path):
        if named and source == Skipped(path.as_posix(), NO_PARSER):
            kind = f"{path.suffix} files" if path.suffix else "files without a suffix"
            yield Failed(str(path), f"No parser reads {kind}, and it is not text.", f"Winnow reads {listed()}.")
        elif named and source == Skipped(path.as_posix(), PICTURE):
            yield Failed(str(path), f"It is {PICTURE}.", "Give the option --ocr.")
        else:
            yield source
