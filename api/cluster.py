"""`winnow cluster serve`: the HTTP service of a single machine in front of replicas that Ray keeps."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from api.service.service import Service
from engine.cluster.config import ClusterConfig
from engine.cluster.published.publication import read_current
from engine.cluster.searcher import open_served
from engine.cluster.serving.actors import (
    RayReplica,
    connected,
    running_replica,
    shards_of,
    start_replicas,
    sweep_hosts,
)
from engine.cluster.serving.holding import reserved
from engine.cluster.serving.keeping import Keeper, repeat
from engine.cluster.serving.rollout import Waiting, drain, resume, roll_out
from engine.cluster.serving.serving import Serving
from engine.collection import Collection
from engine.errors import UsageError, WinnowError
from engine.extras import needs
from engine.protocols import ModelSource
from engine.store.backups.depot import Depot
from engine.store.generation import open_generation

_SWEEPING = 3600.0  # seconds at most between two looks for copies that nobody uses


@contextmanager
def serving_cluster(config: ClusterConfig, home: Path) -> Iterator[Serving]:
    """Replicas of all collections that are well, and looked after until the end."""
    with connected(config.ray), tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        serving = Serving(config.address, home, Path(folder), config.patience)
        replicas: dict[str, list[list[RayReplica]]] = {}
        keeper = Keeper(serving, replicas, config.deadline_ms / 1000)
        looking = threading.Thread(target=keeper.run, args=(config.health_seconds,), name="keeps replicas", daemon=True)
        ended, unused = threading.Event(), config.copies_hours * 3600
        sweep = partial(sweep_hosts, config.folder, unused)
        sweeping = threading.Thread(
            target=repeat, args=(sweep, min(unused, _SWEEPING), ended), name="sweeps copies", daemon=True
        )
        try:
            published = {name: serving.current(name) for name in config.collections}
            for publication in published.values():
                serving.hold(publication)
            for name, publication in published.items():
                replicas[name] = start_replicas(config, name, len(publication.shards))
                serving.serve(name, replicas[name], publication)
            looking.start()
            sweeping.start()
            yield serving
        finally:
            ended.set()
            keeper.end()
            if looking.ident is not None:
                looking.join()
            serving.close()


def cluster_service(serving: Serving, models: ModelSource | None = None, **options: Any) -> Service:
    """The service object over a cluster: searches go to the replicas, all else to the home in front."""
    return Service(serving.home, models, opener=partial(open_clustered, serving), **options)


@contextmanager
def cluster_models(config: ClusterConfig) -> Iterator[ModelSource | None]:
    """The models in the process that the configuration asks for; None where they are the front's. Ray is connected.

    UsageError where there is no place for it.
    """
    if config.models is None:
        yield None
        return
    with needs("serve", "A process for the models"):
        from api.inference.client import InferenceClient
        from api.inference.supervisor import Supervisor
    with tempfile.TemporaryDirectory(prefix="winnow-models-") as folder:
        path = Path(folder) / "inference.sock"
        with reserved(config.models.cpus, config.models.gpus, partial(Supervisor, path)):
            models = InferenceClient(path)
            try:
                yield models
            finally:
                models.close()


def open_clustered(
    serving: Serving, name: str, *, home: Path, generation: int | None, models: ModelSource
) -> Collection:
    """Open a collection that is served by a cluster. Raises as `open_collection`."""
    shell = open_generation(home, name, generation)
    try:
        return open_served(shell, serving.cluster(shell), models)
    except BaseException:
        shell.close()
        raise


def cluster_status(config: ClusterConfig) -> list[dict[str, Any]]:
    """The replicas that a running service should have: each with what it has loaded, or what is wrong with it. Of a
    collection that no service has, those of one shard. The storage is not asked: it may be what is away.
    """
    found = []
    with _joined(config):
        for collection in config.collections:
            for shard in range(shards_of(collection) or 1):
                for number in range(config.replicas):
                    line = {"collection": collection, "shard": shard, "replica": number}
                    found.append(line | _health(running_replica(collection, shard, number), config))
    return found


def cluster_drain(config: ClusterConfig, host: str, *, undo: bool) -> list[str]:
    """Drain the replicas of a running service on a host, or have them take calls again; their names. UsageError."""
    with _joined(config):
        parts = [part for name in config.collections for part in _running(config, name)]
        return (resume if undo else drain)(parts, host, Waiting(config.deadline_ms / 1000))


def cluster_rollout(config: ClusterConfig) -> Iterator[str]:
    """Make the replicas of a running service again, one at a time; their names as they are well.

    UsageError; and what reading a publication raises, with nothing made again: a replica without its storage would
    come back with nothing.
    """
    depot = Depot(config.address)
    for name in config.collections:
        read_current(depot, name)
    with _joined(config):
        for name in config.collections:
            yield from roll_out(_running(config, name), Waiting(config.deadline_ms / 1000))


@contextmanager
def _joined(config: ClusterConfig) -> Iterator[None]:
    """The Ray cluster of a service that runs. UsageError where it is not there, or this process may not join it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(connected(config.ray or "auto"))
        except UsageError as error:
            if config.ray is not None:
                raise
            raise UsageError(
                f"No service of this file is found on this machine. {error.message}",
                "Start it with `winnow cluster serve`; if it runs, be the user that it has, with its token of Ray.",
            ) from error
        yield


def _running(config: ClusterConfig, collection: str) -> list[list[RayReplica]]:
    """The replicas of each shard. UsageError if one is not there."""
    found = []
    for shard in range(shards_of(collection) or 1):
        part = [running_replica(collection, shard, number) for number in range(config.replicas)]
        there = [replica for replica in part if replica is not None]
        if len(there) < len(part):
            raise UsageError(
                f"Shard {shard} of {collection!r} does not have its replicas.", "Is the service of this file running?"
            )
        found.append(there)
    return found


def _health(replica: RayReplica | None, config: ClusterConfig) -> dict[str, Any]:
    if replica is None:
        return {"state": "missing", "reason": "Ray knows none: is the service of this file running?"}
    try:
        health = replica.check().result(config.deadline_ms / 1000)
        return {"state": "draining" if health["draining"] else "well" if health["loaded"] else "loading", **health}
    except Exception as error:  # whatever Ray raises for a replica that does not answer
        said = error.message if isinstance(error, WinnowError) else type(error).__name__
        return {"state": "failing", "reason": said}
