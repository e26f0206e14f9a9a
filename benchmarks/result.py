"""Results of a run, as the one JSON object that `winnow bench run --json` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.metrics import PerQuery
from indexer.evaluation.answers import Answer

PERCENTILES = (50, 95, 99)


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99 (linear interpolation); empty for no values."""
    found = list(values)
    if not found:
        return {}
    return {f"p{p}": round(float(ms), 3) for p, ms in zip(PERCENTILES, np.percentile(found, PERCENTILES), strict=True)}


def latencies(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """`latency_ms` of queries, `latency_by_stage_ms` of each step, `ready_ms` until each stage's list was there, and
    `scored`: passages that the reranker judged, on average.
    """
    done = [answer for answer in answers.values() if answer.error is None]
    return {
        "latency_ms": percentiles(answer.timings_ms["total"] for answer in done),
        "scored": round(float(np.mean([answer.scored for answer in done])), 2) if done else 0.0,
        "latency_by_stage_ms": _by_name([answer.timings_ms for answer in done]),
        "ready_ms": _by_name([answer.ready_ms for answer in done]),
    }


def failures(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """`failed`: queries without an answer, counted as 0; `degraded`: reason -> queries that it touched."""
    reasons = Counter(reason for answer in answers.values() for reason in answer.degraded)
    return {
        "failed": [{"query": query, "error": answer.error} for query, answer in answers.items() if answer.error],
        "degraded": dict(sorted(reasons.items())),
    }


def quantisation(answers: Mapping[str, Answer], stages: Mapping[str, PerQuery]) -> dict[str, float]:
    """How faithful the dense stage is to `dense_float`: share of the exact list kept, and difference of each metric."""
    pairs = [
        ({key for key, _ in answer.stages["dense"]}, {key for key, _ in answer.stages["dense_float"]})
        for answer in answers.values()
        if answer.stages.get("dense_float")
    ]
    shared = [len(quantised & exact) / len(exact) for quantised, exact in pairs]
    dense, exact = stages["dense"], stages["dense_float"]
    lost = {
        metric: round(float(np.mean(list(dense[metric].values())) - np.mean(list(exact[metric].values()))), 6)
        for metric in dense
    }
    return {"overlap@100": round(float(np.mean(shared)), 6) if shared else 0.0, **lost}


def _by_name(timings: list[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    names = dict.fromkeys(name for timing in timings for name in timing)
    return {name: percentiles(timing[name] for timing in timings if name in timing) for name in names}
