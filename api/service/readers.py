"""Open collections, kept between requests, and exchanged for newer generations without disturbing a running request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from api.service.open_collections import OpenCollections, Shared
from api.service.presence import Presence
from engine.collection import Collection, open_collection
from engine.errors import CollectionNotFound, NotInCluster
from engine.filters import Filter, parse_filter
from engine.protocols import ModelSource
from engine.query.pipeline import Searcher
from engine.store.catalogue.watch import CatalogueWatch
from engine.store.deletion import sweep_deleted
from engine.store.generation import Generation, open_generation
from engine.store.views.view import view

OLDER = 2  # superseded generations of a collection that stay open for those who page through them

_Key = tuple[str, int]  # a collection's UUID and a generation's number


class Opener(Protocol):
    def __call__(self, name: str, *, home: Path, generation: int | None, models: ModelSource) -> Collection: ...


def open_view(filter: Filter, name: str, *, home: Path, generation: int | None, models: ModelSource) -> Collection:
    """Open the part of a collection that a filter passes. Raises as `open_collection`."""
    whole = open_collection(name, home=home, generation=generation, models=models)
    try:
        seen, used = view(whole.generation, filter), whole.searcher
        return Collection(seen, Searcher(seen, used.encoder, used.reranker, used.recipe, used.calibration, used.gate))
    except BaseException:
        whole.close()
        raise


class Readers:
    """One open collection per generation in use. Safe under threads.

    Each `open` asks the catalogue for the current generation, so a commit of whatever process is seen by the next
    request. A superseded generation is closed when its last user leaves.
    """

    def __init__(
        self, home: Path, models: ModelSource, opener: Opener = open_collection, filter: Filter | None = None
    ) -> None:
        """`opener` opens collections, by default those of the home; with a `filter` nothing is read but what passes."""
        self.filter = filter
        self._home = home
        self._opener: Opener = opener if filter is None else partial(open_view, filter)
        self.is_clustered = opener is not open_collection
        self._narrowed: dict[str, Readers] = {}
        self._presence = Presence(home)
        self._catalogue = CatalogueWatch(home)
        self._models = models
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._open = OpenCollections[_Key]()

    @contextmanager
    def open(self, name: str, generation: int | None = None) -> Iterator[Collection]:
        """The collection's current generation, or an older one that is still kept, for the length of one request.

        HomeMissing, and what `open_collection` raises: CollectionNotFound, GenerationExpired, StoreDamaged, ...
        """
        shared = self._enter(name, generation)
        try:
            yield shared.collection.for_one_request()
        finally:
            self._open.leave(shared)

    @contextmanager
    def look(self, name: str) -> Iterator[Generation]:
        """The collection's current generation without its models, for facts of what is stored.

        HomeMissing, CollectionNotFound, StoreDamaged.
        """
        if self.is_clustered:
            with self.open(name) as collection:
                yield collection.generation
            return
        self._presence.check()
        with open_generation(self._home, name) as generation:
            yield generation if self.filter is None else view(generation, self.filter)

    def check_writable(self) -> None:
        """NotInCluster where the collections are served by a cluster, which only reads them."""
        if self.is_clustered:
            raise NotInCluster(
                "A cluster does not change its collections.",
                "Change the collection on the machine that has it, then run `winnow cluster publish`.",
            )

    def narrowed(self, text: str) -> Readers:
        """Readers that see only what passes a filter, which is written as in `winnow search --filter`.

        Raises:
            InvalidFilter: it cannot be read.
            NotInCluster: the collections are served by a cluster, whose segments nobody here can filter.
        """
        if self.is_clustered:
            raise NotInCluster(
                "A cluster cannot keep to the filter of a key.",
                "Use a key without a filter, or ask a machine that has the whole collection.",
            )
        with self._lock:
            if text not in self._narrowed:
                self._narrowed[text] = Readers(self._home, self._models, filter=parse_filter(text))
            return self._narrowed[text]

    def close(self) -> None:
        """Close what nobody uses now, and the rest when its last user leaves."""
        for readers in self._narrowed.values():
            readers.close()
        self._open.retire(lambda key, collection: True)
        self._catalogue.close()

    def forget(self, name: str) -> None:
        """Retire the generations of a collection that is no more; its files can go then."""
        for readers in list(self._narrowed.values()):
            readers.forget(name)
        if self._open.retire(lambda key, collection: collection.name == name):
            sweep_deleted(self._home)

    def _enter(self, name: str, generation: int | None) -> Shared:
        self._presence.check()
        try:
            row = self._catalogue.get(name)
        except CollectionNotFound:
            self.forget(name)
            raise
        key = (row.uuid, generation or row.generation)
        if (shared := self._open.enter(key)) is not None:
            return shared
        with self._lock:
            opening = self._opening.setdefault(row.uuid, threading.Lock())
        with opening:  # one thread opens, those that wait find it open
            if (shared := self._open.enter(key)) is not None:
                return shared
            opened = self._opener(name, home=self._home, generation=generation, models=self._models)
            return self._add(row.uuid, opened, older=generation is not None and generation != row.generation)

    def _add(self, uuid: str, opened: Collection, *, older: bool) -> Shared:
        """Keep an opened collection, used once; those of its generations that it supersedes are retired."""

        def superseded(keys: list[_Key]) -> list[_Key]:
            same = [key for key in keys if key[0] == uuid]
            if not older:
                return same
            current = max((number for _, number in same), default=0)
            return [key for key in same if key[1] < current][: -OLDER + 1]

        # A commit may have come between catalogue and opening: then its generation is open already.
        return self._open.add((uuid, opened.generation.number), opened, superseded)
