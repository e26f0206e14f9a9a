"""A mirrored collection loses what is gone, and keeps what only cannot be read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.errors import SourceNotFound
from engine.store.writer import CollectionWriter
from indexer.sources.source import Failed
from tests.support.documents import write_folder, write_records
from tests.unit.folders.conftest import Run, stored
from tests.unit.indexer_ingest.test_ingest import Watched

TEXTS = {name: f"# {name}\n\nThe text of {name}." for name in ("a.md", "b.md", "c.md", "hr/d.md", "hr/e.md")}


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    made = write_folder(tmp_path / "docs", TEXTS)
    run(made)
    return made


def test_what_is_gone_is_removed_in_one_commit(
    run: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.md").unlink()
    (folder / "hr" / "d.md").unlink()
    assert run(folder).removed == 0 and len(stored(home)) == 5
    restamps = []
    restamp = CollectionWriter.restamp
    monkeypatch.setattr(
        CollectionWriter, "restamp", lambda self, *args: (restamps.append(args[1]), restamp(self, *args))[1]
    )
    report = run(folder, mirror=True)
    assert (report.added, report.removed, report.unchanged, report.refused) == (0, 2, 3, "")
    assert [sorted(going) for going in restamps] == [["a.md", "hr/d.md"]]
    assert set(stored(home)) == {"b.md", "c.md", "hr/e.md"}


def test_only_what_lies_under_the_paths_is_removed(run: Run, home: Path, folder: Path) -> None:
    for name in ("a.md", "hr/d.md"):
        (folder / name).unlink()
    assert run(folder / "hr", mirror=True).removed == 1
    assert set(stored(home)) == set(TEXTS) - {"hr/d.md"}


def test_a_file_that_moves_keeps_its_vectors(run: Run, watched: Watched, home: Path, folder: Path) -> None:
    embedded, before = watched.embedded, stored(home)["a.md"]
    (folder / "a.md").rename(folder / "hr" / "z.md")
    shutil.move(folder / "hr", folder / "people")
    report = run(folder, mirror=True)
    assert (report.added, report.renamed, report.removed, report.chunks) == (0, 3, 0, 0)
    assert watched.embedded == embedded
    found = stored(home)
    assert set(found) == {"b.md", "c.md", "people/d.md", "people/e.md", "people/z.md"}
    moved = found["people/z.md"]
    assert (moved.text, moved.metadata["folder"], moved.metadata["modified"]) == (
        before.text,
        ("people",),
        before.metadata["modified"],
    )


def test_a_name_that_is_the_title_is_embedded_again(run: Run, watched: Watched, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "notes", {"a.txt": "The river.", "b.md": "# B"})
    run(folder)
    embedded = watched.embedded
    (folder / "a.txt").rename(folder / "z.txt")
    report = run(folder, mirror=True)
    assert (report.renamed, report.removed, report.added, watched.embedded) == (1, 0, 0, embedded + 1)
    assert stored(home)["z.txt"].title == "z" and set(stored(home)) == {"z.txt", "b.md"}


def test_a_file_that_takes_anothers_place_is_renamed(run: Run, home: Path, folder: Path) -> None:
    (folder / "a.md").replace(folder / "b.md")
    report = run(folder, mirror=True)
    assert (report.renamed, report.updated, report.removed) == (1, 0, 0)
    assert stored(home)["b.md"].text.endswith("The text of a.md.") and "a.md" not in stored(home)


def test_of_equal_files_the_one_of_the_same_name_is_the_one_that_moved(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "notes", {"a.txt": "The river.", "z.txt": "The river."})
    run(folder)
    write_folder(folder, {"new/z.txt": "The river."})
    (folder / "a.txt").unlink()
    (folder / "z.txt").unlink()
    report = run(folder, mirror=True, force=True)
    assert (report.renamed, report.removed, report.chunks) == (1, 1, 0)
    assert set(stored(home)) == {"new/z.txt"}


def test_more_than_half_is_removed_on_demand_only(run: Run, home: Path, folder: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        (folder / name).unlink()
    write_folder(folder, {"new.md": "# New"})
    report = run(folder, mirror=True)
    assert report.refused == f"3 of 5 documents under {folder} would be removed."
    assert (report.added, report.removed) == (1, 0) and set(stored(home)) == {*TEXTS, "new.md"}
    assert run(folder, mirror=True, force=True).removed == 3
    assert set(stored(home)) == {"hr/d.md", "hr/e.md", "new.md"}


def test_each_path_is_judged_by_itself(run: Run, home: Path, folder: Path, tmp_path: Path) -> None:
    other = write_folder(tmp_path / "other", {"x.md": "# X"})
    run(other)
    (other / "x.md").unlink()
    assert "1 of 1" in run(folder, other, mirror=True).refused


def test_half_may_go_and_moves_do_not_count(run: Run, home: Path, folder: Path) -> None:
    shutil.move(folder / "hr", folder / "people")
    (folder / "a.md").rename(folder / "z.md")
    (folder / "b.md").unlink()
    report = run(folder, mirror=True)
    assert (report.renamed, report.removed, report.refused) == (3, 1, "")


def test_a_path_that_is_missing_is_refused_unless_forced(run: Run, home: Path, folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(SourceNotFound):
        run(folder, mirror=True)
    assert set(stored(home)) == set(TEXTS)
    with pytest.raises(SourceNotFound):
        run(tmp_path / "typo", mirror=True, force=True)
    assert run(folder, mirror=True, force=True).removed == 5
    assert stored(home) == {}


def test_what_cannot_be_read_stays(run: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan, read = os.scandir, Path.read_bytes

    def denied(path: Path) -> None:
        if path.name in ("hr", "a.md"):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", lambda path: denied(path) or scan(path))
    monkeypatch.setattr(Path, "read_bytes", lambda self: denied(self) or read(self))
    (folder / "b.md").unlink()
    (folder / "c.md").write_bytes(bytes(range(256)) * 9)  # no text any more: its parser fails
    report = run(folder, mirror=True)
    assert (report.removed, len(report.failed)) == (1, 3)
    assert set(stored(home)) == {"a.md", "c.md", "hr/d.md", "hr/e.md"}


def test_records_that_are_gone_go_unless_their_file_is_damaged(run: Run, home: Path, tmp_path: Path) -> None:
    records = [{"id": f"x{n}", "text": f"text {n}"} for n in range(5)]
    file = write_records(tmp_path / "data" / "r.jsonl", records)
    run(file)
    write_records(file, records[:4])
    assert run(file, mirror=True).removed == 1
    file.write_text('{"id": "x0", "text": "text 0"}\n{bad\n')
    assert run(file, mirror=True).removed == 0 and len(stored(home)) == 4


def test_what_is_ignored_from_now_on_goes(run: Run, home: Path, folder: Path) -> None:
    write_folder(folder, {".winnowignore": "/hr/\n"})
    assert run(folder, mirror=True).removed == 2
    assert set(stored(home)) == {"a.md", "b.md", "c.md"}


def test_an_ignore_file_that_is_not_obeyed_is_told(run: Run, folder: Path) -> None:
    write_folder(folder, {".winnowignore": "*a*a*a*a*b\n"})
    report = run(folder, mirror=True)
    assert [problem.source for problem in report.failed] == [f"{folder}/.winnowignore#1"] and report.removed == 0


def test_facts_can_be_searched_for(run: Run, home: Path, folder: Path) -> None:
    with open_collection("c", home=home) as collection:

        def names(query: str) -> set[str]:
            return {hit.document.id for hit in collection.search(query, 20).hits}

        assert names("text kind:md folder:hr") == {"hr/d.md", "hr/e.md"}
        assert names("text modified:>=2020-01") == set(TEXTS) and names("text modified:<2020-01") == set()
        assert names("text bytes:>1000000") == set()


def test_a_failure_protects_the_file_that_it_is_in() -> None:
    from indexer.folders.mirror import Mirror

    mirror = Mirror(["/d"])
    uris = {"a": "/d/a.jsonl#1", "b": "/d/a.jsonl#2", "c": "/d/b.md", "e": "/d/x/e.md", "f": "/elsewhere/f.md"}
    mirror.compare(uris, dict.fromkeys(uris, "hash"))
    mirror.failed("/d/a.jsonl#7")
    mirror.failed(Failed("/d/x", "?").path)
    assert mirror.gone(set()) == ["c"]
