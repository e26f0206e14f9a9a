"""Which replica of a shard is asked: the one that is likely to answer first, by what each has to do and how it did.

The expected wait is the time of a call, as a mean that forgets (https://twitter.github.io/finagle/guide/Clients.html,
"Power of Two Choices + Peak EWMA"), times the calls before it. A host that has become slow is asked less from its first
slow answer on, and again after a while.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from engine.errors import Overloaded

_NEWEST = 0.2  # share of the newest call in the mean
_BURST = 10.0  # calls that may be made beside others before their share counts
_HALVED = 10.0  # seconds after which half of what is known of a replica is forgotten
_LOST = 0.25  # share of the deadline for which a replica that is asked says nothing: it is taken for lost


class Named(Protocol):
    """A replica, as far as it is chosen."""

    @property
    def name(self) -> str: ...


AnyReplica = TypeVar("AnyReplica", bound=Named)


class Chosen(NamedTuple, Generic[AnyReplica]):
    """A replica that is about to be called, and the call's number."""

    replica: AnyReplica
    call: int


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds in seconds: after how long another replica is asked too, how long a shard has for an answer, and how long
    a replica that has failed is asked last. `queue` is how many calls one may have waiting; `extra` the share of
    calls that may be made beside one that is slow, or a cluster that is merely busy would make itself twice as busy.
    """

    hedge: float = 0.1
    deadline: float = 2.0
    cooldown: float = 2.0
    queue: int = 64
    extra: float = 0.05


@dataclass(slots=True)
class _Known:
    """Knowledge of one replica. Moments and times are in seconds."""

    waiting: dict[int, float] = field(default_factory=dict)  # calls without an answer yet, and when they were made
    mean: float = 0.0
    measured_at: float = 0.0
    failed_at: float = float("-inf")
    failing: bool = False  # since its last answer

    def give_up(self, now: float, deadline: float) -> None:
        """Forget calls whose callers have gone: a link that is cut answers none, ever."""
        lost = [call for call, began in self.waiting.items() if began < now - deadline]
        for call in lost:
            del self.waiting[call]
        if lost:
            self.failed_at = now

    def wait(self, now: float) -> float:
        """How long one more call would take. One that has said nothing for long will take as long at least."""
        pace = self.mean * math.exp2((self.measured_at - now) / _HALVED)
        return (len(self.waiting) + 1) * max(pace, self.silence(now))

    def silence(self, now: float) -> float:
        """For how long it has answered nothing of what it was asked."""
        return now - max(next(iter(self.waiting.values()), now), self.measured_at)

    def measure(self, took: float, now: float) -> None:
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
        self._number = count()
        self._spare = _BURST

    def choose(
        self, replicas: Sequence[AnyReplica], tried: Sequence[AnyReplica], patience: Patience
    ) -> Chosen[AnyReplica] | None:
        """The replica that is likely to answer first, of those not tried, one that failed lately last; it counts as
        called. None where all were tried; Overloaded where the others have too much to do.
        """
        with self._lock:
            now = self._clock()
            left = [(self._known.setdefault(each.name, _Known()), each) for each in replicas if each not in tried]
            for known, _ in left:
                known.give_up(now, patience.deadline)
            free = [(known, each) for known, each in left if len(known.waiting) < patience.queue]
            if not free:
                if left:
                    raise Overloaded("The replicas of a shard have too many calls waiting.")
                return None
            known, best = min(
                free,
                key=lambda one: (one[0].failed_at > now - patience.cooldown, one[0].wait(now), len(one[0].waiting)),
            )
            self._spare = min(self._spare + patience.extra, _BURST)
            chosen = Chosen(best, next(self._number))
            known.waiting[chosen.call] = now
            return chosen

    def may_hedge(self, asked: Iterable[Named], patience: Patience) -> bool:
        """Whether one more call may be made beside those to some replicas; it counts as made.

        It always may where one of them has gone silent: all who asked it would otherwise wait until their deadline.
        """
        with self._lock:
            now = self._clock()
            if any(self._known[each.name].silence(now) >= _LOST * patience.deadline for each in asked):
                return True
            allowed = self._spare >= 1.0
            self._spare -= allowed
            return allowed

    def done(self, chosen: Chosen[Any], *, answered: bool) -> None:
        """A call has ended: with an answer, or as a failure, whose time says nothing."""
        with self._lock:
            known, now = self._known[chosen.replica.name], self._clock()
            began = known.waiting.pop(chosen.call, None)
            known.failing &= not answered
            if answered and began is not None:
                known.measure(now - began, now)

    def fail(self, replica: Named) -> bool:
        """A call has failed; whether it is the first since an answer."""
        with self._lock:
            known = self._known[replica.name]
            known.failed_at = self._clock()
            first, known.failing = not known.failing, True
            return first
