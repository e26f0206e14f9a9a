"""Stands before a segment's files: no byte of them is used that does not match its checksum.

No library below notices a flipped bit by itself: answers would be wrong without a word, and Arrow, FAISS and tantivy
may raise anything, or end the process. So a part is checked before it is first opened, and once a second while it is
in use it is seen whether a file was changed since (engine/store/digests.py says what that costs).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal

from engine.errors import StoreDamaged
from engine.store.digests import digests_of
from engine.store.layout import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    LEXICAL_DIRECTORY,
    SEGMENT_FILE,
    VECTORS_DIRECTORY,
    VECTORS_FILE,
    CollectionLayout,
)
from engine.store.listing import ListedFile, read_listing
from engine.store.manifest import SegmentEntry

Part = Literal["documents", "chunks", "vectors", "lexical"]

LOOK_SECONDS = 1.0
REMEDY = "Run `winnow repair` with the collection's name: it rebuilds what it can and serves the rest."

_PLACES: dict[Part, str] = {
    "documents": DOCUMENTS_FILE,
    "chunks": CHUNKS_FILE,
    "vectors": VECTORS_DIRECTORY,
    "lexical": LEXICAL_DIRECTORY,
}


class Guard:
    """Guards the files of one segment, as a generation sees it. Safe under threads."""

    def __init__(self, layout: CollectionLayout, entry: SegmentEntry, forget: Callable[[], None]) -> None:
        """`forget` is called where a file is another one than before: what was mapped of the old one must go."""
        self._layout = layout
        self._entry = entry
        self._forget = forget
        self._digests = digests_of(layout.root)
        self._good_until: dict[Part, float] = {}
        self._inodes: dict[Part, tuple[int, ...]] = {}
        self._listings: dict[Part, Mapping[Path, ListedFile]] = {}
        self._locks = {part: threading.Lock() for part in _PLACES}

    def look(self, part: Part) -> None:
        """Raise StoreDamaged if a file of the part is missing or altered."""
        if time.monotonic() < self._good_until.get(part, 0.0):
            return
        with self._locks[part]:
            if time.monotonic() >= self._good_until.get(part, 0.0):
                self._check(part)
                self._good_until[part] = time.monotonic() + LOOK_SECONDS

    def check_now(self, parts: Collection[Part] = ()) -> None:
        """Raise StoreDamaged if a file is altered now: what a library has raised is then no fault of a program."""
        for part in parts or _PLACES:
            self._good_until.pop(part, None)
        for part in parts or _PLACES:
            if part != "vectors" or self._entry.embedded:
                self.look(part)

    def _check(self, part: Part) -> None:
        try:
            files = self._files(part)
            self._digests.digests(files)
            for path, expected in files.items():
                if path.stat().st_size != expected.size or self._digests.digest(path) != expected.sha256:
                    self._forget()
                    raise StoreDamaged(f"{path} does not match its checksum.", REMEDY)
            inodes = tuple(path.stat().st_ino for path in files)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            self._forget()
            raise StoreDamaged(f"{error.filename} is missing.", REMEDY) from error
        if self._inodes.setdefault(part, inodes) != inodes:
            self._inodes[part] = inodes
            self._forget()

    def _files(self, part: Part) -> Mapping[Path, ListedFile]:
        """The part's files, and what they are to be."""
        listing, sha256 = self._layout.segment(self._entry.id) / SEGMENT_FILE, self._entry.checksum
        place = _PLACES[part]
        if part == "vectors" and self._entry.vectors is not None:
            listing = self._layout.vector_set(self._entry.vectors.name) / VECTORS_FILE
            sha256, place = self._entry.vectors.sha256, ""
        if self._digests.digest(listing) != sha256:
            raise StoreDamaged(f"{listing} does not match the manifest's checksum.", REMEDY)
        if part not in self._listings:  # what has the right checksum says what it said before
            found = read_listing(listing).items()
            self._listings[part] = {
                listing.parent / name: file for name, file in found if place in ("", name.partition("/")[0])
            }
        return self._listings[part]
