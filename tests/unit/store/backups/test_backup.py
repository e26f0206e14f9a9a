"""Backups: whole or not there, incremental, and the same collection again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from engine.errors import DependencyMissing, GenerationExpired, StoreDamaged, UsageError
from engine.store.backups import backup as backup_module
from engine.store.backups.backup import back_up, list_backups
from engine.store.backups.depot import Depot
from engine.store.backups.restore import restore
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.repair.verify import verify
from engine.store.sealed import seal
from engine.store.writer import open_writer
from indexer.evaluation.judging import Judgement, Judgements
from tests.support.stores import batch, config, contents, stored, tree


@pytest.fixture(params=["path", "file", "memory"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "memory":
        address = f"memory://{uuid4().hex}/backups"
        yield address
        fsspec.filesystem("memory").store.clear()
    else:
        folder = tmp_path / "depot"
        yield str(folder) if request.param == "path" else folder.as_uri()


@pytest.fixture
def filled(home: Path) -> Path:
    """Three generations: two documents; one of them replaced; one more."""
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored("a"), stored("b")))
        writer.commit(batch(stored("a", "The second text of a. " * 5, year=2.0)))
        writer.commit(batch(stored("c")))
    return home


def read(home: Path, name: str = "docs") -> Any:
    with open_generation(home, name) as generation:
        manifest = generation.manifest
        codes = [segment.vectors.int8.tobytes() for segment in generation.segments]
        return contents(generation), codes, manifest.segments, manifest.metadata_schema, manifest.generation


def test_a_restored_backup_is_the_same_collection(filled: Path, depot: str, tmp_path: Path) -> None:
    report = back_up(filled, "docs", depot)
    assert (report.kept, report.copied) == (0, len({file.sha256 for file in report.backup.files}))  # equal ones once
    elsewhere = tmp_path / "elsewhere"
    done = restore(elsewhere, depot)
    assert (done.name, done.backup.id) == ("docs", report.backup.id)
    assert read(elsewhere) == read(filled)
    assert verify(elsewhere, "docs").problems == () == verify(elsewhere, "docs").notes
    with open_writer(elsewhere, "docs", config()) as writer:  # and it goes on
        writer.commit(batch(stored("d")), deletes=["b"])
    assert sorted(read(elsewhere)[0]) == ["a", "c", "d"] and sorted(read(filled)[0]) == ["a", "b", "c"]


def judge(home: Path, *judged: Judgement) -> None:
    with open_generation(home, "docs") as generation:
        Judgements(generation.layout).judge(judged)


def judgements(home: Path, name: str = "docs") -> Any:
    with open_generation(home, name) as generation:
        found = Judgements(generation.layout).read()
        return dict(found.queries), {query: dict(grades) for query, grades in found.qrels.items()}


def test_judgements_come_along(filled: Path, depot: str, tmp_path: Path) -> None:
    judge(filled, Judgement("dawn", "a", 1), Judgement("bread", "b", 0))
    first = back_up(filled, "docs", depot)
    before = judgements(filled)
    elsewhere = tmp_path / "elsewhere"
    restore(elsewhere, depot)
    assert judgements(elsewhere) == before and before[1]
    restore(elsewhere, depot, name="copy")
    judge(elsewhere, Judgement("dawn", "b", 2))
    assert judgements(elsewhere) != before == judgements(elsewhere, "copy")  # each has its own
    assert verify(elsewhere, "docs").problems == ()
    judge(filled, Judgement("dawn", "a", None))
    again = back_up(filled, "docs", depot)  # of the same generation: it takes the place of the first
    assert (again.backup.id, again.copied) == (first.backup.id, 1)
    restore(elsewhere, depot, name="later")
    assert judgements(elsewhere, "later") == judgements(filled) != before


def test_a_backup_without_judgements_is_as_it_was(filled: Path, tmp_path: Path) -> None:
    made = back_up(filled, "docs", str(tmp_path / "depot")).backup
    assert "judgements" not in made.to_json()
    restore(tmp_path / "elsewhere", str(tmp_path / "depot"))
    assert judgements(tmp_path / "elsewhere") == ({}, {})


@pytest.mark.parametrize("path", ["../../evil", "lock", "/etc/passwd", 3])
def test_what_is_no_file_of_judgements_is_refused(filled: Path, tmp_path: Path, path: Any) -> None:
    depot = Depot(str(tmp_path / "depot"))
    judge(filled, Judgement("dawn", "a", 1))
    made = back_up(filled, "docs", depot.address).backup
    evil = replace(made, id="evil", judgements=(replace(made.judgements[0], path=path),))
    depot.write("backups/evil.json", seal(evil.to_json()))
    with pytest.raises(StoreDamaged, match="judgements"):
        restore(tmp_path / "elsewhere", depot.address, backup="evil")


def test_damaged_judgements_stop_a_restore(filled: Path, tmp_path: Path) -> None:
    judge(filled, Judgement("dawn", "a", 1))
    made = back_up(filled, "docs", str(tmp_path / "depot")).backup
    sha256 = made.judgements[0].sha256
    (tmp_path / "depot" / "objects" / sha256[:2] / sha256).write_bytes(b"{}")
    with pytest.raises(StoreDamaged, match="damaged"):
        restore(tmp_path / "elsewhere", str(tmp_path / "depot"))
    assert Catalogue(tmp_path / "elsewhere").rows() == []


def test_a_second_backup_copies_what_is_new(filled: Path, depot: str) -> None:
    first = back_up(filled, "docs", depot)
    again = back_up(filled, "docs", depot)
    assert (again.copied, again.kept) == (0, first.copied)
    with open_writer(filled, "docs") as writer:
        writer.commit(batch(stored("d")))
    third = back_up(filled, "docs", depot)
    new = {file.path.split("/")[1] for file in third.backup.files} - {
        file.path.split("/")[1] for file in first.backup.files
    }
    assert len(new) == 1  # the segment of the last commit
    assert 0 < third.copied <= len([file for file in third.backup.files if new & set(file.path.split("/"))])


def test_one_depot_holds_generations_and_collections(filled: Path, depot: str, tmp_path: Path) -> None:
    numbers = [back_up(filled, "docs", depot, number).backup.manifest.generation for number in (2, 4)]
    assert numbers == [2, 4] == [found.manifest.generation for found in list_backups(depot)]
    restore(tmp_path / "newest", depot)
    assert sorted(read(tmp_path / "newest")[0]) == ["a", "b", "c"]
    oldest = list_backups(depot)[0].id
    restore(filled, depot, backup=oldest, name="old")
    assert sorted(read(filled, "old")[0]) == ["a", "b"]
    back_up(filled, "old", depot)
    with pytest.raises(UsageError, match="several collections"):
        restore(tmp_path / "newest", depot, name="x")
    with pytest.raises(UsageError, match=oldest):
        restore(tmp_path / "newest", depot, backup="nope", name="x")
    with pytest.raises(GenerationExpired):
        back_up(filled, "docs", depot, 99)


def test_a_taken_name_is_refused_and_nothing_changes(filled: Path, depot: str) -> None:
    back_up(filled, "docs", depot)
    before = tree(filled)
    with pytest.raises(UsageError, match="--name"):
        restore(filled, depot)
    with pytest.raises(UsageError, match="cannot name"):
        restore(filled, depot, name="../x")
    assert tree(filled) == before


@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_torn_backup_is_none(
    filled: Path, depot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    real: Any = Depot.upload
    calls: list[Any] = []

    def failing(self: Depot, source: Path, name: str) -> None:
        if len(calls) == after:
            raise OSError("cut")
        calls.append(name)
        real(self, source, name)

    monkeypatch.setattr(Depot, "upload", failing)
    with pytest.raises(OSError, match="cut"):
        back_up(filled, "docs", depot)
    assert list_backups(depot) == []
    with pytest.raises(UsageError, match="no whole backup"):
        restore(tmp_path / "new", depot)
    monkeypatch.setattr(Depot, "upload", real)
    assert back_up(filled, "docs", depot).kept == after
    restore(tmp_path / "new", depot)


def test_a_damaged_source_is_never_backed_up(filled: Path, depot: str) -> None:
    file = next((filled / "collections").rglob("int8.i8"))
    data = bytearray(file.read_bytes())
    data[3] ^= 1
    file.write_bytes(data)
    with pytest.raises(StoreDamaged, match="int8"):
        back_up(filled, "docs", depot)
    assert list_backups(depot) == []


@pytest.mark.parametrize("damage", ["flip", "gone", "index"])
def test_a_damaged_backup_is_never_restored(filled: Path, tmp_path: Path, damage: str) -> None:
    address = str(tmp_path / "depot")
    made = back_up(filled, "docs", address).backup
    if damage == "index":
        path = tmp_path / "depot" / "backups" / f"{made.id}.json"
    else:
        biggest = max(made.files, key=lambda file: file.size)
        path = tmp_path / "depot" / backup_module.object_name(biggest.sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink() if damage == "gone" else path.write_bytes(data)
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(UsageError if damage == "index" else StoreDamaged):
        restore(elsewhere, address)
    assert Catalogue(elsewhere).rows() == []
    if elsewhere.exists():
        assert list((elsewhere / "collections").iterdir()) == []
    back_up(filled, "docs", address, check=True)
    restore(elsewhere, address)
    assert read(elsewhere) == read(filled)


def test_a_killed_restore_is_in_nobodys_way(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "depot")
    back_up(filled, "docs", address)
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)  # as if killed: nothing is tidied up
    monkeypatch.setattr("engine.store.backups.restore.write_manifest", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(elsewhere, address)
    monkeypatch.undo()
    assert Catalogue(elsewhere).rows() == [] and rebuild_catalogue(elsewhere) == []
    restore(elsewhere, address)
    assert len(list((elsewhere / "collections").iterdir())) == 1 and read(elsewhere) == read(filled)


def test_a_restore_killed_before_the_catalogue_is_found_by_repair(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "depot")
    back_up(filled, "docs", address)
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(Catalogue, "insert", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(elsewhere, address)
    monkeypatch.undo()
    assert rebuild_catalogue(elsewhere) == ["docs"]
    assert read(elsewhere) == read(filled)


def test_a_path_that_leaves_the_collection_is_refused(filled: Path, tmp_path: Path) -> None:
    depot = Depot(str(tmp_path / "depot"))
    made = back_up(filled, "docs", depot.address).backup
    evil = replace(made, id="evil", files=(replace(made.files[0], path="../../evil"),))
    depot.write("backups/evil.json", seal(evil.to_json()))
    with pytest.raises(StoreDamaged, match="outside"):
        restore(tmp_path / "elsewhere", depot.address, backup="evil")
    assert not list(tmp_path.rglob("evil"))


def test_addresses(filled: Path) -> None:
    with pytest.raises(UsageError, match="nope"):
        back_up(filled, "docs", "nope://x")
    fsspec.register_implementation("winnowtest", "no_such_package.fs", errtxt="Install no-such-package for this")
    with pytest.raises(DependencyMissing, match="no-such-package"):
        back_up(filled, "docs", "winnowtest://x")
