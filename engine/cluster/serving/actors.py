"""Replicas as Ray actors: Ray places them, starts them again, and says where they are. Only holding.py knows it too.

Questions go to them directly (engine/cluster/serving/wire.py): a call by Ray costs as much as a shard's answer. Ray
Serve is not used: its handle has its own queue and choice of a replica, and gives no second call beside the first
(engine/cluster/serving/routing.py). Few actors, each with all segments of a shard, leave Ray little to lose track of.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from engine.cluster.config import ClusterConfig
from engine.cluster.serving.disk import folder_of, sweep_unused
from engine.cluster.serving.holding import threads_of
from engine.cluster.serving.lines import Lines
from engine.cluster.serving.replica import ReplicaServer
from engine.cluster.serving.routing import Reply
from engine.cluster.serving.wire import Address, Answering, Method, new_key
from engine.errors import UsageError
from engine.extras import needs

with needs("cluster", "A cluster"):
    import ray
    import ray.util
    from ray.exceptions import RayError
    from ray.util.placement_group import placement_group
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy, PlacementGroupSchedulingStrategy

log = logging.getLogger(__name__)

NAMESPACE = "winnow"
ANSWER = "answer"
_LEAST_CPUS = 0.001  # a place is of something
_COMING = 60.0  # seconds in which more hosts may join when a service starts
_REACHED = 10.0  # seconds in which a host answers
_HEALTH = "health"  # a thread of its own: a busy replica is not a sick one


class _Listening(ReplicaServer):
    """A replica that listens on its host for calls that do not go by way of Ray."""

    def __init__(
        self, address: str, collection: str, shard: int, folder: str, key: bytes, threads: int, silence: float
    ) -> None:
        super().__init__(address, collection, shard, folder)
        methods = {ANSWER: Method(self.answer, threads), _HEALTH: Method(self.check_health, 1)}
        self._answering = Answering(ray.util.get_node_ip_address(), key, methods, silence)

    def where(self) -> Address:
        """Where it listens."""
        return self._answering.address


class RayReplica:
    """Implements engine.cluster.serving.rollout.Drained over an actor. Only who knows the key asks it questions."""

    def __init__(self, name: str, actor: Any, key: bytes | None = None, silence: float = 0.0) -> None:
        self.name = name
        self._actor = actor
        self._lines = None if key is None else Lines(self._where, key, silence)
        self._silence = silence

    def call(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Future[Reply]:
        assert self._lines is not None  # noqa: S101 - a replica of another process is not asked
        return self._lines.call(ANSWER, publication, operation, arguments)

    def load(self, publication: str) -> Future[list[str]]:
        return _future(self._actor.load.remote(publication))

    def keep(self, publications: Sequence[str]) -> Future[None]:
        return _future(self._actor.keep.remote(list(publications)))

    def check(self) -> Future[dict[str, Any]]:
        """Its health; who asks questions learns it by their way."""
        if self._lines is not None:
            return self._lines.call(_HEALTH)
        return _future(self._actor.check_health.options(concurrency_group=_HEALTH).remote())

    def drain(self, wanted: bool, seconds: float = math.inf) -> Future[int]:
        return _future(self._actor.drain.options(concurrency_group=_HEALTH).remote(wanted, seconds))

    def is_gone(self) -> bool:
        return _actor(self.name) is None

    def restart(self) -> None:
        ray.kill(self._actor, no_restart=False)

    def _where(self) -> Address:
        found: Address = ray.get(self._actor.where.options(concurrency_group=_HEALTH).remote(), timeout=self._silence)
        return found


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """A connection to a Ray cluster: `auto`, or an address; without one a cluster of this machine alone. UsageError."""
    if address is None:  # Ray lets its processes wait for all others of the machine; a search waits for these
        os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        _check_there(address)
        ray.init(
            address=address,
            namespace=NAMESPACE,
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.WARNING,
            configure_logging=False,
        )
    except (RayError, OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"The Ray cluster {address or 'of this machine'} cannot be joined: {str(error).strip().rstrip('.')}.",
            "Start one with `ray start --head`, or name another; all hosts, and who joins, need one token "
            "(docs/cluster.md).",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_there(address: str | None) -> None:
    """OSError where nothing listens at the address of a host: Ray would try for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "://" not in host:
        socket.create_connection((host.strip("[]"), int(port)), _REACHED).close()


