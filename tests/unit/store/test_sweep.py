from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.locks import Lock
from engine.store.repair.verify import verify
from engine.store.sweep import sweep
from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import batch, config, contents, stored, tree


def _grow(writer: CollectionWriter) -> Any:
    """Four generations; the second and third have segments and tombstones that the last one does not name."""
    writer.commit(batch(stored("a"), stored("b")))
    writer.commit(batch(stored("c")), deletes=["a"])
    return writer.commit(batch(stored("d")), deletes=["b"])


def test_only_the_current_generation_survives_a_sweep_without_grace(home: Path, writer: CollectionWriter) -> None:
    manifest = _grow(writer)
    report = writer.sweep(0)
    layout = writer.layout
    assert layout.manifests() == layout.pinned_files() == [4]
    assert {path.name for path in layout.segments.iterdir()} == {entry.id for entry in manifest.segments}
    assert list(layout.tombstones.iterdir()) == []
    assert {name.split("/")[0] for name in report.removed} == {"generations", "segments", "tombstones"}
    assert verify(home, "docs").problems == verify(home, "docs").notes == ()
    assert writer.sweep(0).removed == ()


def test_a_pinned_generation_survives_with_everything_it_names(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    writer.commit(batch(stored("c")), deletes=["a"])
    with open_generation(home, "docs") as pinned:
        before = contents(pinned)
        writer.commit(batch(stored("d")), deletes=["b"])
        writer.sweep(0)
        assert writer.layout.manifests() == [3, 4]
        with open_generation(home, "docs", 3) as again:  # what is pinned can be opened once more, from its files
            assert contents(again) == before
    writer.sweep(0)
    assert writer.layout.manifests() == [4]


def test_a_generation_retired_a_moment_ago_survives_its_grace(writer: CollectionWriter) -> None:
    _grow(writer)
    long_ago = time.time() - 3600
    for number in writer.layout.manifests()[:-1]:
        os.utime(writer.layout.manifest(number), (long_ago, long_ago))
    assert writer.sweep(600).removed != ()
    assert writer.layout.manifests() == [3, 4]  # 3 is old, but was current until just now


def test_leftovers_of_crashed_commits_go_after_the_grace_period(home: Path, writer: CollectionWriter) -> None:
    manifest = _grow(writer)
    layout = writer.layout
    shutil.copytree(layout.segment(manifest.segments[-1].id), layout.segment("000000009-00000000"))
    (layout.tombstones / "000000009-00000000.9.npz").touch()
    (layout.generations / ".000000009.json.123.tmp").touch()
    layout.pin(9).touch()
    assert writer.sweep(600).removed == ()
    assert len(verify(home, "docs").notes) > 0
    writer.sweep(0)
    assert [p for p in layout.root.rglob("*") if "000000009" in p.name or p.name == "9.lock"] == []
    assert verify(home, "docs").problems == verify(home, "docs").notes == ()


def test_an_uncommitted_manifest_goes_too(home: Path, writer: CollectionWriter) -> None:
    _grow(writer)
    Catalogue(home).advance(writer.manifest.uuid, 4, 3)  # as if generation 4 had crashed before the catalogue
    writer.layout.pin(4).write_bytes(b"")
    writer.close()
    with open_writer(home, "docs") as reopened:
        assert reopened.sweep(600).removed == ()
        reopened.sweep(0)
        assert reopened.layout.manifests() == [3]
        assert reopened.commit(batch(stored("e"))).generation == 4
    assert verify(home, "docs").problems == ()


def test_files_of_others_stay(writer: CollectionWriter) -> None:
    _grow(writer)
    layout = writer.layout
    strangers = [layout.segments / "my-notes", layout.tombstones / "x.npz", layout.generations / "notes.txt"]
    strangers += [layout.root / "README", layout.pins / "x.lock"]
    for path in strangers:
        path.write_text("mine")
    (layout.segments / "000000001-abcdef01").symlink_to(layout.pins)
    writer.sweep(0)
    assert all(path.read_text() == "mine" for path in strangers)
    assert layout.pins.is_dir()


def test_nothing_is_swept_without_the_lock(home: Path, writer: CollectionWriter) -> None:
    _grow(writer)
    before = tree(home)
    assert "lock" in sweep(Catalogue(home), writer.layout, Lock(None), 0).refused
    assert tree(home) == before


@pytest.mark.parametrize(
    "what", ["catalogue gone", "catalogue empty", "other uuid", "identity gone", "manifest damaged"]
)
def test_nothing_is_swept_where_anything_is_doubtful(home: Path, writer: CollectionWriter, what: str) -> None:
    _grow(writer)
    if what == "catalogue gone":
        (home / "catalogue.sqlite").unlink()
    elif what == "catalogue empty":
        (home / "catalogue.sqlite").write_bytes(b"")
    elif what == "other uuid":
        from engine.store.catalogue.databases import sqlite_engine

        with sqlite_engine(home / "catalogue.sqlite", "rw").begin() as connection:
            connection.exec_driver_sql("UPDATE collections SET uuid = 'other'")
    elif what == "identity gone":
        writer.layout.identity.unlink()
    else:
        writer.layout.manifest(2).write_text("{}")
    before = tree(home)
    assert writer.sweep(0).refused
    writer.close()
    assert {k: v for k, v in tree(home).items() if "writer.lock" not in k} == {
        k: v for k, v in before.items() if "writer.lock" not in k
    }


def test_closing_sweeps_with_the_settings_grace(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.settings import settings

    monkeypatch.setenv("WINNOW_SWEEP_GRACE_SECONDS", "0")
    settings.cache_clear()
    try:
        with open_writer(home, "docs", config()) as writer:
            _grow(writer)
        assert writer.layout.manifests() == [4]
    finally:
        settings.cache_clear()
