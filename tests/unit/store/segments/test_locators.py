"""Where text stands in its file: stored with the document, read by bisection, kept by all that rewrites a segment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.store.backups.backup import back_up
from engine.store.backups.restore import restore
from engine.store.generation import open_generation
from engine.store.layout import VECTORS_DIRECTORY
from engine.store.merging.merge import merge_all
from engine.store.repair.segments import RepairReport, repair_segments
from engine.store.repair.verify import verify
from engine.store.segments import tables
from engine.store.segments.batch import Batch
from engine.store.segments.locators import COLUMN, TYPE, cell, read_cell
from engine.store.writer import CollectionWriter, open_writer
from engine.text.places import KINDS, counting_lines, places_of
from engine.types import Locator, Place
from indexer.chunking.chunker import Chunker
from indexer.embedding import embed_missing
from tests.support.fake_encoder import FakeEncoder, PlainChunker
from tests.support.stores import DIMENSION, TEXT, batch, config, places, stored, vectors_of

PAGES = (Locator(0, "page", "47"), Locator(30, "page", "48"), Locator(30, "anchor", "bread"))
LINES = (Locator(3, "line", "120", counting=True),)
WHERE = {
    "a#0": (Place("page", "47", "47"),),
    "a#1": (Place("page", "47", "48"), Place("anchor", "bread", "bread")),
    "a#2": (Place("page", "48", "48"), Place("anchor", "bread", "bread")),
    "b#0": (Place("line", "120", "122"),),
    "b#1": (Place("line", "123", "123"),),
}


def paged(name: str = "a") -> Any:
    return stored(name, locators=PAGES)


def lined(name: str = "b") -> Any:
    return stored(name, "The ferry\nover the\nfjord\nleaves", locators=LINES)


def where(home: Path, name: str = "docs") -> dict[str, tuple[Place, ...]]:
    with open_generation(home, name) as generation:
        return places(generation)


LOCATORS = st.lists(
    st.builds(Locator, st.integers(0, 50), st.sampled_from(KINDS), st.sampled_from(["1", "iv", "Übersicht", "<a@b>"])),
    max_size=20,
).map(lambda found: sorted(found, key=lambda one: (one.start, KINDS.index(one.kind))))


@given(many=st.lists(LOCATORS, min_size=1, max_size=4), start=st.integers(0, 50), length=st.integers(0, 50))
def test_what_is_stored_comes_back_and_a_span_reads_what_it_needs(
    many: list[list[Locator]], start: int, length: int
) -> None:
    text = "x y" * 20
    cells = pa.array([cell(locators) for locators in many], TYPE)
    for found, locators in zip(cells, many, strict=True):
        assert read_cell(found) == tuple(locators)
        few = read_cell(found, (start, start + length))
        assert places_of(text, few, start, start + length) == places_of(text, locators, start, start + length)
        kinds = {locator.kind for locator in locators}
        assert len(few) <= len(kinds) + sum(start <= locator.start <= start + length for locator in locators)


def test_a_document_keeps_its_places_when_the_collection_is_opened_again(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(paged(), stored("none"), lined()))
    assert where(home) == WHERE
    assert verify(home, "docs").problems == ()


def test_places_outlive_merges_with_segments_that_know_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def older(documents: Any) -> Any:
        return now(documents).drop_columns([COLUMN])

    now = tables.document_table
    with open_writer(home, "docs", config()) as writer:
        monkeypatch.setattr("engine.store.segments.writer.document_table", older)
        writer.commit(batch(stored("old"), lined("lost")))
        monkeypatch.setattr("engine.store.segments.writer.document_table", now)
        writer.commit(batch(paged(), paged("gone")))
        writer.commit(batch(lined()), deletes=["gone"])
        assert where(home) == WHERE
        merge_all(writer)
        assert len(writer.manifest.segments) == 1
    assert where(home) == WHERE
    assert verify(home, "docs").problems == ()


def test_a_backup_brings_them_back(home: Path, tmp_path: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(paged(), lined()))
    back_up(home, "docs", str(tmp_path / "depot"))
    restore(tmp_path / "other", str(tmp_path / "depot"))
    assert where(tmp_path / "other") == WHERE


@pytest.mark.parametrize("damaged", ["documents.arrow", "lexical", VECTORS_DIRECTORY])
def test_a_repair_brings_them_back(home: Path, damaged: str) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(paged(), lined(), stored("long", TEXT * 2000)))
        part = writer.layout.segment(writer.manifest.segments[0].id) / damaged
    if part.is_dir():
        shutil.rmtree(part)
    else:
        data = bytearray(part.read_bytes())
        data[data.index(b"bread")] ^= 1
        part.write_bytes(data)
    report = RepairReport()
    with open_writer(home, "docs") as writer:
        repair_segments(writer, lambda many: vectors_of([one.text for _, some in many for one in some]), report)
    assert report.restored or report.rebuilt
    assert report.lost == [] and where(home) == WHERE
    assert verify(home, "docs").problems == ()


def test_text_that_waited_for_its_vectors_keeps_them(home: Path, setting: Callable[..., None]) -> None:
    """Its documents are stored again, beside the segment of which others wait still."""
    setting(commit_seconds=1e-9)
    commits: list[int] = []
    documents = (paged(), lined(), *(stored(f"d{number}", TEXT * 10) for number in range(200)))
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch(documents, None))
        embed_missing(
            writer,
            FakeEncoder(),
            cast(Chunker, PlainChunker()),
            lambda chunks: None,
            on_commit=lambda: commits.append(1),
        )
        assert len(commits) > 1 and writer.manifest.dense_coverage == 1.0
    assert where(home) == WHERE


def test_locators_outside_of_the_text_are_refused() -> None:
    broken = replace(stored("a", "short"), locators=(Locator(6, "page", "1"),))
    with pytest.raises(UsageError, match="locators of document 'a'"):
        batch(broken).check(DIMENSION)
    with pytest.raises(UsageError, match="not valid Unicode"):
        batch(replace(broken, locators=(Locator(0, "anchor", "\ud800"),))).check(DIMENSION)


def test_verify_finds_locators_that_do_not_fit(writer: CollectionWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.segments.batch.fit", lambda locators, length: True)
    writer.commit(batch(stored("a", "short", locators=(Locator(6, "page", "1"),))))
    (problem,) = verify(writer.layout.root.parents[1], "docs").problems
    assert "locators of document row 0" in problem


def test_places_cost_little_beside_the_text() -> None:
    """Holds for a text file of 10,000 lines, and for a document of 300 pages."""
    lines = "".join(f"2026-11-30 09:00 request {number} took {number % 97} ms\n" for number in range(10_000))
    pages = "".join(f"Page {number}. ".ljust(2000, "x") for number in range(300))
    marks = [Locator(2000 * number, "page", str(number + 1)) for number in range(300)]
    for text, locators in ((lines, counting_lines(lines, 0, len(lines), 1)), (pages, marks)):
        bare, told = stored("a", text), stored("a", text, locators=tuple(locators))
        cost = tables.document_table([told]).nbytes - tables.document_table([bare]).nbytes
        assert 0 < cost < len(text) / 100
