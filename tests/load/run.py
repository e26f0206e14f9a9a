"""A service under load: `python -m tests.load.run load|fair|overhead|budget`. Prints one JSON object.

load      clients ask while documents are ingested, a worker is killed (-9) and started again, and SIGTERM ends it all
fair      how many answers a second are reranked, one client and many in turn, passages having been read before
overhead  what HTTP adds to the pipeline: the wait less what the pipeline took, two clients of different weight in turn
budget    how long a client waits for an answer with `budget_ms`, one client
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from data import SAMPLE
from indexer.ingest import ingest
from tests.load.clients import Clients
from tests.support.servers import Server, started

PATH = "/v1/collections/default/search"
JSON = {"content-type": "application/json"}


def load(server: Server, words: Sequence[str], clients: int, seconds: float, body: dict[str, Any]) -> dict[str, Any]:
    """A third of the time quietly, then a worker is killed; the collection is written to all the time."""
    stop, ingests, memory = threading.Event(), _Ingests(server, words), _Memory(server)
    threads = [threading.Thread(target=work.run, args=(stop,)) for work in (ingests, memory)]
    asking = Clients(server.address, PATH, words, clients, body)
    for thread in threads:
        thread.start()
    time.sleep(seconds / 3)
    workers = server.children("api.serving.worker")
    before = json.dumps(asking.tally.to_json())
    if workers:
        os.kill(workers[0], signal.SIGKILL)
    time.sleep(seconds * 2 / 3)
    stop.set()
    for thread in threads:
        thread.join()
    broken_by_kill = asking.tally.broken
    code, errors = server.stop()
    tally = asking.stop()
    return {
        "clients": clients,
        "seconds": seconds,
        "before_the_kill": json.loads(before),
        **tally.to_json(),
        "retried_after_kill": broken_by_kill,
        "broken_by_sigterm": tally.broken - broken_by_kill,
        "exit_code": code,
        "tracebacks": errors.count("Traceback"),
        "errors": errors[-2000:],
        "ingests": ingests.states,
        "memory_mb": memory.summary(),
    }


def fair(
    server: Server, words: Sequence[str], clients: int, seconds: float, repeats: int, body: dict[str, Any]
) -> dict[str, Any]:
    """Answers a second of one client and of many, in turn, `seconds` each, `repeats` times. The first round, of many,
    is one more: in it the reranker reads the passages.
    """
    rounds = []
    for count in (clients, *(1, clients) * repeats):
        began, asking = time.monotonic(), Clients(server.address, PATH, words, count, body)
        time.sleep(seconds)
        tally = asking.stop()
        took, answers = time.monotonic() - began, tally.to_json()
        lost = sum(count for reason, count in tally.degraded.items() if reason.startswith("rerank"))
        reranked = round((tally.statuses[200] - lost) / took, 1)
        rounds.append({"clients": count, "reranked_per_second": reranked, **answers})
    return {"rounds": rounds}


def overhead(server: Server, words: Sequence[str], count: int, body: dict[str, Any]) -> dict[str, Any]:
    """Medians of the client's wait less the pipeline's own time, for two clients in turn: http.client, which does
    little itself, and httpx. `count` questions each.
    """
    lean = http.client.HTTPConnection(server.address.removeprefix("http://"))
    clients: dict[str, Callable[[bytes], bytes]] = {
        "http.client": partial(_post, lean),
        "httpx": lambda asked: server.client.post(PATH, content=asked, headers=JSON).content,
    }
    added: dict[str, list[float]] = {name: [] for name in clients}
    for place, query in enumerate(_questions(words, (count + 20) * len(clients))):
        name = list(clients)[place % len(clients)]
        asked = json.dumps({"query": query, **body}).encode()
        began = time.perf_counter()
        answer = clients[name](asked)
        waited = (time.perf_counter() - began) * 1000.0
        added[name].append(waited - json.loads(answer)["timings_ms"]["total"])
    lean.close()
    return {"questions": count, "added_ms": {name: _percentiles(values[20:]) for name, values in added.items()}}


def budget(client: httpx.Client, words: Sequence[str], count: int, body: dict[str, Any]) -> dict[str, Any]:
    """The client's wait for answers that were to be given in `body["budget_ms"]`."""
    waited, scored, statuses = [], [], Counter[int]()
    for query in _questions(words, count + 20):
        began = time.perf_counter()
        answer = client.post(PATH, json={"query": query, **body})
        waited.append((time.perf_counter() - began) * 1000.0)
        statuses[answer.status_code] += 1
        scored.append(answer.json().get("scored", 0))
    shown = {"waited_ms": _percentiles(waited[20:]), "scored": statistics.mean(scored[20:])}
    return {"questions": count, **body, "statuses": dict(statuses), **shown}


