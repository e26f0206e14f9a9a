"""A collection on one machine and on a cluster of it: `python -m tests.cluster.compare HOME COLLECTION QUERIES`.

Publishes the collection of a home to a folder, serves it by `winnow cluster serve` (Ray on this machine alone) and by
`winnow serve`, and asks both in turns: BM25 alone, both legs, reranked. Prints what differs, and what a cluster costs.
Exits with 1 where BM25's scores or any of the ten best documents differ.

All is asked once before it counts. A reranker keeps on the disk what it has read of passages, and both services read it
there: whoever is asked first reads for both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from engine.child import module_command
from engine.cluster.published.publishing import publish
from tests.cluster.answers import differences

MODES: Mapping[str, Mapping[str, Any]] = {
    "BM25 alone": {"mode": "lexical", "rerank_depth": 0},
    "both legs": {"rerank_depth": 0},
    "reranked": {},
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Served:
    """A service, and how long it took to answer, by mode: seconds that passed, and of all its processes' cores."""

    url: str
    process: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    computed: dict[str, float] = field(default_factory=dict)
    stages: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # of each mode, in milliseconds

    def connect(self) -> None:
        """Begin to ask: a service ends a connection by which nobody asks for a while."""
        address = urlsplit(self.url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=120)

    def ask(self, collection: str, query: str, mode: str) -> dict[str, Any]:
        body = json.dumps({"query": query, "k": 10, **MODES[mode]})
        began = time.monotonic()
        self._connection.request(
            "POST", f"/v1/collections/{collection}/search", body, {"content-type": "application/json"}
        )
        response = self._connection.getresponse()
        data = response.read()
        self.seconds[mode].append(time.monotonic() - began)
        answer: dict[str, Any] = json.loads(data)
        if response.status != 200 or answer["partial"]:
            raise SystemExit(f"{self.url} answered {response.status}: {data[:500]!r}")
        for stage, milliseconds in answer["timings_ms"].items():
            self.stages[mode].setdefault(stage, []).append(milliseconds)
        return answer

    def forget(self, mode: str) -> None:
        """Begin to count."""
        self.seconds[mode], self.computed[mode], self.stages[mode] = [], 0.0, {}

    def cpu(self) -> float:
        """Seconds of cores that its processes have used."""
        return sum(_ticks(process) for process in _tree(self.process)) / _TICKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("collection")
    parser.add_argument("queries", type=Path, help="lines of JSON with `_id` and `text`")
    parser.add_argument("--qrels", type=Path, help="only queries that are judged here: lines of id, document, grade")
    parser.add_argument("--most", type=int, default=10_000, help="queries")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is asked, after once that does not count")
    parser.add_argument("--shards", type=int, default=3)
    parser.add_argument("--replicas", type=int, default=2)
    given = parser.parse_args()
    queries = _queries(given.queries, given.qrels)[: given.most]
    with tempfile.TemporaryDirectory(prefix="winnow-compare-") as scratch, ExitStack() as stack:
        config = _published(given, Path(scratch))
        single = stack.enter_context(_serving(["serve", "--home", str(given.home)]))
        cluster = stack.enter_context(_serving(["cluster", "serve", str(config)]))
        differing = {mode: _compare(single, cluster, given.collection, queries, mode, given.rounds) for mode in MODES}
    print(f"{len(queries)} queries, {given.shards} shards x {given.replicas} replicas, asked {given.rounds} times\n")
    print("| | differing | single machine, p50 / p95 ms | cluster | added, p50 | processor time, ms |")
    print("|---|---|---|---|---|---|")
    for mode, found in differing.items():
        one, other = (_times(served.seconds[mode]) for served in (single, cluster))
        asked = len(single.seconds[mode]) / 1000
        computed = f"{single.computed[mode] / asked:.1f} / {cluster.computed[mode] / asked:.1f}"
        times = f"{one[0]:.1f} / {one[1]:.1f} | {other[0]:.1f} / {other[1]:.1f} | {other[0] - one[0]:.1f}"
        print(f"| {mode} | {len(found)} | {times} | {computed} |")
    for mode, found in differing.items():
        for stage in cluster.stages[mode]:
            took = [statistics.median(served.stages[mode].get(stage, [0.0])) for served in (single, cluster)]
            print(f"{mode}, {stage}: {took[0]:.2f} / {took[1]:.2f} ms", file=sys.stderr)
        for line in found[:5]:
            print(f"{mode}: {line}", file=sys.stderr)
    sys.exit(any(differing.values()))


def _compare(
    single: Served, cluster: Served, collection: str, queries: Sequence[str], mode: str, rounds: int
) -> list[str]:
    """Ask all queries of both in turns; what differs."""
    found: list[str] = []
    for turn in range(rounds + 1):
        answers: list[list[dict[str, Any]]] = []
        for served in (single, cluster):
            if turn <= 1:
                served.forget(mode)
            served.connect()
            began = served.cpu()
            answers.append([served.ask(collection, query, mode) for query in queries])
            served.computed[mode] += served.cpu() - began
        for query, one, other in zip(queries, *answers, strict=True):
            found += [f"{query!r}: {said}" for said in _differing(one, other, mode)]
    return found


def _differing(one: Mapping[str, Any], other: Mapping[str, Any], mode: str) -> list[str]:
    """Say what differs: every bit of BM25's scores, other scores beyond rounding (tests/cluster/answers.py)."""
    first, second = ([(hit["document_id"], hit["score"]) for hit in answer["hits"]] for answer in (one, other))
    if mode == "BM25 alone":
        return [] if first == second else [f"{second} for {first}"]
    return differences([list(hit) for hit in second], [list(hit) for hit in first])


def _published(given: argparse.Namespace, scratch: Path) -> Path:
    address = str(scratch / "shared")
    publish(given.home, given.collection, address, shards=given.shards)
    config = {
        "address": address,
        "collections": [given.collection],
        "home": str(scratch / "front"),
        "folder": str(scratch / "copies"),
        "replicas": given.replicas,
        "cpus": 0.1,  # more processes than cores
        "deadline_ms": 20_000,
    }
    path = scratch / "cluster.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@contextmanager
def _serving(arguments: Sequence[str]) -> Iterator[Served]:
    """A service that runs until the end; its log goes to stderr."""
    command = module_command("winnow", *arguments, "--port", "0")
    environment = {**os.environ, "WINNOW_SERVE_RATE": "1000000"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise SystemExit(f"`winnow {' '.join(arguments)}` did not start")
            yield Served(url, process.pid)
        finally:
            process.terminate()


def _queries(path: Path, qrels: Path | None) -> list[str]:
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    if qrels is None:
        return [record["text"] for record in records]
    judged = {line.split("\t")[0] for line in qrels.read_text("utf-8").splitlines()}
    return [record["text"] for record in records if record["_id"] in judged]


def _times(seconds: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=20)
    return statistics.median(seconds) * 1000, cuts[-1] * 1000


def _tree(process: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [process]
    for one in found:
        found += parents.get(one, ())
    return found


def _ticks(process: int) -> int:
    fields = _stat(process)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _stat(process: int) -> list[str]:
    """What the system says of a process, from its state on; nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    main()
