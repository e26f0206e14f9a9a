"""Comparing two systems on paired queries. Differences are B - A: positive means that B is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from benchmarks.compare.systems import System, check_pairs
from benchmarks.metrics import QUALITY
from engine.types import Float64
from indexer.evaluation.statistics import PERMUTATIONS, SEED, bootstrap_interval, holm, randomisation_p

MAIN = "nDCG@10"
MOVED = 10  # queries listed on either end


@dataclass(frozen=True, slots=True)
class Test:
    """One metric of one data set. `low` and `high` bound the mean difference at 95%; `p_holm` is corrected over the
    data sets of the comparison. A win is a query on which B is better.
    """

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A query and what became of its main metric."""

    query: str
    text: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Part:
    """The comparison on one data set; `moved` holds the largest losses and gains, losses first."""

    dataset: str
    queries: int
    tests: tuple[Test, ...]
    moved: tuple[Moved, ...]
    systems: tuple[System, System]

    def values(self, metric: str) -> tuple[Float64, Float64]:
        """Values of both systems, query by query."""
        a, b = self.systems
        return _values(a, list(a.scores), metric), _values(b, list(a.scores), metric)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`pooled` tests the queries of all data sets together; it is empty for a single one."""

    a: str
    b: str
    parts: tuple[Part, ...]
    pooled: tuple[Test, ...]
    permutations: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """The comparison without the per-query values, which are in the runs."""
        return {
            "a": self.a,
            "b": self.b,
            "permutations": self.permutations,
            "seed": self.seed,
            "datasets": [
                {
                    "dataset": part.dataset,
                    "queries": part.queries,
                    "metrics": _by_metric(part.tests),
                    "moved": [asdict(moved) for moved in part.moved],
                }
                for part in self.parts
            ],
            "pooled": _by_metric(self.pooled) or None,
        }


def compare_systems(
    first: Sequence[System], second: Sequence[System], *, permutations: int = PERMUTATIONS, seed: int = SEED
) -> Comparison:
    """Compare A with B on paired queries. UsageError if the two do not pair up."""
    check_pairs(list(first), list(second))
    parts = [_compare(a, b, permutations, seed) for a, b in zip(first, second, strict=True)]
    a, b = (", ".join(system.label for system in systems) for systems in (first, second))
    pooled = _pooled(parts, permutations, seed) if len(parts) > 1 else ()
    return Comparison(a, b, _corrected(parts), pooled, permutations, seed)


def _compare(a: System, b: System, permutations: int, seed: int) -> Part:
    queries = list(a.scores)
    pairs = {metric: (_values(a, queries, metric), _values(b, queries, metric)) for metric in QUALITY}
    tests = tuple(_test(metric, *pair, permutations, seed) for metric, pair in pairs.items())
    return Part(a.dataset, len(queries), tests, _moved(a, queries, *pairs[MAIN]), (a, b))


def _test(metric: str, a: Float64, b: Float64, permutations: int, seed: int) -> Test:
    differences = np.where(np.isclose(a, b, rtol=0.0, atol=1e-12), 0.0, b - a)
    low, high = bootstrap_interval(differences, seed=seed)
    p = randomisation_p(differences, permutations, seed)
    wins, losses = int(np.sum(differences > 0)), int(np.sum(differences < 0))
    return Test(
        metric=metric,
        a=float(a.mean()),
        b=float(b.mean()),
        difference=float(differences.mean()),
        low=low,
        high=high,
        p=p,
        p_holm=p,
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
    )


def _corrected(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Holm's correction: the family of a metric's test is that metric on all data sets."""
    corrected = {metric: holm([part.tests[place].p for part in parts]) for place, metric in enumerate(QUALITY)}
    return tuple(
        replace(part, tests=tuple(replace(test, p_holm=corrected[test.metric][number]) for test in part.tests))
        for number, part in enumerate(parts)
    )


def _pooled(parts: Sequence[Part], permutations: int, seed: int) -> tuple[Test, ...]:
    tests = []
    for metric in QUALITY:
        a, b = zip(*(part.values(metric) for part in parts), strict=True)
        tests.append(_test(metric, np.concatenate(a), np.concatenate(b), permutations, seed))
    return tuple(tests)


def _moved(system: System, queries: Sequence[str], a: Float64, b: Float64) -> tuple[Moved, ...]:
    order = [int(place) for place in np.argsort(b - a, kind="stable")]
    losses = [place for place in order if b[place] < a[place]][:MOVED]
    gains = [place for place in order if b[place] > a[place]][-MOVED:]
    return tuple(
        Moved(queries[place], system.texts[queries[place]], float(a[place]), float(b[place]))
        for place in losses + gains
    )


def _values(system: System, queries: Sequence[str], metric: str) -> Float64:
    return np.array([system.scores[query][metric] for query in queries], dtype=np.float64)


def _by_metric(tests: Sequence[Test]) -> Mapping[str, Any]:
    return {test.metric: {name: value for name, value in asdict(test).items() if name != "metric"} for test in tests}
