"""How deep the reranker reads: deeper than the legs' candidates where it is asked to, and a whole document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.query.request import Request
from indexer.in_document import DEPTH, open_document
from tests.conftest import Models
from tests.support.rerankers import Judge
from tests.unit.query.conftest import Make


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
