"""Taking replicas out of service and putting others in their place, while the rest of their shards answer.

A replica that is drained refuses new calls, which go to another one, and ends those that it has. One that is made again
takes calls again, whether it was drained or not.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from engine.cluster.serving.keeping import Kept
from engine.errors import UsageError

log = logging.getLogger(__name__)

_PERIOD = 0.2  # seconds between two looks


class Drained(Kept, Protocol):
    """A replica that can be drained."""

    def drain(self, wanted: bool, seconds: float = math.inf) -> Future[int]:
        """Have it refuse calls for so many seconds, or take them again; how many it is at work on."""
        ...

    def is_gone(self) -> bool:
        """Whether it has ended for good, as with its service."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long is waited in seconds: for an answer of a replica, for its calls to end, for it to be made again."""

    answer: float = 2.0
    calls: float = 60.0
    again: float = 3600.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def drain(parts: Sequence[Sequence[Drained]], host: str, waiting: Waiting) -> list[str]:
    """Drain the replicas on a host, and wait until their calls have ended; their names.

    UsageError where there are none, and, with none drained, where a shard would be left without a replica that is well.
    """
    health, chosen = _on_host(parts, host, waiting)
    for part, going in zip(parts, chosen, strict=True):
        if going:
            _check_others(part, going, health)
    drained = [replica for going in chosen for replica in going]
    for replica in drained:
        replica.drain(True).result(waiting.answer)
    for replica in drained:
        _end_calls(replica, waiting, math.inf)
    return [replica.name for replica in drained]


def resume(parts: Sequence[Sequence[Drained]], host: str, waiting: Waiting) -> list[str]:
    """Have the replicas on a host take calls again; their names. UsageError where there are none."""
    _, chosen = _on_host(parts, host, waiting)
    found = [replica for part in chosen for replica in part]
    for replica in found:
        replica.drain(False).result(waiting.answer)
    return [replica.name for replica in found]


def roll_out(parts: Sequence[Sequence[Drained]], waiting: Waiting) -> Iterator[str]:
    """Make all replicas again, one at a time, each from the version of Winnow that its host has then; their names, each
    once it has loaded what others of its shard serve.

    UsageError where a shard has no other replica that is well, or one does not come back: the rest stay as they are.
    One that is drained when this is cut short takes calls again after a while.
    """
    for part in parts:
        for replica in part:
            health = {one.name: _health(one, waiting) for one in part}
            _check_others(part, [replica], health)
            if health[replica.name]:
                _end_calls(replica, waiting, 2 * waiting.calls)
            replica.restart()
            _come_back(replica, health[replica.name].get("process"), part, waiting)
            yield replica.name


def _check_others(part: Sequence[Drained], going: Sequence[Drained], health: dict[str, dict[str, Any]]) -> None:
    left = [replica for replica in part if replica not in going]
    if not any(health[replica.name].get("loaded") and not health[replica.name].get("draining") for replica in left):
        names = ", ".join(replica.name for replica in going)
        raise UsageError(
            f"Without {names} no replica of the shard would answer.",
            "Wait until others are well, or have drained ones take searches again (`winnow cluster drain --undo`).",
        )


def _on_host(
    parts: Sequence[Sequence[Drained]], host: str, waiting: Waiting
) -> tuple[dict[str, dict[str, Any]], list[list[Drained]]]:
    """The health of all replicas, and of each shard those that are on a host; the log names those that do not say where
    they are. UsageError where none is there.
    """
    health = {replica.name: _health(replica, waiting) for part in parts for replica in part}
    for name in (name for name, said in health.items() if not said):
        log.warning("%s gives no answer, and is left as it is wherever it is.", name)
    chosen = [[replica for replica in part if health[replica.name].get("host") == host] for part in parts]
    if not any(chosen):
        hosts = sorted({str(one["host"]) for one in health.values() if "host" in one})
        raise UsageError(f"No replica is on {host!r}.", f"The hosts are {', '.join(hosts) or 'not known'}.")
    return health, chosen


def _health(replica: Drained, waiting: Waiting) -> dict[str, Any]:
    """Health of a replica; nothing of one that does not say how it is."""
    try:
        return replica.check().result(waiting.answer)
    except Exception:  # whatever a transport raises
        return {}


def _end_calls(replica: Drained, waiting: Waiting, seconds: float) -> None:
    """Drain a replica and wait until it has no call, or for as long as is waited: whoever waits for it asks another."""
    until = waiting.clock() + waiting.calls
    while replica.drain(True, seconds).result(waiting.answer) and waiting.clock() < until:
        waiting.sleep(_PERIOD)


def _come_back(replica: Drained, before: object, part: Sequence[Drained], waiting: Waiting) -> None:
    """Wait until the service has found it again: it is the service that tells a replica what to load."""
    until = waiting.clock() + waiting.again
    while waiting.clock() < until and not replica.is_gone():
        health = _health(replica, waiting)
        if health and health["process"] != before:
            others = [_health(other, waiting) for other in part if other is not replica]
            served = {loaded for other in others for loaded in other.get("loaded", ())[-1:]}
            if served & set(health["loaded"]):
                return
        waiting.sleep(_PERIOD)
    raise UsageError(
        f"{replica.name} did not come back.", "Look at `winnow cluster status`, at the service's log, and at Ray's."
    )
