"""The query path: how stages combine, what it does when one of them cannot do its work, and what holds for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidQuery, ModelMismatch, UsageError
from engine.filters import parse_filter
from engine.models import load_encoder, load_reranker
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.types import StageName
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.checkpoints import tiny_encoder
from tests.support.documents import topical, write_records
from tests.support.rerankers import Judge

DOCUMENTS = 120
HOGS = ("hog1", "hog2")  # documents of many chunks, each of which matches better than any other document


def by_length(text: str) -> float:
    return (len(text) * 7919 % 101) / 101


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("pipeline")
    hogs = [{"id": name, "title": "river", "text": "The river and the river. " * 900, "year": 1900} for name in HOGS]
    for number, records in enumerate((hogs, topical(70), topical(DOCUMENTS)[70:])):  # three segments
        file = write_records(root / f"{number}.jsonl", records)
        ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture(scope="module")
def generation(home: Path) -> Iterator[Generation]:
    with open_generation(home, "c") as opened:
        yield opened


@pytest.fixture
def searcher(generation: Generation, models: Models) -> Callable[..., Searcher]:
    def make(reranker: object = None, **changes: object) -> Searcher:
        return Searcher(generation, load_encoder(models.encoder), reranker, Recipe().with_(**changes))  # type: ignore[arg-type]

    return make


Make = Callable[..., Searcher]


def minmax(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]


# ------------------------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_fusion_by_hand(searcher: Make, weight: float) -> None:
    ranking = searcher(fusion="minmax", dense_weight=weight, rerank="none").rank(Request("the bridge of the city"))
    expected: dict[str, float] = {}
    shares: dict[StageName, float] = {"lexical": 1 - weight, "dense": weight}
    for leg, share in shares.items():
        names, scores = zip(*ranking.stages[leg], strict=True)
        for name, value in zip(names, minmax(scores), strict=True):
            expected[name] = expected.get(name, 0.0) + share * value
    order = sorted(expected, key=lambda name: (-expected[name], name))
    assert ranking.final == "fusion"
    assert [name for name, _ in ranking.stages["fusion"]] == order
    assert [score for _, score in ranking.stages["fusion"]] == pytest.approx([expected[name] for name in order])


@pytest.mark.parametrize("depth", [1, 20, 500])
@pytest.mark.parametrize("policy", ["blend", "replace"])
def test_reranking_by_hand(searcher: Make, generation: Generation, policy: str, depth: int) -> None:
    searched = searcher(Judge(by_length), rerank=policy, rerank_depth=depth, rerank_weight=0.4, neighbour_weight=0.0)
    ranking = searched.rank(Request("the bridge of the city"))
    fused = ranking.stages["fusion"]
    given = {}
    for name, _ in fused[:depth]:
        chunk, document = generation.chunk(ranking.rows[name])
        given[name] = by_length(f"{document.title}\n{chunk.text}")
    if policy == "blend":
        shares = dict(zip((name for name, _ in fused), minmax([score for _, score in fused]), strict=True))
        judged = dict(zip(given, minmax(list(given.values())), strict=True))
        final = {name: 0.6 * share + 0.4 * judged.get(name, 0.0) for name, share in shares.items()}
        assert dict(ranking.stages["rerank"]) == pytest.approx(final, abs=1e-6)
        # Sums taken in another order differ in their last bit, and so do ties: the order is checked against the scores.
        scored = dict(ranking.stages["rerank"])
        order = sorted(scored, key=lambda name: (-scored[name], name))
    else:
        order = [*sorted(given, key=lambda name: (-given[name], name)), *(name for name, _ in fused[depth:])]
    assert ranking.final == "rerank"
    assert [name for name, _ in ranking.stages["rerank"]] == order


def test_no_reranking(searcher: Make) -> None:
    def never(text: str) -> float:
        raise AssertionError

    result = searcher(Judge(never), rerank="none").search(Request("bridge"))
    assert "rerank" not in result.hits[0].stages and result.degraded == ()
    assert "rerank" not in result.timings_ms


def test_ties_are_broken_by_id(searcher: Make) -> None:
    result = searcher(Judge(lambda text: 0.5), rerank="replace", rerank_depth=50).search(
        Request("bridge", 50, collapse=True)
    )
    names = [hit.document.id for hit in result.hits]
    assert names == sorted(names)


def test_every_hit_has_its_place_at_every_stage(searcher: Make) -> None:
    searched = searcher(Judge(by_length))
    request = Request("the engine of the year", 200, collapse=True)
    ranking, result = searched.rank(request), searched.search(request)
    for stage, scored in ranking.stages.items():
        places = {name: rank for rank, (name, _) in enumerate(scored, start=1)}
        assert {hit.document.id: hit.stages[stage].rank for hit in result.hits if stage in hit.stages} == places, stage
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    assert [hit.stages["rerank"].rank for hit in result.hits] == [hit.rank for hit in result.hits]


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_a_reranker_that_fails(searcher: Make, caplog: pytest.LogCaptureFixture) -> None:
    def broken(text: str) -> float:
        raise RuntimeError("out of memory")

    fused = searcher().search(Request("the bridge", 30))
    result = searcher(Judge(broken)).search(Request("the bridge", 30))
    assert result.degraded == ("rerank",)
    assert [(hit.document.id, hit.score) for hit in result.hits] == [(hit.document.id, hit.score) for hit in fused.hits]
    assert "out of memory" in caplog.text


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf")])
def test_a_reranker_that_gives_nonsense(searcher: Make, nonsense: float) -> None:
    result = searcher(Judge(lambda text: nonsense)).search(Request("the bridge", 30))
    assert result.degraded == ("rerank",)
    assert all(np.isfinite(hit.score) for hit in result.hits)


def test_what_is_cut_is_reported(searcher: Make) -> None:
    assert searcher(Judge(by_length)).search(Request("bridge")).degraded == ()
    long = " ".join(["bridge"] * 63)
    assert searcher(Judge(by_length)).search(Request(long)).degraded == ("query:truncated",)
    assert searcher(Judge(by_length)).search(Request(" ".join(["bridge"] * 62))).degraded == ()
    many = " ".join(f"word{number}" for number in range(600))
    assert searcher(Judge(by_length)).search(Request(many)).degraded == (
        "query:capped", "query:truncated", "rerank:truncated",
    )  # fmt: skip


def test_pairs_longer_than_the_reranker_reads(searcher: Make, models: Models) -> None:
    reranker = load_reranker(models.reranker)
    room = reranker.max_tokens - 3  # the special tokens of a pair
    assert searcher(reranker).search(Request("river " * room)).degraded == ("rerank:truncated",)
    short = searcher(reranker).search(Request("river", filter=parse_filter("year:>1900 checked:false")))
    assert short.degraded == ()


def test_a_long_query_costs_the_reranker_no_more_than_it_reads(searcher: Make) -> None:
    judge = Judge(by_length)
    searcher(judge).search(Request("bridge " * 5000))
    assert judge.asked and {tuple(query.split()) for query, _ in judge.asked} == {("bridge",) * judge.max_tokens}


def test_requests_that_make_no_sense(searcher: Make) -> None:
    with pytest.raises(InvalidQuery):
        searcher().search(Request("  "))
    with pytest.raises(UsageError, match="k must be"):
        searcher().search(Request("river", 0))


def test_another_encoder_is_refused(generation: Generation, tmp_path: Path, models: Models) -> None:
    other = load_encoder(str(tiny_encoder(tmp_path / "other", seed=9)))
    with pytest.raises(ModelMismatch, match="weights differ") as caught:
        Searcher(generation, other, None)
    assert models.encoder in caught.value.message and "winnow reembed" in caught.value.remedy


# ---------------------------------------------------------------------------------------- documents and their chunks


def test_many_chunks_do_not_crowd_others_out(searcher: Make, generation: Generation) -> None:
    ranking = searcher().rank(Request("the river"))
    assert generation.manifest.living.chunks > 3 * DOCUMENTS
    assert len(ranking.stages["dense"]) == 100
    assert len({name for name, _ in ranking.stages["dense"]}) == 100
    assert len(ranking.rows) == len(ranking.stages["fusion"]) >= 100
    assert set(HOGS) <= set(ranking.rows)


def test_each_document_by_its_best_passage(searcher: Make, generation: Generation) -> None:
    ranking = searcher(rerank="none").rank(Request("the river"))
    chunks = searcher(rerank="none", candidates=10_000).rank(Request("the river", collapse=False))
    for leg in ("lexical", "dense"):
        best: dict[str, float] = {}
        for name, score in chunks.stages[leg]:
            best.setdefault(name.rpartition("#")[0], score)
        for name, score in ranking.stages[leg]:
            assert score == pytest.approx(best[name], abs=1e-6)


def test_chunks_as_hits(searcher: Make) -> None:
    result = searcher(Judge(by_length), fusion="minmax").search(Request("the river", 50, collapse=False))
    names = [hit.chunk.id for hit in result.hits]
    assert len(names) == len(set(names)) == 50
    assert any(names[0].startswith(hog) for hog in HOGS) or len({hit.document.id for hit in result.hits}) < 50
    assert all(hit.chunk.document_id == hit.document.id for hit in result.hits)


@pytest.mark.parametrize("k", [1, 100, DOCUMENTS + 2, 100_000])
def test_k_is_filled(searcher: Make, k: int) -> None:
    result = searcher(Judge(by_length)).search(Request("the river and 7", k, collapse=True))
    assert len(result.hits) == min(k, DOCUMENTS + 2)
    assert len({hit.document.id for hit in result.hits}) == len(result.hits)


def test_a_text_is_a_slice_of_its_document(searcher: Make) -> None:
    for hit in searcher().search(Request("river food", 40, collapse=False)).hits:
        assert hit.document.text[hit.chunk.start : hit.chunk.end] == hit.chunk.text


# ---------------------------------------------------------------------------------------------- what both legs obey


def numbers(result: object) -> set[int]:
    return {int(hit.document.id[1:]) for hit in result.hits}  # type: ignore[attr-defined]


def test_filters_hold_for_both_legs(searcher: Make) -> None:
    expected = {number for number in range(DOCUMENTS) if number % 20 >= 18}
    request = Request("the river", 1000, parse_filter("year:>=2018"))
    assert numbers(searcher().search(request)) == expected
    ranking = searcher().rank(request)
    assert {int(name[1:]) for name, _ in ranking.stages["dense"]} == expected
    assert {int(name[1:]) for name, _ in ranking.stages["lexical"]} <= expected
    assert numbers(searcher().search(Request("the river year:>=2018", 1000))) == expected
    rest = searcher().search(Request("the river -year:>=2018", 1000, collapse=True))
    assert len(rest.hits) == DOCUMENTS + 2 - len(expected)


def test_exclusions_hold_for_both_legs(searcher: Make) -> None:
    ranking = searcher().rank(Request("a bridge -river", 1000))
    found = {int(name[1:]) for name in ranking.rows}
    assert found == {n for n in range(DOCUMENTS) if n % 8 != 0 and n // 8 % 8 != 0}


def test_phrases_hold_for_both_legs(searcher: Make, generation: Generation) -> None:
    ranking = searcher().rank(Request('something "document 42" else', 1000))
    assert set(ranking.rows) == {"d042"}
    assert [name for name, _ in ranking.stages["dense"]] == ["d042"]
    assert searcher().search(Request('"document 42 bridge"', 10)).hits == ()


def test_a_filter_that_nothing_passes(searcher: Make) -> None:
    result = searcher(Judge(by_length)).search(Request("river", 5, parse_filter("year:>3000")))
    assert (result.hits, result.candidates, result.degraded) == ((), 0, ())


def test_highlights_mark_the_query_in_the_text(searcher: Make) -> None:
    hit = searcher().search(Request("documents bridges", 1, parse_filter("id:d001"))).hits[0]
    assert {hit.chunk.text[start:end] for start, end in hit.highlights} <= {"bridge", "document"}
    assert "bridge" in {hit.chunk.text[start:end] for start, end in hit.highlights}


# ----------------------------------------------------------------------------------------------------------- threads


def test_threads_answer_as_one_does(searcher: Make, models: Models) -> None:
    searched = searcher(load_reranker(models.reranker), rerank_depth=8)
    queries = [f"the {topic} of {number}" for number in range(3) for topic in ("river", "food")]

    def answer(query: str) -> list[tuple[str, float, tuple[tuple[int, int], ...]]]:
        hits = searched.search(Request(query, 20)).hits
        return [(hit.chunk.id, hit.score, hit.highlights) for hit in hits]

    serial = [answer(query) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, queries)) == serial
