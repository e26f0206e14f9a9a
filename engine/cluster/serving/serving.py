"""Serving published collections: which generation is shown, and when the next one takes its place.

A new publication is loaded by the replicas beside the one that is served. Once each shard has a replica that has it,
the next request sees it; those that run stay with theirs. The generation before it stays loaded for them, and for who
pages through it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.cluster.published.copies import copy_statistics, fetch_statistics, sweep_statistics
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
_SLICE = 0.5  # seconds after which whoever waits for them looks whether the service ends
_REST = 32  # looks at most between two tries to switch to a publication
_NEVER = float("inf")


class Loading(Replica, Protocol):
    """A replica that is told what to serve."""

    def load(self, publication: str) -> Future[list[str]]: ...

    def keep(self, publications: Sequence[str]) -> Future[None]: ...


@dataclass(slots=True)
class _Served:
    """One collection: its replicas by shard, its publications that are loaded, the present one last, and the one that
    is not switched to: it has nothing new, or could not be loaded, `failures` times.
    """

    replicas: Sequence[Sequence[Loading]]
    publications: list[Publication] = field(default_factory=list)
    passed_over: str = ""
    failures: int = 0
    rest: float = 0  # looks until it is tried again
    trouble: str = ""  # what was logged last


class Serving:
    """Collections of one address, shown in `home`; `folder` has the statistics of what is served. Thread-safe."""

    def __init__(self, address: str, home: Path, folder: Path, patience: Patience) -> None:
        self.address, self.home = address, home
        self._depot, self._folder, self._patience = Depot(address), folder, patience
        self._load = Load()
        self._served: dict[str, _Served] = {}
        self._held: dict[str, Lock] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def current(self, collection: str) -> Publication:
        """The publication that is to be served. CollectionNotFound; StoreDamaged."""
        return read_current(self._depot, collection)

    def hold(self, publication: Publication) -> None:
        """Keep others from serving the collection from this home. WriterBusy; UsageError as `show`."""
        manifest = publication.manifest
        if manifest.collection not in self._held:
            self._held[manifest.collection] = hold_shell(self.home, manifest)

    def serve(self, collection: str, replicas: Sequence[Sequence[Loading]], publication: Publication) -> None:
        """Serve a collection, from when its replicas have loaded the publication. Raises as `hold`; UsageError."""
        self.hold(publication)
        served = _Served(replicas)
        self._switch(served, publication)
        with self._lock:
            self._served[collection] = served

    def refresh(self, collection: str) -> bool:
        """Look for a new publication, and switch to it if there is one; whether that was done.

        What is wrong with it is logged, once, and the present one served on; it is tried again more and more rarely.
        """
        served = self._served[collection]
        try:
            found = current_id(self._depot, collection)
            if found == served.publications[-1].id:
                served.trouble = ""
                return False
            if self._rests(served, found):
                return False
            publication, present = read_current(self._depot, collection), served.publications[-1]
            if _same_documents(publication, present):
                served.rest = _NEVER
                return False
            if publication.manifest.generation < present.manifest.generation:
                raise UsageError(
                    f"{publication.id} is of an older generation than {present.id}.",
                    "Publish a later one, or serve it from an empty `home`.",
                )
            if len(publication.shards) != len(served.replicas):
                raise UsageError(
                    f"{publication.id} has {len(publication.shards)} shards, and {len(served.replicas)} are served.",
                    "Start the service again.",
                )
            self._switch(served, publication)
        except (WinnowError, OSError) as error:
            if str(error) != served.trouble:
                log.error("The publication of %s that is served stays: %s", collection, error)
            served.trouble = str(error)
            served.failures += 1
            served.rest = min(1 << (served.failures - 1), _REST)
            return False
        served.trouble = ""
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

    def end(self) -> None:
        """Wait for no replica any more."""
        self._ended.set()

    def close(self) -> None:
        self.end()
        for lock in self._held.values():
            lock.release()

    @staticmethod
    def _rests(served: _Served, found: str) -> bool:
        """Whether a publication that is not served is not tried at this look."""
        if served.passed_over != found:
            served.passed_over, served.failures, served.rest = found, 0, 0
        served.rest = max(served.rest - 1, 0)
        return served.rest > 0

    def _switch(self, served: _Served, publication: Publication) -> None:
        """Load a publication, then show it. UsageError where no replica of a shard could load it; StoreDamaged."""
        fetch_statistics(self._depot, publication, self._folder)
        _load_everywhere(served.replicas, publication.id, self._ended)
        served.publications = [*served.publications, publication][-KEPT:]  # before anybody can ask for it
        try:
            show(self.home, publication.manifest)
        except BaseException:
            served.publications = served.publications[:-1]
            raise
        names = [one.id for one in served.publications]
        for replica in (replica for part in served.replicas for replica in part):
            replica.keep(names)
        with self._lock:
            kept = [one for some in (*self._served.values(), served) for one in some.publications]
        sweep_statistics(self._folder, kept)


def _same_documents(one: Publication, other: Publication) -> bool:
    return (one.manifest.uuid, one.manifest.generation) == (other.manifest.uuid, other.manifest.generation)


def _load_everywhere(replicas: Sequence[Sequence[Loading]], publication: str, ended: threading.Event) -> None:
    """Have all replicas load a publication; each shard needs one that has. One that has not loads it when it is made
    again.
    """
    futures: Mapping[Future[list[str]], tuple[int, Loading]] = {
        replica.load(publication): (shard, replica) for shard, part in enumerate(replicas) for replica in part
    }
    until = time.monotonic() + _LOADING
    while wait(futures, _SLICE).not_done and time.monotonic() < until:
        if ended.is_set():
            raise UsageError("The service ends.")
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
