"""The paired statistics against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from indexer.evaluation.statistics import bootstrap_interval, holm, randomisation_p


def scipy_p(differences: np.ndarray, resamples: float) -> float:
    test = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=resamples, vectorized=True, rng=1
    )
    return float(test.pvalue)


@pytest.mark.parametrize("seed", range(4))
def test_few_queries_are_counted_exactly(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.3, 1.0, 9)
    assert randomisation_p(differences) == pytest.approx(scipy_p(differences, np.inf))


def test_an_exact_p_by_hand() -> None:
    # 8 sign patterns of (1, 2, 3); |sum| >= 6 for two of them
    assert randomisation_p(np.array([1.0, 2.0, 3.0])) == 0.25
    assert randomisation_p(np.array([1.0, 0.0, 2.0, 0.0, 3.0])) == 0.25  # ties say nothing
    assert randomisation_p(np.array([1.0, -2.0, 1.0])) == 1.0


def test_a_real_difference_is_significant() -> None:
    differences = np.random.default_rng(0).normal(0.05, 0.1, 300)
    assert randomisation_p(differences) == 1 / 10_001
    low, high = bootstrap_interval(differences)
    assert 0.0 < low < differences.mean() < high


def test_noise_is_not() -> None:
    differences = np.random.default_rng(3).normal(0.0, 0.1, 300)
    p = randomisation_p(differences)
    assert p > 0.05
    assert p == pytest.approx(scipy_p(differences, 20_000), abs=0.02)
    low, high = bootstrap_interval(differences)
    assert low < 0.0 < high


def test_p_does_not_depend_on_the_side_and_the_seed_repeats_it() -> None:
    differences = np.random.default_rng(5).normal(0.01, 0.1, 100)
    assert randomisation_p(differences) == randomisation_p(-differences)
    assert randomisation_p(differences, seed=4) == randomisation_p(differences, seed=4)


def test_equal_systems() -> None:
    assert randomisation_p(np.zeros(5)) == 1.0
    assert bootstrap_interval(np.zeros(5)) == (0.0, 0.0)


def test_rare_false_alarms() -> None:
    """Under the null hypothesis about 5% of p-values are at most 0.05."""
    generator = np.random.default_rng(11)
    found = [randomisation_p(generator.normal(0, 1, 10), permutations=10_000) for _ in range(400)]
    assert 0.02 <= np.mean(np.array(found) <= 0.05) <= 0.085


def test_the_interval_is_scipys() -> None:
    differences = np.random.default_rng(6).exponential(0.1, 80) - 0.08
    ours = bootstrap_interval(differences)
    theirs = stats.bootstrap((differences,), np.mean, method="percentile", n_resamples=10_000, rng=2)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.002)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
