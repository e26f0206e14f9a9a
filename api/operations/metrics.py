"""Metrics, by the names under which Prometheus sees them. Times are in seconds.

With several workers (PROMETHEUS_MULTIPROC_DIR) each counts in files of its own, and whichever is asked adds them up.
"""

from __future__ import annotations

import os
from functools import cache
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.registry import Collector

from api.request.record import Record
from engine.rerank.memory import lookups

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Buckets = tuple[tuple[float, float], ...]

_registry = CollectorRegistry()
_requests = Counter(
    "winnow_http_requests", "Requests that were answered.", ("method", "route", "status"), registry=_registry
)
_seconds = Histogram(
    "winnow_http_request_seconds",
    "From a request's arrival to the end of its answer.",
    ("method", "route"),
    buckets=_SECONDS,
    registry=_registry,
)
in_progress = Gauge(
    "winnow_http_requests_in_progress",
    "Requests that are being answered.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_stages = Histogram(
    "winnow_search_stage_seconds",
    "Stages of searches; `total` is the whole search.",
    ("stage",),
    buckets=_SECONDS,
    registry=_registry,
)
_degraded = Counter(
    "winnow_search_degraded", "Searches in which a stage could not do its full work.", ("reason",), registry=_registry
)
_pairs = Counter("winnow_rerank_pairs", "Pairs of query and passage that were to be judged.", registry=_registry)
_cached = Counter("winnow_rerank_cache_hits", "Those of them whose score was remembered.", registry=_registry)


class _Lookups:
    """Lookups of the rerankers' memories since the last look."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen = lookups.totals()

    def count(self) -> None:
        with self._lock:
            asked, known = lookups.totals()
            _pairs.inc(asked - self._seen[0])
            _cached.inc(known - self._seen[1])
            self._seen = asked, known


_lookups = _Lookups()
_stage = cache(_stages.labels)


def observe(record: Record, method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered. `route` is its template: a path would make a series of every document."""
    _requests.labels(method, route, str(status)).inc()
    _seconds.labels(method, route).observe(seconds)
    for search in record.searches:
        for stage, ms in search.result.timings_ms.items():
            _stage(stage).observe(ms / 1000.0)
        for reason in search.result.degraded:
            _degraded.labels(reason).inc()
    if record.searches:
        _lookups.count()


def exposition(state: Collector) -> bytes:
    """Everything in Prometheus's text format; `state` tells what is not counted but looked at."""
    registry = _counted()
    registry.register(state)
    return generate_latest(registry)


def search_seconds() -> dict[str, Buckets]:
    """Stage -> its histogram: the end of each bucket in seconds, and how many searches took at most so long."""
    found: dict[str, dict[float, float]] = {}
    for metric in _counted().collect():
        for sample in metric.samples:
            if sample.name == "winnow_search_stage_seconds_bucket":
                found.setdefault(sample.labels["stage"], {})[float(sample.labels["le"])] = sample.value
    return {stage: tuple(sorted(buckets.items())) for stage, buckets in found.items()}


def _counted() -> CollectorRegistry:
    """A registry of what this process has counted, or all workers have."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_registry)
    return registry
