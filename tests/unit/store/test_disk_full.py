from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from engine.errors import DiskFull, StorageFailed
from engine.store import writer as writer_module
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.manifest import Manifest
from engine.store.repair.verify import verify
from engine.store.segments import writer as segment_writer
from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import batch, config, contents, stored


@pytest.fixture
def before(writer: CollectionWriter) -> Manifest:
    return writer.commit(batch(stored("a"), stored("b"), stored("c")))


def _intact(home: Path, manifest: Manifest) -> None:
    with open_generation(home, "docs") as generation:
        assert generation.manifest == manifest
        assert set(contents(generation)) == {"a", "b", "c"}
    assert verify(home, "docs").problems == ()


def _change(writer: CollectionWriter) -> Manifest:
    return writer.commit(batch(stored("b", "new"), stored("d")), deletes=["c"])


def test_a_disk_that_fills_up_at_any_sync_keeps_the_old_generation(
    home: Path, writer: CollectionWriter, before: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, point = os.fsync, 0
    while True:
        point += 1
        calls = 0

        def full(descriptor: int, point: int = point) -> None:
            nonlocal calls
            calls += 1
            if calls == point:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", full)
        try:
            done = _change(writer)
        except DiskFull as error:
            assert "Free some space" in error.remedy
            assert writer.manifest == before
            if point % 8 == 1:
                _intact(home, before)
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
    assert point > 20  # there were that many syncs to fail at
    assert set(writer.content_hashes()) == {"a", "b", "d"}
    assert done.generation > before.generation
    assert verify(home, "docs").problems == ()


@pytest.mark.parametrize("part", ["write_table", "write_vectors", "write_lexical"])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.EDQUOT, "Disk quota exceeded"), ValueError("An IO error: 'No space left on device (os error 28)'")],
)
def test_a_disk_that_fills_up_while_a_part_is_written(
    home: Path,
    writer: CollectionWriter,
    before: Manifest,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    error: OSError | ValueError,
) -> None:
    def full(*args: Any) -> None:
        raise error

    monkeypatch.setattr(segment_writer, part, full)
    with pytest.raises(DiskFull):
        _change(writer)
    assert len(list(writer.layout.segments.iterdir())) == 1  # the half-written segment gives its space back
    _intact(home, before)
    monkeypatch.undo()
    _change(writer)
    assert verify(home, "docs").problems == ()


def test_a_disk_that_is_full_from_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        open_writer(home, "docs", config())
    monkeypatch.undo()
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
    assert verify(home, "docs").problems == ()


def test_an_error_that_is_none_of_the_disks_leaves_things_as_they_were(
    home: Path, writer: CollectionWriter, before: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(segment_writer, "write_lexical", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        _change(writer)
    _intact(home, before)


def test_a_disk_that_fills_up_while_sweeping(
    home: Path, writer: CollectionWriter, before: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(writer)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        writer.sweep(0)
    monkeypatch.undo()
    assert writer.sweep(0).removed
    assert verify(home, "docs").notes == ()


def test_a_disk_that_fails_is_told_as_such(
    home: Path, writer: CollectionWriter, before: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StorageFailed, match="Input/output error"):
        _change(writer)
    monkeypatch.undo()
    _intact(home, before)


def test_a_catalogue_that_sqlite_cannot_open_is_told_without_its_words_for_it(home: Path) -> None:
    """It says no more where the disk is too full for the index of its log."""
    (home / "catalogue.sqlite").mkdir(parents=True)
    with pytest.raises(StorageFailed, match="unable to open database file"):
        Catalogue(home).known()


def test_closing_fails_for_no_sweep_and_releases_the_lock(
    home: Path,
    writer: CollectionWriter,
    before: Manifest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(writer_module, "sweep", full)
        writer.close()
    assert "Nothing more was swept of 'docs'" in caplog.text
    _intact(home, before)
    with open_writer(home, "docs"):
        pass
