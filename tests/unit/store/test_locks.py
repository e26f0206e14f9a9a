from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from engine.errors import WriterBusy
from engine.store.locks import create_pin, lock_unpinned, lock_writer, pin
from tests.support import store_children
from tests.support.processes import forkserver


def test_a_second_writer_is_told_who_has_the_lock(tmp_path: Path) -> None:
    told = f"'docs' is being written by process {os.getpid()}"
    with lock_writer(tmp_path / "w", "docs"), pytest.raises(WriterBusy, match=told):
        lock_writer(tmp_path / "w", "docs")
    lock_writer(tmp_path / "w", "docs").release()


def test_a_writer_that_cannot_write_its_name_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left") as kept:  # the traceback keeps whatever the attempt held
        lock_writer(tmp_path / "w", "docs")
    monkeypatch.undo()
    lock_writer(tmp_path / "w", "docs").release()
    assert kept.value.errno == errno.ENOSPC


def test_the_kernel_frees_a_dead_writers_lock(tmp_path: Path) -> None:
    context = forkserver()
    ours, theirs = context.Pipe()
    child = context.Process(target=store_children.hold_writer_lock, args=(tmp_path / "w", theirs))
    child.start()
    assert ours.recv() == "locked"
    with pytest.raises(WriterBusy, match=f"process {child.pid}"):
        lock_writer(tmp_path / "w", "docs")
    child.kill()
    child.join()
    lock_writer(tmp_path / "w", "docs").release()


def test_readers_share_a_pin_and_keep_the_sweeper_out(tmp_path: Path) -> None:
    create_pin(tmp_path / "p")
    first, second = pin(tmp_path / "p"), pin(tmp_path / "p")
    assert first.held and second.held
    first.release()
    assert lock_unpinned(tmp_path / "p") is None
    second.release()
    lock = lock_unpinned(tmp_path / "p")
    assert lock is not None
    lock.release()


def test_a_missing_pin_file_is_made(tmp_path: Path) -> None:
    with pin(tmp_path / "p"):
        assert lock_unpinned(tmp_path / "p") is None


def test_a_pin_is_on_the_file_that_is_there_not_on_a_removed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper removes the file after the reader has opened it and before the reader has locked it."""
    create_pin(tmp_path / "p")
    import fcntl

    real: Any = fcntl.flock
    raced: list[Any] = []

    def racing(descriptor: int, operation: int) -> None:
        if not raced:
            raced.append((tmp_path / "p").unlink())
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", racing)
    with pin(tmp_path / "p"):
        assert lock_unpinned(tmp_path / "p") is None


def test_release_twice_is_harmless(tmp_path: Path) -> None:
    lock = pin(tmp_path / "p")
    lock.release()
    lock.release()
    assert not lock.held
