"""For each stage a document that it drops."""

from __future__ import annotations

import pytest

from engine.filters import parse_filter
from engine.probability.calibration import Calibration
from engine.query.pipeline import Request, Searcher
from engine.types import WhyNot
from tests.support.rerankers import Judge
from tests.unit.query.conftest import Make
from tests.unit.query.test_options import by_length


def why(searcher: Searcher, document: str, query: str = "the bridge", k: int = 5, **options: object) -> WhyNot:
    found = searcher.search(Request(query, k, why_not=document, **options)).why_not  # type: ignore[arg-type]
    assert found is not None and found.document_id == document
    return found


@pytest.mark.parametrize(
    ("document", "query", "stage"),
    [
        ("nobody", "the bridge", "unknown"),
        ("d003", "the bridge", "deleted"),
        ("d001", "the bridge year:2019", "filter"),
        ("d000", "the bridge -river", "constraint"),
        ("d000", '"document 7"', "constraint"),
    ],
)
def test_what_a_document_did_not_pass(searcher: Make, document: str, query: str, stage: str) -> None:
    assert why(searcher(), document, query).stage == stage


def test_a_filter_is_told_from_a_phrase(searcher: Make) -> None:
    assert why(searcher(), "d007", '"document 7"', filter=parse_filter("year:1999")).stage == "filter"


def test_the_score_that_a_candidate_lacked(searcher: Make) -> None:
    searched = searcher(candidates=10)
    ranking = searched.rank(Request("the bridge"))
    found_deep = searcher().search(Request("the bridge", 500)).hits
    outside = next(hit.document.id for hit in reversed(found_deep) if hit.document.id not in ranking.rows)
    found = why(searched, outside)
    assert (found.stage, found.rank) == ("candidates", None)
    assert found.needed == {"lexical": ranking.stages["lexical"][-1][1], "dense": ranking.stages["dense"][-1][1]}
    deep = searcher(candidates=500).rank(Request("the bridge"))
    for leg in ("lexical", "dense"):
        assert found.scores[leg] == pytest.approx(dict(deep.stages[leg]).get(outside, 0.0), abs=1e-6)
        assert found.scores[leg] <= found.needed[leg]


def test_not_reranked_beyond_the_page_and_on_it(searcher: Make) -> None:
    searched = searcher(Judge(by_length), rerank_depth=20)
    ranking = searched.rank(Request("the bridge"))
    order = [key for key, _ in ranking.stages["rerank"]]
    fused = [key for key, _ in ranking.stages["fusion"]]
    found = why(searched, fused[-1])
    assert (found.stage, found.rank) == ("rerank", order.index(fused[-1]) + 1)
    assert found.needed == {"fusion": ranking.stages["fusion"][19][1]}
    seen = next(key for key in order[5:] if key in fused[:20])
    found = why(searched, seen)
    assert (found.stage, found.rank) == ("page", order.index(seen) + 1)
    assert found.needed == {"rerank": ranking.stages["rerank"][4][1]} and found.stages == ranking.places()[seen]
    assert found.scores["rerank"] <= found.needed["rerank"]
    assert (why(searched, order[2]).stage, why(searched, order[2]).rank) == ("none", 3)


def test_a_chunk_of_the_document_counts(searcher: Make) -> None:
    found = why(searcher(dense_weight=0.0), "long", "a sundial", k=1, collapse=False)
    assert (found.stage, found.rank) == ("none", 1)


def test_too_little_relevance(searcher: Make) -> None:
    searched = searcher(Judge(lambda text: 3.0 if "bridge" in text else -3.0))
    searched.calibration = Calibration("e", "r", {"reranker": 1.0}, {"reranker": 0.0}, 1.5)
    without = next(key for key, score in searched.rank(Request("the bridge")).judged.items() if score < 0)
    assert why(searched, without, min_relevance=0.9).stage == "relevance"