def start_replicas(config: ClusterConfig, collection: str, shards: int) -> list[list[RayReplica]]:
    """Start the replicas of each shard of a collection, spread over the hosts. They end with this process.

    UsageError where another service of this Ray cluster has them.
    """
    _await_end_of_others(collection)
    key, apart = new_key(), _apart(config)
    places = [_places(config, apart) for _ in range(shards)]
    numbers = range(config.replicas)
    return [
        [_start(config, collection, shard, number, key, places[shard]) for number in numbers] for shard in range(shards)
    ]


def _await_end_of_others(collection: str) -> None:
    """Wait for the replicas of a service that has just ended, killed perhaps, to end as well."""
    until = time.monotonic() + _COMING
    while _actor(_name(collection, 0, 0)) is not None:
        if time.monotonic() >= until:
            raise UsageError(
                f"Another service of this Ray cluster has the replicas of {collection!r}.",
                "End that one, or leave the collection out of this one's file.",
            )
        time.sleep(1.0)


def shards_of(collection: str) -> int:
    """How many shards of a collection have replicas that some process has started, whether they live or are made again;
    0 where no service has it.
    """
    names = (name.rpartition("/")[0] for name in ray.util.list_named_actors())
    shards = [shard for served, _, shard in (name.rpartition("/") for name in names) if served == collection]
    return max(map(int, shards), default=-1) + 1


def running_replica(collection: str, shard: int, number: int) -> RayReplica | None:
    """A replica that another process has started; None where there is none."""
    name = _name(collection, shard, number)
    actor = _actor(name)
    return None if actor is None else RayReplica(name, actor)


def _actor(name: str) -> Any:
    try:
        return ray.get_actor(name, NAMESPACE)
    except ValueError:
        return None


def sweep_hosts(folder: str, seconds: float) -> None:
    """Have all hosts remove from a folder the copies that no process has used for so long; the log says which."""
    task = ray.remote(sweep_unused)
    for node in ray.nodes():
        if node["Alive"]:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            options = {"num_cpus": 0, "max_retries": 0, "scheduling_strategy": there}
            swept = task.options(**options).remote(Path(folder).expanduser(), seconds)
            _future(swept).add_done_callback(partial(_swept, node["NodeManagerHostname"]))


def _swept(host: str, done: Future[list[str]]) -> None:
    error = done.exception()
    if error is not None:
        log.warning("Unused copies on %s could not be removed: %.300s", host, error)
    elif done.result():
        log.info("Unused copies on %s were removed: %s", host, ", ".join(done.result()))


def _apart(config: ClusterConfig) -> bool:
    """Whether there are hosts for all replicas of a shard; those of a cluster may still be coming."""
    until = time.monotonic() + (_COMING if config.ray is not None else 0.0)
    while (hosts := _hosts(_cpus(config))) < config.replicas:
        if time.monotonic() >= until:
            log.warning("There are hosts for %d replicas: those of a shard may be on one.", hosts)
            return False
        time.sleep(1.0)
    return True


def _hosts(cpus: float) -> int:
    return sum(node["Alive"] and node["Resources"].get("CPU", 0.0) >= cpus for node in ray.nodes())


def _cpus(config: ClusterConfig) -> float:
    return max(config.cpus, _LEAST_CPUS)


def _places(config: ClusterConfig, apart: bool) -> Any:
    """Places for the replicas of a shard, each on a host of its own: whatever becomes of a host, and wherever Ray makes
    its replicas again, another has the shard.
    """
    bundles = [{"CPU": _cpus(config)} for _ in range(config.replicas)]
    return placement_group(bundles, strategy="STRICT_SPREAD" if apart else "SPREAD")


def _start(config: ClusterConfig, collection: str, shard: int, number: int, key: bytes, places: Any) -> RayReplica:
    name, silence = _name(collection, shard, number), config.patience.deadline
    kind = ray.remote(concurrency_groups={_HEALTH: 1})(_Listening).options(
        name=name,
        runtime_env={"env_vars": threads_of(config.cpus)},
        namespace=NAMESPACE,
        num_cpus=_cpus(config),
        max_restarts=-1,
        scheduling_strategy=PlacementGroupSchedulingStrategy(places, number),
    )
    folder = folder_of(Path(config.folder), collection, shard, number)
    actor = kind.remote(config.address, collection, shard, str(folder), key, config.threads, silence)
    return RayReplica(name, actor, key, silence)


def _name(collection: str, shard: int, number: int) -> str:
    return f"{collection}/{shard}/{number}"


def _future(reference: Any) -> Future[Any]:
    future: Future[Any] = reference.future()
    return future
