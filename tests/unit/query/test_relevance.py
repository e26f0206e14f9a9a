"""No percentage where none of the scores that it is made of put a hit where it is, and no hits for a query of nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.filters import parse_filter
from engine.probability.calibration import Calibration
from engine.query.frozen import frozen
from engine.query.pipeline import Request, Searcher
from engine.query.ranking import Ranking
from engine.query.relevance import relevance
from engine.types import RowId, SearchResult
from tests.support.rerankers import Judge

Make = Callable[..., Searcher]
CALIBRATION = Calibration("e", "r", {"reranker": 1.0}, {"reranker": 0.0}, 0.0)


@pytest.fixture
def ask(searcher: Make) -> Callable[..., SearchResult]:
    searched = searcher(Judge(lambda text: -9.0 if "bridge" in text else 9.0))
    searched.calibration = CALIBRATION
    return lambda query, **asked: searched.search(Request(query, k=5, **asked))


@pytest.mark.parametrize(
    "query", ['"the bridge"', "title:long bridge", "year:>=1900", "-sundial", 'year:>=1900 "the bridge"']
)
def test_what_is_demanded_has_no_percentage_and_is_not_dropped_for_it(
    query: str, ask: Callable[..., SearchResult]
) -> None:
    hits = ask(query, min_relevance=0.99).hits
    assert hits and [hit.relevance for hit in hits] == [None] * len(hits)


def test_what_is_asked_in_words_has_one(ask: Callable[..., SearchResult]) -> None:
    assert all(hit.relevance is not None for hit in ask("the bridge").hits)


@pytest.mark.parametrize("query", ["year:>=1900", "-sundial", "..."])
def test_nothing_but_filters_shows_beginnings(query: str, ask: Callable[..., SearchResult]) -> None:
    hits = ask(query, filter=parse_filter("year:>=1900") if query == "..." else None).hits
    assert hits and {hit.chunk.start for hit in hits} == {0} and {hit.snippet.start for hit in hits} == {0}


@pytest.mark.parametrize("query", ["!!! ??? ...", "-", "→ — …", '"..."'])
@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_a_query_of_signs_finds_nothing_and_says_so(query: str, mode: str, ask: Callable[..., SearchResult]) -> None:
    result = ask(query, mode=mode, pageable=True)
    assert not result.hits and result.cursor is None and "query:nothing" in result.degraded


def test_what_holds_an_identifier_has_none_and_does_not_lower_that_of_others() -> None:
    scored = [("held", 3.0), ("a", 2.0), ("b", 1.0)]
    ranking = Ranking(
        {"fusion": scored, "rerank": scored, "lexical": [], "dense": []},
        "rerank",
        {key: RowId(0, row) for row, (key, _) in enumerate(scored)},
        {},
        (),
        judged={"held": -9.0, "a": 9.0, "b": -9.0},
        exact={"held": ("a_b",)},
    )
    found = relevance(CALIBRATION, ranking)
    assert found.keys() == {"a", "b"} and found["a"] > 0.9 > found["b"]
    assert [entry.row.row for entry in frozen(ranking, found, 0.9)] == [0, 1]
    assert frozen(ranking, found, 0.9)[0].relevance is None
