"""Clients that ask a cluster, and hold each answer against the right one. A request that fails is made once more."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.answers import PATH, QUESTIONS, Right, differences, lasting

_SECONDS = 30.0  # that a client waits for an answer
_MOST_WAIT = 5.0  # that it waits when it is told to come again later


@dataclass(frozen=True)
class Asked:
    """Outcome of one request, its retry included: an answer, or why there is none."""

    question: int
    at: float  # when it ended: a time of time.monotonic()
    seconds: float
    answer: Mapping[str, Any] | None
    failures: tuple[str, ...] = ()  # of its tries

    @property
    def partial(self) -> bool:
        return self.answer is not None and bool(self.answer["partial"])

    def wrong(self, rights: Mapping[int, Right]) -> str:
        """What is wrong with its answer; empty if nothing is, or there is none."""
        if self.answer is None:
            return ""
        right = rights.get(self.answer["generation"])
        if right is None:
            return f"generation {self.answer['generation']} is not known"
        failed = self.answer["failed_shards"]
        expected, found = (right.without(failed) if failed else right.whole)[self.question], lasting(self.answer)
        differing = differences(found, expected)
        differs = f"question {self.question}, without shards {failed}: {differing[0] if differing else ''}"
        return differs if differing else ""


@dataclass
class Clients:
    """`count` clients, each of which waits `pause` seconds between two questions. A context manager."""

    host: str
    port: int
    key: str
    count: int
    pause: float
    asked: list[Asked] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Clients:
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(self.count)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(3 * _SECONDS)

    def ask(self, question: int) -> Asked:
        """Ask one question, and once more where that fails."""
        began, failures = time.monotonic(), list[str]()
        for wait_at_most in (_MOST_WAIT, 0.0):
            try:
                status, answer, wait = self._post(QUESTIONS[question])
            except (OSError, http.client.HTTPException, ValueError) as error:
                failures.append(repr(error))
                wait = 0.1
            else:
                if status == 200:
                    return Asked(question, time.monotonic(), time.monotonic() - began, answer, tuple(failures))
                failures.append(f"{status} {answer.get('code')}: {answer.get('detail')}")
            self._end.wait(min(wait, wait_at_most))
        return Asked(question, time.monotonic(), time.monotonic() - began, None, tuple(failures))

    def _run(self, number: int) -> None:
        self._end.wait(self.pause * number / self.count)  # or all would ask at the same moments
        while not self._end.is_set():
            self.asked.append(self.ask(number % len(QUESTIONS)))
            number += 1
            self._end.wait(self.pause)

    def _post(self, question: Mapping[str, Any]) -> tuple[int, dict[str, Any], float]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_SECONDS)
        try:
            headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"}
            connection.request("POST", PATH, json.dumps(question), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
            return response.status, answer, float(response.headers.get("retry-after", 0))
        finally:
            connection.close()
