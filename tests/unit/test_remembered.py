"""Digests of large files that are remembered: never one of other bytes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import remembered
from engine.fingerprint import digest_file
from engine.remembered import FILE, READ_AGAIN_SECONDS, remembered_digest

LARGE = 2 << 20


@pytest.fixture
def model(tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A large file, and a folder of caches; a file counts as settled at once."""
    setting(cache=tmp_path / "cache")
    monkeypatch.setattr(remembered, "_SETTLED_NS", -1)
    path = tmp_path / "model.safetensors"
    path.write_bytes(os.urandom(LARGE))
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read."""
    found: list[Path] = []
    monkeypatch.setattr(remembered, "digest_file", lambda path: (found.append(path), digest_file(path))[1])
    return found


def test_an_unchanged_file_is_read_once(model: Path, read: list[Path]) -> None:
    expected = digest_file(model)
    assert [remembered_digest(model) for _ in range(3)] == [expected] * 3
    assert read == [model]


def test_several_files_are_remembered_side_by_side(model: Path, read: list[Path]) -> None:
    other = model.with_name("other.safetensors")
    other.write_bytes(os.urandom(LARGE))
    assert len({remembered_digest(path) for path in (model, other, model, other)}) == 2
    assert read == [model, other]


@pytest.mark.parametrize("kept", ["size and time", "nothing"])
def test_a_changed_file_is_read_again(model: Path, kept: str) -> None:
    before, times = remembered_digest(model), model.stat()
    with model.open("r+b") as file:
        file.write(b"other bytes")
    if kept == "size and time":
        os.utime(model, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert remembered_digest(model) == digest_file(model) != before


def test_a_file_that_has_just_changed_is_not_remembered(
    model: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "_SETTLED_NS", 3600 * 10**9)
    assert remembered_digest(model) == remembered_digest(model)
    assert read == [model, model]


@pytest.mark.parametrize("shift", [READ_AGAIN_SECONDS + 1, -3600.0])
def test_a_file_is_read_again_after_a_day_or_when_the_clock_was_set_back(
    model: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    remembered_digest(model)
    later = time.time() + shift
    monkeypatch.setattr(time, "time", lambda: later)
    remembered_digest(model)
    assert read == [model, model]


@pytest.mark.parametrize("damage", [b"", b"no line", b"\n{}", b"\xff\n{}", b"0" * 64 + b"\n[1]"])
def test_a_damaged_memory_remembers_nothing(model: Path, tmp_path: Path, read: list[Path], damage: bytes) -> None:
    expected = remembered_digest(model)
    (tmp_path / "cache" / FILE).write_bytes(damage)
    assert remembered_digest(model) == expected
    assert read == [model, model]


def test_a_flipped_digest_is_not_believed(model: Path, tmp_path: Path) -> None:
    expected = remembered_digest(model)
    memory = tmp_path / "cache" / FILE
    memory.write_bytes(memory.read_bytes().replace(expected.encode(), b"f" * 64))
    assert remembered_digest(model) == expected


def test_a_folder_that_cannot_be_written_only_costs_time(model: Path, setting: Callable[..., None]) -> None:
    setting(cache=model / "cache")  # below a file
    assert remembered_digest(model) == remembered_digest(model) == digest_file(model)
