"""Clients that ask one question after the other, each on a connection that it keeps, and what became of them."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

RETRIES = 3
KEPT = 5


@dataclass
class Tally:
    """What the clients saw. `broken` counts connections that broke at a request, which was then sent again; `refused`
    are the bodies of the first few answers other than 200.
    """

    waited_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # requests that no try brought an answer to

    def to_json(self) -> dict[str, Any]:
        waited = sorted(self.waited_ms)
        at = (
            {p: round(waited[min(len(waited) - 1, len(waited) * p // 100)], 1) for p in (50, 95, 99, 100)}
            if waited
            else {}
        )
        return {
            "requests": len(waited),
            "statuses": dict(self.statuses),
            "degraded": dict(self.degraded),
            "retried": self.broken,
            "refused": self.refused,
            "lost": self.lost,
            "ms": {f"p{p}": ms for p, ms in at.items()},
        }


class Clients:
    """`count` threads over `words`: every question is of three words at random, so that no cache answers it."""

    def __init__(self, address: str, path: str, words: Sequence[str], count: int, body: dict[str, Any]) -> None:
        self.tally = Tally()
        self._address, self._path, self._words, self._body = address, path, words, body
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(seed,), daemon=True) for seed in range(count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> Tally:
        """Let each finish its request. They also end by themselves once nobody takes connections any more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
        return self.tally

    def _ask(self, seed: int) -> None:
        luck = random.Random(seed)
        with httpx.Client(base_url=self._address, timeout=120) as client:
            while not self._stop.is_set():
                body = {"query": " ".join(luck.sample(self._words, 3)), **self._body}
                if not self._request(client, body):
                    return

    def _request(self, client: httpx.Client, body: dict[str, Any]) -> bool:
        """One question until it is answered; False where the server is gone: nothing was lost then."""
        began = time.perf_counter()
        for attempt in range(RETRIES):
            try:
                answer = client.post(self._path, json=body)
            except httpx.ConnectError:
                return False
            except httpx.TransportError as error:
                with self._lock:
                    self.tally.broken += 1
                    if attempt == RETRIES - 1:
                        self.tally.lost.append(repr(error))
                continue
            with self._lock:
                self.tally.waited_ms.append((time.perf_counter() - began) * 1000.0)
                self.tally.statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    self.tally.degraded.update(answer.json()["degraded"])
                elif len(self.tally.refused) < KEPT:
                    self.tally.refused.append(answer.text)
            return True
        return True
