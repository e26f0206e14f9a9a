"""Files and homes that are not as they should be: a typed error or a sensible answer, never a traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store.generation import open_generation
from engine.store.writer import open_writer
from tests.conftest import Models, Outcome, Winnow
from tests.support.checkpoints import tiny_encoder, tiny_static
from tests.support.documents import write_folder

DOCUMENTS = {"a.txt": "The river and the city.", "b.txt": "A bridge."}


@pytest.fixture
def ingest(winnow: Winnow, home: Path, models: Models) -> Callable[..., Outcome]:
    return lambda *paths: winnow("ingest", *paths, "--home", home, "--models", models.option)


@pytest.fixture
def filled(ingest: Callable[..., Outcome], tmp_path: Path, home: Path) -> Path:
    """A home with a collection of two documents."""
    assert ingest(write_folder(tmp_path / "docs", DOCUMENTS)).code == 0
    return home


def failed(outcome: Outcome, code: int, *words: str) -> None:
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("winnow: ")
    for word in words:
        assert word in outcome.err, outcome.err


# ------------------------------------------------------------------------------------------------------------- files


def test_an_empty_file_is_a_document_that_matches_nothing(
    ingest: Callable[..., Outcome], winnow: Winnow, tmp_path: Path, home: Path
) -> None:
    outcome = ingest(write_folder(tmp_path / "docs", {"empty.txt": "", "blank.md": " \n\n "}), "--json")
    assert outcome.code in (0, 3)
    assert outcome.json["documents"] == 2
    found = winnow("search", "river", "--home", home, "--json")
    assert found.code == 0 and found.json["hits"] == []


def test_an_unreadable_file_is_reported(
    ingest: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "docs", DOCUMENTS)
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "a.txt":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    outcome = ingest(folder)
    assert outcome.code == 3
    assert "a.txt: The file cannot be read: Permission denied." in outcome.err
    assert "1 added" in outcome.out


def test_names_that_are_no_unicode(ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", DOCUMENTS)
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.txt")).write_text("x")
    outcome = ingest(folder, "--json")
    assert outcome.code == 3
    assert [Path(problem["source"]).name for problem in outcome.json["failed"]] == ["bad\\xff.txt"]
    missing = ingest(tmp_path / os.fsdecode(b"missing\xff.txt"))
    failed(missing, 2, "source_not_found", "missing\ufffd.txt")


def test_names_cannot_steer_the_terminal(
    ingest: Callable[..., Outcome], winnow: Winnow, tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", {"a\x1b[2J\nb.txt": "The river."})
    (folder / "\x1b[31mjunk.txt").write_bytes(bytes(range(256)) * 9)
    outcome = ingest(folder)
    assert outcome.code == 3 and "\x1b" not in outcome.err
    found = winnow("search", "river", "--home", home)
    assert "\x1b" not in found.out and "a\ufffd[2J\ufffdb.txt" in found.out


@pytest.mark.slow
def test_a_file_of_50_megabytes(winnow: Winnow, tmp_path: Path, home: Path) -> None:
    line = "The river and the bridge of the city, number {}, are for the search engine. "
    text = "".join(line.format(number) + ("\n\n" if number % 7 == 0 else "") for number in range(700_000))
    assert len(text) > 50_000_000
    folder = write_folder(tmp_path / "docs", {"big.txt": text, "small.txt": "A passage of food."})
    encoder = tiny_static(tmp_path / "static")
    outcome = winnow("ingest", folder, "--home", home, "--models", f"{encoder},none", "--json")
    assert outcome.code == 0 and outcome.json["added"] == 2
    found = winnow("search", '"number 654321"', "--home", home, "--json").json
    assert [Path(hit["uri"]).name for hit in found["hits"]] == ["big.txt"]
    hit = found["hits"][0]
    assert "number 654321," in hit["text"] and text[hit["start"] : hit["end"]] == hit["text"]


# ------------------------------------------------------------------------------------------------------------ models


def test_another_encoder_is_refused(winnow: Winnow, filled: Path, models: Models, tmp_path: Path) -> None:
    other = tiny_encoder(tmp_path / "other", seed=5)
    for command in (["search", "river"], ["ingest", str(tmp_path / "docs")]):
        outcome = winnow(*command, "--home", filled, "--models", f"{other},{models.reranker}")
        failed(outcome, 1, "model_mismatch", models.encoder)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c"])
def test_no_such_model(winnow: Winnow, filled: Path, tmp_path: Path, name: str) -> None:
    failed(winnow("search", "river", "--home", filled, "--models", name), 1, "model_not_found", name)
    outcome = winnow("ingest", tmp_path / "docs", "-c", "new", "--home", filled, "--models", name)
    failed(outcome, 1, "model_not_found", name)


def test_a_folder_that_is_no_model(winnow: Winnow, filled: Path, tmp_path: Path) -> None:
    outcome = winnow("search", "river", "--home", filled, "--models", tmp_path / "docs")
    assert outcome.code == 1 and outcome.err.startswith("winnow: ")


def test_models_that_make_no_sense(winnow: Winnow, filled: Path) -> None:
    failed(winnow("search", "river", "--home", filled, "--models", "a,b,c"), 2, "ENCODER")
    failed(winnow("search", "river", "--home", filled, "--models", ","), 2, "ENCODER")


# -------------------------------------------------------------------------------------------------------------- home


def test_unknown_collections(winnow: Winnow, filled: Path) -> None:
    for name in ("nope", "Bad Name!", "../default", ""):
        failed(winnow("search", "river", "--home", filled, "-c", name), 2, "default")
    failed(winnow("search", "river", "--home", filled.parent / "elsewhere"), 2, "winnow ingest")
    assert not (filled.parent / "elsewhere").exists()


def test_a_home_that_is_a_file(winnow: Winnow, tmp_path: Path, models: Models) -> None:
    folder = write_folder(tmp_path / "docs", DOCUMENTS)
    home = folder / "a.txt"
    for command in (["ingest", folder, "--models", models.option], ["search", "river"], ["stats"], ["verify"]):
        failed(winnow(*command, "--home", home), 2, "is not a folder")
    failed(winnow("ingest", folder, "--models", models.option, "--home", home / "below"), 1, "a.txt")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "ls -ld"),
        (errno.EROFS, "read-only: mount it"),
        (errno.ENOENT, "Check the path"),
        (errno.ENAMETOOLONG, "shorter"),
        (errno.ENOTSUP, "Check the path"),
    ],
)
def test_a_home_that_cannot_be_written(
    ingest: Callable[..., Outcome],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    number: int,
    remedy: str,
) -> None:
    def refused(path: Path, *args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    folder = write_folder(tmp_path / "docs", DOCUMENTS)
    monkeypatch.setattr(Path, "mkdir", refused)
    outcome = ingest(folder)
    failed(outcome, 1, str(home), os.strerror(number), remedy)
    assert "failing disk" not in outcome.err


def test_a_full_disk(
    ingest: Callable[..., Outcome], winnow: Winnow, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_folder(tmp_path / "docs", {"c.txt": "Food for the year."})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        failed(ingest(tmp_path / "docs"), 1, "disk_full", "Free some space")
    assert winnow("verify", "--home", filled).code == 0
    assert winnow("stats", "--home", filled, "--json").json["documents"] == 2
    again = ingest(tmp_path / "docs", "--json")
    assert (again.code, again.json["added"], again.json["unchanged"]) == (0, 1, 2)


def test_a_second_writer_is_told_who_the_first_is(
    ingest: Callable[..., Outcome], winnow: Winnow, filled: Path, tmp_path: Path
) -> None:
    write_folder(tmp_path / "docs", {"c.txt": "Food for the year."})
    with open_writer(filled, "default"):
        failed(ingest(tmp_path / "docs"), 1, "writer_busy", str(os.getpid()))
        failed(winnow("delete", "x", "--home", filled), 1, "writer_busy")
        assert winnow("search", "river", "--home", filled).code == 0
    assert ingest(tmp_path / "docs").code == 0


@pytest.mark.parametrize("damage", ["deleted", "junk", "empty"])
def test_a_lost_catalogue(
    ingest: Callable[..., Outcome], winnow: Winnow, filled: Path, tmp_path: Path, damage: str
) -> None:
    catalogue = filled / "catalogue.sqlite"
    for path in filled.glob("catalogue.sqlite*"):
        path.unlink()
    if damage != "deleted":
        catalogue.write_bytes(b"" if damage == "empty" else b"this is no database, " * 400)
    files = {path for path in (filled / "collections").rglob("*") if path.is_file()}
    for outcome in (winnow("search", "river", "--home", filled), ingest(tmp_path / "docs")):
        failed(outcome, 1, "catalogue_missing", "winnow repair --catalogue", "nothing has been deleted")
    assert {path for path in (filled / "collections").rglob("*") if path.is_file()} == files

    repaired = winnow("repair", "--catalogue", "--home", filled)
    assert repaired.code == 0 and repaired.out == "restored: default\n"
    assert len(winnow("search", "river", "--home", filled, "--json").json["hits"]) == 2
    assert winnow("verify", "--home", filled).code == 0


def test_a_damaged_segment_is_found(winnow: Winnow, filled: Path) -> None:
    with open_generation(filled, "default") as generation:
        segment = generation.layout.segment(generation.manifest.segments[0].id)
    file = segment / "documents.arrow"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    outcome = winnow("verify", "--home", filled)
    assert outcome.code == 1 and "documents.arrow" in outcome.out
    file.write_bytes(data[:40])
    failed(winnow("search", "river", "--home", filled), 1, "store_damaged")


def test_a_missing_manifest(winnow: Winnow, filled: Path) -> None:
    for path in filled.rglob("generations/*.json"):
        path.unlink()
    failed(winnow("search", "river", "--home", filled), 1, "store_damaged")


@pytest.mark.parametrize(
    "command",
    [("get", "\udcff"), ("delete", "\udcff"), ("delete", "a\ud800"), ("ingest", "http://127.0.0.1:1/\udcff/")],
)
def test_bytes_that_are_no_text_are_said(winnow: Winnow, filled: Path, command: tuple[str, ...]) -> None:
    outcome = winnow(*command, "--home", filled)
    assert outcome.code != 0 and outcome.err.startswith("winnow: usage: "), outcome


@pytest.mark.parametrize("address", ["http://[/", "http://[::1/a.pdf", "https://]/a/b.html"])
def test_an_address_that_is_none_is_said(winnow: Winnow, home: Path, address: str) -> None:
    failed(winnow("ingest", address, "--home", home), 2, "no address")
