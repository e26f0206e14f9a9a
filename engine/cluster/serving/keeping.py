"""Keeping a service whole: replicas are asked for their health, told what they lack, and made again where they fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any, Protocol

from engine.cluster.serving.serving import Loading, Serving

log = logging.getLogger(__name__)

MISSES = 3  # looks in a row that a replica may fail before it is made again


class Kept(Loading, Protocol):
    """A replica that can be looked at and made again."""

    def check(self) -> Future[dict[str, Any]]:
        """Its health: what `ReplicaServer.check_health` says."""
        ...

    def restart(self) -> None:
        """End its process; another takes its place."""
        ...


class Keeper:
    """Looks after the replicas of collections that are served."""

    def __init__(self, serving: Serving, replicas: Mapping[str, Sequence[Sequence[Kept]]], patience: float) -> None:
        """`patience` is how many seconds a replica may take to say how it is."""
        self._serving, self._replicas, self._patience = serving, replicas, patience
        self._missed: dict[str, int] = {}
        self._ended = threading.Event()

    def look(self) -> None:
        """Look once at every replica, and for new publications."""
        for collection, parts in self._replicas.items():
            self._serving.refresh(collection)
            wanted = self._serving.status()[collection]
            asked = [[(replica.check(), replica) for replica in part] for part in parts]
            wait([future for part in asked for future, _ in part], self._patience)
            for part in asked:
                others = any(future.done() and future.exception() is None for future, _ in part)
                for future, replica in part:
                    self._judge(future, replica, wanted, others)

    def run(self, period: float) -> None:
        """Look every so many seconds until `end` is called."""
        while not self._ended.wait(period):
            try:
                self.look()
            except Exception:  # a look that failed must not be the last
                log.exception("The replicas could not be looked at")

    def end(self) -> None:
        self._ended.set()

    def _judge(self, future: Future[dict[str, Any]], replica: Kept, wanted: Sequence[str], others: bool) -> None:
        """`others`: a replica of the shard is well. Where none is, all may be slow, and are let be; one that has said
        what is wrong is made again all the same.
        """
        failure: object = "it took too long"
        if future.done():
            failure = future.exception()
        if failure is None:
            self._missed[replica.name] = 0
            health = future.result()
            missing = [publication for publication in wanted if publication not in health["loaded"]]
            for publication in missing if not health["loading"] else ():
                replica.load(publication)
            if missing and health["failure"]:
                log.warning("%s cannot load %s: %s", replica.name, ", ".join(missing), health["failure"])
            return
        self._missed[replica.name] = missed = self._missed.get(replica.name, 0) + 1
        log.warning("%s is not well (%d of %d): %s", replica.name, missed, MISSES, failure)
        if missed >= MISSES and (others or future.done()):
            self._missed[replica.name] = 0
            replica.restart()
