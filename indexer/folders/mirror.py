"""Keeping a collection in step with its folders: which stored documents are gone, and which have only moved.

A document is gone if it lies under a place that was read and nothing was found there under its id. What could not be
read for certain is left as it is: documents at and under a file or folder that failed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import SourceNotFound
from engine.store.roots import is_below
from indexer.folders.roots import Place
from indexer.sources.source import Source
from indexer.sources.walk import absolute

_INSIDE = ("#", "!/")  # what stands between a file and the name of a document in it


@dataclass(slots=True)
class Mirror:
    """The documents that a collection holds of some places. `force`: remove what is gone, however much it is."""

    places: Sequence[str]
    force: bool = False
    uris: dict[str, str] = field(default_factory=dict)  # of all stored documents there, by id
    _moved: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # ids without a file, by content
    _failed: list[str] = field(default_factory=list)
    _kept: set[str] = field(default_factory=set)

    @staticmethod
    def of(places: Sequence[Place], *, force: bool = False) -> Mirror:
        return Mirror([place if isinstance(place, str) else absolute(place).as_posix() for place in places], force)

    def compare(self, uris: Mapping[str, str], hashes: Mapping[str, str]) -> None:
        """Learn what is stored: uris and content hashes of all documents, by id.

        SourceNotFound for a path that is not there, and of which nothing is stored either.
        """
        self.uris = {name: uri for name, uri in uris.items() if any(_is_at(uri, place) for place in self.places)}
        for place in self.places:
            nowhere = place.startswith("/") and not os.path.lexists(place)
            if nowhere and not any(_is_at(uri, place) for uri in self.uris.values()):
                raise SourceNotFound(f"There is no file or folder {place}.", "Check the path.")
        for name, uri in self.uris.items():
            if uri.startswith("/") and not _is_there(uri):
                self._moved[hashes[name]].append(name)

    def failed(self, path: str) -> None:
        """Keep what is stored of this path, or of the file that it lies in."""
        self._failed.append(path)

    def keep(self, document: str | None) -> None:
        """Keep a document, if it is one, though nothing was found under its id."""
        if document is not None:
            self._kept.add(document)

    def moved(self, source: Source, found: Collection[str]) -> str | None:
        """The id of the stored document that has become this source: same content, and its file is gone. Each once.

        `found` are the ids of which something was found. A file of the same name is preferred.
        """
        if not source.uri.startswith("/"):
            return None
        waiting = [name for name in self._moved.get(source.content_hash, ()) if name not in found]
        chosen = min(waiting, key=lambda name: (_name(name) != _name(source.id), name), default=None)
        if chosen is not None:
            self._moved[source.content_hash].remove(chosen)
        return chosen

    def gone(self, found: Collection[str]) -> list[str]:
        """Ids of the stored documents of which nothing was found, sorted; `found` are the ids that were."""
        missing = (name for name in self.uris if name not in found and name not in self._kept)
        return sorted(name for name in missing if not self._is_uncertain(self.uris[name]))

    def refusal(self, gone: Collection[str]) -> str:
        """Why these documents must not be removed without being asked for, or nothing."""
        if self.force:
            return ""
        for place in self.places:
            held = sum(_is_at(uri, place) for uri in self.uris.values())
            going = sum(_is_at(self.uris[name], place) for name in gone)
            if 2 * going > held:
                return f"{going:,} of {held:,} documents under {place} would be removed."
        return ""

    def _is_uncertain(self, uri: str) -> bool:
        return any(_is_at(uri, path) or _is_at(uri, path.rpartition("#")[0]) for path in self._failed)


def _is_at(uri: str, place: str) -> bool:
    """Whether a document is the place itself, lies in the folder, or inside the file that it is."""
    inside = any(uri.startswith(place + mark) for mark in _INSIDE) and not os.path.lexists(uri)
    return bool(place) and (uri == place or is_below(uri, place) or inside)


def _is_there(uri: str) -> bool:
    """Whether a document's file is there: the one that it is, or the one that it lies in."""
    files = (uri, *(uri.partition(mark)[0] for mark in _INSIDE), uri.rpartition("#")[0])
    return any(os.path.lexists(file) for file in files if file)


def _name(document: str) -> str:
    """The last part of an id."""
    return document.rpartition("/")[2]
