"""A merge changes no answer, brings nothing back, and is all or nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DiskFull, StorageFailed
from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.manifest import Manifest
from engine.store.merging.merge import merge_all, merge_due, merge_segments
from engine.store.merging.policy import BUSY, MOST_SEGMENTS
from engine.store.repair.verify import verify
from engine.store.segments import merged as merged_segment
from engine.store.writer import CollectionWriter, open_writer
from engine.vectors.numpy_scan import nearest
from engine.vectors.search import search_dense
from tests.support.stores import batch, contents, stored, vectors_of

QUERIES = ["ferry dawn", "船", "commit three", "bread bring über", "title of b", "boat"]


def answers(home: Path) -> Any:
    """Both legs' answers to some queries by chunk id, with scores."""
    found = {}
    with open_generation(home, "docs") as generation:
        for text in QUERIES:
            query = parse_query(text, generation.languages, ())
            lexical = search_lexical(
                [segment.lexical for segment in generation.segments],
                query, generation.statistics, Recipe(), 8, generation.living, generation.chunk_id,
            )  # fmt: skip
            dense = search_dense(
                [segment.vectors for segment in generation.segments],
                vectors_of([text])[0], 8, oversampling=2, allowed=generation.living, scan=nearest,
                name=generation.chunk_id,
            )  # fmt: skip
            found[text] = [[(generation.chunk_id(row), score) for row, score in hits] for hits in (lexical, dense)]
    return found


@pytest.fixture
def several(writer: CollectionWriter) -> Manifest:
    """Four segments with updates and deletes between them, metadata that comes and goes, an empty document."""
    writer.commit(batch(stored("a", year=1.0, tags=("x", "y")), stored("b"), stored("empty", "")))
    writer.commit(batch(stored("b", "new boat über 船 " * 5), stored("c", language="de", note="n")))
    writer.commit(batch(*(stored(f"d{i}", f"commit three boat {i}") for i in range(5))), deletes=["c"])
    return writer.commit(batch(stored("d1", "bread again"), stored("e", year=7.0)), deletes=["d4"])


def test_a_merge_changes_no_answer(home: Path, writer: CollectionWriter, several: Manifest) -> None:
    before, texts = answers(home), contents_of(home)
    report = merge_all(writer)
    assert (report.merges, report.segments_before, report.segments_after) == (1, 4, 1)
    assert report.reclaimed == several_deleted(several) > 0
    assert contents_of(home) == texts
    assert answers(home) == before
    assert verify(home, "docs").problems == ()
    entry = writer.manifest.segments[0]
    assert entry.tombstones is None and entry.chunks == entry.living.chunks == several.living.chunks
    assert writer.manifest.living == several.living
    with open_generation(home, "docs") as generation:
        assert "string.note" not in generation.segments[0].documents.column_names  # its only document is deleted


def test_any_choice_of_segments_may_be_merged(home: Path, writer: CollectionWriter, several: Manifest) -> None:
    before = answers(home)
    ids = [entry.id for entry in several.segments]
    merge_segments(writer, [ids[0], ids[2]])
    assert [entry.id for entry in writer.manifest.segments][1:] == [ids[1], ids[3]]
    assert answers(home) == before
    merge_segments(writer, [ids[3]])
    assert answers(home) == before
    assert verify(home, "docs").problems == ()


def test_vector_codes_are_copied_bit_for_bit(home: Path, writer: CollectionWriter, several: Manifest) -> None:
    def codes() -> Any:
        with open_generation(home, "docs") as generation:
            return {
                generation.segments[s].chunk_id(r): tuple(
                    np.asarray(part[r]).tobytes()
                    for part in (segment.vectors.binary, segment.vectors.int8, segment.vectors.scale)
                )
                for s, segment in enumerate(generation.segments)
                for r in range(segment.rows)
                if (living := generation.living[s]) is None or living[r]
            }

    before = codes()
    merge_all(writer)
    assert codes() == before


