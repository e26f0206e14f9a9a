"""Keeping a service whole: replicas are asked for their health, told what they lack, and made again where they fail.

What ends a process or a host is Ray's to notice, and Ray makes its replicas again. A replica that is silent may be one
that lives behind a cut link, or one that Ray is just making again: it is let be for long, and is made again here only
for a process that hangs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Protocol

from engine.cluster.serving.serving import Loading, Serving
from engine.errors import WinnowError

log = logging.getLogger(__name__)

MISSES = 3  # looks in a row at which a replica may say that it is not well, before it is made again
SILENT = 15  # looks in a row at which it may say nothing
_REST = 32  # looks at most between two tries to load what could not be loaded
_ENDING = 10.0  # seconds in which a storage may answer that is being read when the service ends


class Kept(Loading, Protocol):
    """A replica that can be looked at and made again."""

    def check(self) -> Future[dict[str, Any]]:
        """Its health: what `ReplicaServer.check_health` says."""
        ...

    def restart(self) -> None:
        """End its process; another takes its place."""
        ...


@dataclass(slots=True)
class _Load:
    """A publication that a replica is told to load, and how that went."""

    running: Future[list[str]] | None = None
    failures: int = 0
    rest: int = 0  # looks until it is told again


class Keeper:
    """Looks after the replicas of collections that are served."""

    def __init__(self, serving: Serving, replicas: Mapping[str, Sequence[Sequence[Kept]]], patience: float) -> None:
        """`patience` is how many seconds a replica may take to say how it is."""
        self._serving, self._replicas, self._patience = serving, replicas, patience
        self._missed: dict[str, int] = {}
        self._loads: dict[tuple[str, str], _Load] = {}
        self._ended = threading.Event()

    def look(self) -> None:
        """Look once for new publications, and at every replica."""
        self.follow()
        self.tend()

    def follow(self) -> None:
        """Switch to new publications, if there are any."""
        for collection in list(self._replicas):
            self._serving.refresh(collection)

    def tend(self) -> None:
        """Look at every replica, and do what it needs."""
        for collection, parts in self._replicas.items():
            wanted = self._serving.status()[collection]
            asked = [[(replica.check(), replica) for replica in part] for part in parts]
            wait([future for part in asked for future, _ in part], self._patience)
            for part in asked:
                others = any(future.done() and future.exception() is None for future, _ in part)
                for future, replica in part:
                    self._judge(future, replica, wanted, others)

    def run(self, period: float) -> None:
        """Look every so many seconds until `end` is called. A publication takes long to be copied, and storage may be
        slow: replicas are looked after meanwhile.
        """
        arguments = (self.follow, period, self._ended)
        following = threading.Thread(target=repeat, args=arguments, name="switches", daemon=True)
        following.start()
        repeat(self.tend, period, self._ended)
        following.join(_ENDING)

    def end(self) -> None:
        self._ended.set()
        self._serving.end()

    def _judge(self, future: Future[dict[str, Any]], replica: Kept, wanted: Sequence[str], others: bool) -> None:
        """`others`: a replica of the shard is well. Where none is, all may be slow, and are let be; one that has said
        what is wrong is made again all the same.
        """
        failure: object = "it took too long"
        if future.done():
            failure = future.exception()
        if failure is None:
            self._missed[replica.name] = 0
            for publication in wanted:
                self._see(replica, publication, future.result()["loaded"])
            return
        self._missed[replica.name] = missed = self._missed.get(replica.name, 0) + 1
        most = MISSES if isinstance(failure, WinnowError) else SILENT
        log.warning("%s is not well (%d of %d): %.300s", replica.name, missed, most, failure)
        if missed >= most and (others or future.done()):
            self._missed[replica.name] = 0
            replica.restart()

    def _see(self, replica: Kept, publication: str, loaded: Sequence[str]) -> None:
        """Tell a replica to load what it lacks: once at a time, and less and less often where it cannot."""
        if publication in loaded:
            self._loads.pop((replica.name, publication), None)
            return
        load = self._loads.setdefault((replica.name, publication), _Load())
        if load.running is not None:
            if not load.running.done():
                return
            error, load.running = load.running.exception(), None
            if error is not None:
                load.failures += 1
                load.rest = min(2**load.failures, _REST)
                log.warning("%s could not load %s: %.300s", replica.name, publication, error)
        load.rest -= 1
        if load.rest <= 0:
            load.running = replica.load(publication)


def repeat(look: Callable[[], None], period: float, ended: threading.Event) -> None:
    """Do something every so many seconds until the end."""
    while not ended.wait(period):
        try:
            look()
        except Exception:  # a look that failed must not be the last
            log.exception("The replicas could not be looked after")
