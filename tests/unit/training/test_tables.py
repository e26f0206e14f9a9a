"""The closed forms: the static token table and the rotation for sign bits; and nDCG by hand."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.training.evaluation import ndcg
from indexer.training.regression import regress, start_table, token_means
from indexer.training.rotation import learn_rotation

RNG = np.random.default_rng(0)


def test_regression_recovers_the_table_that_made_the_embeddings() -> None:
    truth = RNG.normal(size=(30, 8)).astype(np.float32)
    ids = [RNG.integers(0, 29, size=6).tolist() for _ in range(400)]  # the last token is in no text
    means = token_means(ids, 30)
    start = np.zeros_like(truth)
    start[29] = truth[29]
    found = regress(means, means @ truth, start, ridge=1e-6)
    assert found[:29] == pytest.approx(truth[:29], abs=0.02)


def test_a_strong_ridge_and_unseen_tokens_stay_at_the_start() -> None:
    start = RNG.normal(size=(10, 4)).astype(np.float32)
    means = token_means([[0, 1], [1, 2], []], 10)
    wanted = RNG.normal(size=(3, 4)).astype(np.float32)
    held = regress(means, wanted, start, ridge=1e6)
    scale = held[9] / start[9]
    assert held == pytest.approx(start * scale[0], abs=1e-4)
    free = regress(means, wanted, start, ridge=1e-3)
    assert free[3:] == pytest.approx(start[3:] * scale[0], abs=1e-4)
    assert not np.allclose(free[:3], held[:3], atol=0.01)


def test_a_prior_makes_what_was_never_seen_as_long_as_what_was_learnt() -> None:
    start = RNG.normal(size=(30, 8)).astype(np.float32)
    ids = [RNG.integers(0, 20, size=6).tolist() for _ in range(400)]
    means = token_means(ids, 30)
    wanted = means @ (5 * RNG.normal(size=(30, 8)).astype(np.float32))
    without, beside = (regress(means, wanted, start, 1e-3, prior) for prior in (0.0, 1.0))
    added = beside - without
    assert added == pytest.approx(start * (added[0, 0] / start[0, 0]), abs=1e-3)
    lengths = [np.median(np.linalg.norm(rows[:20], axis=1)) for rows in (added, without)]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-3)


def test_frequent_tokens_start_small() -> None:
    table = start_table(np.ones((3, 2), dtype=np.float32), [[0, 0, 0, 0, 0, 0, 1]])
    assert table[0, 0] < table[1, 0] < table[2, 0] == 1.0


@pytest.mark.parametrize("dimension", [16, 24])
def test_a_rotation_keeps_every_dot_product_and_its_signs_keep_more(dimension: int) -> None:
    scales = np.linspace(3, 0.1, 16)
    embeddings = (RNG.normal(size=(500, 16)) * scales).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    rotation = learn_rotation(embeddings, dimension, seed=1)
    turned = embeddings @ rotation
    cosines = embeddings @ embeddings.T
    assert turned @ turned.T == pytest.approx(cosines, abs=1e-4)

    def faithful(rows: np.ndarray) -> float:
        codes = np.sign(rows)
        return float(np.corrcoef((codes @ codes.T).ravel(), cosines.ravel())[0, 1])

    assert faithful(turned) > faithful(embeddings) + 0.02


def test_a_rotation_cannot_lose_dimensions() -> None:
    with pytest.raises(ValueError, match="cannot give 8"):
        learn_rotation(np.eye(16, dtype=np.float32), 8, seed=1)


def test_ndcg_by_hand() -> None:
    assert ndcg([0, 1], [1]) == pytest.approx(1 / np.log2(3))
    assert ndcg([2, 1], [1, 2]) == 1.0
    assert ndcg([1, 0], [1, 2]) == pytest.approx(1 / (2 + 1 / np.log2(3)))
    assert ndcg([0], []) == 0.0
