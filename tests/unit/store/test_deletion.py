"""Deleting a collection: forgotten at once, gone when nobody reads it, never half."""

from __future__ import annotations

from itertools import chain, repeat
from pathlib import Path

import pytest

from engine.errors import CollectionNotFound, WriterBusy
from engine.store import deletion
from engine.store.catalogue import catalogue
from engine.store.catalogue.catalogue import Catalogue
from engine.store.catalogue.sqlite_file import read_rows
from engine.store.deletion import delete_collection, sweep_deleted
from engine.store.files import write_durably
from engine.store.generation import open_generation
from engine.store.layout import Home
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_writer(tmp_path, "c", config()) as writer:
        writer.commit(batch(stored("a"), stored("b")))
    return tmp_path


def test_a_deleted_collection_is_gone(home: Path) -> None:
    delete_collection(home, "c")
    assert list((home / "collections").iterdir()) == []
    assert Catalogue(home).rows() == []
    with pytest.raises(CollectionNotFound):
        open_generation(home, "c")
    assert not rebuild_catalogue(home)


def test_its_name_is_free_again(home: Path) -> None:
    with open_generation(home, "c"):
        delete_collection(home, "c")
        with open_writer(home, "c", config()) as writer:
            writer.commit(batch(stored("z")))
    with open_generation(home, "c") as generation:
        assert list(contents(generation)) == ["z"]


def test_a_reader_goes_on_until_it_is_closed(home: Path) -> None:
    with open_generation(home, "c") as generation:
        delete_collection(home, "c")
        assert sweep_deleted(home) == ()
        assert sorted(contents(generation)) == ["a", "b"]  # nothing was read before
        assert Catalogue(home).rows() == []
    assert len(sweep_deleted(home)) == 1
    assert list((home / "collections").iterdir()) == []


def test_a_writer_keeps_it(home: Path) -> None:
    with open_writer(home, "c"), pytest.raises(WriterBusy):
        delete_collection(home, "c")
    assert Catalogue(home).get("c").generation == 2


def test_half_a_deletion_loses_nothing(home: Path) -> None:
    """As if the process had died after the catalogue's transaction."""
    row = Catalogue(home).get("c")
    Catalogue(home).remove(row.uuid)
    assert list(rebuild_catalogue(home)) == ["c"]
    with open_generation(home, "c") as generation:
        assert sorted(contents(generation)) == ["a", "b"]


def test_a_removal_that_was_cut_short_is_finished(home: Path) -> None:
    layout = Home(home).collection(Catalogue(home).get("c").uuid)
    with open_generation(home, "c"):
        delete_collection(home, "c")
    layout.identity.unlink()
    assert sweep_deleted(home) == (layout.uuid,)
    assert not layout.root.exists()


def test_a_search_meanwhile_finds_none_and_no_damage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the row and the mark the directory is one that the catalogue does not know."""
    asked: list[str] = []

    def marked(path: Path, content: bytes) -> None:
        with pytest.raises(CollectionNotFound):
            Catalogue(home).get("c")
        assert Catalogue(home).rows() == []
        asked.append(path.name)
        write_durably(path, content)

    monkeypatch.setattr(deletion, "write_durably", marked)
    delete_collection(home, "c")
    assert asked == ["deleted"]


def test_rows_that_were_read_before_a_commit_are_read_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = chain([[]], (read_rows(path) for path in repeat(Home(home).catalogue)))
    monkeypatch.setattr(catalogue, "read_rows", lambda path: next(read))
    with pytest.raises(CollectionNotFound):
        Catalogue(home).get("c")
    assert Catalogue(home).get("c").generation == 2


def test_a_directory_that_goes_meanwhile_is_no_damage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Home(home).all_collections()
    delete_collection(home, "c")
    monkeypatch.setattr(Home, "all_collections", lambda self: listed)
    with pytest.raises(CollectionNotFound):
        Catalogue(home).get("c")
