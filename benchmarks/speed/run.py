"""All speed measurements, each small."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.speed import floor, models, retrieval
from benchmarks.speed.whole import whole_query
from data import SAMPLE
from engine.models.checkpoints.presets import BUNDLED
from indexer.evaluation.datasets import load_dataset
from indexer.evaluation.datasets.records import read_records

PASSAGE = 800  # code points, some 180 tokens: what a chunk holds


@dataclass(frozen=True, slots=True)
class Plan:
    """How large. `texts` are passages of the sample collection for the models; BM25 gets all of them."""

    rows: int = 1_000_000
    bits: int = 384
    texts: int = 32
    rounds: int = 15
    encoder: str = BUNDLED
    reranker: str = BUNDLED


def run_speed(plan: Plan) -> dict[str, Any]:
    """One measurement per part, ours first in each."""
    with tempfile.TemporaryDirectory(prefix="winnow-speed-") as scratch:
        folder = Path(scratch)
        data = load_dataset(SAMPLE, "test", folder)
        passages, queries = _passages(data.corpus), list(data.queries.values())
        few = max(plan.rounds // 5, 1)
        some = passages[: plan.texts]
        found = {
            "scan": retrieval.scan(plan.rows, plan.bits, plan.rounds, floor.bytes_read()),
            "bm25": retrieval.bm25(passages, queries, folder, plan.rounds),
            "query encoding": models.query_encoding(queries[0], plan.encoder, plan.rounds, folder),
            "encoding": models.encoding(some, plan.encoder, few, folder, floor.multiplications()),
            "reranking": models.reranking(queries[0], some, plan.reranker, few, folder),
            "whole query": whole_query(data, plan.encoder, plan.reranker, plan.rounds, folder / "home"),
        }
    return {"parts": found, "environment": environment.describe()}


def _passages(corpus: tuple[Path, ...]) -> list[str]:
    texts = (str(record.get("text") or "") for record in read_records(corpus))
    return [text[start : start + PASSAGE] for text in texts for start in range(0, len(text), PASSAGE)]
