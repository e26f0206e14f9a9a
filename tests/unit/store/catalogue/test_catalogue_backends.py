"""What a catalogue promises, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import (
    CatalogueMissing,
    CatalogueUnavailable,
    CollectionNotFound,
    FormatTooNew,
    NetworkFileSystem,
    UsageError,
    WriterBusy,
)
from engine.store.catalogue import mounts, table
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.generation import open_generation
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored, tree

ROW = CollectionRow("u1", "docs", 3, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00")


@pytest.fixture
def catalogue(home: Path, backend: str) -> Catalogue:
    made = Catalogue(home)
    made.create()
    return made


def execute(catalogue: Catalogue, statement: str) -> None:
    with catalogue._database.connect() as connection, connection.begin():
        connection.exec_driver_sql(statement)


def test_rows_come_back_by_name(catalogue: Catalogue) -> None:
    catalogue.insert(ROW)
    other = CollectionRow("u2", "a", 1, ROW.created_at, ROW.updated_at)
    catalogue.insert(other)
    assert catalogue.rows() == [other, ROW]
    assert catalogue.get("docs") == ROW
    with pytest.raises(CollectionNotFound, match="Known collections: a, docs"):
        catalogue.get("dogs")


def test_a_name_is_taken_once(catalogue: Catalogue) -> None:
    catalogue.insert(ROW)
    with pytest.raises(UsageError, match="exists already"):
        catalogue.insert(CollectionRow("u2", "docs", 1, "", ""))


def test_of_many_that_advance_at_once_one_does(catalogue: Catalogue) -> None:
    catalogue.insert(ROW)

    def attempt(number: int) -> int | None:
        try:
            catalogue.advance("u1", 3, number)
        except WriterBusy as error:
            assert "no longer at generation 3" in error.message
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        done = [number for number in pool.map(attempt, range(10, 18)) if number is not None]
    assert len(done) == 1 and catalogue.get("docs").generation == done[0]


def test_a_read_sees_one_snapshot(catalogue: Catalogue) -> None:
    catalogue.insert(ROW)
    with catalogue._database.connect() as connection, connection.begin():
        query = sa.text("SELECT generation FROM collections")
        before = connection.execute(query).scalar()
        catalogue.advance("u1", 3, 4)
        assert connection.execute(query).scalar() == before == 3


def test_several_may_create_it_at_once(home: Path, backend: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Catalogue(home).create(), range(4)))
    assert Catalogue(home).rows() == []


def test_the_table_is_what_the_code_uses(catalogue: Catalogue) -> None:
    with catalogue._database.connect() as connection:
        found = sa.inspect(connection)
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns("collections")}
        assert [set(u["column_names"]) for u in found.get_unique_constraints("collections")] == [{"name"}]
    assert columns == {c.name: (str(c.type), c.nullable) for c in table.collections.columns}


def test_a_newer_catalogue_is_refused(catalogue: Catalogue) -> None:
    execute(catalogue, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(FormatTooNew, match="Update Winnow"):
        catalogue.rows()
    with pytest.raises(FormatTooNew):
        catalogue.insert(ROW)


def test_a_collection_lives_and_its_lost_catalogue_is_rebuilt(home: Path, backend: str) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
        writer.commit(batch(stored("b")))
    assert (home / "catalogue.sqlite").exists() == (backend == "sqlite")
    assert verify(home, "docs").problems == ()
    execute(Catalogue(home), "DELETE FROM collections")
    before = tree(home)
    for attempt in (lambda: Catalogue(home).rows(), lambda: open_writer(home, "docs", config())):
        with pytest.raises(CatalogueMissing, match="repair --catalogue"):
            attempt()
    assert tree(home) == before
    assert rebuild_catalogue(home) == ["docs"]
    with open_generation(home, "docs") as generation:
        assert sorted(contents(generation)) == ["a", "b"]


def test_a_missing_table_is_a_missing_catalogue(home: Path, backend: str) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a")))
    execute(Catalogue(home), "DROP TABLE collections")
    with pytest.raises(CatalogueMissing):
        Catalogue(home).rows()


def test_a_server_that_is_not_there(home: Path, setting: Callable[..., None]) -> None:
    setting(catalogue="postgresql+psycopg://me:secret@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(CatalogueUnavailable) as caught:
        Catalogue(home).rows()
    assert "secret" not in str(caught.value) and not home.exists()


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "nope+nope://x", "sqlite:///x"])
def test_urls_that_name_no_catalogue(home: Path, setting: Callable[..., None], url: str) -> None:
    setting(catalogue=url)
    with pytest.raises(UsageError, match="WINNOW_CATALOGUE"):
        Catalogue(home)


@pytest.mark.parametrize(
    ("kind", "refused"),
    [("nfs4", True), ("cifs", True), ("smb3", True), ("fuse.sshfs", True), ("ext4", False), ("overlay", False)],
)
def test_sqlite_refuses_network_file_systems(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, refused: bool
) -> None:
    listing = tmp_path / "mountinfo"
    parent = str(home.parent.resolve()).replace(" ", "\\040")
    listing.write_text(
        "22 1 0:20 / / rw,relatime - ext4 /dev/sda rw\n"
        f"30 22 0:30 / {parent} rw shared:1 - {kind} server:/share rw\n"
        f"31 22 0:31 / {parent}x rw - tmpfs tmpfs rw\n"
    )
    monkeypatch.setattr(mounts, "MOUNTS", listing)
    if refused:
        with pytest.raises(NetworkFileSystem, match="PostgreSQL") as caught:
            open_writer(home, "docs", config())
        assert kind in caught.value.message
    else:
        open_writer(home, "docs", config()).close()
