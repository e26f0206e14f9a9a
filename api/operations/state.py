"""Metrics that are looked at when they are asked for: collections, jobs, and what waits for the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.service.job_files import State
from api.service.service import Service
from engine.errors import WinnowError


class ServiceState(Collector):
    """The state of one service. What cannot be read is left out: the other metrics are wanted most when things fail."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        for part in (self._collections, self._jobs, self._inference):
            try:
                yield from list(part())
            except WinnowError:
                continue

    def _collections(self) -> Iterator[Metric]:
        names = ("documents", "chunks", "generation")
        families = {
            name: GaugeMetricFamily(f"winnow_collection_{name}", f"Of a collection: {what}.", labels=["collection"])
            for name, what in zip(names, ("living documents", "living chunks", "the current generation"), strict=True)
        }
        for summary in self._service.collections.all():
            for name, family in families.items():
                family.add_metric([summary.name], getattr(summary, name))
        yield from families.values()

    def _jobs(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("winnow_jobs", "Jobs that are remembered, by state.", labels=["state"])
        found = self._service.jobs.states()
        for state in get_args(State):
            family.add_metric([state], found[state])
        yield family

    def _inference(self) -> Iterator[Metric]:
        """Metrics of the inference process, where the models are in one."""
        if (stats := self._service.inference_stats()) is None:
            return
        gauges = {"waiting": "jobs that wait for the models", "backlog_seconds": "work that waits, in seconds"}
        counters = ("batches", "slices", "refused", "expired", "cancelled")
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {
            name: GaugeMetricFamily(f"winnow_inference_{name}", f"By lane: {what}.", labels=["lane"])
            for name, what in gauges.items()
        }
        for name in counters:
            what = f"By lane: {name} since the inference process began."
            families[name] = CounterMetricFamily(f"winnow_inference_{name}", what, labels=["lane"])
        for lane, values in stats["lanes"].items():
            for name, family in families.items():
                family.add_metric([lane], values[name])
        yield from families.values()
