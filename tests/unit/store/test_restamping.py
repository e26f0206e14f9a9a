"""Documents under new ids: what was stored of them stays, vectors included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DocumentNotFound, UsageError
from engine.store.generation import Generation, open_generation
from engine.store.repair.verify import verify
from engine.store.roots import Root, Roots
from engine.store.segments.batch import Batch
from engine.store.segments.metadata import conform
from engine.store.segments.restamped import Stamp
from engine.store.writer import CollectionWriter, open_writer
from engine.types import RowId
from tests.support.stores import batch, config, contents, stored, vectors_of


def codes(generation: Generation, name: str) -> Any:
    """The int8 codes of a document's chunks."""
    return generation.codes(generation.chunk_rows(*(generation.find(name) or ())))


def test_a_document_gets_another_id_with_its_text_and_its_vectors(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", year=2020.0), stored("b", "plain", tag="x")))
    writer.commit(batch(stored("c", "last")))
    with open_generation(home, "docs") as before:
        vectors = codes(before, "a")
    writer.restamp({"a": Stamp("docs/a", "file:///moved/a"), "c": Stamp("docs/c", "file:///c")})
    with open_generation(home, "docs") as after:
        old = stored("a", year=2020.0).document
        assert contents(after) == {
            "docs/a": replace(old, id="docs/a", uri="file:///moved/a"),
            "b": stored("b", "plain", tag="x").document,
            "docs/c": replace(stored("c", "last").document, id="docs/c", uri="file:///c"),
        }
        assert np.array_equal(codes(after, "docs/a"), vectors)
        assert after.chunk_id(RowId(len(after.segments) - 1, 0)) == "docs/a#0"
        assert after.manifest.dense_coverage == 1.0
    assert writer.content_hashes() == {
        "docs/a": stored("a", year=2020.0).content_hash,
        "b": stored("b", "plain", tag="x").content_hash,
        "docs/c": stored("c", "last").content_hash,
    }
    assert not verify(home, "docs").problems


def test_metadata_are_replaced_where_the_stamp_has_some(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", year=2020.0, tag="x"), stored("b", tag="y"), stored("c")))
    new, schema, _ = conform({"kind": "pdf", "modified": date(2026, 1, 2), "bytes": 7}, writer.manifest.metadata_schema)
    stamps = {"a": Stamp("a", "u", new), "b": Stamp("b", "u"), "c": Stamp("c", "u", {})}
    writer.restamp(stamps, change=lambda manifest: replace(manifest, metadata_schema=schema))
    with open_generation(home, "docs") as after:
        assert {name: document.metadata for name, document in contents(after).items()} == {
            "a": {"kind": "pdf", "modified": date(2026, 1, 2), "bytes": 7}, "b": {"tag": "y"}, "c": {},
        }  # fmt: skip
        assert "number.year" not in after.segments[-1].documents.column_names
    assert not verify(home, "docs").problems


def test_two_documents_change_places_and_one_makes_way(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b", "plain"), stored("c", "third")))
    writer.restamp({"a": Stamp("b", "1"), "b": Stamp("c", "2")})
    with open_generation(home, "docs") as after:
        assert {name: document.text for name, document in contents(after).items()} == {
            "b": stored("a").document.text,
            "c": "plain",
        }


def test_roots_renames_and_removals_are_one_commit(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    generation, roots = writer.manifest.generation, Roots((Root("docs", "/docs", False),))
    writer.restamp({"a": Stamp("x", "u")}, ["b"], lambda manifest: replace(manifest, roots=roots))
    assert writer.manifest.generation == generation + 1
    assert set(writer.content_hashes()) == {"x"}
    with open_generation(home, "docs") as after:
        assert after.manifest.roots == roots


def test_text_that_waits_for_its_vectors_goes_on_waiting(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
        writer.commit(Batch((stored("b"), stored("c")), None))
        writer.restamp({"a": Stamp("x", "u"), "b": Stamp("y", "u")})
        assert sorted(entry.embedded for entry in writer.manifest.segments) == [False, False, True]
    with open_generation(home, "docs") as after:
        assert set(contents(after)) == {"x", "y", "c"}
        wanted = vectors_of([chunk.text for chunk in stored("a").chunks])
        assert len(codes(after, "x")) == len(wanted) and codes(after, "x").any() and not codes(after, "y").any()


def test_what_is_not_there_and_what_comes_twice_changes_nothing(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    before = writer.manifest
    with pytest.raises(DocumentNotFound, match="nowhere"):
        writer.restamp({"a": Stamp("x", "u"), "nowhere": Stamp("y", "u")})
    with pytest.raises(DocumentNotFound, match="gone"):
        writer.restamp({}, ["gone"])
    with pytest.raises(UsageError, match="the same id"):
        writer.restamp({"a": Stamp("x", "u"), "b": Stamp("x", "u")})
    assert writer.manifest == before and set(writer.content_hashes()) == {"a", "b"}
