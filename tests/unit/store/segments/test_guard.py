"""No part of a segment is read that does not match its checksum, and what was read is remembered no longer than it holds."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StoreDamaged
from engine.fingerprint import digest_file
from engine.query.pipeline import Request, Searcher
from engine.remembered import READ_AGAIN_SECONDS
from engine.store import digests as digests_module
from engine.store.digests import FILE, Digests
from engine.store.generation import open_generation
from engine.store.segments import guard as guard_module
from engine.store.writer import open_writer
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, contents, stored


@pytest.fixture
def filled(home: Path) -> Path:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a"), stored("b")))
    return home


@pytest.fixture(autouse=True)
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "LOOK_SECONDS", 0.0)


def flip(path: Path, place: int | None = None) -> None:
    """In place, as a disk does it; the time of the last change by a program is set back."""
    before = path.stat()
    with path.open("r+b") as stream:
        data = bytearray(stream.read())
        data[len(data) // 2 if place is None else place] ^= 1
        stream.seek(0)
        stream.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


PARTS = {
    "documents.arrow": lambda segment: segment.documents,
    "chunks.arrow": lambda segment: segment.document_rows,
    "vectors/int8.i8": lambda segment: segment.vectors,
    "lexical/forward/terms.utf8": lambda segment: segment.lexical,
    "lexical/tantivy/meta.json": lambda segment: segment.lexical.tantivy,
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("opened_before", [False, True])
def test_an_altered_part_is_not_read(filled: Path, name: str, opened_before: bool) -> None:
    with open_generation(filled, "docs") as generation:
        (segment,) = generation.segments
        if opened_before:
            PARTS[name](segment)
            time.sleep(0.06)
        flip(segment.directory / name)
        with pytest.raises(StoreDamaged, match="does not match its checksum"):
            PARTS[name](segment)
        flip(segment.directory / name)
        PARTS[name](segment)  # whole again


def test_other_parts_can_be_read(filled: Path) -> None:
    with open_generation(filled, "docs") as generation:
        flip(generation.segments[0].directory / "vectors" / "int8.i8")
        assert contents(generation).keys() == {"a", "b"}


def test_a_file_that_took_the_place_of_a_damaged_one_is_mapped_again(filled: Path) -> None:
    with open_generation(filled, "docs") as generation:
        path = generation.segments[0].directory / "documents.arrow"
        before, whole = generation.segments[0].documents, path.read_bytes()
        path.with_suffix(".new").write_bytes(whole)
        flip(path)
        path.with_suffix(".new").replace(path)
        assert generation.segments[0].documents is not before
        assert contents(generation).keys() == {"a", "b"}


@pytest.mark.parametrize(
    "raised", [IndexError("x"), RuntimeError("x"), MemoryError(), UnicodeDecodeError("utf-8", b"", 0, 1, "x")]
)
@pytest.mark.parametrize("damaged", [True, False])
def test_what_a_library_raises_is_blamed_on_damage_where_there_is_any(
    filled: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: IndexError | MemoryError | RuntimeError | UnicodeDecodeError,
    damaged: bool,
) -> None:
    monkeypatch.setattr(guard_module, "LOOK_SECONDS", 60.0)
    with open_generation(filled, "docs") as generation:
        searcher = Searcher(generation, FakeEncoder(), None)
        assert searcher.search(Request("ferry", 3)).hits
        if damaged:
            flip(generation.segments[0].directory / "chunks.arrow")

        def fail(*args: Any, **named: Any) -> None:
            raise raised

        monkeypatch.setattr(searcher._pager, "hits", fail)
        with pytest.raises(StoreDamaged if damaged else type(raised)):
            searcher.search(Request("ferry", 3))


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose checksum is worth writing down."""
    monkeypatch.setattr(digests_module, "_WORTH_WRITING", 1)
    path = tmp_path / "segments" / "file"
    path.parent.mkdir()
    path.write_bytes(b"x" * 1000)
    time.sleep(0.06)
    Digests(tmp_path).digests([path])
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Paths that were read whole."""
    real = digest_file
    found: list[Path] = []
    monkeypatch.setattr(digests_module, "digest_file", lambda path: (found.append(path), real(path))[1])
    return found


def test_the_next_process_need_not_read_again(large: Path, tmp_path: Path, reads: list[Path]) -> None:
    assert (tmp_path / FILE).is_file()
    before = Digests(tmp_path).digest(large)
    assert reads == []
    flip(large)
    assert Digests(tmp_path).digest(large) != before and reads == [large]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 100, None])
def test_a_damaged_memory_is_none(large: Path, tmp_path: Path, reads: list[Path], damage: bytes | None) -> None:
    flip(tmp_path / FILE) if damage is None else (tmp_path / FILE).write_bytes(damage)
    Digests(tmp_path).digest(large)
    assert reads == [large]


def test_what_was_read_a_day_ago_is_read_again_behind_the_scenes(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[Path]
) -> None:
    later = []
    monkeypatch.setattr(digests_module, "_read_later", lambda digests, path: later.append(path))
    digests = Digests(tmp_path)
    now = time.time()
    for shift, wanted in ((0, []), (READ_AGAIN_SECONDS + 1, [large]), (-3600, [large, large])):  # also a clock set back
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        digests.digest(large)
        assert later == wanted
    assert reads == []


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path: Path, reads: list[Path]) -> None:
    """It could change once more within the same tick of its clock."""
    path, digests = tmp_path / "file", Digests(tmp_path)
    path.write_bytes(b"x")
    future = time.time_ns() + 10**9
    os.utime(path, ns=(future, future))
    digests.digest(path)
    digests.digest(path)
    assert reads == [path, path]


def test_a_directory_that_cannot_be_written_is_no_hindrance(large: Path, tmp_path: Path, reads: list[Path]) -> None:
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    digests = Digests(tmp_path)
    digests.digests([large])
    assert reads == [large] and [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
