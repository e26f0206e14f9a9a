"""Rerank policies: hand-computed values, and what must hold for every registered one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rerank import POLICIES, add, blend, replace

FUSED = np.array([1.0, 0.6, 0.2])


def test_blend_by_hand() -> None:
    final = blend.combine(FUSED, np.array([-3.0, 5.0, 1.0]), 0.4)
    assert final == pytest.approx([0.6, 0.6 * 0.5 + 0.4, 0.2])


def test_blend_counts_the_unseen_as_the_worst_seen() -> None:
    assert blend.combine(FUSED, np.array([-9.0, -3.0]), 0.4) == pytest.approx([0.6, 0.3 + 0.4, 0.0])


def test_add_by_hand() -> None:
    final = add.combine(FUSED, np.array([-1.0, 4.0]), 0.1)
    assert final == pytest.approx([1.0 - 0.1, 0.5 + 0.4, 0.0 - 0.1])  # the unseen is corrected as the worst seen


def test_add_leaves_the_fused_order_to_a_reranker_that_has_nothing_to_say() -> None:
    assert np.argsort(-add.combine(FUSED, np.array([0.01, -0.02, 0.02]), 0.1)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", sorted(POLICIES.keys() - {"add"}))
def test_the_scale_of_a_reranker_does_not_matter(name: str) -> None:
    """Some models give logits, some probabilities."""
    scores = np.array([0.2, 0.9, 0.4])
    expected = POLICIES[name].combine(FUSED, scores, 0.4)
    assert POLICIES[name].combine(FUSED, 40 * scores - 30, 0.4) == pytest.approx(expected)


def test_replace_puts_the_unseen_after_the_seen_in_fused_order() -> None:
    final = replace.combine(FUSED, np.array([-11.0]), 0.4)
    assert final[0] > final[1] > final[2]


@pytest.mark.parametrize("name", sorted(POLICIES))
@pytest.mark.parametrize("seen", [0, 1, 3])
def test_every_policy_scores_every_candidate(name: str, seen: int) -> None:
    final = POLICIES[name].combine(FUSED, np.linspace(0, 1, seen), 0.3)
    assert final.shape == FUSED.shape and np.isfinite(final).all()
