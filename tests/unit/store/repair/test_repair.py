from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.errors import WriterBusy
from engine.store import writer as writer_module
from engine.store.catalogue.catalogue import Catalogue
from engine.store.collections import list_collections
from engine.store.generation import open_generation
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored, tree


@pytest.fixture
def two(home: Path) -> Path:
    """Two collections, "docs" at generation 3 and "notes" at 2."""
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a"), stored("b")))
        writer.commit(batch(stored("a", "new")))
    with open_writer(home, "notes", config()) as writer:
        writer.commit(batch(stored("n")))
    return home


def _lose(home: Path, how: str) -> None:
    path = home / "catalogue.sqlite"
    path.unlink()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "garbage":
        path.write_bytes(b"garbage " * 1000)


@pytest.mark.parametrize("how", ["missing", "empty", "garbage"])
def test_a_lost_catalogue_comes_back_from_the_manifests(two: Path, how: str) -> None:
    before = list_collections(two)
    _lose(two, how)
    files = tree(two)
    assert sorted(rebuild_catalogue(two)) == ["docs", "notes"]
    after = tree(two)
    for name in files:
        if "writer.lock" not in name:
            assert after[name] == files[name]
    assert [(c.name, c.uuid, c.generation) for c in list_collections(two)] == [
        (c.name, c.uuid, c.generation) for c in before
    ]
    assert verify(two, "docs").problems == ()
    with open_writer(two, "docs", config()) as writer:
        assert writer.commit(batch(stored("c"))).generation == 4


def test_an_unreadable_catalogue_is_set_aside(two: Path) -> None:
    _lose(two, "garbage")
    rebuild_catalogue(two)
    (aside,) = two.glob("catalogue.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"garbage")


def test_a_good_catalogue_is_left_alone(two: Path) -> None:
    before = list_collections(two)
    assert rebuild_catalogue(two) == []
    assert list_collections(two) == before


def test_a_home_that_never_was_stays_so(home: Path) -> None:
    assert rebuild_catalogue(home) == []
    assert not home.exists()


def test_a_stale_catalogue_catches_up(two: Path) -> None:
    copy = (two / "catalogue.sqlite").read_bytes()
    with open_writer(two, "docs") as writer:
        writer.commit(batch(stored("c")))
        writer.sweep(0)
    (two / "catalogue.sqlite").write_bytes(copy)
    assert rebuild_catalogue(two) == ["docs"]
    with open_generation(two, "docs") as generation:
        assert (generation.number, set(contents(generation))) == (4, {"a", "b", "c"})


@pytest.mark.parametrize("damage", ["manifest", "segment gone", "file cut", "segment.json"])
def test_a_damaged_generation_is_passed_over_for_the_one_before(two: Path, damage: str) -> None:
    row = Catalogue(two).get("docs")
    with open_writer(two, "docs") as writer:
        newest = writer.manifest
        directory = writer.layout.segment(newest.segments[-1].id)
    if damage == "manifest":
        writer.layout.manifest(3).write_bytes(b"{")
    elif damage == "segment gone":
        shutil.rmtree(directory)
    elif damage == "file cut":
        with (directory / "documents.arrow").open("r+b") as stream:
            stream.truncate(100)
    else:
        (directory / "segment.json").write_bytes(b"{}")
    _lose(two, "missing")
    rebuild_catalogue(two)
    assert Catalogue(two).get("docs").uuid == row.uuid
    with open_generation(two, "docs") as generation:
        assert (generation.number, set(contents(generation))) == (2, {"a", "b"})


def test_a_collection_with_nothing_whole_is_told_and_left_alone(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    layout = open_writer(two, "notes").layout
    for number in layout.manifests():
        layout.manifest(number).write_bytes(b"{")
    _lose(two, "missing")
    assert rebuild_catalogue(two) == ["docs"]
    assert "no generation whose files are all there" in caplog.text
    assert layout.segments.is_dir()


def test_of_collections_with_one_name_the_last_written_with_data_is_taken(
    two: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_writer(two, "docs") as writer:
        root = writer.layout.root
    others = []
    for home, written in ((two.with_name("older"), "2020-01-01T00:00:00+00:00"), (two.with_name("empty"), None)):
        with open_writer(home, "docs", config()) as writer:
            if written is not None:
                monkeypatch.setattr(writer_module, "now", lambda written=written: written)
                writer.commit(batch(stored("x")))
                monkeypatch.undo()
        others.append(two / "collections" / writer.layout.uuid)
        shutil.copytree(writer.layout.root, others[-1])
    before = [tree(other) for other in others]
    _lose(two, "missing")
    assert sorted(rebuild_catalogue(two)) == ["docs", "notes"]
    assert Catalogue(two).get("docs").uuid == root.name
    for other in others:
        assert f"{other} is another collection named 'docs': left alone" in caplog.text
    assert [tree(other) for other in others] == before and all(before)
    with open_generation(two, "docs") as generation:
        assert set(contents(generation)) == {"a", "b"}


def test_a_collection_in_use_is_not_touched(two: Path) -> None:
    writer = open_writer(two, "docs")
    _lose(two, "missing")
    with pytest.raises(WriterBusy):
        rebuild_catalogue(two)
    writer._lock.release()
