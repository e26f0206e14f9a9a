"""A cluster answers as a single machine does, whatever is asked: scores, order, texts, pages, facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.cluster.searcher import Cluster, ClusterSearcher
from engine.cluster.session import Question, Shards
from engine.errors import InvalidFilter, InvalidQuery, UsageError
from engine.filters import parse_filter
from engine.models import load_encoder
from engine.query.pipeline import Request, Searcher, Sort
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.writer import open_writer
from engine.types import SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.support.rerankers import Judge
from tests.unit.cluster.conftest import Both, clustered

QUESTIONS = [
    "the bridge of the city",
    "river",
    "document 77",
    "a sundial by the river",
    '"the river and the bridge"',
    "river -bridge",
    "-river",
    "title:note river",
    "year:2007 food",
    "tags:odd",
    "brigde of the ctiy",
    "searhc engines passage year food",
    "zzzz",
    "river AND bridge",
    "note -la",
    "d012",
    "The",
    "crossing of the river",
]


def by_length(text: str) -> float:
    return (len(text) * 7919 % 101) / 101


def told(result: SearchResult) -> Any:
    """All of an answer but times and rows' positions."""
    return replace(result, timings_ms={}, began_ms={}, cursor=None)


def same(both: tuple[Searcher, Searcher], request: Request) -> SearchResult:
    one, many = (searcher.search(request) for searcher in both)
    assert told(many) == told(one)
    assert not many.partial
    return many


@pytest.mark.parametrize("query", QUESTIONS)
def test_fused_and_reranked_answers_are_equal_to_the_last_bit(both: Both, query: str) -> None:
    searchers = both(Judge(by_length))
    found = same(searchers, Request(query, rankings=True))
    assert set(found.rankings) <= {"lexical", "dense", "fusion", "rerank"}
    same(searchers, Request(query, 50, collapse=False))
    same(both(None, rerank="none"), Request(query, 3, collapse=True))


@pytest.mark.parametrize("mode", ["lexical", "dense"])
@pytest.mark.parametrize("query", QUESTIONS[:6])
def test_each_leg_has_the_same_scores(both: Both, mode: Any, query: str) -> None:
    found = same(both(oversampling=2), Request(query, 100, mode=mode, rankings=True))
    assert found.rankings[mode]


OPTIONS: dict[str, dict[str, Any]] = {
    "filter": {"filter": parse_filter("year:>=2010")},
    "filter that nothing passes": {"filter": parse_filter("year:1900")},
    "facets": {"facets": ("year", "tags", "checked")},
    "sort": {"sort": (Sort("year", descending=True), Sort("title"))},
    "inner hits": {"inner_hits": 2},
    "context": {"context": 40},
    "diversity": {"diversity": 0.5},
    "no correction": {"correct": False},
    "no highlights": {"highlight": False},
    "depth": {"rerank_depth": 50},
    "the reranker's order": {"rerank": "replace"},
    "a page": {"pageable": True, "k": 5},
    "complete": {"require_complete": True},
}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("query", ["the bridge of the city", "a sundial by the river", "tags:odd", "brigde"])
def test_options_mean_the_same(both: Both, option: str, query: str) -> None:
    same(both(Judge(by_length)), Request(query, **OPTIONS[option]))


def test_pages_go_on_as_on_one_machine(both: Both) -> None:
    one, many = both(Judge(by_length))
    request = Request("the bridge of the city", 30, pageable=True, inner_hits=1)
    left, right = one.search(request), many.search(request)
    pages = 0
    while left.cursor is not None and right.cursor is not None:
        left, right, pages = one.page(left.cursor), many.page(right.cursor), pages + 1
        assert told(left) == told(right)
    assert (left.cursor, right.cursor) == (None, None) and pages > 2


def test_stages_come_one_after_the_other(both: Both) -> None:
    one, many = (list(searcher.search_in_stages(Request("the bridge"))) for searcher in both(Judge(by_length)))
    assert len(many) == 2 and list(map(told, many)) == list(map(told, one))


def test_near_duplicates_are_told_across_shards(both: Both) -> None:
    found = same(both(), Request("It is of the food", 100))
    assert any(hit.near_duplicates for hit in found.hits)


def test_rules_hold_in_every_shard(both: Both) -> None:
    found = same(both(), Request("the bridge of the city", 100))
    assert [hit.document.id for hit in found.hits[:2]] == ["d090", "d001"] and found.hits[0].pinned
    assert any(hit.boost for hit in found.hits)
    assert "d008" not in {hit.document.id for hit in found.hits}
    assert same(both(), Request("crossing")).reading.synonyms


def test_what_is_wrong_is_said_as_on_one_machine(both: Both) -> None:
    _, many = both()
    for request, error in (
        (Request(" "), InvalidQuery),
        (Request("river", filter=parse_filter("nofield:3")), InvalidFilter),
        (Request("river", facets=("nofield",)), InvalidFilter),
        (Request("river", 0), UsageError),
    ):
        with pytest.raises(error):
            many.search(request)


@pytest.mark.parametrize("document", ["d001", "d002", "d008", "d016", "d077", "twin-d011", "nowhere", "d150"])
@pytest.mark.parametrize(
    "request_",
    [
        Request("river", 3),
        Request('"the river and the bridge"', 3, mode="lexical"),
        Request("river -bridge", 3),
        Request("year:2007 food", 3, collapse=False),
        Request("river of the city", 3, mode="dense"),
    ],
)
def test_why_a_document_is_absent_is_told_as_by_one_machine(both: Both, request_: Request, document: str) -> None:
    one, many = (searcher.search(replace(request_, why_not=document)) for searcher in both(Judge(by_length)))
    assert many.why_not == one.why_not
    assert many.why_not is not None


class Counting:
    """Shards that count how often all are asked."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self.rounds = 0

    @property
    def count(self) -> int:
        return self._shards.count

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        self.rounds += 1
        return self._shards.ask(questions)

    def close(self) -> None:
        self._shards.close()


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        (Request("river of the city", mode="lexical", rerank_depth=0), 4),
        (Request("river of the city", rerank_depth=0), 6),
        (Request("river of the city"), 7),
        (Request("river of the city", 100, collapse=False), 7),
    ],
)
def test_a_search_asks_its_shards_few_times(both: Both, cluster: Cluster, request_: Request, most: int) -> None:
    """Two of the rounds are for the collection's rules, a filter that boosts and dates; one may be for ties."""
    counting = Counting(cluster.shards)
    searchers = both(Judge(by_length), counting)
    same(searchers, request_)
    counting.rounds = 0
    searchers[1].search(request_)
    assert counting.rounds <= most


@pytest.mark.parametrize("documents", [0, 3])
def test_shards_may_have_nothing(documents: int, tmp_path: Path, models: Models) -> None:
    home, records = tmp_path / "home", topical(3)
    ingest([write_records(tmp_path / "notes.jsonl", records)], home=home, collection="c", encoder=models.encoder)
    with open_writer(home, "c") as writer:
        writer.commit(None, deletes=[record["id"] for record in records[documents:]])
    with open_generation(home, "c") as shell:
        cluster, encoder = clustered(home, "c", 8, tmp_path / "shards", shell), load_encoder(models.encoder)
        one, many = Searcher(shell, encoder, None, Recipe()), ClusterSearcher(cluster, encoder, None, Recipe())
        for query in ("the bridge of the city", "brigde", "year:2001", "*"):
            request = Request(query, 10, facets=("year",))
            assert told(many.search(request)) == told(one.search(request))
        assert len(one.search(Request("the")).hits) == documents
