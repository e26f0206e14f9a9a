"""The sample's questions with the bundled models: shards in this process answer as the single machine does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data import SAMPLE
from engine.cluster.searcher import ClusterSearcher
from engine.collection import Collection, open_collection
from engine.query.pipeline import Request
from indexer.ingest import ingest
from tests.unit.cluster.conftest import clustered

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    home = tmp_path_factory.mktemp("sample") / "home"
    ingest([SAMPLE / "articles"], home=home, collection="sample")
    with open_collection("sample", home=home) as opened:
        yield opened


@pytest.fixture(scope="module")
def questions() -> list[str]:
    lines = (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize("shards", [1, 2, 3, 5])
def test_scores_and_the_first_ten_are_equal(
    shards: int, single: Collection, questions: list[str], tmp_path: Path
) -> None:
    home, searcher = single.generation.layout.home.root, single.searcher
    cluster = clustered(home, "sample", shards, tmp_path, single.generation)
    many = ClusterSearcher(
        cluster, searcher.encoder, searcher.reranker, searcher.recipe, searcher.calibration, searcher.gate
    )
    for question in questions:
        request = Request(question, 10, rankings=True)
        one, other = (replace(it.search(request), timings_ms={}, began_ms={}) for it in (searcher, many))
        assert other.rankings["lexical"] == one.rankings["lexical"]
        assert [hit.chunk.id for hit in other.hits] == [hit.chunk.id for hit in one.hits]
        assert other == one
