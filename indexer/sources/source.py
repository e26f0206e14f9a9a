"""From paths to documents that are yet to be parsed: files, folders, BEIR folders, files of records, archives, mail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from indexer.parsers import suffixes
from indexer.sources.contents import NO_PARSER, Source, contents, is_known
from indexer.sources.walk import Failed, Skipped, absolute, walk

__all__ = ["Failed", "Skipped", "Source", "discover"]


def discover(paths: Sequence[Path]) -> Iterator[Source | Skipped | Failed]:
    """The documents at and under `paths`, lazily and sorted by path, with an account of each file that is none.

    A file's id and uri are its absolute path. A record's id is its own, else `<path>#<line>`; its uri is the URL that
    it names, else `<path>#<id>`. A member of an archive is `<path>!/<path inside>`, a message of a mailbox or an
    attachment `<path>#<its name>`. A file that no parser takes is skipped, or failed if it was named by itself. An id
    may come twice (in two files of records, say): the later one is meant to win.

    Raises:
        SourceNotFound: one of `paths` does not exist; raised at the call, before anything is read.
    """
    named = {absolute(path) for path in paths}
    return (source for entry in walk(paths) for source in _sources(entry, named))


def _sources(entry: Path | Skipped | Failed, named: Collection[Path]) -> Iterator[Source | Skipped | Failed]:
    if not isinstance(entry, Path):
        yield entry
    elif is_known(entry.name):
        yield from contents(entry)
    elif entry in named:  # somebody wants this very file
        reason = f"No parser reads {entry.suffix} files." if entry.suffix else "No parser reads files without a suffix."
        yield Failed(str(entry), reason, f"Winnow reads {', '.join(suffixes())}.")
    else:
        yield Skipped(str(entry), NO_PARSER)