def test_segments_without_deletions_are_not_analysed_again(
    home: Path, writer: CollectionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        writer.commit(batch(stored(f"n{number}", f"boat {number} in the dawn"), stored(f"m{number}")))
    before = answers(home)

    def analysed(*args: Any) -> None:
        raise AssertionError("The text was analysed again.")

    monkeypatch.setattr(merged_segment, "write_lexical", analysed)
    merge_all(writer)
    assert len(writer.manifest.segments) == 1
    assert answers(home) == before
    assert verify(home, "docs").problems == ()


def test_writing_goes_on_after_a_merge_and_nothing_comes_back(
    home: Path, writer: CollectionWriter, several: Manifest
) -> None:
    writer.content_hashes()  # the writer's own view has to follow the merge
    merge_all(writer)
    assert writer.content_hashes().keys() == contents_of(home).keys()
    writer.commit(batch(stored("a", "once more")), deletes=["b"])
    merge_all(writer)
    texts = contents_of(home)
    assert texts["a"] == "once more" and not {"b", "c", "d4"} & texts.keys()
    writer.close()
    with open_writer(home, "docs") as other:
        assert other.content_hashes().keys() == texts.keys()
    assert verify(home, "docs").problems == ()


def test_a_reader_keeps_what_it_pinned(home: Path, writer: CollectionWriter, several: Manifest) -> None:
    with open_generation(home, "docs") as old:
        before = contents(old)
        merge_all(writer)
        writer.sweep(0)
        assert contents(old) == before  # read after the merge, from the segments that it replaced
    assert writer.sweep(0).removed


def test_merging_what_is_due_bounds_the_segments(home: Path, writer: CollectionWriter) -> None:
    commits = 3 * BUSY
    for number in range(commits):
        writer.commit(batch(stored(f"n{number}", f"boat {number}"), stored("same", f"commit {number}")))
        merge_due(writer, BUSY)
        assert len(writer.manifest.segments) < BUSY < MOST_SEGMENTS
    assert merge_due(writer).segments_before > 1 == len(writer.manifest.segments)
    texts = contents_of(home)
    assert len(texts) == commits + 1 and texts["same"] == f"commit {commits - 1}"
    assert verify(home, "docs").problems == ()
    assert merge_due(writer).merges == 0


def test_an_empty_collection_is_left_alone(home: Path, writer: CollectionWriter) -> None:
    assert merge_all(writer).merges == merge_due(writer).merges == 0
    assert writer.manifest.generation == 1


@pytest.mark.parametrize(("code", "raised"), [(errno.ENOSPC, DiskFull), (errno.EIO, StorageFailed)])
def test_a_disk_that_fails_at_any_sync_keeps_the_old_generation(
    home: Path,
    writer: CollectionWriter,
    several: Manifest,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    raised: type[DiskFull] | type[StorageFailed],
) -> None:
    real, point, before = os.fsync, 0, answers(home)
    while True:
        point += 1
        calls = 0

        def failing(descriptor: int, point: int = point) -> None:
            nonlocal calls
            calls += 1
            if calls == point:
                raise OSError(code, os.strerror(code))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", failing)
        try:
            merge_all(writer)
        except raised:
            monkeypatch.setattr(os, "fsync", real)
            if point % 6 == 1:
                assert verify(home, "docs").problems == ()
                assert answers(home) == before
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
    assert point > 20
    assert answers(home) == before


@pytest.mark.parametrize("part", ["write_lexical", "join_lexical", "copy_vectors"])
def test_a_disk_that_fills_up_while_a_part_is_written(
    home: Path,
    writer: CollectionWriter,
    several: Manifest,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(merged_segment, part, full)
    with pytest.raises(DiskFull):
        merge_all(writer)
    assert writer.manifest == several
    assert len(list(writer.layout.segments.iterdir())) == 4


def contents_of(home: Path) -> dict[str, str]:
    with open_generation(home, "docs") as generation:
        return {name: document.text for name, document in contents(generation).items()}


def several_deleted(manifest: Manifest) -> int:
    return sum(entry.chunks - entry.living.chunks for entry in manifest.segments)
