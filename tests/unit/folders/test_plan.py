"""A dry run says what an ingest then does, and does nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.models import LocalModels
from indexer.folders.plan import plan
from indexer.folders.selection import Selection
from tests.support.documents import write_folder, write_records
from tests.support.stores import tree
from tests.unit.folders.conftest import Run, stored
from tests.unit.folders.test_ids import old_ingest
from tests.unit.folders.test_mirror import TEXTS


def edited(folder: Path) -> Path:
    """One of each: changed, renamed, gone, new, of no kind, ignored."""
    write_folder(folder, {"a.md": "# Other", "new.md": "# New", "x.exe": "\0", "y.tmp": "?", ".gitignore": "*.tmp\n"})
    (folder / "b.md").rename(folder / "moved.md")
    (folder / "c.md").unlink()
    return folder


def test_a_dry_run_writes_nothing_and_loads_no_model(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder := write_folder(tmp_path / "docs", TEXTS))
    before = tree(home)
    monkeypatch.setattr(LocalModels, "encoder", lambda self, name: pytest.fail("a model was loaded"))
    made = plan(Selection((edited(folder),)), home=home, collection="c", mirror=True)
    assert tree(home) == before
    assert made.to_json() == {
        "collection": "c",
        "added": ["new.md"],
        "changed": ["a.md"],
        "renamed": [{"from": "b.md", "to": "moved.md"}],
        "gone": ["c.md"],
        "unchanged": 2,
        "failed": [],
        "skipped": [
            {"source": f"{folder}/.gitignore", "reason": "hidden", "remedy": ""},
            {"source": f"{folder}/x.exe", "reason": "no parser", "remedy": ""},
            {"source": f"{folder}/y.tmp", "reason": "ignored by .gitignore", "remedy": ""},
        ],
        "skipped_by_kind": ["1 without a suffix: hidden", "1 .exe: no parser", "1 .tmp: ignored by .gitignore"],
        "warnings": [],
        "refused": "",
    }


def test_the_ingest_does_what_the_dry_run_said(run: Run, home: Path, tmp_path: Path) -> None:
    run(folder := write_folder(tmp_path / "docs", TEXTS))
    made = plan(Selection((edited(folder),)), home=home, collection="c", mirror=True)
    report = run(folder, mirror=True)
    assert (report.added, report.updated, report.renamed, report.removed, report.unchanged) == (1, 1, 1, 1, 2)
    assert set(stored(home)) == {*made.added, *made.changed, "moved.md", "hr/d.md", "hr/e.md"}


def test_without_a_collection_all_is_new_and_without_a_mirror_nothing_goes(
    run: Run, home: Path, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "docs", TEXTS)
    assert plan(Selection((folder,)), home=home, collection="c").added == sorted(TEXTS)
    assert not home.exists()
    run(folder)
    (folder / "a.md").unlink()
    assert plan(Selection((folder,)), home=home, collection="c").gone == []
    assert "5 of 5" in plan(Selection((emptied(folder),)), home=home, collection="c", mirror=True).refused


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


def test_old_ids_and_moved_roots_are_known_before_they_are_changed(
    run: Run, home: Path, static: str, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "docs", TEXTS)
    old_ingest(home, static, folder)
    made = plan(Selection((folder,)), home=home, collection="c", mirror=True)
    assert (made.unchanged, made.added, made.gone) == (5, [], [])
    run(folder)
    folder.rename(tmp_path / "elsewhere")
    made = plan(Selection((tmp_path / "elsewhere",)), home=home, collection="c", mirror=True)
    assert (made.unchanged, made.added, made.renamed, made.gone) == (5, [], [], [])


def test_what_another_file_would_replace_is_told_as_the_ingest_tells_it(run: Run, home: Path, tmp_path: Path) -> None:
    texts = {"old": "The river.", "new": "The bridge.", "twice": "The road."}
    old, new, twice = (
        write_records(write_folder(tmp_path / name, {}) / "items.jsonl", [{"id": "1", "text": text}])
        for name, text in texts.items()
    )
    run(old)
    made = plan(Selection((new, twice)), home=home, collection="c")
    assert (made.added, made.changed) == ([], ["1", "1"])
    assert [(problem.source, str(old) in problem.reason) for problem in made.warnings] == [
        (str(new), True),
        (str(twice), False),
    ]
    assert all("would replace" in problem.reason and "--collection" in problem.remedy for problem in made.warnings)
    told = [problem.reason.replace("would replace", "replaced") for problem in made.warnings]
    assert [problem.reason for problem in run(new, twice).warnings] == told
    assert plan(Selection((twice,)), home=home, collection="c").warnings == []
