"""Explanations of documents whose vectors are still to come."""

from __future__ import annotations

from pathlib import Path

from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.segments.batch import Batch
from engine.store.writer import open_writer
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, stored

TEXT = "A ferry left at dawn. A ferry came back. The ferry sank."


def test_inner_hits_and_why_not_do_without_the_dense_score(tmp_path: Path) -> None:
    with open_writer(tmp_path, "docs", config()) as writer:
        writer.commit(batch(stored("embedded", TEXT), stored("other", "Bread and boats.")))
        writer.commit(Batch((stored("waiting", TEXT),), None))
    with open_generation(tmp_path, "docs") as generation:
        searcher = Searcher(generation, FakeEncoder(), None, Recipe(rerank="none"))
        result = searcher.search(Request("ferry", 3, inner_hits=5, why_not="waiting"))
        assert next(hit for hit in result.hits if hit.document.id == "waiting").inner
        assert result.dense_coverage < 1
        assert result.why_not is not None and "dense" not in result.why_not.scores
