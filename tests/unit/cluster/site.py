"""A single machine with a collection, shared storage, and a service in front of replicas in this process. Without Ray."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.cluster.published.publishing import publish
from engine.cluster.searcher import open_served
from engine.cluster.serving.keeping import Keeper
from engine.cluster.serving.load import Patience
from engine.cluster.serving.replica import ReplicaServer
from engine.cluster.serving.routing import Reply
from engine.cluster.serving.serving import Serving
from engine.collection import Collection
from engine.protocols import ModelSource
from engine.store.backups.depot import Depot
from engine.store.generation import open_generation
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

ADDRESS = "http://127.0.0.1:8400"
SHARDS = 2


class Process:
    """A replica in this process, which can be killed; started again it is a new one over the same folder."""

    def __init__(self, name: str, make: Any) -> None:
        self.name, self._make = name, make
        self._last: ReplicaServer = make()
        self.server: ReplicaServer | None = self._last
        self.restarts = 0

    def _do(self, method: str, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            if self.server is None:
                raise ConnectionError(f"{self.name} is dead")
            future.set_result(getattr(self.server, method)(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def call(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Future[Reply]:
        return self._do("answer", publication, operation, arguments)

    def load(self, publication: str) -> Future[list[str]]:
        return self._do("load", publication)

    def keep(self, publications: Sequence[str]) -> Future[None]:
        return self._do("keep", publications)

    def check(self) -> Future[dict[str, Any]]:
        future = self._do("check_health")
        if future.exception() is None:
            future.result().update(host=f"host{self.name[-1]}", process=self.restarts)
        return future

    def drain(self, wanted: bool, seconds: float = math.inf) -> Future[int]:
        return self._do("drain", wanted, seconds)

    def is_gone(self) -> bool:
        return False

    def restart(self) -> None:
        self.restarts += 1
        if self._last._copy._lock is not None:  # what the kernel frees when a process dies
            self._last._copy._lock.close()
        self.server = self._last = self._make()


class Site:
    """A single machine with a collection, shared storage, and a service in front of replicas."""

    def __init__(self, root: Path, models: Models) -> None:
        self.home, self.address, self.front = root / "home", str(root / "shared"), root / "front"
        self.models = models
        file = write_records(root / "notes.jsonl", topical(40))
        ingest([file], home=self.home, collection="c", encoder=models.encoder, reranker=models.reranker)
        made = publish(self.home, "c", self.address, shards=SHARDS).publication
        self.serving = Serving(self.address, self.front, root / "statistics", Patience(hedge=30.0, deadline=60.0))
        self.replicas = [[self._start(root, shard, number) for number in range(2)] for shard in range(len(made.shards))]
        self.serving.serve("c", self.replicas, made)
        self.keeper = Keeper(self.serving, {"c": self.replicas}, patience=60.0)

    def _start(self, root: Path, shard: int, number: int) -> Process:
        folder = str(root / "copies" / f"{shard}-{number}")
        return Process(f"c/{shard}/{number}", partial(ReplicaServer, self.address, "c", shard, folder))

    def open(self, name: str, *, home: Path, generation: int | None, models: ModelSource) -> Collection:
        shell = open_generation(home, name, generation)
        return open_served(shell, self.serving.cluster(shell), models)

    def kill(self, shard: int) -> None:
        for replica in self.replicas[shard]:
            replica.server = None


def steps_of_depots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list of one number, to be set: how many files depots still write or remove before KeyboardInterrupt."""
    left = [0]

    def counted(method: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            method(*arguments)

        return run

    for name in ("remove", "write"):
        monkeypatch.setattr(Depot, name, counted(getattr(Depot, name)))
    return left
