"""Fusion methods: hand-computed values, and what must hold for every registered one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fusion import FUSIONS, evidence, minmax, rrf
from engine.fusion.balance import balance

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
        assert FUSIONS[name].fuse({"lexical": [], "dense": []}, WEIGHTS) == []

    def test_a_leg_without_weight_only_adds_candidates(self, name: str) -> None:
        fused = FUSIONS[name].fuse(LEGS, {"lexical": 1.0, "dense": 0.0})
        assert [key for key, _ in fused if key in "abc"] == ["a", "b", "c"]

    @given(lexical=scored, dense=scored)
    def test_every_candidate_once_best_first_ties_by_key(self, name: str, lexical: list[Any], dense: list[Any]) -> None:
        fused = FUSIONS[name].fuse({"lexical": lexical, "dense": dense}, WEIGHTS)
        assert {key for key, _ in fused} == {key for key, _ in [*lexical, *dense]}
        assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))

    @given(lexical=scored, dense=scored)
    def test_the_order_of_legs_does_not_matter(self, name: str, lexical: list[Any], dense: list[Any]) -> None:
        one = FUSIONS[name].fuse({"lexical": lexical, "dense": dense}, WEIGHTS)
        other = FUSIONS[name].fuse({"dense": dense, "lexical": lexical}, WEIGHTS)
        assert dict(one) == pytest.approx(dict(other))


def test_evidence_by_hand() -> None:
    # c: 0.5 * 2 + 0.5 * 80 * 0.9; a and b, which the dense leg lacks, have its last score; d holds no word.
    fused = dict(evidence.fuse(LEGS, WEIGHTS))
    assert fused == pytest.approx({"a": 25.0, "b": 23.0, "c": 37.0, "d": 20.0})


def test_evidence_adds_up_whatever_else_is_listed() -> None:
    """Unlike min-max: a poor list's best hit is not worth as much as a good one's."""
    poor = {"lexical": [("a", 1.0), ("b", 0.9)], "dense": [("b", 0.6), ("a", 0.5)]}
    rare = {"lexical": [("a", 15.0), ("b", 0.9)], "dense": [("b", 0.6), ("a", 0.5)]}
    assert [evidence.fuse(legs, WEIGHTS)[0][0] for legs in (poor, rare)] == ["b", "a"]
    assert [minmax.fuse(legs, WEIGHTS)[0][0] for legs in (poor, rare)] == ["a", "a"]


def test_a_lone_match_of_a_rare_word_stays_first() -> None:
    dense = [(name, 0.4 - place / 1000) for place, name in enumerate("abcdefgh")]
    assert evidence.fuse({"lexical": [("h", 16.0)], "dense": dense}, WEIGHTS)[0][0] == "h"


@pytest.mark.parametrize(("words", "decides"), [([20.0, 5.0], "words"), ([20.0, 19.9], "meaning")])
def test_the_leg_that_tells_more_apart_has_the_greater_share(words: list[float], decides: str) -> None:
    lexical = list(zip("ab", words, strict=True)) + [(str(place), words[1]) for place in range(8)]
    dense = [("b", 0.5), ("a", 0.45), *((str(place), 0.4) for place in range(8))]
    found = balance(lexical, dense, "evidence", 0.5)
    assert (found.dense_share > 0.5) == (decides == "meaning")
    assert f"BM25 falls by {words[0] - words[1]:.2f} and the cosine by 0.100" in found.reason


@pytest.mark.parametrize("fusion", ["minmax", "rrf"])
def test_a_constant_weight_is_the_share(fusion: str) -> None:
    assert balance([("a", 2.0)], [("b", 0.5)], fusion, 0.3).dense_share == 0.3


def test_where_nothing_tells_hits_apart_the_weight_is_the_share() -> None:
    same = [(str(place), 0.5) for place in range(10)]
    assert balance(same, same, "evidence", 0.4).dense_share == 0.4
