"""Other passages of the first hits' documents are read, and the one that the reranker clearly prefers is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.models import load_encoder
from engine.query.passages.row_scores import NEARLY, RIVALS, both_scores, rivals
from engine.query.passages.second_reading import CLEARLY, HITS
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.types import RowId, SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.support.rerankers import Judge

Make = Callable[..., Searcher]
QUERY = "bridge beside a river"


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Generation]:
    """A guide of several passages about what is asked for, each with a number of its own, and notes about it."""
    home = tmp_path_factory.mktemp("second-reading")
    sentences = (f"The river and the bridge, number {number}." for number in range(60))
    guide = {"id": "guide", "title": "A guide", "text": " ".join((*sentences, "The bridge is ZX-4711."))}
    file = write_records(home / "notes.jsonl", [guide, *topical(30)])
    ingest([file], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(home, "c") as opened:
        yield opened


@pytest.fixture
def searcher(generation: Generation, models: Models) -> Make:
    def make(reranker: object = None) -> Searcher:
        return Searcher(generation, load_encoder(models.encoder), reranker, Recipe())  # type: ignore[arg-type]

    return make


def passages_of(generation: Generation, document: str) -> list[tuple[RowId, str]]:
    place = generation.find(document)
    assert place is not None
    return [(row, generation.passage(row)[1].text) for row in generation.chunk_rows(*place)]


def rivals_of(
    generation: Generation, searcher: Searcher, row: RowId, query: str = QUERY, collapse: bool = True
) -> tuple[RowId, ...]:
    found = searcher.retrieve(Request(query, collapse=collapse))
    return rivals(generation, [row], found.masks, found.query, found.vector, searcher.recipe)[row]


def shown(result: SearchResult) -> dict[str, str]:
    return {hit.document.id: hit.chunk.id for hit in result.hits}


def test_rivals_score_nearly_as_high_and_are_the_best_ones(generation: Generation, searcher: Make) -> None:
    made = searcher()
    found = made.retrieve(Request(QUERY))
    rows = [row for row, _ in passages_of(generation, "guide")]
    scores = both_scores(generation, rows, found.query, found.vector, made.recipe)
    for row in rows:
        near = [other for other in rows if other != row and scores[other] >= NEARLY * scores[row]]
        best = sorted(near, key=scores.__getitem__, reverse=True)[:RIVALS]
        assert [scores[other] for other in rivals_of(generation, made, row)] == [scores[other] for other in best]


def test_a_passage_that_an_exclusion_rules_out_is_no_rival(generation: Generation, searcher: Make) -> None:
    rows = passages_of(generation, "guide")
    assert len(rows) > RIVALS + 1
    for row, _ in rows:
        others = rivals_of(generation, searcher(), row, f'{QUERY} -"number 3"', collapse=False)
        assert all("number 3." not in generation.passage(other)[1].text for other in others)


@pytest.mark.parametrize(("by", "changes"), [(2 * CLEARLY, True), (CLEARLY / 2, False)])
def test_a_hit_is_shown_by_the_passage_that_is_clearly_better(
    by: float, changes: bool, generation: Generation, searcher: Make
) -> None:
    first = shown(searcher(Judge(lambda _: 0.0)).search(Request(QUERY)))
    assert "guide" in list(first)[:HITS]
    [row] = [row for row, _ in passages_of(generation, "guide") if generation.chunk_id(row) == first["guide"]]
    better = rivals_of(generation, searcher(), row)[0]
    text = generation.passage(better)[1].text

    judge = Judge(lambda passage: by if passage.endswith(text) else 0.0)
    again = searcher(judge).search(Request(QUERY))
    assert list(shown(again)) == list(first)  # the order is the first reading's
    assert shown(again)["guide"] == (generation.chunk_id(better) if changes else first["guide"])
    [hit] = [hit for hit in again.hits if hit.document.id == "guide"]
    assert hit.reranker_score == 0.0 and "rerank" in hit.stages  # as it was ordered
    assert hit.snippet.text.split()[0] in hit.chunk.text


def test_a_passage_that_holds_what_was_asked_for_to_the_letter_stays(searcher: Make) -> None:
    judge = Judge(lambda text: 0.0 if "ZX-4711" in text else 9.0)
    hit = searcher(judge).search(Request(f"{QUERY} ZX-4711")).hits[0]
    assert hit.document.id == "guide" and "ZX-4711" in hit.chunk.text


def test_no_hit_beyond_the_first_is_read_again(searcher: Make) -> None:
    judge = Judge(lambda _: 0.0)
    result = searcher(judge).search(Request(QUERY, k=20))
    once = set(judge.asked)
    assert len(judge.asked) == len(once) <= result.scored + HITS * RIVALS


@pytest.mark.parametrize("request_", [Request(QUERY, collapse=False), Request(QUERY, rerank_depth=0)])
def test_passages_as_hits_and_searches_without_a_reranker_are_as_before(request_: Request, searcher: Make) -> None:
    judge = Judge(len)
    scored = searcher(judge).search(request_).scored
    assert len(judge.asked) == scored <= 20


def test_a_reranker_that_fails_the_second_time_leaves_the_hits_as_they_are(searcher: Make) -> None:
    first = searcher(Judge(lambda _: 0.0)).search(Request(QUERY))
    calls = []

    class Failing(Judge):
        def score(self, query: str, passages: object) -> np.ndarray:
            calls.append(passages)
            if len(calls) > 1:
                raise RuntimeError("no memory")
            return super().score(query, passages)  # type: ignore[arg-type]

    again = searcher(Failing(lambda _: 0.0)).search(Request(QUERY))
    assert len(calls) > 1 and shown(again) == shown(first) and again.degraded == first.degraded
