"""Copies on a host's disk: one process has each, and what nobody has used for long is removed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.cluster.serving import disk
from engine.cluster.serving.disk import Copy, folder_of, sweep_unused
from engine.errors import WriterBusy

HOUR = 3600.0
# A process that holds a copy until it is told to end.
HOLDER = """
import sys
from pathlib import Path
from engine.cluster.serving.disk import Copy
copy = Copy(Path(sys.argv[1]))
copy.hold()
print("held", flush=True)
sys.stdin.read()
"""


def copied(folder: Path, name: str, hours: float) -> Path:
    """A copy that was used so many hours ago."""
    copy = folder / name
    (copy / "collections").mkdir(parents=True)
    (copy / "collections" / "file").write_text("text")
    used(copy, hours)
    return copy


def used(copy: Path, hours: float) -> None:
    lock = copy.with_name(f"{copy.name}.lock")
    lock.touch()
    moment = time.time() - hours * HOUR
    os.utime(lock, (moment, moment))


def test_what_nobody_has_used_for_long_is_removed_and_nothing_else(tmp_path: Path) -> None:
    old, young = copied(tmp_path, "docs-0-1", 30), copied(tmp_path, "docs-1-0", 20)
    for foreign in ("docs", "docs-0", "Docs-0-1", "docs-0-1-x"):
        copied(tmp_path, foreign, 1000)
    unlocked = tmp_path / "docs-2-0"  # nobody knows who has used it
    unlocked.mkdir()
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "docs-3-0"
    link.symlink_to(tmp_path / "elsewhere")
    used(link, 1000)
    (tmp_path / "docs-4-0").write_text("a file")
    used(tmp_path / "docs-4-0", 1000)
    assert sweep_unused(tmp_path, 24 * HOUR) == ["docs-0-1"]
    assert not old.exists() and young.is_dir() and unlocked.is_dir() and link.is_symlink()
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} >= {"docs", "docs-0", "Docs-0-1", "docs-0-1-x"}
    assert sweep_unused(tmp_path, 24 * HOUR) == []
    assert sweep_unused(tmp_path / "nowhere", HOUR) == []


def test_what_a_process_uses_stays_however_old_it_seems(tmp_path: Path) -> None:
    copy = copied(tmp_path, "docs-0-1", 0)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(copy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        used(copy, 1000)
        assert sweep_unused(tmp_path, HOUR) == [] and copy.is_dir()
        holder.kill()  # the kernel frees what it had
        holder.wait()
    assert sweep_unused(tmp_path, HOUR) == ["docs-0-1"]


def test_a_copy_has_one_user_and_notes_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_ENDING", 0.0)
    folder = folder_of(tmp_path / "copies", "docs", 0, 1)
    copy = Copy(folder)
    copy.use()  # nothing is used yet
    copy.hold()
    copy.hold()
    with pytest.raises(WriterBusy, match="docs-0-1"):
        Copy(folder).hold()
    folder.mkdir()
    used(folder, 1000)
    copy.use()
    del copy
    assert sweep_unused(folder.parent, HOUR) == [] and folder.is_dir()
    Copy(folder).hold()


def test_one_who_comes_while_it_is_removed_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(tmp_path, "docs-0-1", 1000)
    held = disk._locked(tmp_path / "docs-0-1")
    assert held is not None
    waited = list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        held.close()

    monkeypatch.setattr("engine.cluster.serving.disk.time.sleep", sleep)
    copy = Copy(tmp_path / "docs-0-1")
    copy.hold()
    assert len(waited) == 1
    assert sweep_unused(tmp_path, HOUR) == []
