"""Open collections, kept between requests, and exchanged for newer generations without disturbing a running request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.collection import Collection, open_collection
from engine.errors import CollectionNotFound
from engine.protocols import ModelSource
from engine.store.catalogue import Catalogue
from engine.store.deletion import sweep_deleted

OLDER = 2  # superseded generations of a collection that stay open for those who page through them

_Key = tuple[str, int]  # a collection's UUID and a generation's number


@dataclass(slots=True)
class _Reader:
    collection: Collection
    users: int = 0
    retired: bool = False


class Readers:
    """One open collection per generation in use. Safe under threads.

    Each `open` asks the catalogue for the current generation (one indexed read), so a commit of whatever process is
    seen by the next request. A superseded generation is closed when its last user leaves.
    """

    def __init__(self, home: Path, models: ModelSource) -> None:
        self._home = home
        self._models = models
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._readers: dict[_Key, _Reader] = {}  # least recently opened first

    @contextmanager
    def open(self, name: str, generation: int | None = None) -> Iterator[Collection]:
        """The collection's current generation, or an older one that is still kept, for the length of one request.

        What `engine.open_collection` raises: CollectionNotFound, GenerationExpired, StoreDamaged, ModelNotFound, ...
        """
        reader = self._enter(name, generation)
        try:
            yield reader.collection
        finally:
            with self._lock:
                reader.users -= 1
                done = reader.retired and reader.users == 0
            if done:
                reader.collection.close()

    def close(self) -> None:
        """Close what nobody uses now, and the rest when its last user leaves."""
        with self._lock:
            idle = self._retire(list(self._readers))
        _close(idle)

    def _enter(self, name: str, generation: int | None) -> _Reader:
        try:
            row = Catalogue(self._home).get(name)
        except CollectionNotFound:
            self.forget(name)
            raise
        key = (row.uuid, generation or row.generation)
        if (reader := self._use(key)) is not None:
            return reader
        with self._lock:
            opening = self._opening.setdefault(row.uuid, threading.Lock())
        with opening:  # one thread opens, those that wait find it open
            if (reader := self._use(key)) is not None:
                return reader
            opened = open_collection(name, home=self._home, generation=generation, models=self._models)
            return self._add(opened, older=generation is not None and generation != row.generation)

    def _use(self, key: _Key) -> _Reader | None:
        with self._lock:
            reader = self._readers.get(key)
            if reader is not None:
                reader.users += 1
            return reader

    def _add(self, opened: Collection, *, older: bool) -> _Reader:
        """Keep an opened collection, used once; those that it supersedes are retired."""
        manifest = opened.generation.manifest
        key, reader = (manifest.uuid, manifest.generation), _Reader(opened, users=1)
        with self._lock:
            if (known := self._readers.get(key)) is not None:  # a commit came between catalogue and opening
                known.users += 1
                idle, reader = [opened], known
            else:
                same = [other for other in self._readers if other[0] == manifest.uuid]
                current = max((number for _, number in same), default=0)
                superseded = [other for other in same if other[1] < current] if older else same
                idle = self._retire(superseded[: -OLDER + 1] if older else superseded)
                self._readers[key] = reader
        _close(idle)
        return reader

    def forget(self, name: str) -> None:
        """Retire the generations of a collection that is no more; its files can go then."""
        with self._lock:
            idle = self._retire([key for key, r in self._readers.items() if r.collection.name == name])
        if idle:
            _close(idle)
            sweep_deleted(self._home)

    def _retire(self, keys: list[_Key]) -> list[Collection]:
        """Take readers out of the list; those that nobody uses are returned, to be closed without the lock."""
        readers = [self._readers.pop(key) for key in keys]
        for reader in readers:
            reader.retired = True
        return [reader.collection for reader in readers if reader.users == 0]


def _close(collections: list[Collection]) -> None:
    for collection in collections:
        collection.close()
