"""A title is a title: what is longer is cut with a remark, and its text stays."""

from __future__ import annotations

from pathlib import Path

from engine.collection import open_collection
from engine.query.request import Request
from engine.types import Heading, Locator
from indexer.ingest import ingest, ingest_sources
from indexer.labels import LONGEST, shorten_labels
from indexer.parsers.base import Parsed
from indexer.sources.submitted import SubmittedFile, file_source, parse_file
from tests.conftest import Models
from tests.support.documents import topical, write_records


def test_labels_of_every_length_but_one_are_left_alone() -> None:
    heading = Heading(0, 1, "h" * LONGEST)
    parsed = Parsed("t" * LONGEST, "text", (heading,))
    assert shorten_labels(parsed) == (parsed, None)
    longer = Parsed("t" * (LONGEST + 1), "text", (Heading(0, 1, "h" * 600),))
    cut, remark = shorten_labels(longer)
    assert cut == parsed and remark is not None and "600" in remark


def test_a_place_is_no_longer_than_a_title() -> None:
    parsed = Parsed("t", "text", locators=(Locator(0, "page", "1"), Locator(2, "anchor", "a" * 700)))
    cut, remark = shorten_labels(parsed)
    assert cut.locators == (Locator(0, "page", "1"), Locator(2, "anchor", "a" * LONGEST))
    assert remark is not None and "700" in remark and "anchor" in remark


def test_a_heading_as_long_as_the_document_costs_no_more_than_its_text(tmp_path: Path, models: Models) -> None:
    """It was indexed again with each of its chunks: minutes, and gigabytes."""
    first = write_records(tmp_path / "a.jsonl", topical(1))
    ingest([first], home=tmp_path, collection="c", encoder=models.encoder, reranker=models.reranker)
    upload = SubmittedFile("x", "x.md", b"# " + b"&a " * 130 + b"\n\nThe last river.")
    report = ingest_sources([file_source(upload, parse_file)], home=tmp_path, collection="c")
    assert report.added == 1 and f"first {LONGEST}" in report.warnings[0].reason
    with open_collection("c", home=tmp_path) as collection:
        hit = collection.searcher.search(Request("last", 1, mode="lexical", rerank_depth=0)).hits[0]
    assert hit.document.id == "x" and len(hit.document.text) > 390 and len(hit.document.title) <= LONGEST
