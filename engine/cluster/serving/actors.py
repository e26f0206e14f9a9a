"""Replicas as Ray actors: Ray places them, starts them again, and carries the calls. Nothing else here knows Ray.

Ray Serve is not used: its handle has its own queue and choice of a replica, and gives no second call beside the first
(engine/cluster/serving/routing.py). Few actors, each with all segments of a shard, leave Ray little to lose track of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.cluster.config import ClusterConfig
from engine.cluster.serving.replica import ReplicaServer
from engine.cluster.serving.routing import Reply
from engine.errors import UsageError
from engine.extras import needs

with needs("cluster", "A cluster"):
    import ray
    from ray.exceptions import RayError

NAMESPACE = "winnow"
_HEALTH = "health"  # a thread of its own: a busy replica is not a sick one


class RayReplica:
    """Implements engine.cluster.serving.rollout.Drained over an actor."""

    def __init__(self, name: str, actor: Any) -> None:
        self.name = name
        self._actor = actor

    def call(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Future[Reply]:
        return _future(self._actor.answer.remote(publication, operation, arguments))

    def load(self, publication: str) -> Future[list[str]]:
        return _future(self._actor.load.remote(publication))

    def keep(self, publications: Sequence[str]) -> Future[None]:
        return _future(self._actor.keep.remote(list(publications)))

    def check(self) -> Future[dict[str, Any]]:
        return _future(self._actor.check_health.options(concurrency_group=_HEALTH).remote())

    def drain(self, wanted: bool) -> Future[int]:
        return _future(self._actor.drain.options(concurrency_group=_HEALTH).remote(wanted))

    def restart(self) -> None:
        ray.kill(self._actor, no_restart=False)


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """A connection to a Ray cluster: `auto`, or an address; without one a cluster of this machine alone. UsageError."""
    try:
        ray.init(
            address=address,
            namespace=NAMESPACE,
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.WARNING,
            configure_logging=False,
        )
    except (RayError, ConnectionError, ValueError) as error:
        raise UsageError(
            f"The Ray cluster {address or 'of this machine'} cannot be joined: {error}.",
            "Start one with `ray start --head`, or name another.",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def start_replicas(config: ClusterConfig, collection: str, shards: int) -> list[list[RayReplica]]:
    """Start the replicas of each shard of a collection, spread over the hosts. They end with this process."""
    return [[_start(config, collection, shard, number) for number in range(config.replicas)] for shard in range(shards)]


def running_replica(collection: str, shard: int, number: int) -> RayReplica | None:
    """A replica that another process has started; None where there is none."""
    name = _name(collection, shard, number)
    try:
        return RayReplica(name, ray.get_actor(name, NAMESPACE))
    except ValueError:
        return None


def _start(config: ClusterConfig, collection: str, shard: int, number: int) -> RayReplica:
    name = _name(collection, shard, number)
    kind = ray.remote(concurrency_groups={_HEALTH: 1})(ReplicaServer).options(
        name=name,
        namespace=NAMESPACE,
        num_cpus=config.cpus,
        max_restarts=-1,
        max_concurrency=config.threads,
        scheduling_strategy="SPREAD",
    )
    folder = Path(config.folder) / f"{collection}-{shard}-{number}"
    return RayReplica(name, kind.remote(config.address, collection, shard, str(folder)))


def _name(collection: str, shard: int, number: int) -> str:
    return f"{collection}/{shard}/{number}"


def _future(reference: Any) -> Future[Any]:
    future: Future[Any] = reference.future()
    return future
