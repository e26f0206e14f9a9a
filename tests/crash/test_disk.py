"""The model of a disk: what an fsync promises, and that nothing more is promised."""

from __future__ import annotations

# The calls themselves are what is tested:
# ruff: noqa: PTH102, PTH104, PTH108
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crash.disk import PAGE, Disk
from tests.crash.shim import Fault, Shim, missing
from tests.crash.test_shim import in_child

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def shim() -> Shim:
    return Shim()


@pytest.fixture
def after(shim: Shim, tmp_path: Path) -> Callable[..., set[tuple[tuple[str, bytes], ...]]]:
    """What a disk may hold after `work` and a power failure: the set of all that 200 tries show, as sorted items."""
    root = tmp_path / "root"
    root.mkdir()

    def run(work: Callable[[], object], before: Any = None) -> Any:
        for name, data in (before or {}).items():
            (root / name).write_bytes(data)
        before_it = tmp_path / "before"
        shutil.copytree(root, before_it)
        assert in_child(shim, root, lambda: (os.chdir(root), work()), Fault()) == 0
        found = set()
        for seed in range(200):
            disk, target = Disk(before_it), tmp_path / f"after{seed}"
            disk.replay(shim.calls())
            disk.write_to(target, random.Random(seed))
            files = (path for path in target.rglob("*") if path.is_file())
            found.add(tuple(sorted((str(path.relative_to(target)), path.read_bytes()) for path in files)))
        return found

    return run


def write(name: str, data: bytes, sync: bool = False) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, data)
    if sync:
        os.fsync(descriptor)
    os.close(descriptor)


def sync_directory(name: str = ".") -> None:
    os.fsync(os.open(name, os.O_RDONLY))


def test_nothing_synced_may_all_vanish(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    found = after(lambda: write("f", b"data"))
    assert {(), (("f", b""),), (("f", b"data"),), (("f", b"\0\0\0\0"),)} == found


def test_synced_data_without_its_name_may_vanish_but_is_never_cut(
    after: Callable[..., set[tuple[tuple[str, bytes], ...]]],
) -> None:
    assert after(lambda: write("f", b"data", sync=True)) == {(), (("f", b"data"),)}


def test_a_name_without_its_data_may_be_empty(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    def work() -> None:
        write("f", b"data")
        sync_directory()

    assert {dict(files)["f"] for files in after(work)} == {b"", b"data", b"\0\0\0\0"}


def test_both_synced_stay(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    def work() -> None:
        write("f", b"data", sync=True)
        sync_directory()

    assert after(work) == {(("f", b"data"),)}


def test_pages_are_lost_one_by_one(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    found = after(lambda: write("f", b"b" * 3 * PAGE), before={"f": b"a" * 3 * PAGE})
    pages = {tuple(data[place : place + 1] for place in range(0, len(data), PAGE)) for ((_, data),) in found}
    assert (b"b", b"a", b"b") in pages and (b"a", b"b", b"a") in pages and (b"b", b"b", b"b") in pages


def test_changes_of_a_directory_are_kept_in_order(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    def work() -> None:
        for name in "abc":
            write(name, b"", sync=True)
        os.unlink("old")

    found = {"".join(name for name, _ in files) for files in after(work, before={"old": b""})}
    assert found == {"old", "aold", "abold", "abcold", "abc"}


def test_a_rename_is_never_half(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    def work() -> None:
        write("new", b"2", sync=True)
        os.rename("new", "f")

    found = after(work, before={"f": b"1"})
    assert found == {(("f", b"1"),), (("f", b"1"), ("new", b"2")), (("f", b"2"),)}


def test_a_rename_between_directories_is_never_half(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    def work() -> None:
        os.mkdir("d")
        sync_directory()
        os.rename("f", "d/g")

    assert after(work, before={"f": b"1"}) == {(("f", b"1"),), (("d/g", b"1"),)}


def test_an_unlinked_file_may_come_back(after: Callable[..., set[tuple[tuple[str, bytes], ...]]]) -> None:
    assert after(lambda: os.unlink("f"), before={"f": b"1"}) == {(), (("f", b"1"),)}


def test_what_programs_see_is_what_was_done(shim: Shim, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(b"old")
    disk = Disk(root)

    def work() -> None:
        (root / "d").mkdir()
        (root / "f").rename(root / "d" / "f")
        with (root / "d" / "f").open("r+b") as stream:
            stream.seek(10)
            stream.write(b"end")
            stream.truncate(12)
        (root / "link").symlink_to("d/f")

    assert in_child(shim, root, work) == 0
    disk.replay(shim.calls())
    disk.write_to(tmp_path / "copy")
    assert (tmp_path / "copy" / "d" / "f").read_bytes() == (root / "d" / "f").read_bytes() == b"old" + bytes(7) + b"en"
    assert (tmp_path / "copy" / "link").read_bytes() == b"old" + bytes(7) + b"en"
