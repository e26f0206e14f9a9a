"""A catalogue that is asked often: always the present, without reading it again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import CatalogueMissing, CollectionNotFound
from engine.store.catalogue import watch as catalogue_watch
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.watch import CatalogueWatch

THEN = "2026-01-01T00:00:00+00:00"
DOCS = CollectionRow("u1", "docs", 3, THEN, THEN)


@pytest.fixture
def catalogue(home: Path) -> Catalogue:
    made = Catalogue(home)
    made.create()
    made.insert(DOCS)
    return made


@pytest.fixture
def watch(home: Path) -> Iterator[CatalogueWatch]:
    watch = CatalogueWatch(home)
    yield watch
    watch.close()


def test_every_commit_is_seen(catalogue: Catalogue, watch: CatalogueWatch) -> None:
    assert watch.get("docs").generation == 3
    for generation in range(3, 40):
        catalogue.advance("u1", generation, generation + 1)
        assert watch.get("docs").generation == generation + 1


def test_a_commit_of_another_process_is_seen(home: Path, catalogue: Catalogue, watch: CatalogueWatch) -> None:
    assert watch.get("docs").generation == 3
    advance = f"from pathlib import Path; from engine.store.catalogue.catalogue import Catalogue; Catalogue(Path({str(home)!r}))"
    subprocess.run([sys.executable, "-c", advance + ".advance('u1', 3, 4)"], check=True)
    assert watch.get("docs").generation == 4


def test_what_did_not_change_is_not_read_again(
    catalogue: Catalogue, watch: CatalogueWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watch.get("docs") == watch.get("docs")
    monkeypatch.setattr(catalogue_watch, "Catalogue", None)
    assert watch.get("docs").uuid == "u1"


def test_a_removed_collection_is_gone_and_a_new_one_known(catalogue: Catalogue, watch: CatalogueWatch) -> None:
    assert watch.get("docs").uuid == "u1"
    catalogue.remove("u1")
    with pytest.raises(CollectionNotFound):
        watch.get("docs")
    catalogue.insert(CollectionRow("u2", "docs", 1, THEN, THEN))
    assert watch.get("docs").uuid == "u2"


def test_a_catalogue_that_was_exchanged_is_read(home: Path, catalogue: Catalogue, watch: CatalogueWatch) -> None:
    assert watch.get("docs").uuid == "u1"
    catalogue.set_aside("old")
    with pytest.raises(CollectionNotFound):
        watch.get("docs")
    other = Catalogue(home)
    other.create()
    other.insert(CollectionRow("u9", "docs", 1, THEN, THEN))
    assert watch.get("docs").uuid == "u9"


def test_a_damaged_catalogue_is_told(home: Path, catalogue: Catalogue, watch: CatalogueWatch) -> None:
    for name in ("catalogue.sqlite-wal", "catalogue.sqlite-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "catalogue.sqlite").write_bytes(b"garbage " * 1000)
    with pytest.raises(CatalogueMissing, match="winnow repair"):
        watch.get("docs")


def test_a_closed_watch_opens_again(catalogue: Catalogue, watch: CatalogueWatch) -> None:
    watch.close()
    assert watch.get("docs").uuid == "u1"
