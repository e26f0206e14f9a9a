"""Serving published collections: which generation is shown, and when the next one takes its place.

A new publication is loaded by the replicas beside the one that is served. Once each shard has a replica that has it,
the next request sees it; those that run stay with theirs. The generation before it stays loaded for them, and for who
pages through it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.cluster.published.copies import copy_statistics
from engine.cluster.published.publication import Publication, current_id, read_current
from engine.cluster.searcher import Cluster
from engine.cluster.serving.load import Load, Patience
from engine.cluster.serving.routing import Replica, Router
from engine.cluster.session import Places
from engine.cluster.shell import hold_shell, show
from engine.errors import GenerationExpired, UsageError, WinnowError
from engine.store.backups.depot import Depot
from engine.store.generation import Generation
from engine.store.locks import Lock

log = logging.getLogger(__name__)

KEPT = 2  # publications that replicas have loaded: the present one, and the one before it
_LOADING = 3600.0  # seconds that replicas may take to copy a publication


class Loading(Replica, Protocol):
    """A replica that is told what to serve."""

    def load(self, publication: str) -> Future[list[str]]: ...

    def keep(self, publications: Sequence[str]) -> Future[None]: ...


@dataclass(slots=True)
class _Served:
    """One collection: its replicas by shard, and its publications that are loaded, the present one last."""

    replicas: Sequence[Sequence[Loading]]
    lock: Lock
    publications: list[Publication] = field(default_factory=list)


class Serving:
    """Collections of one address, shown in `home`; `folder` has the statistics of what is served. Thread-safe."""

    def __init__(self, address: str, home: Path, folder: Path, patience: Patience) -> None:
        self.address, self.home = address, home
        self._depot, self._folder, self._patience = Depot(address), folder, patience
        self._load = Load()
        self._served: dict[str, _Served] = {}
        self._lock = threading.Lock()

    def current(self, collection: str) -> Publication:
        """The publication that is to be served. CollectionNotFound; StoreDamaged."""
        return read_current(self._depot, collection)

    def serve(self, collection: str, replicas: Sequence[Sequence[Loading]], publication: Publication) -> None:
        """Serve a collection, from when its replicas have loaded the publication. WriterBusy; UsageError."""
        served = _Served(replicas, hold_shell(self.home, publication.manifest))
        self._switch(served, publication)
        with self._lock:
            self._served[collection] = served

    def refresh(self, collection: str) -> bool:
        """Look for a new publication, and switch to it if there is one; whether that was done.

        What is wrong with it is logged, and the present one served on.
        """
        served = self._served[collection]
        try:
            if current_id(self._depot, collection) == served.publications[-1].id:
                return False
            publication = read_current(self._depot, collection)
            if len(publication.shards) != len(served.replicas):
                raise UsageError(
                    f"{publication.id} has {len(publication.shards)} shards, and {len(served.replicas)} are served.",
                    "Start the service again.",
                )
            self._switch(served, publication)
        except (WinnowError, OSError) as error:
            log.error("The publication of %s that is served stays: %s", collection, error)
            return False
        return True

    def cluster(self, opened: Generation) -> Cluster:
        """The shards of a generation that is shown. GenerationExpired where replicas no longer have it."""
        manifest = opened.manifest
        served = self._served.get(manifest.collection)
        known = [] if served is None else served.publications
        found = [one for one in known if one.manifest.generation == manifest.generation]
        if served is None or not found:
            raise GenerationExpired(f"Generation {manifest.generation} is no longer served.", "Search again.")
        statistics = copy_statistics(self._depot, found[-1], self._folder, opened)
        router = Router(found[-1].id, served.replicas, self._patience, self._load)
        return Cluster(statistics, Places(found[-1]), router)

    def status(self) -> dict[str, Any]:
        """Publications by collection that are loaded, the present one last."""
        return {name: [one.id for one in served.publications] for name, served in self._served.items()}

    def close(self) -> None:
        for served in self._served.values():
            served.lock.release()

    def _switch(self, served: _Served, publication: Publication) -> None:
        """Load a publication, then show it. UsageError where no replica of a shard could load it."""
        _load_everywhere(served.replicas, publication.id)
        served.publications = [*served.publications, publication][-KEPT:]  # before anybody can ask for it
        try:
            show(self.home, publication.manifest)
        except BaseException:
            served.publications = served.publications[:-1]
            raise
        names = [one.id for one in served.publications]
        for replica in (replica for part in served.replicas for replica in part):
            replica.keep(names)


def _load_everywhere(replicas: Sequence[Sequence[Loading]], publication: str) -> None:
    """Have all replicas load a publication; each shard needs one that has. One that has not loads it when it is made
    again.
    """
    futures: Mapping[Future[list[str]], tuple[int, Loading]] = {
        replica.load(publication): (shard, replica) for shard, part in enumerate(replicas) for replica in part
    }
    wait(futures, _LOADING)
    loaded, reasons = set[int](), dict[int, object]()
    for future, (shard, replica) in futures.items():
        error = future.exception() if future.done() else TimeoutError(f"{replica.name} took too long")
        if error is None:
            loaded.add(shard)
        else:
            reasons[shard] = error
            log.warning("%s could not load %s: %s", replica.name, publication, error)
    for shard, reason in reasons.items():
        if shard not in loaded:
            raise UsageError(f"No replica of shard {shard} could load {publication}: {reason!s:.500}", "")
