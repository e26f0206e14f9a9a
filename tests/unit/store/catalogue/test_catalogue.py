from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from engine.errors import CatalogueMissing, CollectionNotFound
from engine.store.catalogue import sqlite_file as module
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.databases import sqlite_engine
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.writer import open_writer
from tests.support import store_children
from tests.support.processes import forkserver
from tests.support.stores import batch, config, stored, tree

ROW = CollectionRow("u1", "docs", 3, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00")


@pytest.fixture
def catalogue(home: Path) -> Catalogue:
    made = Catalogue(home)
    made.create()
    return made


def test_a_home_that_never_was(home: Path) -> None:
    assert Catalogue(home).rows() == []
    with pytest.raises(CollectionNotFound, match="winnow ingest"):
        Catalogue(home).get("docs")
    assert not home.exists()


def test_catalogues_of_many_homes_are_made_at_once(tmp_path: Path) -> None:
    homes = [tmp_path / str(number) for number in range(12)]
    ready = Barrier(len(homes))

    def make(home: Path) -> None:
        ready.wait()
        Catalogue(home).create()

    with ThreadPoolExecutor(len(homes)) as threads:
        list(threads.map(make, homes))

    assert [Catalogue(home).rows() for home in homes] == [[]] * len(homes)


def test_connections_are_durable_and_consistent(catalogue: Catalogue, home: Path) -> None:
    with sqlite_engine(home / "catalogue.sqlite", "rw").connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_head_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == module.HEAD


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "no table"])
def test_a_lost_catalogue_is_told_and_nothing_changes(home: Path, damage: str) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
    path = home / "catalogue.sqlite"
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "garbage":
        path.write_bytes(b"garbage " * 1000)
    else:
        with sqlite_engine(path, "rw").begin() as connection:
            connection.exec_driver_sql("DROP TABLE collections")
    before = tree(home)
    for attempt in (
        lambda: Catalogue(home).rows(),
        lambda: Catalogue(home).get("docs"),
        lambda: open_writer(home, "docs"),
        lambda: open_writer(home, "docs", config()),
        lambda: open_writer(home, "new", config()),
    ):
        with pytest.raises(CatalogueMissing, match="winnow repair --catalogue"):
            attempt()
    assert tree(home) == before


def test_a_collection_missing_from_an_otherwise_good_catalogue_is_not_hidden_by_a_new_one(home: Path) -> None:
    for name in ("docs", "other"):
        with open_writer(home, name, config()) as writer:
            writer.commit(batch(stored("a")))
    with sqlite_engine(home / "catalogue.sqlite", "rw").begin() as connection:
        connection.exec_driver_sql("DELETE FROM collections WHERE name = 'docs'")
    with pytest.raises(CatalogueMissing):
        open_writer(home, "docs", config())
    with pytest.raises(CollectionNotFound):
        Catalogue(home).get("never-was")


def test_several_processes_may_create_a_collection_at_once(home: Path) -> None:
    context = forkserver()
    pipes, children = [], []
    for _ in range(4):
        ours, theirs = context.Pipe()
        children.append(context.Process(target=store_children.create, args=(home, theirs)))
        pipes.append(ours)
    for child in children:
        child.start()
    answers = [pipe.recv() for pipe in pipes]
    uuid = Catalogue(home).get("docs").uuid
    assert sorted(answers) == sorted([uuid, *["writer_busy"] * 3])
    pipes[answers.index(uuid)].send("end")
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert [path.name for path in (home / "collections").iterdir()] == [uuid]


def test_reading_never_imports_alembic(home: Path) -> None:
    open_writer(home, "docs", config()).close()
    script = (
        "import sys; from pathlib import Path; from engine.store.generation import open_generation\n"
        f"open_generation(Path({str(home)!r}), 'docs').close()\n"
        "print([name for name in ('alembic', 'torch') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


@pytest.mark.parametrize("column", ["uuid", "name", "created_at", "updated_at"])
def test_a_cell_that_is_no_text_is_damage(home: Path, column: str) -> None:
    """One bit of SQLite's record tells a text from bytes."""
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
    with closing(module.connect(home / "catalogue.sqlite", "rw")) as connection:
        connection.execute(f"UPDATE collections SET {column} = CAST({column} AS BLOB)")
    for read in (Catalogue(home).known, lambda: Catalogue(home).get("docs")):
        with pytest.raises(CatalogueMissing, match="damaged"):
            read()
    assert rebuild_catalogue(home) == ["docs"]
    assert Catalogue(home).get("docs").generation == 2
