"""Deleting a collection: forgotten at once, gone when nobody reads it, never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import CollectionNotFound, WriterBusy
from engine.store.catalogue.catalogue import Catalogue
from engine.store.deletion import delete_collection, sweep_deleted
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
