"""Paired statistics over queries: a randomisation test, a bootstrap interval, Holm's correction.

Smucker, Allan, Carterette: A Comparison of Statistical Significance Tests for Information Retrieval Evaluation,
CIKM 2007. https://doi.org/10.1145/1321440.1321528
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.types import Float64

PERMUTATIONS = 10_000
RESAMPLES = 10_000
SEED = 0
_CELLS = 4_000_000  # random numbers held at once


def randomisation_p(differences: Float64, permutations: int = PERMUTATIONS, seed: int = SEED) -> float:
    """Two-sided p of the paired sign-flip test for a mean difference of 0; `differences` has shape (n,).

    All 2**m sign patterns of the m differences that are not 0 are counted where they are no more than `permutations`;
    else that many are drawn, and the one observed counts as one of them: p = (as extreme + 1) / (drawn + 1).
    """
    moved = differences[differences != 0.0]
    if not len(moved):
        return 1.0
    observed = abs(moved.sum()) * (1.0 - 1e-9)  # sums of the same numbers in another order may differ in the last bit
    if len(moved) < 63 and 2 ** len(moved) <= permutations:
        return float(np.mean(np.abs(_all_signs(len(moved)) @ moved) >= observed))
    extreme = sum(
        int(np.sum(np.abs(signs @ moved) >= observed)) for signs in _random_signs(len(moved), permutations, seed)
    )
    return (extreme + 1) / (permutations + 1)


def bootstrap_interval(
    differences: Float64, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean difference (Efron and Tibshirani 1993, chapter 13)."""
    generator = np.random.default_rng(seed)
    count = len(differences)
    means = [
        differences[generator.integers(0, count, (rows, count))].mean(axis=1) for rows in _portions(resamples, count)
    ]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.concatenate(means), [tail, 1.0 - tail])
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction of a family of p-values, in the order given (Holm 1979)."""
    count = len(p_values)
    corrected = [0.0] * count
    largest = 0.0
    for rank, index in enumerate(sorted(range(count), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (count - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _all_signs(count: int) -> NDArray[np.int8]:
    """Every sign pattern, shape (2**count, count), of 1 and -1."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return (2 * bits - 1).astype(np.int8)


def _random_signs(count: int, rows: int, seed: int) -> Iterator[NDArray[np.int8]]:
    generator = np.random.default_rng(seed)
    for portion in _portions(rows, count):
        yield (2 * generator.integers(0, 2, (portion, count), dtype=np.int8) - 1).astype(np.int8)


def _portions(rows: int, width: int) -> Iterator[int]:
    """`rows` in portions that keep a (portion, width) array small."""
    step = max(1, _CELLS // max(1, width))
    for start in range(0, rows, step):
        yield min(step, rows - start)
