"""One job in a process of its own, so that memory and threads are one engine's alone.

`python -m benchmarks.peers.worker JOB.json RESULT.json`, started by benchmarks/peers/run.py.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import peak_rss_mb
from benchmarks.peers.base import Corpus, Found, Peer
from benchmarks.peers.load import OtherLoad
from benchmarks.peers.registry import load_peer
from benchmarks.result import percentiles
from indexer.evaluation.datasets import load_dataset
from indexer.evaluation.datasets.records import ID, field, read_records

EMBED = "embed"  # the job that writes the shared embeddings


@dataclass(frozen=True, slots=True)
class Job:
    """`peer` is a name of the registry, or EMBED. Without `queries` nothing is asked: only the build is wanted."""

    peer: str
    dataset: str
    split: str
    limit: int | None
    cache: str
    folder: str
    embeddings: str | None
    encoder: str
    reranker: str
    depth: int
    queries: bool = True

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def run(job: Job) -> dict[str, Any]:
    """Run a job, and return what it found; see benchmarks/peers/run.py for how it is read."""
    corpus = _corpus(job)
    return _embed(job, corpus) if job.peer == EMBED else _measure(load_peer(job.peer), job, corpus)


def _embed(job: Job, corpus: Corpus) -> dict[str, Any]:
    from benchmarks.peers.models import load_encode

    encode = load_encode(job.encoder)
    others = OtherLoad()
    started = time.perf_counter()
    vectors = encode(corpus.texts)
    seconds = time.perf_counter() - started
    np.save(str(job.embeddings), vectors)
    return {"seconds": round(seconds, 3), "other_load": others.share()}


def _measure(peer: Peer, job: Job, corpus: Corpus) -> dict[str, Any]:
    others, started = OtherLoad(), time.perf_counter()
    ready = peer.build(corpus)
    seconds, build_load = time.perf_counter() - started, others.share()
    asked: Mapping[str, str] = corpus.dataset.queries if job.queries else {}
    for text in list(asked.values())[:2]:  # what is loaded on first use is no query's cost
        peer.search(text, job.depth)
    others = OtherLoad()
    found = {query: peer.search(text, job.depth) for query, text in asked.items()}
    return {
        "build_seconds": round(seconds, 3),
        "build_load": build_load,
        "query_load": others.share(),
        "index_bytes": ready.index_bytes,
        "lists": {stage: _lists(stage, found) for stage in _names(found)},
        "ready_ms": {
            stage: percentiles(one.ready_ms[stage] for one in found.values() if stage in one.ready_ms)
            for stage in _names(found)
        },
        "steps_ms": _steps(found),
        **_memory(),
    }


def _lists(stage: str, found: Mapping[str, Found]) -> dict[str, list[str]]:
    """Query id -> documents, without the one that is the query itself (ArguAna, Quora), as BEIR does."""
    return {query: [name for name in one.stages.get(stage, []) if name != query] for query, one in found.items()}


def _names(found: Mapping[str, Found]) -> list[str]:
    return list(dict.fromkeys(stage for one in found.values() for stage in one.stages))


def _steps(found: Mapping[str, Found]) -> dict[str, dict[str, float]]:
    steps = dict.fromkeys(step for one in found.values() for step in one.timings.ms)
    return {
        step: percentiles(one.timings.ms[step] for one in found.values() if step in one.timings.ms) for step in steps
    }


def _corpus(job: Job) -> Corpus:
    dataset = load_dataset(job.dataset, job.split, Path(job.cache)).limited(job.limit)
    ids, texts = [], []
    for record in read_records(dataset.corpus):
        ids.append(field(record, ID, str(dataset.corpus[0])))
        texts.append("\n".join(part for name in ("title", "text") if (part := str(record.get(name) or ""))))
    folder = Path(job.folder)
    embeddings = None if job.embeddings is None else Path(job.embeddings)
    return Corpus(ids, texts, folder, embeddings, job.encoder, job.reranker, dataset)


def _memory() -> dict[str, float]:
    """MB resident now and at most. From /proc where there is one: getrusage also counts what ran before exec."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return {"rss_mb": peak_rss_mb(), "peak_rss_mb": peak_rss_mb()}
    lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
    read = {ours: int(lines[theirs].split()[0]) for ours, theirs in (("rss_mb", "VmRSS"), ("peak_rss_mb", "VmHWM"))}
    return {name: round(kib / 1024, 1) for name, kib in read.items()}


if __name__ == "__main__":
    done = run(Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    Path(sys.argv[2]).write_text(json.dumps(done), encoding="utf-8")
