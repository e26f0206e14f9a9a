"""backup and restore, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> Path:
    file = write_records(tmp_path / "notes.jsonl", topical(12))
    assert winnow("ingest", file, "--home", home, "--models", models.option).code == 0
    assert winnow("delete", "d004", "--home", home).code == 0
    return home


def test_a_restored_backup_answers_identically(winnow: Winnow, filled: Path, tmp_path: Path) -> None:
    depot, elsewhere = tmp_path / "depot", tmp_path / "elsewhere"
    assert "files copied" in winnow("backup", "default", depot, "--home", filled).out
    listed = winnow("backup", "--list", depot, "--json").json["backups"]
    assert [(line["collection"], line["documents"]) for line in listed] == [("default", 11)]
    assert listed[0]["id"] in winnow("backup", "--list", depot).out
    assert winnow("restore", depot, "--home", elsewhere).code == 0
    assert winnow("verify", "--home", elsewhere).code == 0
    for query in ("river", '"of the city"', "bridge -food", "year:>=2003 engine"):
        answers = []
        for home in (filled, elsewhere):
            found = winnow("search", query, "--home", home, "--json").json
            del found["timings_ms"]
            answers.append(found)
        assert answers[0] == answers[1]
        assert answers[0]["hits"]


def test_wrong_use(winnow: Winnow, filled: Path, tmp_path: Path) -> None:
    assert winnow("backup", "default", "--home", filled).code == 2
    assert winnow("backup", "--list").code == 2
    assert winnow("backup", "nope", tmp_path / "depot", "--home", filled).code == 2
    assert winnow("restore", tmp_path / "depot", "--home", filled).code == 2
    assert winnow("backup", "default", tmp_path / "depot", "--home", filled).code == 0
    taken = winnow("restore", tmp_path / "depot", "--home", filled)
    assert taken.code == 2 and "--name" in taken.err
    assert winnow("restore", tmp_path / "depot", "--name", "copy", "--home", filled, "--json").json["documents"] == 11


def test_a_collection_of_a_depot_that_holds_several(
    winnow: Winnow, filled: Path, models: Models, tmp_path: Path
) -> None:
    depot, elsewhere = tmp_path / "depot", tmp_path / "elsewhere"
    file = write_records(tmp_path / "more.jsonl", topical(3))
    assert winnow("ingest", file, "-c", "more", "--home", filled, "--models", models.option).code == 0
    for name in ("default", "more"):
        assert winnow("backup", depot, "-c", name, "--home", filled).code == 0
    unclear = winnow("restore", depot, "--home", elsewhere)
    assert unclear.code == 2 and "-c" in unclear.err
    unknown = winnow("restore", depot, "-c", "nope", "--home", elsewhere)
    assert unknown.code == 2 and "default, more" in unknown.err
    done = winnow("restore", depot, "-c", "more", "--name", "copy", "--home", elsewhere, "--json").json
    assert (done["collection"], done["documents"]) == ("copy", 3)
