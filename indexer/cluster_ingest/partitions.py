"""The input of an ingest on several machines, in partitions: files, and of large files of JSON lines ranges of lines.

They follow from the files alone, so that a run that goes on after another was cut short has the same partitions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from engine.text.json_lines import LONGEST
from indexer.sources.contents import Found, contents, has_json_lines, json_lines


@dataclass(frozen=True, slots=True)
class Piece:
    """A file as it was when it was listed; of a file of JSON lines the bytes `start` to `end`, of which the first line
    is number `line`.
    """

    path: str
    size: int
    changed: int  # nanoseconds
    start: int = 0
    end: int | None = None
    line: int = 1

    def sources(self) -> Iterator[Found]:
        if self.end is None:
            return contents(Path(self.path))
        return json_lines(Path(self.path), self.start, self.end, self.line)


@dataclass(frozen=True, slots=True)
class Partition:
    """Pieces that one worker reads at a time."""

    pieces: tuple[Piece, ...]

    def sources(self) -> Iterator[Found]:
        """The documents, in order."""
        for piece in self.pieces:
            yield from piece.sources()

    def name(self, made_by: str) -> str:
        """A digest of the partition and of what makes documents of it."""
        return hashlib.sha256(repr((made_by, self.pieces)).encode("utf-8", "surrogatepass")).hexdigest()


def partitions(files: Iterable[Path], most: int) -> Iterator[Partition]:
    """Runs of pieces in the order of the files, each of at most so many bytes where its files allow it."""
    taken: list[Piece] = []
    size = 0
    for piece in (piece for file in files for piece in _pieces(file, most)):
        own = piece.size if piece.end is None else piece.end - piece.start
        if taken and size + own > most:
            yield Partition(tuple(taken))
            taken, size = [], 0
        taken.append(piece)
        size += own
    if taken:
        yield Partition(tuple(taken))


def _pieces(file: Path, most: int) -> Iterator[Piece]:
    found = file.stat()
    whole = Piece(file.as_posix(), found.st_size, found.st_mtime_ns)
    if found.st_size <= most or not has_json_lines(file):
        yield whole
        return
    start = before = 0
    with file.open("rb") as stream:
        while (run := _run_of_lines(stream, most))[0]:
            size, lines = run
            yield replace(whole, start=start, end=start + size, line=before + 1)
            start, before = start + size, before + lines


def _run_of_lines(stream: IO[bytes], most: int) -> tuple[int, int]:
    """Bytes and lines of the next lines: so many that they reach `most` bytes."""
    size = lines = 0
    while size < most and (line := stream.readline(LONGEST)):
        size += len(line)
        lines += 1
    return size, lines
