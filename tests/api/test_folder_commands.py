"""`ingest --mirror` and `--dry-run`, other sources, `delete` of many, `watch`: exit codes, stdout and stderr."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.terminal.commands.folders.watch import watch
from engine.errors import UsageError
from tests.conftest import Models, Outcome, Winnow
from tests.support.documents import topical, write_folder, write_records

TEXTS = {name: f"# {name}\n\nThe river of {name}." for name in ("a.md", "b.md", "hr/c.md", "hr/d.md", "e.md")}


@pytest.fixture
def ingest(winnow: Winnow, home: Path, models: Models) -> Callable[..., Outcome]:
    return lambda *arguments: winnow("ingest", *arguments, "--home", home, "--models", models.option)


@pytest.fixture
def folder(ingest: Callable[..., Outcome], tmp_path: Path) -> Path:
    made = write_folder(tmp_path / "docs", TEXTS)
    assert ingest(made).code == 0
    return made


def test_a_mirror_says_what_was_renamed_and_removed(ingest: Callable[..., Outcome], folder: Path) -> None:
    (folder / "a.md").unlink()
    (folder / "b.md").rename(folder / "z.md")
    planned = ingest(folder, "--mirror", "--dry-run")
    assert planned.out.splitlines() == [
        "rename  b.md -> z.md",
        "remove  a.md",
        "default: 0 to add, 0 to update, 1 to rename, 1 to remove, 3 unchanged, 0 failed; nothing was parsed or written",
    ]
    done = ingest(folder, "--mirror")
    assert done.code == 0
    assert done.out.startswith("default: 0 added, 0 updated, 1 renamed, 1 removed, 3 unchanged, 0 failed; 0 chunks in")
    again = ingest(folder, "--mirror", "--json").json
    assert (again["renamed"], again["removed"], again["unchanged"], again["refused"]) == (0, 0, 4, "")


def test_a_mirror_of_what_has_vanished_is_refused(
    ingest: Callable[..., Outcome], winnow: Winnow, folder: Path, home: Path
) -> None:
    shutil.rmtree(folder)
    missing = ingest(folder, "--mirror")
    assert missing.code == 2 and "source_not_found" in missing.err
    folder.mkdir()
    refused = ingest(folder, "--mirror")
    assert refused.code == 1 and "mirror_refused" in refused.err and "5 of 5 documents" in refused.err
    assert "--yes" in refused.err
    planned = ingest(folder, "--mirror", "--dry-run")
    assert planned.code == 0 and "without --yes nothing would be removed" in planned.err
    assert winnow("stats", "--home", home, "--json").json["documents"] == 5
    assert ingest(folder, "--mirror", "--yes").code == 0
    assert winnow("stats", "--home", home, "--json").json["documents"] == 0


def test_a_mirror_of_a_folder_that_is_gone_says_how_to_remove_it(ingest: Callable[..., Outcome], folder: Path) -> None:
    assert ingest(folder).code == 0
    shutil.rmtree(folder)
    assert "--yes removes" not in ingest(folder).err
    told = ingest(folder, "--mirror")
    assert told.code == 2 and "--yes removes what is stored of it" in told.err
    assert "5 removed" in ingest(folder, "--mirror", "--yes").out


def test_a_dry_run_says_what_it_does_not_know(ingest: Callable[..., Outcome], folder: Path) -> None:
    write_folder(folder, {"broken.pdf": "%PDF-1.7 and no more"})
    planned = ingest(folder, "--dry-run")
    assert "1 to add" in planned.out and "nothing was parsed" in planned.out
    assert "can be parsed shows only when it is ingested" in planned.err
    done = ingest(folder)
    assert done.code == 3 and "1 failed" in done.out
    (folder / "broken.pdf").unlink()
    assert "can be parsed" not in ingest(folder, "--dry-run").err


def test_what_is_skipped_is_summed_by_suffix_and_reason(ingest: Callable[..., Outcome], folder: Path) -> None:
    write_folder(folder, {"x.exe": "\0", "y.EXE": "\0", "node_modules/z.md": "?", "t.tmp": "?", ".gitignore": "*.tmp"})
    told = ingest(folder, "--exclude", "/hr/", "--dry-run")
    assert "skipped: 2 .exe: no parser; " in told.err and "1 .tmp: ignored by .gitignore" in told.err
    assert "excluded by default" in told.err and "1 folder: --exclude" in told.err
    assert "0 to add, 0 to update, 3 unchanged" in told.out
    only = ingest(folder, "--include", "hr/*.md", "--dry-run", "--json").json
    assert (only["added"], only["unchanged"]) == ([], 2)


def test_many_kinds_are_not_all_told(ingest: Callable[..., Outcome], folder: Path) -> None:
    write_folder(folder, {f"x.z{letter}": "\0" for letter in "abcdefghijklmn"})
    assert "; 4 other kinds (--json lists them)." in ingest(folder).err


def test_ids_and_stats_know_the_root(winnow: Winnow, ingest: Callable[..., Outcome], folder: Path, home: Path) -> None:
    assert winnow("stats", "--home", home, "--json").json["roots"] == {"docs": str(folder)}
    assert winnow("get", folder / "hr" / "c.md", "--home", home, "--json").json["id"] == "hr/c.md"
    moved = folder.rename(folder.with_name("guide"))
    assert "5 unchanged" in ingest(moved).out
    assert winnow("get", moved / "hr" / "c.md", "--home", home, "--json").json["uri"] == str(moved / "hr" / "c.md")
    below = winnow("ls", moved / "hr", "--home", home, "--json").json
    assert [one["id"] for one in below["documents"]] == ["hr/c.md", "hr/d.md"]


def test_the_standard_input_is_one_document(
    winnow: Winnow, ingest: Callable[..., Outcome], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"# Ferry\n\nIt leaves."), isatty=lambda: False)
    )
    assert ingest("-", "--id", "notes/ferry", "--as", "md").code == 0
    found = winnow("get", "notes/ferry", "--home", home, "--json").json
    assert (found["title"], found["text"]) == ("Ferry", "Ferry\n\nIt leaves.")
    for wrong in (
        ["-"],
        ["-", "--id", "y", "--as", "nonsense"],
        ["-", "x.md", "--id", "y"],
        ["-", "--id", "y", "--mirror"],
        [],
    ):
        assert ingest(*wrong).code == 2
    letter = io.BytesIO(b"From: a@b.c\nSubject: Ropes\nDate: Mon, 1 Dec 2025 10:00:00 +0000\n\nTar them.\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=letter, isatty=lambda: False))
    assert ingest("-", "--id", "letter", "--as", "mail").code == 0  # a name of --formats that is no suffix
    assert winnow("get", "letter", "--home", home, "--json").json["title"] == "Ropes"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\0"), isatty=lambda: False))
    unread = ingest("-", "--id", "y", "--as", "thing.exe")
    assert unread.code == 3 and "thing.exe" in unread.err


def test_rows_of_a_database(winnow: Winnow, ingest: Callable[..., Outcome], home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("CREATE TABLE n (number INTEGER, body TEXT, shelf TEXT)")
        connection.execute("INSERT INTO n VALUES (7, 'The river.', 'A1')")
    connection.close()
    select = "SELECT number AS id, body AS text, shelf FROM n"
    assert ingest("--sql", f"sqlite:///{tmp_path}/s.db", "--query", select).code == 0
    found = winnow("get", "7", "--home", home, "--json").json
    assert (found["text"], found["metadata"]) == ("The river.", {"shelf": "A1"})
    assert ingest("--sql", f"sqlite:///{tmp_path}/s.db").code == 2
    assert ingest("x.md", "--sql", f"sqlite:///{tmp_path}/s.db", "--query", select).code == 2
    failed = ingest("--sql", f"sqlite:///{tmp_path}/s.db", "--query", "SELECT nonsense")
    assert failed.code == 1 and "source_unavailable" in failed.err


def test_documents_are_deleted_by_prefix_glob_and_filter(winnow: Winnow, folder: Path, home: Path) -> None:
    def delete(*arguments: object) -> Outcome:
        return winnow("delete", *arguments, "--home", home)

    planned = delete("--prefix", "hr/", "--dry-run")
    assert planned.out.splitlines() == [
        "delete  hr/c.md",
        "delete  hr/d.md",
        "default: 2 would be deleted; nothing was",
    ]
    refused = delete("--prefix", "hr/")
    assert refused.code == 2 and "2 documents of 5 would be deleted" in refused.err and "--yes" in refused.err
    assert delete("--glob", "*.md", "--filter", "folder:hr", "--dry-run", "--json").json["would_delete"] == [
        "hr/c.md",
        "hr/d.md",
    ]
    assert delete("--prefix", folder / "hr", "--yes", "--json").json["deleted"] == ["hr/c.md", "hr/d.md"]
    assert delete("--glob", "[ab].md", "--yes").out.startswith("default: 2 deleted")
    assert delete("--filter", "kind:pdf").out.startswith("default: 0 deleted")
    assert delete().code == 2 and delete("e.md", "--glob", "*").code == 2


def test_few_of_many_go_without_a_question_and_a_person_is_asked(
    winnow: Winnow, ingest: Callable[..., Outcome], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(write_records(tmp_path / "r.jsonl", topical(30)))
    assert winnow("delete", "--glob", "d00[0-2]", "--home", home).code == 0
    asked: list[str] = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("typer.confirm", lambda text, **options: asked.append(text))
    assert winnow("delete", "--prefix", "d01", "--home", home).out.startswith("default: 10 deleted")
    assert asked == ["Delete 10 documents of 27?"]


def test_watch_tells_passes_and_ends_clean(
    folder: Path, home: Path, models: Models, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def changes(paths: list[Path], home: Path) -> object:
        (folder / "a.md").unlink()
        yield ("changed",)
        yield ("changed",)
        (folder / "junk.txt").write_bytes(bytes(range(256)) * 9)
        yield ("changed",)
        yield ("changed",)
        raise KeyboardInterrupt

    monkeypatch.setattr("indexer.watching.changes_of", changes)
    with pytest.raises(KeyboardInterrupt):
        watch([str(folder)], home=home, models=models.option)
    captured = capsys.readouterr()
    assert [line.split(";")[0] for line in captured.out.splitlines()] == [
        "default: 0 added, 0 updated, 0 renamed, 0 removed, 5 unchanged, 0 failed",
        "default: 0 added, 0 updated, 0 renamed, 1 removed, 4 unchanged, 0 failed",
        "default: 0 added, 0 updated, 0 renamed, 0 removed, 4 unchanged, 1 failed",
    ]
    assert captured.err.count("The file is binary") == 1
    assert captured.err.endswith("Stopped. What was committed is kept.\n")
    with pytest.raises(UsageError, match="watched"):
        watch(["s3://bucket"], home=home)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_watch_says_goodbye_whatever_ends_it(
    folder: Path,
    home: Path,
    models: Models,
    winnow: Winnow,
    number: signal.Signals,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def changes(paths: list[Path], home: Path) -> object:
        yield ("changed",)
        os.kill(os.getpid(), number)
        threading.Event().wait(60)

    monkeypatch.setattr("indexer.watching.changes_of", changes)
    ended = winnow("watch", folder, "--home", home, "--models", models.option)
    assert ended.code == code and ended.err.endswith("Stopped. What was committed is kept.\n")
