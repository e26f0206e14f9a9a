"""An encoder that has too much to do costs the meaning of a question, not its answer."""

from __future__ import annotations

import time

import pytest

from engine.errors import Overloaded
from engine.query.pipeline import Request, Searcher
from tests.support.rerankers import Judge
from tests.unit.query.conftest import Make
from tests.unit.query.test_options import by_length


def _busy(searched: Searcher) -> Searcher:
    inner = searched.encoder

    class Busy:
        def encode(self, texts: list[str], *, role: str = "document") -> object:
            raise Overloaded("The models have too much to do.", retry_after=7)

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    searched.encoder = Busy()  # type: ignore[assignment]
    return searched


def test_only_the_words_are_looked_for_and_the_answer_says_so(searcher: Make) -> None:
    searched = searcher(Judge(by_length))
    words = searched.search(Request("the bridge", 5, mode="lexical"))
    result = _busy(searched).search(Request("the bridge", 5))
    assert result.degraded == ("dense:overloaded",)
    assert result.hits and [hit.document.id for hit in result.hits] == [hit.document.id for hit in words.hits]
    assert all("dense" not in hit.stages for hit in result.hits)


def test_further_pages_and_deeper_lists_need_no_encoder(searcher: Make) -> None:
    searched = _busy(searcher(None))
    assert len(searched.search(Request("bridge", 50)).hits) > 1


def test_who_asks_for_meaning_alone_is_told_to_come_again(searcher: Make) -> None:
    with pytest.raises(Overloaded):
        _busy(searcher(None)).search(Request("the bridge", 5, mode="dense"))


def test_reranking_that_comes_too_late_is_not_begun(searcher: Make) -> None:
    reranker = Judge(by_length)
    searched = searcher(reranker)
    late = searched.search(Request("the bridge", 5, rerank_by=time.monotonic() - 1))
    assert late.degraded == ("rerank:overloaded",) and late.scored == 0 and not reranker.asked
    fused = searched.search(Request("the bridge", 5, rerank="none"))
    assert [hit.document.id for hit in late.hits] == [hit.document.id for hit in fused.hits]
    in_time = searched.search(Request("the bridge", 5, rerank_by=time.monotonic() + 60))
    assert in_time.degraded == () and in_time.scored
