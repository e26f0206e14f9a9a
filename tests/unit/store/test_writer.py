from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.errors import (
    CollectionNotFound,
    DocumentNotFound,
    ModelMismatch,
    StoreDamaged,
    UsageError,
    WriterBusy,
)
from engine.recipe import Recipe
from engine.store.catalogue import catalogue as catalogue_module
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.merging.merge import merge_all
from engine.store.writer import CollectionWriter, open_writer
from engine.types import Document
from tests.support.stores import batch, config, contents, stored, tree


def _living(home: Path) -> dict[str, Document]:
    with open_generation(home, "docs") as generation:
        return contents(generation)


def test_a_new_collection_is_empty_and_searchable(home: Path, writer: CollectionWriter) -> None:
    assert writer.content_hashes() == {}
    assert writer.manifest.models == {"encoder": "fake", "reranker": None}
    assert writer.manifest.recipe == Recipe()
    with open_generation(home, "docs") as generation:
        assert (generation.number, generation.segments, generation.languages) == (1, [], [])
        assert generation.statistics.chunk_count == generation.statistics.document_frequency("x") == 0


def test_opening_what_is_not_there(home: Path) -> None:
    with pytest.raises(CollectionNotFound):
        open_writer(home, "docs")
    assert not home.exists()
    with pytest.raises(UsageError, match="cannot name"):
        open_writer(home, "No Such", config())


def test_one_writer_at_a_time_and_another_afterwards(home: Path, writer: CollectionWriter) -> None:
    with pytest.raises(WriterBusy):
        open_writer(home, "docs")
    writer.close()
    with pytest.raises(UsageError, match="closed"):
        writer.commit(None)
    open_writer(home, "docs").close()


def test_a_collection_whose_directory_is_gone(home: Path, writer: CollectionWriter) -> None:
    writer.close()
    shutil.rmtree(writer.layout.root)
    for create in (None, config()):
        with pytest.raises(StoreDamaged, match="is missing"):
            open_writer(home, "docs", create)
    with pytest.raises(StoreDamaged, match="is missing"):
        open_generation(home, "docs")


def test_an_error_inside_the_block_releases_the_lock(home: Path) -> None:
    with pytest.raises(RuntimeError), open_writer(home, "docs", config()):
        raise RuntimeError
    open_writer(home, "docs").close()


def test_another_model_is_refused_and_the_lock_released(home: Path, writer: CollectionWriter) -> None:
    writer.close()
    with pytest.raises(ModelMismatch, match="weights"):
        open_writer(home, "docs", config(weights="other"))
    open_writer(home, "docs", config()).close()


def test_documents_are_added_replaced_and_deleted(home: Path, writer: CollectionWriter) -> None:
    first = writer.commit(batch(stored("a"), stored("b"), stored("c")))
    assert (first.generation, len(first.segments)) == (2, 1)
    second = writer.commit(batch(stored("b", "new text"), stored("d")), deletes=["c"])
    assert second.generation == 3
    wanted = {s.document.id: s for s in (stored("a"), stored("b", "new text"), stored("d"))}
    assert _living(home) == {name: document.document for name, document in wanted.items()}
    assert writer.content_hashes() == {name: document.content_hash for name, document in wanted.items()}
    writer.close()
    with open_writer(home, "docs") as reopened:
        assert reopened.manifest == second
        assert reopened.content_hashes() == {name: document.content_hash for name, document in wanted.items()}


def test_nothing_to_do_makes_no_generation(home: Path, writer: CollectionWriter) -> None:
    current = writer.commit(batch(stored("a")))
    before = tree(home)
    assert writer.commit(None) == current
    assert writer.commit(batch()) == current
    assert writer.commit(None, metadata_schema={}, recipe=current.recipe) == current
    assert tree(home) == before


def test_a_recipe_or_a_schema_alone_makes_one(writer: CollectionWriter) -> None:
    assert writer.commit(None, recipe=Recipe(k1=1.5)).recipe.k1 == 1.5
    changed = writer.commit(None, metadata_schema={"year": "number"})
    assert (changed.generation, changed.metadata_schema) == (3, {"year": "number"})