class _Ingests:
    """Puts ten new or changed documents at a time, each job after the one before."""

    def __init__(self, server: Server, words: Sequence[str]) -> None:
        self.states: dict[str, int] = {}
        self._address, self._words = server.address, words

    def run(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            texts = [f"Load {number}: " + " ".join(self._words[number % 50 :: 50][:60]) for _ in range(10)]
            documents = [{"id": f"load-{place}", "text": text} for place, text in enumerate(texts)]
            state = self._put(documents)
            self.states[state] = self.states.get(state, 0) + 1
            stop.wait(0.5)

    def _put(self, documents: list[dict[str, str]]) -> str:
        """The job's last state; a worker that is killed breaks the connection, or interrupts the job."""
        path = "/v1/collections/default/documents"
        try:
            with httpx.Client(base_url=self._address, timeout=120) as client:
                job = client.post(path, params={"wait": True}, json={"documents": documents}).json()
                while job["state"] in ("queued", "running"):
                    time.sleep(0.1)
                    job = client.get(f"/v1/jobs/{job['id']}").json()
                return str(job["state"])
        except httpx.TransportError:
            return "connection broken"


class _Memory:
    """Resident memory of the service's processes, each second, by what they do."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._samples: list[dict[str, float]] = []

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(1.0):
            pids = self._pids()
            self._samples.append({role: sum(map(_resident_mb, pids[role])) for role in pids})

    def summary(self) -> dict[str, list[float]]:
        """Medians of the fourths of the time; in the second one everything is loaded."""
        size = max(len(self._samples) // 4, 1)
        parts = [part for start in range(0, size * 4, size) if (part := self._samples[start : start + size])]
        roles = self._samples[0] if self._samples else {}
        found = {role: [_median(sample[role] for sample in part) for part in parts] for role in roles}
        return found | {"together": [_median(sum(sample.values()) for sample in part) for part in parts]}

    def _pids(self) -> dict[str, list[int]]:
        server = self._server
        return {
            "supervisor": [server.process.pid],
            "workers": server.children("api.serving.worker"),
            "inference": server.children("api.inference"),
        }


def _resident_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024.0 if found else 0.0


def _questions(words: Sequence[str], count: int) -> Iterator[str]:
    luck = random.Random(0)
    return (" ".join(luck.sample(words, 4)) for _ in range(count))


def _post(connection: http.client.HTTPConnection, asked: bytes) -> bytes:
    connection.request("POST", PATH, asked, JSON)
    return connection.getresponse().read()


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 1)


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 2) for p in (50, 95, 99)}


def vocabulary() -> list[str]:
    """Words of the sample, longer ones only."""
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted((SAMPLE / "articles").rglob("*.md")))
    return sorted(set(re.findall(r"[a-z]{5,}", text)))


@contextmanager
def sample_server(home: Path, *arguments: str) -> Iterator[Server]:
    """A server over the sample collection and the bundled models, ready; the sample is put into the home."""
    ingest([SAMPLE / "articles"], home=home, collection="default")
    with started(home, *arguments) as server:
        server.wait_ready()
        yield server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.run", description=__doc__)
    parser.add_argument("what", choices=["load", "fair", "overhead", "budget"])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="of `fair`")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--budget-ms", type=float, default=None, help="of each request; 150 for `budget`")
    parser.add_argument("--home", type=Path, default=None, help="holds the sample already, which saves its ingest")
    parser.add_argument("--rerank-depth", type=int, default=None, help="0: no reranking")
    options = parser.parse_args()
    body = {
        name: value
        for name, value in (("budget_ms", options.budget_ms), ("rerank_depth", options.rerank_depth))
        if value is not None
    }
    with tempfile.TemporaryDirectory(prefix="winnow-load-") as scratch:
        home = options.home or Path(scratch) / "home"
        with sample_server(home, "--workers", str(options.workers)) as server:
            words = vocabulary()
            if options.what == "load":
                found = load(server, words, options.clients, options.seconds, body)
            elif options.what == "fair":
                found = fair(server, words, options.clients, options.seconds, options.repeats, body)
            elif options.what == "overhead":
                found = overhead(server, words, options.questions, body)
            else:
                found = budget(server.client, words, options.questions, {"budget_ms": 150.0, **body})
    print(json.dumps({"what": options.what, "workers": options.workers, "body": body, **found}, indent=1))


if __name__ == "__main__":
    main()
