"""Typos made by a seed, and the set of pasted identifiers."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from benchmarks.identifiers.measure import Pasted, Placed, first, pasted_queries
from benchmarks.mistyped import with_typos


def test_each_query_has_one_error_in_a_word_of_five_letters() -> None:
    queries = {"a": "veterans benefits for my wife", "b": "how to tie it", "c": "résumé of disability claims"}
    typed = with_typos(queries, 1)
    assert list(typed) == ["a", "c"]
    assert all(OSA.distance(queries[key], text) == 1 for key, text in typed.items())
    assert with_typos(queries, 1) == typed != with_typos(queries, 2)


def test_the_set_names_its_trees_and_documents() -> None:
    queries = pasted_queries()
    assert len(queries) >= 60
    assert {one.tree for one in queries} == {"opensearch-docs", "vespa-docs"}
    assert all(one.documents and one.query.strip() for one in queries)
    assert len({(one.tree, one.query) for one in queries}) == len(queries)


def test_the_share_that_is_first_counts_only_what_went_through_a_stage() -> None:
    pasted = Pasted("t", "a_b", frozenset({"x.md"}))
    placed = [Placed(pasted, {"lexical": 1, "fusion": 1}), Placed(pasted, {"lexical": None, "fusion": 2})]
    assert first(placed, "lexical") == 0.5 and first(placed, "fusion") == 0.5
    assert first(placed, "rerank") == 0.0
