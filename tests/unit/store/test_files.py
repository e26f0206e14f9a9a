from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from engine.errors import DiskFull
from engine.store.files import disk_full_typed, fsync_tree, make_directories, size_of_tree, write_durably


def _synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Inodes in the order in which they are synced."""
    inodes = []
    real = os.fsync

    def record(descriptor: int) -> None:
        inodes.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    return inodes


def test_fsync_tree_reaches_every_file_and_directory_children_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    files = [tmp_path / "1", tmp_path / "a" / "2", tmp_path / "a" / "b" / "3"]
    for file in files:
        file.write_text("x")
    inodes = _synced(monkeypatch)
    fsync_tree(tmp_path)
    expected = [*files, tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    assert sorted(inodes) == sorted(path.stat().st_ino for path in expected)
    assert inodes[-1] == tmp_path.stat().st_ino


def test_write_durably_syncs_the_file_before_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inodes = _synced(monkeypatch)
    write_durably(tmp_path / "f", b"data")
    assert (tmp_path / "f").read_bytes() == b"data"
    assert inodes == [(tmp_path / "f").stat().st_ino, tmp_path.stat().st_ino]
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_durably(tmp_path / "f", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        write_durably(tmp_path / "f", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"f": b"old"}


def test_make_directories_syncs_every_new_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inodes = _synced(monkeypatch)
    make_directories(tmp_path / "a" / "b")
    make_directories(tmp_path / "a" / "b")
    assert inodes == [tmp_path.stat().st_ino, (tmp_path / "a").stat().st_ino]


def test_size_of_tree_counts_files(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"123")
    (tmp_path / "g").write_bytes(b"4")
    assert size_of_tree(tmp_path) == 4


def _sqlite_full() -> Any:
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("COMMIT", {}, cause)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        ValueError("An IO error occurred: 'No space left on device (os error 28)'"),
        _sqlite_full(),
    ],
)
def test_every_librarys_full_disk_is_one_error(tmp_path: Path, error: OSError | OperationalError | ValueError) -> None:
    with pytest.raises(DiskFull, match="Free some space") as caught, disk_full_typed(tmp_path):
        raise error
    assert caught.value.__cause__ is error


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_full_typed(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "no")
