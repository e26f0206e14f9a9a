from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store.generation import Generation, open_generation
from engine.store.segments.segment import Segment
from engine.store.segments.tables import chunk_table, code_point_bytes, document_table, map_table, write_table
from engine.store.segments.writer import analyse
from engine.store.writer import open_writer
from engine.types import RowId
from tests.support.stores import CHUNK, TEXT, batch, config, contents, stored


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_code_point_bytes_is_the_length_of_every_prefix(text: str) -> None:
    assert code_point_bytes(text).tolist() == [len(text[:n].encode()) for n in range(len(text) + 1)]


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=4))
def test_tables_cut_every_chunk_by_points_and_by_bytes(tmp_path_factory: pytest.TempPathFactory, texts: Any) -> None:
    documents = [stored(f"d{n}", text) for n, text in enumerate(texts)]
    folder = tmp_path_factory.mktemp("tables")
    write_table(folder / "d", document_table(documents))
    write_table(folder / "c", chunk_table(documents))
    table, chunks = map_table(folder / "d"), map_table(folder / "c").to_pylist()
    assert table.column("text").to_pylist() == texts
    wanted = [(n, chunk) for n, document in enumerate(documents) for chunk in document.chunks]
    assert len(wanted) == len(chunks)
    for (row, chunk), found in zip(wanted, chunks, strict=True):
        text = texts[row]
        assert (found["document"], found["ordinal"]) == (row, chunk.ordinal)
        assert text[found["start"] : found["end"]] == chunk.text
        assert text.encode()[found["byte_start"] : found["byte_end"]].decode() == chunk.text


def test_analysing_replaces_what_a_killed_process_has_begun(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
        segment = writer.layout.segment(writer.manifest.segments[0].id)
    files = ("forward/terms.utf8", "forward/term_ids.u32", "words.utf8")
    before = [(segment / "lexical" / name).read_bytes() for name in files]
    (segment / "lexical" / "forward" / "terms.utf8").write_bytes(b"half")
    (segment / "lexical" / "tantivy.writing").mkdir()
    assert analyse(segment).chunks == len(stored("a").chunks)
    assert [(segment / "lexical" / name).read_bytes() for name in files] == before
    assert not (segment / "lexical" / "tantivy.writing").exists()


METADATA: dict[str, Any] = {"n": 2.5, "on": date(2020, 1, 2), "tags": ("a", "b"), "s": "x", "b": False}


@pytest.fixture
def generation(home: Path) -> Iterator[Generation]:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a", **METADATA), stored("empty", ""), stored("b", "plain", language="de", n=1.0)))
    with open_generation(home, "docs") as opened:
        yield opened


def test_documents_and_chunks_come_back_as_they_went_in(generation: Generation) -> None:
    a = stored("a", **METADATA)
    assert contents(generation) == {
        "a": a.document,
        "empty": stored("empty", "").document,
        "b": stored("b", "plain", language="de", n=1.0).document,
    }
    for row, chunk in enumerate(a.chunks):
        assert generation.chunk(RowId(0, row)) == (chunk, a.document)
        assert generation.chunk_id(RowId(0, row)) == chunk.id
        assert generation.document_id(RowId(0, row)) == "a"
    assert generation.segments[0].document_rows.tolist() == [0] * len(a.chunks) + [2]


def test_absent_metadata_stays_absent(generation: Generation) -> None:
    assert contents(generation)["empty"].metadata == {}


def test_text_is_stored_once_and_read_from_the_map(generation: Generation) -> None:
    files = [path for path in generation.segments[0].directory.rglob("*") if path.is_file()]
    holding = [path.name for path in files if TEXT.encode()[:CHUNK] in path.read_bytes()]
    assert sorted(holding) == ["documents.arrow", "text.parity"]  # so short a text is its own parity
    rows = generation.segments[0].document_rows
    assert not rows.flags.owndata and not rows.flags.writeable


def test_opening_touches_no_file(generation: Generation) -> None:
    segment = generation.segments[0]
    gone = Segment(segment.directory.with_name("gone"), segment.entry, 16)
    assert (gone.id, gone.rows) == (segment.id, segment.rows)
    for part in ("documents", "chunks", "document_rows", "vectors"):
        with pytest.raises(StoreDamaged):
            getattr(gone, part)


def test_a_table_of_other_length_is_damage(generation: Generation) -> None:
    segment = generation.segments[0]
    with pytest.raises(StoreDamaged, match="rows instead of"):
        _ = Segment(segment.directory, replace(segment.entry, documents=7), 16).documents


def test_threads_share_one_map(generation: Generation) -> None:
    segment = generation.segments[0]
    found, start = [], threading.Barrier(8)

    def read() -> None:
        start.wait()
        found.append((id(segment.documents), id(segment.lexical), id(segment.document_rows)))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_vectors_keep_the_order_of_the_chunks(generation: Generation) -> None:
    segment = generation.segments[0]
    vectors = batch(stored("a", **METADATA), stored("b", "plain")).vectors
    assert vectors is not None
    np.testing.assert_array_equal(np.unpackbits(segment.vectors.binary, axis=1).astype(bool), vectors > 0)
