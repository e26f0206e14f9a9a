from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import CatalogueMissing, CollectionNotFound
from engine.store.generation import open_generation
from engine.store.layout import CollectionLayout
from engine.store.repair import segment_checks
from engine.store.repair.verify import verify
from engine.store.segments.segment import column_view
from engine.store.segments.tombstones import Tombstones
from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import batch, config, stored


@pytest.fixture
def layout(home: Path, writer: CollectionWriter) -> CollectionLayout:
    writer.commit(batch(stored("a", year=1.0, tags=("x", "y")), stored("b"), stored("empty", "")))
    writer.commit(batch(stored("b", "new"), stored("c", language="de")))
    writer.close()
    return writer.layout


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def test_a_whole_collection_is_clean(home: Path, layout: CollectionLayout) -> None:
    report = verify(home, "docs")
    assert report.problems == ()
    assert (report.segments, report.documents) == (2, 4)
    assert report.chunks == 2 * len(stored("a").chunks) + 1
    assert "generation 2 is kept" in report.notes


def test_a_flipped_bit_in_any_file_is_found(home: Path, layout: CollectionLayout) -> None:
    """Every file that the current generation consists of, one after the other, at its begin and its end."""
    with open_generation(home, "docs") as generation:
        entries = generation.manifest.segments
    files = [path for e in entries for path in layout.segment(e.id).rglob("*") if path.is_file()]
    files += [layout.tombstone(e.tombstones.name) for e in entries if e.tombstones]
    files += [layout.manifest(3), layout.manifest(2), layout.identity]
    kinds = {path.suffix or path.name for path in files}
    assert {".arrow", ".json", ".npz", ".u8", ".i8", ".f32", ".utf8", ".u32"} <= kinds
    for path in files:
        whole = path.read_bytes()
        for place in {0, len(whole) - 1} if whole else ():
            _flip(path, place)
            problems = verify(home, "docs").problems
            assert any(str(path) in problem for problem in problems), (path, place)
            path.write_bytes(whole)
    assert verify(home, "docs").problems == ()


@pytest.mark.parametrize("part", ["documents.arrow", "segment.json", "vectors", "lexical", "."])
def test_missing_files_are_found(home: Path, layout: CollectionLayout, part: str) -> None:
    with open_generation(home, "docs") as generation:
        path = layout.segment(generation.segments[0].id) / part
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert any("missing" in problem for problem in verify(home, "docs").problems)


def test_truncated_files_are_found(home: Path, layout: CollectionLayout) -> None:
    with open_generation(home, "docs") as generation:
        path = layout.segment(generation.segments[0].id) / "vectors" / "int8.i8"
    with path.open("r+b") as stream:
        stream.truncate(3)
    assert any("3 bytes instead of" in problem for problem in verify(home, "docs").problems)


def test_orphans_are_notes(home: Path, layout: CollectionLayout) -> None:
    (layout.segments / "000000009-00000000").mkdir()
    (layout.tombstones / "000000009-00000000.9.npz").touch()
    report = verify(home, "docs")
    assert report.problems == ()
    assert len([note for note in report.notes if "will be swept" in note]) == 2


def test_what_is_not_there_cannot_be_verified(home: Path, layout: CollectionLayout) -> None:
    with pytest.raises(CollectionNotFound):
        verify(home, "other")
    (home / "catalogue.sqlite").unlink()
    with pytest.raises(CatalogueMissing):
        verify(home, "docs")


def _segment(home: Path) -> Any:
    with open_generation(home, "docs") as generation:
        return generation.segments[0], generation.tombstones[0], generation.manifest.metadata_schema


def _problems(home: Path, **changes: Any) -> Any:
    """What the checks say of a segment whose entry is not what it should be (files and checksums are)."""
    from dataclasses import replace

    from engine.store.segments.segment import Segment

    segment, deleted, schema = _segment(home)
    deleted = changes.pop("deleted", deleted)
    schema = changes.pop("schema", schema)
    return segment_checks.segment_problems(
        Segment(segment.directory, replace(segment.entry, **changes), 16), deleted, schema
    )


def test_totals_languages_and_schema_are_counted_again(home: Path, layout: CollectionLayout) -> None:
    from dataclasses import replace

    segment, _, _ = _segment(home)
    living = segment.entry.living
    assert _problems(home) == []
    for name in ("chunks", "documents", "title_length", "body_length"):
        assert "manifest says" in _problems(home, living=replace(living, **{name: getattr(living, name) + 1}))[0]
    assert "languages" in _problems(home, languages={"en": 1})[0]
    assert "'year'" in _problems(home, schema={"year": "bool", "tags": "list"})[0]
    assert "'tags'" in _problems(home, schema={"year": "number"})[0]
    assert _problems(home, chunks=segment.entry.chunks + 1) != []


def test_tombstones_are_counted_again(home: Path, layout: CollectionLayout) -> None:
    _, deleted, _ = _segment(home)
    wrong_counts = Tombstones(deleted.chunks, deleted.documents, deleted.term_ids, deleted.counts + np.uint32(1))
    assert any("term counts" in problem for problem in _problems(home, deleted=wrong_counts))
    wrong_chunks = Tombstones(~deleted.chunks, deleted.documents, deleted.term_ids, deleted.counts)
    assert any("deleted chunks" in problem for problem in _problems(home, deleted=wrong_chunks))


def test_offsets_that_cut_other_text_are_found(
    home: Path, layout: CollectionLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = column_view

    def shifted(table: Any, name: str) -> Any:
        view = real(table, name)
        return view + 1 if name == "byte_start" else view

    monkeypatch.setattr(segment_checks, "column_view", shifted)
    assert any("do not fit its text" in problem for problem in _problems(home))


def test_a_document_alive_twice_is_found(home: Path, writer: CollectionWriter) -> None:
    """Two segments with the same living document, as no commit makes them."""
    writer.commit(batch(stored("a")))
    writer._documents.clear()  # the writer forgets that it has the document
    writer.commit(batch(stored("a")))
    assert any("'a' is alive 2 times" in problem for problem in verify(home, "docs").problems)


def test_an_identity_of_another_collection_is_found(home: Path, layout: CollectionLayout) -> None:
    other = open_writer(home, "other", config())
    shutil.copy(other.layout.identity, layout.identity)
    assert any("another collection" in problem for problem in verify(home, "docs").problems)
    assert json.loads(layout.identity.read_text())["name"] == "other"
