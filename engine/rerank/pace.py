"""How fast something goes: an estimate from what was measured, on the safe side."""

from __future__ import annotations

from threading import Lock

_SHARE = 0.25  # of a new measurement in the estimate
_RELAXATION = 0.8
_DEVIATIONS = 4.0
_FORGETTING = 0.97  # what is left of the slowest measurement with each new one: half of it after 23


class Pace:
    """Seconds per unit of work: a moving mean plus four times the moving mean deviation, as TCP estimates its round
    trips (RFC 6298, https://www.rfc-editor.org/rfc/rfc6298). Until something is measured, a pessimistic guess.
    Thread-safe.
    """

    def __init__(self, guess: float) -> None:
        self._mean, self._deviation, self._measured = guess, 0.0, False
        self._least = guess / 10.0
        self._slowest = guess
        self._lock = Lock()

    def seconds(self, units: float) -> float:
        """How long so much work may take."""
        with self._lock:
            return units * (self._mean + _DEVIATIONS * self._deviation)

    def slowest(self, units: float) -> float:
        """How long so much work took at worst, lately."""
        with self._lock:
            return units * self._slowest

    def observe(self, units: float, seconds: float) -> None:
        """Learn that so much work took so long."""
        if units <= 0:
            return
        found = seconds / units
        with self._lock:
            if self._measured:
                self._deviation += _SHARE * (abs(found - self._mean) - self._deviation)
                self._mean += _SHARE * (found - self._mean)
            else:
                self._mean, self._deviation, self._measured = found, found / 2.0, True
                self._least = found
            self._least = min(self._least, found)
            self._slowest = max(found, self._slowest * _FORGETTING)

    def relax(self) -> None:
        """Be less pessimistic, down to the fastest that was measured. Called when the estimate left no time for any
        work: without work it would never be corrected.
        """
        with self._lock:
            self._mean = max(self._mean * _RELAXATION, self._least)
            self._deviation *= _RELAXATION
