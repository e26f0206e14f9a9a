"""`winnow ingest`: exit codes, the report, what goes to stdout and what to stderr."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.text.language import detect
from tests.conftest import Models, Outcome, Winnow
from tests.support.documents import topical, write_folder, write_records


@pytest.fixture
def ingest(winnow: Winnow, home: Path, models: Models) -> Callable[..., Outcome]:
    return lambda *paths: winnow("ingest", *paths, "--home", home, "--models", models.option)


def test_all_is_well(ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = ingest(write_folder(tmp_path / "docs", {"a.txt": "The river.", "b.txt": "A bridge."}))
    assert outcome.code == 0
    assert outcome.out.startswith("default: 2 added, 0 updated, 0 unchanged, 0 failed; 2 chunks in ")
    assert outcome.err == ""


def test_the_json_report(ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {"a.txt": "The river.", "c.exe": "\0"})
    (folder / "junk.txt").write_bytes(bytes(range(256)) * 9)
    outcome = ingest(folder, "--json")
    assert outcome.code == 3
    report = outcome.json
    assert {name: report[name] for name in ("collection", "documents", "added", "updated", "unchanged")} == {
        "collection": "default", "documents": 2, "added": 1, "updated": 0, "unchanged": 0,
    }  # fmt: skip
    assert [Path(problem["source"]).name for problem in report["failed"]] == ["junk.txt"]
    assert [Path(problem["source"]).name for problem in report["skipped"]] == ["c.exe"]
    assert report["warnings"] == [] and report["generation"] == 2 and report["commits"] == 1


def test_partial(ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {"a.txt": "The river.", "c.exe": "\0"})
    for number in range(12):
        (folder / f"junk{number:02d}.txt").write_bytes(bytes(range(256)) * 9)
    outcome = ingest(folder)
    assert outcome.code == 3
    assert "1 added" in outcome.out and "12 failed" in outcome.out
    assert outcome.err.count("The file is binary") == 10 and "and 2 more (--json" in outcome.err
    assert "skipped: 1 .exe: no parser" in outcome.err


def test_an_empty_folder_is_no_error_and_makes_nothing(
    ingest: Callable[..., Outcome], tmp_path: Path, home: Path
) -> None:
    (tmp_path / "empty").mkdir()
    outcome = ingest(tmp_path / "empty")
    assert (outcome.code, outcome.err) == (0, "No documents found.\n")
    assert not home.exists()


def test_usage(winnow: Winnow, ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    missing = ingest(tmp_path / "nowhere")
    assert missing.code == 2 and "source_not_found" in missing.err and "nowhere" in missing.err
    assert winnow("ingest").code == 2
    assert winnow("ingest", tmp_path, "--nonsense").code == 2
    bad = winnow("ingest", write_folder(tmp_path, {"a.txt": "x"}), "-c", "Bad Name!", "--home", tmp_path / "h")
    assert bad.code == 2 and "Bad Name!" in bad.err and "Use 1 to 64" in bad.err


def test_metadata_conflicts_are_warnings(ingest: Callable[..., Outcome], tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [{"id": "x", "text": "a", "year": 1}, {"id": "y", "text": "b", "year": "old"}]
    outcome = ingest(write_records(tmp_path / "r.jsonl", records))
    assert outcome.code == 0 and "2 added" in outcome.out
    assert "warning: y: metadata field 'year'" in outcome.err


def test_ctrl_c_keeps_what_was_committed(
    ingest: Callable[..., Outcome],
    winnow: Winnow,
    setting: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    home: Path,
) -> None:
    setting(commit_chunks=2)
    file = write_records(tmp_path / "r.jsonl", topical(7))
    parse = detect

    def interrupted(text: str) -> str:
        if "document 5" in text:
            raise KeyboardInterrupt
        return parse(text)

    with monkeypatch.context() as patch:
        patch.setattr("indexer.reading.reading.detect", interrupted)
        outcome = ingest(file, "--json")
    assert (outcome.code, outcome.out) == (130, "")
    assert "What was committed is kept" in outcome.err
    assert winnow("stats", "--home", home, "--json").json["documents"] == 4
    again = ingest(file, "--json")
    assert (again.code, again.json["unchanged"], again.json["added"]) == (0, 4, 3)


def test_a_named_file_that_no_parser_takes_has_failed(
    ingest: Callable[..., Outcome], tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", {"table.exe": "\0"})
    outcome = ingest(folder / "table.exe")
    assert outcome.code == 3
    assert "table.exe: No parser reads .exe files, and it is not text." in outcome.err
    assert not home.exists()


def test_a_url_of_a_file_is_its_path(
    ingest: Callable[..., Outcome], winnow: Winnow, home: Path, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "my notes", {"a.md": "# A"})
    assert ingest(folder).code == 0
    assert "1 unchanged" in ingest(f"file://{tmp_path}/my%20notes/a.md").out
    assert "1 unchanged" in ingest(folder.as_uri()).out
