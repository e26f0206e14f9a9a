"""A home that vanishes under a process is not an empty one, and a nearly full disk can still be read."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.errors import CollectionNotFound, HomeMissing, StorageFailed
from engine.store.catalogue.catalogue import Catalogue
from engine.store.catalogue.watch import CatalogueWatch
from engine.store.collections import list_collections
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored


@pytest.fixture
def filled(home: Path) -> Path:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
    list_collections(home)
    return home


@pytest.mark.parametrize("empty", [False, True])
def test_a_home_that_vanishes_is_missing(filled: Path, empty: bool) -> None:
    watch = CatalogueWatch(filled)
    assert watch.get("docs").generation == 2
    filled.rename(filled.with_name("elsewhere"))
    if empty:
        filled.mkdir()  # as a mount point is left
    for use in (
        lambda: Catalogue(filled).rows(),
        lambda: list_collections(filled),
        lambda: open_generation(filled, "docs"),
        lambda: watch.get("docs"),
        lambda: open_writer(filled, "docs", config()),  # nothing is made where something is missing
        lambda: verify(filled, "docs"),
    ):
        with pytest.raises(HomeMissing, match="bring it back"):
            use()
    assert not list(filled.iterdir()) if empty else not filled.exists()
    shutil.rmtree(filled, ignore_errors=True)
    filled.with_name("elsewhere").rename(filled)
    assert watch.get("docs").generation == 2
    watch.close()


def test_a_home_that_never_was_is_empty(home: Path) -> None:
    assert list_collections(home) == []
    with pytest.raises(CollectionNotFound):
        open_generation(home, "docs")


def _refusing(monkeypatch: pytest.MonkeyPatch, *, always: bool) -> None:
    """As SQLite does it where its shared memory finds no room."""
    real = sqlite3.connect

    class Refusing(sqlite3.Connection):
        alone = False

        def execute(self, statement: str, *arguments: Any) -> Any:
            self.alone = self.alone or "EXCLUSIVE" in statement
            if "journal_mode" in statement or (always and not statement.startswith("PRAGMA")):
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return super().execute(statement, *arguments)

    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: real(*args, factory=Refusing, **options))


def test_a_disk_without_room_for_shared_memory_can_be_read(
    filled: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _refusing(monkeypatch, always=False)
    with open_generation(filled, "docs") as generation:
        assert contents(generation).keys() == {"a"}
    assert "read by this process alone" in caplog.text
    assert verify(filled, "docs").problems == ()


def test_writing_there_is_refused_in_words(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_writer(filled, "docs") as writer:
        _refusing(monkeypatch, always=False)
        with pytest.raises(StorageFailed, match="disk I/O error"):
            writer.commit(batch(stored("b")))
