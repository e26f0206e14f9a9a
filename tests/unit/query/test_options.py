"""Mode, depth, weight and stages of a request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.protocols import Encoder
from engine.query import legs
from engine.query.pipeline import Request
from engine.types import RowId
from engine.vectors.search import search_dense
from indexer.in_document import DEPTH, open_document
from tests.conftest import Models
from tests.support.rerankers import Judge
from tests.unit.query.conftest import Make


def by_length(text: str) -> float:
    return (len(text) * 7919 % 101) / 101


@pytest.mark.parametrize(("mode", "off"), [("lexical", "dense"), ("dense", "lexical")])
def test_one_leg_alone_keeps_its_scores(searcher: Make, mode: str, off: str) -> None:
    ranking = searcher().rank(Request("the bridge of the city", mode=mode))  # type: ignore[arg-type]
    both = searcher().rank(Request("the bridge of the city"))
    assert ranking.stages[off] == []  # type: ignore[index]
    assert ranking.stages["fusion"] == ranking.stages[mode] == both.stages[mode]  # type: ignore[index]
    result = searcher(rerank="none").search(Request("the bridge of the city", 5, mode=mode))  # type: ignore[arg-type]
    assert [(hit.document.id, hit.score) for hit in result.hits] == ranking.stages[mode][:5]  # type: ignore[index]


def test_a_lexical_search_encodes_nothing(searcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = searcher()

    class Silent:
        def __getattr__(self, name: str) -> object:
            assert name != "encode"
            return getattr(encoder, name)

    encoder: Encoder = searched.encoder
    searched.encoder = Silent()  # type: ignore[assignment]
    assert searched.search(Request("bridge", mode="lexical")).hits
    assert "encode" not in searched.search(Request("bridge", mode="lexical")).timings_ms


def test_depth_and_weight_of_one_request(searcher: Make) -> None:
    judge = Judge(by_length)
    searched = searcher(judge)
    assert searched.search(Request("the bridge", rerank_depth=7)).scored == 7
    asked = len(judge.asked)
    result = searched.search(Request("the bridge", rerank_depth=0))
    assert (result.scored, result.degraded, len(judge.asked)) == (0, (), asked)
    weighed = searched.rank(Request("the bridge", dense_weight=0.9))
    assert weighed.stages == searcher(Judge(by_length), dense_weight=0.9).rank(Request("the bridge")).stages
    assert searcher().search(Request("the bridge", rerank_depth=7)).degraded == ("rerank:unavailable",)


def test_replace_is_the_rerankers_order_alone(searcher: Make) -> None:
    searched = searcher(Judge(by_length), neighbour_weight=0.3, candidates=40)
    for query in ("the bridge", "the bridge cluster.max_shards_per_node"):
        ranking = searched.rank(Request(query, rerank="replace", rerank_depth=30))
        judged = sorted(ranking.judged.items(), key=lambda pair: (-pair[1], pair[0]))
        assert len(judged) == 30 and [key for key, _ in ranking.stages["rerank"][:30]] == [key for key, _ in judged]
    assert searched.rank(Request("the bridge")).stages["rerank"] != ranking.stages["rerank"]


def test_none_is_the_fused_order_and_asks_no_reranker(searcher: Make) -> None:
    judge = Judge(by_length)
    ranking = searcher(judge).rank(Request("the bridge", rerank="none"))
    assert judge.asked == [] and ranking.final == "fusion"


def test_blend_of_a_collection_that_does_otherwise(searcher: Make) -> None:
    blended = searcher(Judge(by_length)).rank(Request("the bridge")).stages
    assert searcher(Judge(by_length), rerank="replace").rank(Request("the bridge", rerank="blend")).stages == blended
    assert searcher().search(Request("the bridge", rerank="blend")).degraded == ("rerank:unavailable",)


@pytest.mark.parametrize(("rerank", "depth"), [("none", 5), ("replace", 0), ("blend", 0)])
def test_rerank_and_depth_must_agree(searcher: Make, rerank: Any, depth: int) -> None:
    with pytest.raises(UsageError, match="contradict"):
        searcher().search(Request("the bridge", rerank=rerank, rerank_depth=depth))
    assert searcher().search(Request("the bridge", rerank="none", rerank_depth=0)).hits


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "both"}, {"dense_weight": 1.5}, {"rerank_depth": -1}, {"budget_ms": 0.0}, {"inner_hits": -1}],
)
def test_options_that_make_no_sense(searcher: Make, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        searcher().search(Request("river", **wrong))  # type: ignore[arg-type]


def test_the_fused_answer_comes_before_the_reranked_one(searcher: Make) -> None:
    judge = Judge(by_length)
    stages = searcher(judge).search_in_stages(Request("the bridge", pageable=True, why_not="d001"))
    first = next(stages)
    assert not judge.asked and first.scored == 0 and first.cursor is None and first.why_not is None
    last = next(stages)
    whole = searcher(judge).search(Request("the bridge", pageable=True, why_not="d001"))
    assert last.hits == whole.hits and last.cursor == whole.cursor and last.why_not == whole.why_not
    fused = searcher().search(Request("the bridge"))
    assert [hit.document.id for hit in first.hits] == [hit.document.id for hit in fused.hits]
    assert next(stages, None) is None
    assert len(list(searcher().search_in_stages(Request("the bridge")))) == 1


def test_inner_hits_are_other_passages_of_the_document(searcher: Make) -> None:
    result = searcher().search(Request("a sundial", 1, inner_hits=3, mode="lexical"))
    (hit,) = result.hits
    assert hit.document.id == "long" and len(hit.inner) == 3
    assert {chunk.document_id for chunk in hit.inner} == {"long"}
    assert len({chunk.id for chunk in (hit.chunk, *hit.inner)}) == 4
    assert all("sundial" in chunk.text for chunk in hit.inner)
    assert not any("sundial" in chunk.text for chunk in searcher().search(Request("river -sundial", 1, inner_hits=50)).hits[0].inner)  # fmt: skip


def test_no_highlights_where_none_are_wanted(searcher: Make) -> None:
    assert searcher().search(Request("bridge", highlight=False)).hits[0].highlights == ()


@pytest.mark.parametrize(("chosen", "searched_with"), [(0, 9), (2, 2)])
def test_oversampling_follows_the_size_unless_chosen(
    searcher: Make, monkeypatch: pytest.MonkeyPatch, chosen: int, searched_with: int
) -> None:
    asked: list[int] = []
    search = search_dense

    def recorded(*args: Any, oversampling: int, **options: Any) -> list[tuple[RowId, float]]:
        asked.append(oversampling)
        return search(*args, oversampling=oversampling, **options)

    searched = searcher(rerank="none", oversampling=chosen)
    usual = {searched.generation.statistics.chunk_count: 9}
    monkeypatch.setattr(legs, "usual_oversampling", usual.__getitem__)
    monkeypatch.setattr(legs, "search_dense", recorded)
    assert searched.search(Request("the bridge of the city", 5)).hits
    assert set(asked) == {searched_with}


def test_a_depth_beyond_the_candidates_widens_the_legs(searcher: Make) -> None:
    searched = searcher(Judge(len), candidates=5)
    shallow = searched.search(Request("the bridge of the city", rerank_depth=5)).scored
    assert searched.search(Request("the bridge of the city", rerank_depth=40)).scored > 2 * shallow


def test_a_document_is_read_whole_where_that_is_asked(tmp_path: Path, models: Models) -> None:
    paragraphs = [f"# Part {n}\n\nThe river number {n} runs to the bridge of the city. " * 6 for n in range(22)]
    file = tmp_path / "long.md"
    file.write_text("\n\n".join(paragraphs))
    with open_document(file, encoder=models.encoder, reranker=models.reranker) as collection:
        passages = collection.generation.manifest.living.chunks
        assert passages > 100
        request = Request("river bridge", collapse=False)
        assert collection.searcher.search(request).scored == DEPTH
        assert collection.searcher.search(replace(request, rerank_depth=passages)).scored == passages
