"""Vectors that follow their text, on a disk that fails meanwhile."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import cast

import pytest

from engine.errors import DiskFull
from engine.store.repair.verify import verify
from engine.store.segments import vector_sets
from engine.store.segments.batch import Batch
from engine.store.writer import CollectionWriter, open_writer
from indexer.chunking.chunker import Chunker
from indexer.embedding import embed_missing
from tests.support.fake_encoder import FakeEncoder, PlainChunker
from tests.support.stores import config, stored

SEGMENT_GONE = "000000099-deadbeef.0123456789abcdef.partial"


def embed(writer: CollectionWriter) -> None:
    embed_missing(writer, FakeEncoder(), cast(Chunker, PlainChunker()), lambda chunks: None)


@pytest.mark.parametrize("step", ["index_vectors", "fsync_tree"])
def test_a_full_disk_is_told_and_what_was_embedded_is_gone_on_with(
    home: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(directory: Path, *_: object) -> None:
        (directory / "index.bin").write_bytes(b"half an ind")
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch((stored("a"), stored("b")), None))
        with monkeypatch.context() as patched:
            patched.setattr(vector_sets, step, full)
            with pytest.raises(DiskFull):
                embed(writer)
        embedded: list[int] = []
        embed_missing(writer, FakeEncoder(), cast(Chunker, PlainChunker()), embedded.append)
        assert embedded == []  # all of it was there already
        assert writer.manifest.dense_coverage == 1.0
    report = verify(home, "docs")
    assert not report.problems and not any("swept" in note for note in report.notes)


def test_work_on_a_segment_that_is_gone_is_swept_and_other_work_kept(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch((stored("a"),), None))
        (entry,) = writer.manifest.segments
        begun = vector_sets.VectorSetWriter(writer.layout, entry, FakeEncoder().fingerprint)
        gone = writer.layout.vector_set(SEGMENT_GONE)
        gone.mkdir()
        notes = verify(home, "docs").notes
        assert sum("gone on with" in note for note in notes) == 1 and sum("swept" in note for note in notes) == 1
        writer.sweep(0)
        assert not gone.exists() and begun._directory.exists()
