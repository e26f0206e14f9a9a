"""Vectors that come after their text: of a first ingest, and of another encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexer.embedding
import indexer.reembed
from engine.collection import open_collection
from engine.errors import UsageError
from engine.models import LocalModels, load_encoder
from engine.store.backups.backup import back_up
from engine.store.backups.restore import restore
from engine.store.generation import open_generation
from engine.store.manifest import read_manifest
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from indexer.chunking.chunker import Chunker
from indexer.ingest import ingest
from indexer.reembed import reembed
from tests.conftest import Models
from tests.support.checkpoints import tiny_static
from tests.support.documents import topical, write_records
from tests.unit.indexer_ingest.test_ingest import Watched


@pytest.fixture
def other(tmp_path: Path) -> str:
    return str(tiny_static(tmp_path / "static", dimension=24))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_records(tmp_path / "r.jsonl", topical(30))


def fill(home: Path, file: Path, encoder: str, **options: Any) -> None:
    ingest([file], home=home, collection="c", encoder=encoder, reranker="none", **options)


def runtimes(home: Path) -> tuple[str, ...]:
    with open_generation(home, "c") as generation:
        return generation.manifest.index_fingerprint.runtimes


def test_what_embedded_the_passages_is_recorded(
    home: Path, file: Path, other: str, models: Models, setting: Callable[..., None]
) -> None:
    setting(text_first_chunks=10)
    fill(home, file, models.encoder)
    assert runtimes(home) == ("onnx float32",)
    setting(precision="int8")
    write_records(file, topical(31))
    fill(home, file, models.encoder)
    assert runtimes(home) == ("onnx float32", "onnx int8")
    with open_writer(home, "c") as writer:
        writer.commit(None, deletes=[next(iter(writer.content_hashes()))])
    assert runtimes(home) == ("onnx float32", "onnx int8")
    reembed(home, "c", other)
    assert runtimes(home) == ()  # a table of vectors needs none


def answers(home: Path, generation: int | None = None) -> list[list[tuple[str, float]]]:
    with open_collection("c", home=home, generation=generation) as collection:
        return [
            [(hit.chunk.id, round(hit.score, 4)) for hit in collection.search(query, 20).hits]
            for query in ("the river", "bridge of the city", "food year")
        ]


def test_text_first_ends_as_vectors_at_once(
    home: Path, tmp_path: Path, file: Path, models: Models, setting: Callable[..., None]
) -> None:
    fill(home, file, models.encoder, text_first=False)
    setting(text_first_chunks=10, commit_chunks=8)
    fill(tmp_path / "other", file, models.encoder)
    with open_generation(tmp_path / "other", "c") as generation:
        assert generation.manifest.dense_coverage == 1.0
        assert len(generation.segments) == 1  # what was committed in four is merged at the end
    assert answers(tmp_path / "other") == answers(home)
    assert verify(tmp_path / "other", "c").problems == ()


def test_while_embedding_text_is_found_and_coverage_told(
    home: Path, file: Path, models: Models, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(text_first_chunks=10, commit_chunks=8)
    encoder: Any = Watched(load_encoder(models.encoder))
    encoder.limit = 16
    monkeypatch.setattr(LocalModels, "encoder", lambda self, name: encoder)
    with pytest.raises(KeyboardInterrupt):
        fill(home, file, models.encoder)
    monkeypatch.undo()
    with open_collection("c", home=home) as collection:
        found = collection.search("document 29", 30)
        assert found.dense_coverage == pytest.approx(16 / 30)
        assert found.hits[0].document.id == "d029" or "d029" in {hit.document.id for hit in found.hits}
        assert collection.search('"document 29"').hits[0].document.id == "d029"
    assert verify(home, "c").problems == ()
    with open_writer(home, "c") as writer:  # deletes and other commits do not mind
        writer.commit(None, deletes=["d029", "d000"])
    fill(home, file, models.encoder)  # brings both back, and embeds the rest
    with open_generation(home, "c") as generation:
        assert generation.manifest.dense_coverage == 1.0 and generation.manifest.living.documents == 30
    assert verify(home, "c").problems == ()


def test_a_block_that_was_durable_is_not_embedded_again(
    home: Path, file: Path, models: Models, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(text_first_chunks=0)
    monkeypatch.setattr(indexer.embedding, "DURABLE_CHUNKS", 7)
    encoder: Any = Watched(load_encoder(models.encoder))
    monkeypatch.setattr(LocalModels, "encoder", lambda self, name: encoder)
    encoder.limit = 20
    with pytest.raises(KeyboardInterrupt):
        fill(home, file, models.encoder)
    assert encoder.embedded == 14
    (partial,) = (home / "collections").glob("*/vectors/*.partial")
    with (partial / "int8.i8").open("ab") as stream:
        stream.write(b"torn")  # a write that was never acknowledged
    encoder.limit, encoder.embedded = None, 0
    fill(home, file, models.encoder)
    assert encoder.embedded == 30 - 14
    with open_generation(home, "c") as generation:
        segment = generation.segments[0]
        texts = indexer.embedding.embedding_texts(segment, list(range(30)), Chunker.for_encoder(encoder))
        decoded = segment.vectors.int8 * segment.vectors.scale[:, None]
        np.testing.assert_allclose(decoded, encoder.encode(texts), atol=0.02)


def test_reembed_switches_at_once(home: Path, tmp_path: Path, file: Path, models: Models, other: str) -> None:
    fill(home, file, models.encoder)
    before = answers(home)
    with open_generation(home, "c") as pinned:
        report = reembed(home, "c", other)
        assert answers(home, pinned.number) == before  # the old generation is still there
    assert report.switched and report.embedded == 30 and report.comparison is not None
    assert 0 <= report.comparison.overlap <= 1 and report.comparison.queries == 30
    fill(tmp_path / "fresh", file, other)
    assert answers(home) == answers(tmp_path / "fresh")
    assert verify(home, "c").problems == ()
    fill(home, file, other)  # goes on with the new encoder
    back_up(home, "c", str(tmp_path / "depot"))
    restore(tmp_path / "restored", str(tmp_path / "depot"))
    assert answers(tmp_path / "restored") == answers(home)
    with pytest.raises(UsageError, match="already"):
        reembed(home, "c", other)


def test_reembed_resumes_across_other_commits(
    home: Path, file: Path, models: Models, other: str, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(commit_chunks=10, sweep_grace_seconds=0)
    with monkeypatch.context() as patch:
        patch.setattr(indexer.ingest, "merge_due", lambda *given: None)  # so that there are three segments
        fill(home, file, models.encoder)
    before = answers(home)
    encoder: Any = Watched(load_encoder(other))
    encoder.limit = 25
    monkeypatch.setattr(indexer.reembed, "load_encoder", lambda name: encoder)
    with pytest.raises(KeyboardInterrupt):
        reembed(home, "c", other)
    assert encoder.embedded == 20 and answers(home) == before
    with open_writer(home, "c") as writer:  # which also sweeps
        writer.commit(None, deletes=["d003"])
    assert verify(home, "c").problems == ()
    encoder.limit, encoder.embedded = None, 0
    report = reembed(home, "c", None, switch=False)
    assert (encoder.embedded, report.embedded, report.switched) == (10 + report.comparison.queries, 10, False)
    assert report.encoder == other
    report = reembed(home, "c", None)
    assert (report.embedded, report.switched) == (0, True)
    with open_generation(home, "c") as generation:
        assert generation.manifest.models["encoder"] == other and generation.manifest.upcoming is None
        assert read_manifest(generation.layout, generation.number) == generation.manifest
    with pytest.raises(UsageError, match="Nothing was interrupted"):
        reembed(home, "c", None)


def test_chunks_that_the_new_encoder_cuts_are_counted(home: Path, tmp_path: Path, models: Models) -> None:
    text = "the river and the bridge of the city " * 40
    big = str(tiny_static(tmp_path / "static"))
    fill(home, write_records(tmp_path / "r.jsonl", [{"id": "a", "text": text}]), big)
    with open_generation(home, "c") as generation:
        longest = max(len(generation.passage(row)[1].text.split()) for row in generation.chunk_rows(0, 0))
    report = reembed(home, "c", models.encoder)  # reads 64 tokens
    assert (report.cut > 0) == (longest > 64)
    assert report.switched and longest > 64
