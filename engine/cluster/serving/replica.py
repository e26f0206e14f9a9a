"""A replica: one process that has all segments of one shard, of the present generation and the one before it."""

from __future__ import annotations

import math
import os
import platform
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.cluster.published.copies import copy_shard, sweep_copies
from engine.cluster.published.publication import Publication, read_publication
from engine.cluster.serving.disk import Copy
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
        self._depot, self._collection, self._shard = Depot(address), collection, shard
        self._copy = Copy(Path(folder).expanduser())
        self._loaded: dict[str, tuple[Publication, Shard]] = {}  # never changed but replaced: others walk through it
        self._failed: dict[str, str] = {}  # why a publication could not be loaded when that was tried last
        self._loading = threading.Lock()
        self._drained_until, self._calls, self._counting = 0.0, 0, threading.Lock()

    def load(self, publication: str) -> list[str]:
        """Copy a publication beside those that are served, and open it; the ids of all that are loaded."""
        with self._loading:
            if publication not in self._loaded:
                try:
                    self._copy.hold()
                    found = read_publication(self._depot, self._collection, publication)
                    shard = copy_shard(self._depot, found, self._shard, self._copy.folder)
                    self._loaded = {**self._loaded, publication: (found, shard)}
                except Exception as error:
                    self._failed[publication] = said(error)
                    raise
            self._failed.pop(publication, None)
            return list(self._loaded)

    def keep(self, publications: Sequence[str]) -> None:
        """Forget all other publications, and remove their files."""
        with self._loading:
            self._loaded = {name: loaded for name, loaded in self._loaded.items() if name in publications}
            self._failed = {name: why for name, why in self._failed.items() if name in publications}
            sweep_copies(self._copy.folder, [(found, self._shard) for found, _ in self._loaded.values()])

    def answer(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Reply:
        """Do an operation of engine/cluster/shard.py."""
        with self._counting:
            if self._is_draining():
                return Reply(None, Overloaded("The replica is being drained."))
            self._calls += 1
        try:
            loaded = self._loaded.get(publication)
            if loaded is None:
                why = self._failed.get(publication, "it is copied, or no longer served")
                raise GenerationExpired(f"{publication} is not loaded here: {why}", "Search again.")
            return Reply(loaded[1].answer(operation, *arguments))
        except WinnowError as error:
            return Reply(None, error)
        finally:
            with self._counting:
                self._calls -= 1

    def drain(self, wanted: bool, seconds: float = math.inf) -> int:
        """Refuse calls from now on for so many seconds, or take them again; how many are at work."""
        with self._counting:
            self._drained_until = time.monotonic() + seconds if wanted else 0.0
            return self._calls

    def _is_draining(self) -> bool:
        return time.monotonic() < self._drained_until

    def check_health(self) -> dict[str, Any]:
        """Touch every segment; what is loaded, what could not be, where, whether calls are refused. StoreDamaged."""
        self._copy.use()
        for _, shard in self._loaded.values():
            shard.check()
        where = {"process": os.getpid(), "host": platform.node()}
        return {"loaded": list(self._loaded), "failing": dict(self._failed), "draining": self._is_draining(), **where}


def said(error: BaseException) -> str:
    """An error in a line."""
    return error.message if isinstance(error, WinnowError) else f"{type(error).__name__}: {error!s:.300}"
