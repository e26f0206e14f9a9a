"""All peers one after another, each in its own process, scored by the same metrics and set beside Winnow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.metrics import evaluate, require_measures
from benchmarks.peers.base import Peer
from benchmarks.peers.models import encoded_by
from benchmarks.peers.ratios import with_ratios
from benchmarks.peers.registry import PEERS, load_peer, missing
from benchmarks.peers.worker import EMBED, Job
from engine.child import module_command
from engine.fingerprint import digest_file, digest_json
from engine.models.checkpoints.locate import locate
from indexer.evaluation.answers import DEPTH
from indexer.evaluation.datasets import Dataset, load_dataset
from indexer.evaluation.datasets.corpus import corpus_digest
from indexer.evaluation.datasets.records import ID, read_records

_BUILD = "build.json"  # beside a kept index: what building it cost
_COST = ("build_seconds", "build_load", "index_bytes")
_SHARED = (*_COST, "query_load", "steps_ms", "rss_mb", "peak_rss_mb")


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a measurement. `home` keeps the embeddings and the indexes that can be opened again."""

    dataset: str
    split: str
    limit: int | None
    home: Path
    encoder: str
    reranker: str


class PeerFailed(Exception):
    """A worker ended with an error; the message is its last line."""


def run_peers(plan: Plan, names: Sequence[str], tell: Callable[[str], None]) -> dict[str, Any]:
    """One row per peer and stage, those of Winnow first; a peer that is missing or fails has one row that says why."""
    require_measures()
    names = [name for name in PEERS if name in set(names)] if names else list(PEERS)
    data = load_dataset(plan.dataset, plan.split, plan.home / "datasets").limited(plan.limit)
    peers = [load_peer(name) for name in names]
    embeddings = _embeddings(plan, data, peers, tell)
    rows: list[dict[str, Any]] = []
    for peer in peers:
        tell(peer.name)
        rows += _rows(peer, plan, data, embeddings)
    return {
        "dataset": data.name,
        "split": data.split,
        "queries": len(data.qrels),
        "models": {"encoder": plan.encoder, "reranker": plan.reranker},
        "encoded_by": encoded_by(),
        "embedding_seconds": None if embeddings is None else embeddings[1]["seconds"],
        "rows": with_ratios(rows),
        "environment": environment.describe(),
    }


def _rows(
    peer: Peer, plan: Plan, data: Dataset, embeddings: tuple[Path, dict[str, Any]] | None
) -> list[dict[str, Any]]:
    known = {"peer": peer.name, "note": peer.note}
    lacking = missing(peer)
    if lacking:
        return [known | {"status": lacking}]
    job = _job(plan, data, peer.name, embeddings[0] if peer.embed and embeddings else None)
    try:
        found = _reopened(job, plan, data) if peer.reopens else _fresh(job)
    except PeerFailed as error:
        return [known | {"status": f"failed: {error}"}]
    shared = {name: found[name] for name in _SHARED}
    embedding = embeddings[1] if peer.embed and embeddings else {"seconds": 0.0, "other_load": 0.0}
    shared |= {"embedding_seconds": embedding["seconds"], "embedding_load": embedding["other_load"]}
    return [
        known
        | {"status": "ok", "stage": stage, "metrics": evaluate(data.qrels, lists), "ready_ms": found["ready_ms"][stage]}
        | shared
        for stage, lists in found["lists"].items()
    ]


def _fresh(job: Job) -> dict[str, Any]:
    """Built and searched by one process, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="winnow-peer-") as folder:
        return _work(replace(job, folder=folder))


def _reopened(job: Job, plan: Plan, data: Dataset) -> dict[str, Any]:
    """Built by one process and searched by another, unless an earlier run has built it."""
    folder = plan.home / f"{job.peer}-{_key(plan, data)}"
    cost = folder / _BUILD
    if not cost.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        built = _work(replace(job, folder=str(folder), queries=False))
        cost.write_text(json.dumps({name: built[name] for name in _COST}), encoding="utf-8")
    known: dict[str, Any] = json.loads(cost.read_text(encoding="utf-8"))
    return _work(replace(job, folder=str(folder))) | known


def _embeddings(
    plan: Plan, data: Dataset, peers: Sequence[Peer], tell: Callable[[str], None]
) -> tuple[Path, dict[str, Any]] | None:
    """The shared embeddings of the corpus and what they cost, made once per corpus and encoder."""
    if not any(peer.embed and not missing(peer) for peer in peers):
        return None
    path = plan.home / f"embeddings-{encoded_by()}-{_key(plan, data)}.npy"
    cost = path.with_suffix(".json")
    if not (path.exists() and cost.exists()):
        tell("embedding the corpus")
        plan.home.mkdir(parents=True, exist_ok=True)
        found = _work(replace(_job(plan, data, EMBED, path), folder=str(plan.home)))
        cost.write_text(json.dumps(found), encoding="utf-8")
    made: dict[str, Any] = json.loads(cost.read_text(encoding="utf-8"))
    return path, made


def _key(plan: Plan, data: Dataset) -> str:
    """Names a corpus and an encoder by their contents."""
    model = locate(plan.encoder, "encoder")
    files = [digest_file(path) for path in sorted(model.rglob("*")) if path.is_file()]
    return digest_json([corpus_digest(data), files])[:16]


def _job(plan: Plan, data: Dataset, peer: str, embeddings: Path | None) -> Job:
    documents = {str(next((record[key] for key in ID if key in record), "")) for record in read_records(data.corpus)}
    itself = any(query in documents for query in data.queries)  # then it takes a place in the list, and is dropped
    return Job(
        peer=peer,
        dataset=plan.dataset,
        split=plan.split,
        limit=plan.limit,
        cache=str(plan.home / "datasets"),
        folder="",
        embeddings=None if embeddings is None else str(embeddings),
        encoder=plan.encoder,
        reranker=plan.reranker,
        depth=DEPTH + itself,
    )


def _work(job: Job) -> dict[str, Any]:
    """Run a job in a fresh interpreter, without a network. PeerFailed."""
    with tempfile.TemporaryDirectory(prefix="winnow-job-") as scratch:
        asked, answered = Path(scratch) / "job.json", Path(scratch) / "result.json"
        asked.write_text(job.to_json(), encoding="utf-8")
        command = module_command("benchmarks.peers.worker", str(asked), str(answered))
        offline = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise PeerFailed(lines[-1].strip() if lines else f"exit code {done.returncode}")
        found: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
        return found
