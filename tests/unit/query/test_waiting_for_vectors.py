"""Documents whose vectors are still to come: how they rank, and how that is explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.query.order import fuse, with_estimates
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.segments.batch import Batch
from engine.store.writer import open_writer
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, stored

TEXT = "A ferry left at dawn. A ferry came back. The ferry sank."


def test_inner_hits_and_why_not_do_without_the_dense_score(tmp_path: Path) -> None:
    with open_writer(tmp_path, "docs", config()) as writer:
        writer.commit(batch(stored("embedded", TEXT), stored("other", "Bread and boats.")))
        writer.commit(Batch((stored("waiting", TEXT),), None))
    with open_generation(tmp_path, "docs") as generation:
        searcher = Searcher(generation, FakeEncoder(), None, Recipe(rerank="none"))
        result = searcher.search(Request("ferry", 3, inner_hits=5, why_not="waiting"))
        assert next(hit for hit in result.hits if hit.document.id == "waiting").inner
        assert result.dense_coverage < 1
        assert result.why_not is not None and "dense" not in result.why_not.scores


def test_a_hit_by_words_is_not_ranked_as_if_its_meaning_were_known_to_be_another() -> None:
    dense = [("a", 0.5), ("b", 0.4), ("c", 0.1)]
    lexical = [("new", 25.0), ("a", 3.0), ("d", 2.0)]
    assert with_estimates(dense, lexical, frozenset()) == dense
    estimated = dict(with_estimates(dense, lexical, frozenset({"new"})))
    assert estimated == {**dict(dense), "new": pytest.approx((0.5 + 0.1) / 2)}  # d counts as the last one found
    assert fuse(lexical, dense, Recipe())[0][0] == "a"
    assert fuse(lexical, with_estimates(dense, lexical, {"new"}), Recipe())[0][0] == "new"


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(-1, 1), min_size=1), st.sets(st.sampled_from("abcdefgh")))
def test_an_estimate_lies_within_what_was_found(scores: dict[str, float], words: set[str]) -> None:
    dense = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    unembedded = words - scores.keys()
    estimated = with_estimates(dense, [(key, 1.0) for key in sorted(words)], unembedded)
    assert dict(estimated).keys() == scores.keys() | unembedded
    assert all(min(scores.values()) - 1e-9 <= score <= max(scores.values()) + 1e-9 for _, score in estimated)
    assert [score for _, score in estimated] == sorted((score for _, score in estimated), reverse=True)
