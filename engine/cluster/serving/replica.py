"""A replica: one process that has all segments of one shard, of the present generation and the one before it."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.cluster.published.copies import copy_shard, sweep_copies
from engine.cluster.published.publication import Publication, read_publication
from engine.cluster.serving.routing import Reply
from engine.cluster.shard import Shard
from engine.errors import GenerationExpired, Overloaded, WinnowError
from engine.store.backups.depot import Depot


class ReplicaServer:
    """Copies publications of a collection to `folder`, which is its own, and answers for one shard of them.

    It begins with nothing loaded, so that it can say how it is while it copies, and whatever its disk or the storage
    lacks ends no process. Made again after its process died, it finds its copy on the disk. Safe under threads.
    """

    def __init__(self, address: str, collection: str, shard: int, folder: str) -> None:
        self._depot, self._collection, self._shard, self._folder = Depot(address), collection, shard, Path(folder)
        self._loaded: dict[str, tuple[Publication, Shard]] = {}
        self._loading = threading.Lock()
        self._draining, self._calls, self._counting = False, 0, threading.Lock()

    def load(self, publication: str) -> list[str]:
        """Copy a publication beside those that are served, and open it; the ids of all that are loaded."""
        with self._loading:
            if publication not in self._loaded:
                found = read_publication(self._depot, self._collection, publication)
                self._loaded[publication] = found, copy_shard(self._depot, found, self._shard, self._folder)
            return list(self._loaded)

    def keep(self, publications: Sequence[str]) -> None:
        """Forget all other publications, and remove their files."""
        with self._loading:
            self._loaded = {name: loaded for name, loaded in self._loaded.items() if name in publications}
            sweep_copies(self._folder, [(found, self._shard) for found, _ in self._loaded.values()])

    def answer(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Reply:
        """Do an operation of engine/cluster/shard.py."""
        with self._counting:
            if self._draining:
                return Reply(None, Overloaded("The replica is being drained."))
            self._calls += 1
        try:
            loaded = self._loaded.get(publication)
            if loaded is None:
                raise GenerationExpired(f"{publication} is not loaded here.", "Search again.")
            return Reply(loaded[1].answer(operation, *arguments))
        except WinnowError as error:
            return Reply(None, error)
        finally:
            with self._counting:
                self._calls -= 1

    def drain(self, wanted: bool) -> int:
        """Refuse calls from now on, or take them again; how many are at work."""
        with self._counting:
            self._draining = wanted
            return self._calls

    def check_health(self) -> dict[str, Any]:
        """Touch every segment; what is loaded, where, and whether calls are refused. StoreDamaged."""
        for _, shard in self._loaded.values():
            shard.check()
        where = {"process": os.getpid(), "host": platform.node()}
        return {"loaded": list(self._loaded), "draining": self._draining, **where}
