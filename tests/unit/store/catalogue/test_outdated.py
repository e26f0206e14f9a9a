"""A catalogue that is older than the collection undoes nothing silently: it is refused, named, and brought up to date."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import CatalogueMissing
from engine.store.catalogue.catalogue import Catalogue
from engine.store.catalogue.watch import CatalogueWatch
from engine.store.collections import list_collections
from engine.store.generation import open_generation
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored

COMMIT = """
import os, sqlite3, sys
from pathlib import Path
from engine.store.writer import open_writer
home = Path(sys.argv[1])
hold = sqlite3.connect(home / "catalogue.sqlite")
hold.execute("select * from collections").fetchall()
with open_writer(home, "docs") as writer:
    print(writer.commit(None, deletes=["b"]).generation, flush=True)
    os._exit(0)  # the log is not written back to the catalogue
"""


@pytest.fixture
def filled(home: Path) -> Path:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a"), stored("b"), stored("c")))
    return home


def _copied_back(home: Path) -> None:
    shutil.copyfile(home / "catalogue.sqlite", home.with_name("kept"))
    with open_writer(home, "docs") as writer:
        writer.commit(None, deletes=["b"])
    shutil.copyfile(home.with_name("kept"), home / "catalogue.sqlite")


def _one_less(home: Path) -> None:
    with open_writer(home, "docs") as writer:
        writer.commit(None, deletes=["b"])
    with sqlite3.connect(home / "catalogue.sqlite") as connection:
        connection.execute("update collections set generation = generation - 1")
    connection.close()


def _log(harm: Callable[[Path], object]) -> Callable[[Path], None]:
    def lose(home: Path) -> None:
        done = subprocess.run([sys.executable, "-c", COMMIT, str(home)], capture_output=True, text=True, check=True)
        assert done.stdout == "3\n"
        (home / "catalogue.sqlite-shm").unlink()
        harm(home / "catalogue.sqlite-wal")

    return lose


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-300] ^= 1
    path.write_bytes(data)


WAYS = {
    "copied back": _copied_back,
    "one less": _one_less,
    "log flipped": _log(_flip),
    "log cut": _log(lambda path: path.write_bytes(path.read_bytes()[:-1])),
    "log removed": _log(lambda path: path.unlink()),
    "log zeroed": _log(lambda path: path.write_bytes(bytes(path.stat().st_size))),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_refused_until_it_is_repaired(filled: Path, way: str) -> None:
    WAYS[way](filled)
    (problem,) = verify(filled, "docs").problems
    assert "generation 3 was committed" in problem and "winnow repair --catalogue" in problem
    for use in (
        lambda: open_generation(filled, "docs"),
        lambda: open_generation(filled, "docs", 2),
        lambda: open_writer(filled, "docs"),
        lambda: list_collections(filled),
    ):
        with pytest.raises(CatalogueMissing, match="generation 3 was committed"):
            use()
    assert rebuild_catalogue(filled) == ["docs"]
    with open_generation(filled, "docs") as generation:
        assert generation.number == 3 and contents(generation).keys() == {"a", "c"}
    assert verify(filled, "docs").problems == ()


def test_a_log_that_was_not_harmed_is_read(filled: Path) -> None:
    _log(lambda path: None)(filled)
    assert verify(filled, "docs").problems == ()


def test_a_commit_that_was_cut_short_is_no_reason_to_refuse(filled: Path) -> None:
    """Its manifest is there, and nobody was ever told of it."""
    with open_writer(filled, "docs") as writer:
        writer.commit(None, deletes=["b"])
        layout = writer.layout
    Catalogue(filled).advance(layout.uuid, 3, 2)
    layout.pin(3).write_bytes(b"")
    report = verify(filled, "docs")
    assert report.problems == () and any(
        "generation 3 is younger than the current one" in note for note in report.notes
    )
    with open_generation(filled, "docs") as generation:
        assert contents(generation).keys() == {"a", "b", "c"}
    with open_writer(filled, "docs") as writer:
        assert writer.commit(None, deletes=["a"]).generation == 4


def test_a_service_notices_it(filled: Path) -> None:
    watch = CatalogueWatch(filled)
    shutil.copyfile(filled / "catalogue.sqlite", filled.with_name("kept"))
    with open_writer(filled, "docs") as writer:
        writer.commit(None, deletes=["b"])
    assert watch.get("docs").generation == 3
    shutil.copyfile(filled.with_name("kept"), filled / "old")
    (filled / "old").replace(filled / "catalogue.sqlite")
    for _ in range(2):
        with pytest.raises(CatalogueMissing):
            watch.get("docs")
    rebuild_catalogue(filled)
    assert watch.get("docs").generation == 3
    watch.close()
