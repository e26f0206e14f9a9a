"""Which replica of a shard is asked: the one that is likely to answer first, by what each has to do and how it did.

The expected wait is the time of a call, as a mean that forgets (https://twitter.github.io/finagle/guide/Clients.html,
"Power of Two Choices + Peak EWMA"), times the calls before it. A host that has become slow is asked less from its first
slow answer on, and again after a while.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from engine.errors import Overloaded

_NEWEST = 0.2  # share of the newest call in the mean
_HALVED = 10.0  # seconds after which half of what is known of a replica is forgotten


class Named(Protocol):
    """A replica, as far as it is chosen."""

    @property
    def name(self) -> str: ...


AnyReplica = TypeVar("AnyReplica", bound=Named)


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds in seconds: after how long another replica is asked too, how long a shard has for an answer, and how long
    a replica that has failed is asked last. `queue` is how many calls one may have waiting.
    """

    hedge: float = 0.1
    deadline: float = 2.0
    cooldown: float = 2.0
    queue: int = 64


@dataclass(slots=True)
class _Known:
    """What is known of one replica. Moments and times are in seconds."""

    waiting: deque[float] = field(default_factory=deque)  # when the calls were made that have no answer yet
    mean: float = 0.0
    measured_at: float = 0.0
    failed_at: float = float("-inf")

    def wait(self, now: float) -> float:
        """How long one more call would take. One that has been silent for long will take as long at least."""
        pace = self.mean * math.exp2((self.measured_at - now) / _HALVED)
        silent = now - self.waiting[0] if self.waiting else 0.0
        return (len(self.waiting) + 1) * max(pace, silent)

    def ended(self, now: float, answered: bool) -> None:
        took = now - self.waiting.popleft()  # answers come in order, or nearly
        if not answered:
            return  # how quickly one refuses says nothing
        self.mean += (took - self.mean) * (_NEWEST if self.mean else 1.0)
        self.measured_at = now


class Load:
    """How busy each replica is, how fast, and when it last failed; shared by all who ask the same replicas.
    Thread-safe.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def choose(
        self, replicas: Sequence[AnyReplica], tried: Sequence[AnyReplica], patience: Patience
    ) -> AnyReplica | None:
        """The replica that is likely to answer first, of those not tried, one that failed lately last; it counts as
        called. None where all were tried; Overloaded where the others have too much to do.
        """
        with self._lock:
            now = self._clock()
            left = [(self._known.setdefault(each.name, _Known()), each) for each in replicas if each not in tried]
            free = [(known, each) for known, each in left if len(known.waiting) < patience.queue]
            if not free:
                if left:
                    raise Overloaded("The replicas of a shard have too many calls waiting.")
                return None
            known, best = min(
                free,
                key=lambda one: (one[0].failed_at > now - patience.cooldown, one[0].wait(now), len(one[0].waiting)),
            )
            known.waiting.append(now)
            return best

    def done(self, replica: Named, *, answered: bool) -> None:
        """A call has ended: with an answer, or as a failure."""
        with self._lock:
            self._known[replica.name].ended(self._clock(), answered)

    def fail(self, replica: Named) -> None:
        with self._lock:
            self._known[replica.name].failed_at = self._clock()