def test_the_schema_grows_and_widens_where_values_differ_in_type(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", year=3.0)))
    assert writer.commit(batch(stored("b", tag="x"))).metadata_schema == {"year": "number", "tag": "string"}
    assert writer.commit(batch(stored("c", year="x"))).metadata_schema == {"year": "string", "tag": "string"}
    assert writer.commit(None, metadata_schema={"tag": "list"}).metadata_schema == {"year": "string", "tag": "list"}
    found = {name: dict(document.metadata) for name, document in _living(home).items()}
    assert found == {"a": {"year": 3.0}, "b": {"tag": "x"}, "c": {"year": "x"}}
    merge_all(writer)
    assert {name: dict(document.metadata) for name, document in _living(home).items()} == found


def test_metadata_that_cannot_be_stored_is_refused(writer: CollectionWriter) -> None:
    before = writer.manifest
    with pytest.raises(UsageError, match="'year'"):
        writer.commit(batch(stored("c", year=float("nan"))))
    assert writer.manifest == before


def test_an_id_is_found_in_either_unicode_form(home: Path, writer: CollectionWriter) -> None:
    composed, apart = "Jos\u00e9", "Jose\u0301"
    writer.commit(batch(stored(apart), stored("x")))
    with open_generation(home, "docs") as generation:
        assert generation.find(composed) == generation.find(apart) == (0, 0)
    writer.commit(None, deletes=[composed])
    assert set(_living(home)) == {"x"}


def test_an_unknown_document_cannot_be_deleted_and_nothing_happens(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a")))
    before = tree(home)
    with pytest.raises(DocumentNotFound, match="'x'"):
        writer.commit(batch(stored("b")), deletes=["a", "x"])
    assert tree(home) == before


def test_a_document_that_arrives_and_is_deleted_in_one_commit_stays(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a")))
    writer.commit(batch(stored("a", "new")), deletes=["a"])
    assert _living(home)["a"].text == "new"


@pytest.mark.parametrize("dimension", [8, 32])
def test_vectors_of_another_dimension(writer: CollectionWriter, dimension: int) -> None:
    whole = batch(stored("a"))
    with pytest.raises(ModelMismatch):
        writer.commit(type(whole)(whole.documents, whole.vectors.repeat(2, 1)[:, :dimension]))


def test_documents_without_chunks_are_kept(home: Path, writer: CollectionWriter) -> None:
    manifest = writer.commit(batch(stored("a", ""), stored("b", "")))
    assert (manifest.living.chunks, manifest.living.documents) == (0, 2)
    assert set(writer.content_hashes()) == {"a", "b"}
    writer.commit(batch(stored("a", "now with text")))
    writer.commit(None, deletes=["b"])
    assert [*_living(home)] == ["a"]
    assert len(writer.manifest.segments) == 1  # the first has nobody left


def test_a_segment_without_survivors_leaves_the_manifest(writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    manifest = writer.commit(None, deletes=["a", "b"])
    assert manifest.segments == () and manifest.living.documents == 0


def test_languages_follow_the_living(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b", language="de"), stored("c", "kurz", language="de")))
    with open_generation(home, "docs") as generation:
        assert generation.languages == ["de", "en"]
    writer.commit(None, deletes=["b"])
    assert writer.manifest.segments[0].languages == {"en": len(stored("a").chunks), "de": 1}


def test_a_leftover_manifest_is_never_overwritten(home: Path, writer: CollectionWriter) -> None:
    leftover = writer.layout.manifest(7)
    leftover.write_text("of a crashed commit")
    assert writer.commit(batch(stored("a"))).generation == 8
    assert leftover.read_text() == "of a crashed commit"


def test_the_catalogue_is_compared_before_it_is_set(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a")))
    Catalogue(home).advance(writer.manifest.uuid, 2, 1)  # somebody meddles
    writer.layout.pin(2).write_bytes(b"")
    with pytest.raises(WriterBusy):
        writer.commit(batch(stored("b")))
    assert writer.manifest.generation == 1  # what the catalogue says counts
    writer.commit(batch(stored("c")))
    assert set(_living(home)) == {"c"}


def test_everything_is_durable_before_the_manifest_and_the_catalogue_comes_last(
    writer: CollectionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of a commit: what a later step names was synced, data and directory, by an earlier one."""
    writer.commit(batch(stored("a"), stored("b")))
    events: list[str] = []
    sync, replace, advance = os.fsync, os.replace, catalogue_module.Catalogue.advance
    monkeypatch.setattr(os, "fsync", lambda d: (events.append(str(Path(f"/proc/self/fd/{d}").readlink())), sync(d))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (events.append(f"{b} renamed"), replace(a, b))[1])
    monkeypatch.setattr(
        catalogue_module.Catalogue, "advance", lambda self, *args: (events.append("catalogue"), advance(self, *args))[1]
    )
    manifest = writer.commit(batch(stored("b", "new"), stored("c")))
    layout = writer.layout
    named = events.index(f"{layout.manifest(manifest.generation)} renamed")
    assert events[named + 1 :] == [str(layout.generations), "catalogue", str(layout.pin(manifest.generation))]
    before = events[:named]
    segment = layout.segment(manifest.segments[-1].id)
    files = [*segment.rglob("*"), segment, layout.segments, layout.pins]
    assert set(map(str, files)) <= set(before)
    tombstone = layout.tombstone(manifest.segments[0].tombstones.name)
    renamed = before.index(f"{tombstone} renamed")
    assert str(layout.tombstones) in before[renamed:]
    assert any(Path(e).name.startswith(f".{tombstone.name}") for e in before[:renamed])
    assert any(Path(e).name.startswith(f".{layout.manifest(manifest.generation).name}") for e in before)
