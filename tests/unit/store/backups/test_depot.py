"""A depot that a service holds: what the service's client raises is told in words, and changes nothing that is there."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from engine.errors import StorageFailed
from engine.store.backups.depot import Depot
from engine.store.backups.underway import writing

ADDRESS = "memory://depot"
USES: dict[str, Callable[[Depot, Path], Any]] = {
    "info": lambda depot, _: depot.size("a/b"),
    "ls": lambda depot, _: depot.names("a"),
    "_open": lambda depot, _: depot.read("a/b", 10),
    "rm_file": lambda depot, _: depot.remove("a/b"),
    "pipe_file": lambda depot, _: depot.write("a/b", b"other"),
    "put_file": lambda depot, folder: depot.upload(folder / "file", "a/b"),
}


class Unreachable(Exception):
    """No error of Python's own: what clients of services raise."""


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    made = Depot(ADDRESS)
    made.write("a/b", b"whole")
    (tmp_path / "file").write_bytes(b"other")
    return made


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [Unreachable("no route"), PermissionError("Forbidden"), TimeoutError(), OSError(5, "x")]
)
@pytest.mark.parametrize("use", USES)
def test_what_a_service_refuses_is_said(
    use: str, error: Exception, depot: Depot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryFileSystem, use, failing(error))
    with pytest.raises(StorageFailed, match=f"{ADDRESS} cannot be used: {type(error).__name__}") as caught:
        USES[use](depot, tmp_path)
    assert "credentials" in caught.value.remedy
    monkeypatch.undo()
    assert depot.read("a/b", 10) == b"whole"


@pytest.mark.parametrize("use", ["pipe_file", "put_file"])
def test_no_space_stays_what_it_is(use: str, depot: Depot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryFileSystem, use, failing(OSError(errno.ENOSPC, "no space")))
    with pytest.raises(OSError, match="no space"):
        USES[use](depot, tmp_path)


def test_what_ends_in_the_middle_is_said_and_nothing_is_there_of_it(
    depot: Depot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ending:
        def __enter__(self) -> Ending:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, size: int) -> bytes:
            raise Unreachable("it went away")

    monkeypatch.setattr(MemoryFileSystem, "_open", lambda *_, **__: Ending())
    for use in (
        lambda: depot.read("a/b", 10),
        lambda: depot.digest("a/b"),
        lambda: depot.download("a/b", tmp_path / "copy", 5),
    ):
        with pytest.raises(StorageFailed, match="it went away"):
            use()


def test_a_file_that_is_not_there_is_no_failure(depot: Depot, tmp_path: Path) -> None:
    assert depot.size("a/c") is None and depot.names("c") == []
    depot.remove("a/c")
    for use in (lambda: depot.read("a/c", 10), lambda: depot.download("a/c", tmp_path / "copy", 5)):
        with pytest.raises(FileNotFoundError):
            use()


def test_blocks_are_read_as_far_as_is_wanted(depot: Depot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.backups.depot._BLOCK", 2)
    assert depot.read("a/b", 5) == b"whole"
    depot.download("a/b", tmp_path / "copy", 5)
    assert (tmp_path / "copy").read_bytes() == b"whole"


def test_a_note_that_cannot_be_taken_away_hides_no_failure(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError, match="mine"), writing(depot, "a test"):
        monkeypatch.setattr(MemoryFileSystem, "rm_file", failing(Unreachable("no route")))
        raise KeyError("mine")
