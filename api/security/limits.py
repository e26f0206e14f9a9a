"""Requests per second, by key: a token bucket each.

The bucket is kept as one time stamp, as the generic cell rate algorithm does (ITU-T I.371): the time at which it would
be full again. Buckets live in the memory of one process: with N API workers a key gets up to N times its rate.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from api.errors import RateLimited

_REMEMBERED = 10_000  # buckets; beyond it the one that was asked for longest ago is forgotten


class RateLimiter:
    """Allows at most `burst` requests at once, and `rate` a second in the long run, for each key. Safe under
    threads.
    """

    def __init__(self, rate: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("rate and burst must be positive")
        self._interval = 1 / rate
        self._burst = burst
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, cost: int = 1) -> float:
        """0.0, and the cost is taken; or the seconds after which it could be, and nothing is taken.

        A cost beyond the burst is taken as the whole burst: it could never be paid otherwise.
        """
        spent = min(cost, self._burst) * self._interval
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(key, now), now) + spent
            # A bucket that has to wait longer than a whole burst to be full again would be below zero.
            wait = full_at - now - self._burst * self._interval
            if wait > 1e-9 * self._interval:  # more than rounding
                return wait
            self._full_at[key] = full_at
            self._full_at.move_to_end(key)
            if len(self._full_at) > _REMEMBERED:
                self._full_at.popitem(last=False)
            return 0.0

    def check(self, key: str, cost: int = 1) -> None:
        """Raise RateLimited."""
        wait = self.wait(key, cost)
        if wait > 0:
            raise RateLimited(
                f"More than {1 / self._interval:g} requests a second.",
                f"Try again in {wait:.1f} seconds.",
                retry_after=wait,
            )
