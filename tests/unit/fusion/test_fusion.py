"""Fusion methods: hand-computed values, and what must hold for every registered one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fusion import FUSIONS, minmax, rrf

LEGS = {"lexical": [("a", 10.0), ("b", 6.0), ("c", 2.0)], "dense": [("c", 0.9), ("d", 0.5)]}
WEIGHTS = {"lexical": 0.5, "dense": 0.5}

scored = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.floats(-50, 50), max_size=8).map(
    lambda scores: sorted(scores.items(), key=lambda item: (-item[1], item[0]))
)


def test_rrf_by_hand() -> None:
    fused = dict(rrf.fuse(LEGS, {"lexical": 1.0, "dense": 1.0}))
    assert fused["c"] == pytest.approx(1 / 63 + 1 / 61)
    assert fused["a"] == pytest.approx(1 / 61)
    assert fused["d"] == pytest.approx(1 / 62)


def test_minmax_by_hand() -> None:
    assert minmax.fuse(LEGS, WEIGHTS) == [("a", 0.5), ("c", 0.5), ("b", 0.25), ("d", 0.0)]


def test_a_lone_hit_is_worth_its_weight() -> None:
    assert minmax.fuse({"lexical": [("a", 3.0)], "dense": []}, WEIGHTS) == [("a", 0.5)]


@pytest.mark.parametrize("name", sorted(FUSIONS))
class TestEveryFusion:
    def test_empty_legs_give_an_empty_list(self, name: str) -> None:
        assert FUSIONS[name]({"lexical": [], "dense": []}, WEIGHTS) == []

    def test_a_leg_without_weight_only_adds_candidates(self, name: str) -> None:
        fused = FUSIONS[name](LEGS, {"lexical": 1.0, "dense": 0.0})
        assert [key for key, _ in fused if key in "abc"] == ["a", "b", "c"]

    @given(lexical=scored, dense=scored)
    def test_every_candidate_once_best_first_ties_by_key(self, name: str, lexical: list, dense: list) -> None:
        fused = FUSIONS[name]({"lexical": lexical, "dense": dense}, WEIGHTS)
        assert {key for key, _ in fused} == {key for key, _ in [*lexical, *dense]}
        assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))

    @given(lexical=scored, dense=scored)
    def test_the_order_of_legs_does_not_matter(self, name: str, lexical: list, dense: list) -> None:
        one = FUSIONS[name]({"lexical": lexical, "dense": dense}, WEIGHTS)
        other = FUSIONS[name]({"dense": dense, "lexical": lexical}, WEIGHTS)
        assert dict(one) == pytest.approx(dict(other))
