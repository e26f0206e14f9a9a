"""The JSON that `winnow search --json` prints is a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.collection import open_collection
from engine.filters import parse_filter
from engine.query.pipeline import Request
from engine.types import STAGES
from indexer.ingest import ingest
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("json")
    records = [*topical(60), {"id": "long", "title": "Long", "text": "The river of food. " * 300, "year": 1990}]
    file = write_records(root / "notes.jsonl", records)
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture
def search(winnow: Winnow, home: Path) -> Any:
    def run(query: str, *options: object) -> Any:
        outcome = winnow("search", query, "--home", home, "-c", "notes", "--json", *options)
        assert outcome.code == 0, outcome.err
        assert outcome.out.count("\n") == 1 and outcome.out.endswith("}\n")
        return outcome.json

    return run


def test_the_keys(search: Any) -> None:
    result = search("the river and the food", "-k", 5)
    assert {"query", "collection", "generation", "candidates", "hits", "timings_ms", "degraded"} <= result.keys()
    assert (result["query"], result["collection"]) == ("the river and the food", "notes")
    assert isinstance(result["generation"], int) and isinstance(result["degraded"], list)
    assert {"encode", "lexical", "dense", "fusion", "rerank", "total"} <= result["timings_ms"].keys()
    assert all(value >= 0 for value in result["timings_ms"].values())
    for hit in result["hits"]:
        assert {
            "rank", "document_id", "uri", "title", "chunk_id", "text", "start", "end", "score", "relevance", "stages",
        } <= hit.keys()  # fmt: skip
        assert set(hit["stages"]) <= set(STAGES) and "fusion" in hit["stages"]
        assert all(place.keys() == {"rank", "score"} for place in hit["stages"].values())


def test_text_is_a_slice_of_the_document(search: Any, home: Path) -> None:
    with open_collection("notes", home=home) as collection:
        for hit in search("river food", "-k", 20)["hits"]:
            place = collection.generation.find(hit["document_id"])
            assert place is not None
            document = collection.generation.document(*place)
            assert document.text[hit["start"] : hit["end"]] == hit["text"]
            assert (document.title, document.uri) == (hit["title"], hit["uri"])
            assert hit["chunk_id"].startswith(hit["document_id"] + "#")
            assert all(0 <= low < high <= len(hit["text"]) for low, high in hit["highlights"])


@pytest.mark.parametrize("k", [1, 7, 61])
def test_k_distinct_documents_in_order(search: Any, k: int) -> None:
    hits = search("a river of food", "-k", k)["hits"]
    assert [hit["rank"] for hit in hits] == list(range(1, k + 1))
    assert len({hit["document_id"] for hit in hits}) == k
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_no_more_than_there_are(search: Any) -> None:
    assert len(search("bridge", "-k", 1000)["hits"]) == 61


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (["tags:even"], {n for n in range(60) if n % 2 == 0}),
        (["year:>=2015"], {n for n in range(60) if n % 20 >= 15}),
        (["checked:true", "-tags:even"], {n for n in range(60) if n % 5 == 0 and n % 2}),
        (["year:[2001..2003]"], {n for n in range(60) if n % 20 in (1, 2, 3)}),
    ],
)
def test_k_is_filled_under_filters(search: Any, filters: list[str], passing: set[int]) -> None:
    options = [part for text in filters for part in ("--filter", text)]
    few = search("something about a bridge", "-k", 3, *options)["hits"]
    all_of_them = search("something about a bridge", "-k", 60, *options)["hits"]
    assert len(few) == 3
    assert {int(hit["document_id"][1:]) for hit in all_of_them} == passing


def test_stages_agree_with_the_ranking(search: Any, home: Path) -> None:
    query = "the city and the engine"
    result = search(query, "-k", 61)
    with open_collection("notes", home=home) as collection:
        ranking = collection.searcher.rank(Request(query, 61))
    assert result["candidates"] == len(ranking.rows)
    final = ranking.stages[ranking.final]
    assert [(hit["document_id"], hit["score"]) for hit in result["hits"]] == list(final)
    for stage in STAGES:
        listed = dict(ranking.stages[stage])
        places = {hit["document_id"]: hit["stages"][stage] for hit in result["hits"] if stage in hit["stages"]}
        assert {name: place["score"] for name, place in places.items()} == listed
        assert sorted(place["rank"] for place in places.values()) == list(range(1, len(listed) + 1))
        best_first = sorted(places.values(), key=lambda place: place["rank"])
        scores = [place["score"] for place in best_first]
        assert scores == sorted(scores, reverse=True)


def test_filters_are_one_with_python(search: Any, home: Path) -> None:
    found = search("river", "-k", 5, "--filter", "tags:odd")["hits"]
    with open_collection("notes", home=home) as collection:
        same = collection.search("river", 5, filter=parse_filter("tags:odd"))
    assert [hit["document_id"] for hit in found] == [hit.document.id for hit in same.hits]


def test_explain_shows_every_stage(winnow: Winnow, home: Path) -> None:
    outcome = winnow("search", "river food", "--home", home, "-c", "notes", "-k", 3, "--explain")
    lines = [line for line in outcome.out.splitlines() if "why:" in line]
    assert len(lines) == 3
    assert all(stage in line for line in lines for stage in STAGES)
    assert "candidates" not in outcome.out and "generation 2" in outcome.err


def test_without_a_reranker(search: Any, models: Models) -> None:
    result = search("river food", "-k", 4, "--models", f"{models.encoder},none")
    assert all("rerank" not in hit["stages"] and hit["reranker"] is None for hit in result["hits"])
    assert [hit["stages"]["fusion"]["rank"] for hit in result["hits"]] == [1, 2, 3, 4]
    assert result["degraded"] == []
