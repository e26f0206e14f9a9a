"""Ids begin below roots, so that a folder may move; ids of before there were roots become such."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.roots import Roots
from indexer.ingest import ingest, ingest_sources
from indexer.sources.source import discover
from indexer.sources.submitted import Submitted, text_source
from tests.support.documents import write_folder, write_records
from tests.unit.folders.conftest import Run, stored
from tests.unit.indexer_ingest.test_ingest import Watched

TEXTS = {"leave.md": "# Leave\n\nTake it.", "hr/forms.md": "# Forms\n\nFill them in.", "hr/c.txt": "The canteen."}


def test_ids_begin_below_the_only_root(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder)
    found = stored(home)
    assert set(found) == set(TEXTS)
    assert found["hr/forms.md"].uri == str(folder / "hr" / "forms.md")
    assert found["hr/forms.md"].metadata.keys() == {"folder", "kind", "bytes", "modified"}
    assert found["hr/forms.md"].metadata["folder"] == ("hr",)


def test_a_second_root_has_its_name_before_its_ids_and_the_first_stays_as_it_is(
    run: Run, home: Path, tmp_path: Path
) -> None:
    run(write_folder(tmp_path / "handbook", TEXTS))
    run(write_folder(tmp_path / "wiki", {"leave.md": "# Away"}))
    run(write_folder(tmp_path / "other" / "wiki", {"leave.md": "# Far away"}))
    assert set(stored(home)) == {*TEXTS, "wiki/leave.md", "wiki-2/leave.md"}


def test_folders_that_come_together_are_all_named(run: Run, home: Path, tmp_path: Path) -> None:
    one, two = write_folder(tmp_path / "one", {"a.md": "# A"}), write_folder(tmp_path / "two", {"a.md": "# B"})
    assert run(one, two).unchanged == 0
    assert set(stored(home)) == {"one/a.md", "two/a.md"}
    assert run(one).unchanged == 1 and run(two / "a.md").unchanged == 1


def test_a_file_that_is_named_is_of_its_folder(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder / "leave.md")
    assert set(stored(home)) == {"leave.md"}
    assert run(folder).unchanged == 1 and run(folder / "hr").unchanged == 2
    assert set(stored(home)) == set(TEXTS)


def test_a_folder_above_a_root_does_not_take_its_documents(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder / "hr")
    again = run(folder)
    assert (again.added, again.unchanged) == (1, 2)
    assert set(stored(home)) == {"forms.md", "c.txt", "handbook/leave.md"}


def test_records_keep_their_own_ids_and_others_are_of_their_file(run: Run, home: Path, tmp_path: Path) -> None:
    run(write_records(tmp_path / "data" / "r.jsonl", [{"id": "x", "text": "one"}, {"text": "two"}]))
    found = stored(home)
    assert set(found) == {"x", "r.jsonl#2"}
    assert found["x"].metadata == {} and found["r.jsonl#2"].metadata == {"kind": "jsonl"}


def test_a_documents_own_fields_count_before_the_facts(run: Run, home: Path, tmp_path: Path) -> None:
    run(write_folder(tmp_path / "d", {"a.md": "---\nkind: tutorial\nbytes: 3\n---\n# A\n\nText."}))
    metadata = stored(home)["a.md"].metadata
    assert (metadata["kind"], metadata["bytes"]) == ("tutorial", 3) and "modified" in metadata


def test_a_touch_changes_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder)
    before = stored(home)
    os.utime(folder / "leave.md", (1, 1))
    assert run(folder, mirror=True).unchanged == 3
    assert stored(home) == before


@pytest.mark.parametrize("name", ["handbook", "guide"])
def test_a_folder_that_has_moved_is_known_again(
    run: Run, watched: Watched, home: Path, tmp_path: Path, name: str
) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder)
    before, embedded = stored(home), watched.embedded
    moved = tmp_path / "new" / name
    moved.parent.mkdir()
    folder.rename(moved)
    report = run(moved)
    assert (report.added, report.unchanged, report.chunks) == (0, 3, 0) and watched.embedded == embedded
    assert set(stored(home)) == set(before)
    assert {document.uri for document in stored(home).values()} == {str(moved / name) for name in TEXTS}
    assert not verify(home, "c").problems


def test_a_copy_of_a_folder_that_is_still_there_is_another_root(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    run(folder)
    shutil.copytree(folder, tmp_path / "copy" / "handbook")
    report = run(tmp_path / "copy" / "handbook")
    assert report.added == 3 and len(stored(home)) == 6
    assert any("same content as hr/forms.md; both are kept" in problem.reason for problem in report.warnings)


def test_another_folder_does_not_become_a_root_that_is_gone(run: Run, home: Path, tmp_path: Path) -> None:
    run(folder := write_folder(tmp_path / "one" / "handbook", {"README.md": "# One"}))
    shutil.rmtree(folder)
    assert run(write_folder(tmp_path / "two" / "handbook", {"README.md": "# Two"})).added == 1
    assert {document.title for document in stored(home).values()} == {"One", "Two"}


def test_a_root_is_named_and_moves_by_its_name(run: Run, home: Path, tmp_path: Path) -> None:
    run(folder := write_folder(tmp_path / "a", TEXTS), root="handbook")
    assert set(stored(home)) == {f"handbook/{name}" for name in TEXTS}
    shutil.rmtree(folder)
    report = run(write_folder(tmp_path / "b", {"leave.md": "# Leave\n\nTake more."}), root="handbook")
    assert (report.added, report.updated) == (0, 1)
    assert set(stored(home)) == {f"handbook/{name}" for name in TEXTS}


def test_an_impossible_name_of_a_root_is_refused(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", TEXTS)
    for places, name in (((folder,), "a/b"), ((folder,), ""), ((folder, folder / "hr"), "x"), ((folder,), "-x")):
        with pytest.raises(UsageError, match="cannot name a root"):
            run(*places, root=name)
    run(folder)
    with pytest.raises(UsageError, match="is the root 'a' already"):
        run(folder, root="b")
    with pytest.raises(UsageError, match="begin with 'hr' already"):
        run(write_folder(tmp_path / "c", {"x.md": "x"}), root="hr")


def old_ingest(home: Path, static: str, *paths: Path, collection: str = "c") -> None:
    """As Winnow did before there were roots: ids are absolute paths."""
    ingest_sources(discover(list(paths)), home=home, collection=collection, encoder=static, reranker="none")


def test_absolute_ids_of_old_become_ids_below_the_root_without_embedding(
    run: Run, watched: Watched, home: Path, static: str, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    write_records(
        folder / "r.jsonl", [{"text": "one"}, {"id": "own", "text": "two"}, {"text": "3", "url": "http://x/y"}]
    )
    old_ingest(home, static, folder)
    assert str(folder / "leave.md") in stored(home)
    embedded, texts = watched.embedded, {document.text for document in stored(home).values()}
    report = run(folder / "leave.md")  # one file is enough
    assert (report.added, report.updated, report.unchanged, report.chunks) == (0, 0, 1, 0)
    assert watched.embedded == embedded
    found = stored(home)
    assert set(found) == {*TEXTS, "r.jsonl#1", "own", "r.jsonl#3"}
    assert {document.text for document in found.values()} == texts
    assert found["hr/forms.md"].metadata.keys() == {"folder", "kind", "bytes", "modified"}
    again = run(folder)
    assert (again.added, again.updated, again.unchanged, again.commits) == (0, 0, 6, 0)
    assert not verify(home, "c").problems


def test_a_migrated_collection_is_a_fresh_one(run: Run, home: Path, static: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    old_ingest(home, static, folder)
    run(folder)
    migrated = stored(home)
    ingest([folder], home=tmp_path / "fresh", collection="c", encoder=static, reranker="none")
    assert migrated == stored(tmp_path / "fresh")


def test_documents_of_programs_are_left_as_they_are(run: Run, home: Path, static: str, tmp_path: Path) -> None:
    sources = [text_source(Submitted("leave.md", "Of a program."))]
    ingest_sources(sources, home=home, collection="c", encoder=static, reranker="none")
    run(write_folder(tmp_path / "handbook", TEXTS), mirror=True, force=True)
    assert set(stored(home)) == {"leave.md", *(f"handbook/{name}" for name in TEXTS)}
    assert stored(home)["leave.md"].text == "Of a program."


def test_old_documents_elsewhere_keep_their_ids(run: Run, home: Path, static: str, tmp_path: Path) -> None:
    other = write_folder(tmp_path / "other", {"x.md": "# X"})
    old_ingest(home, static, other, write_folder(tmp_path / "handbook", TEXTS))
    run(tmp_path / "handbook")
    assert set(stored(home)) == {str(other / "x.md"), *(f"handbook/{name}" for name in TEXTS)}
    run(other)
    assert set(stored(home)) == {"other/x.md", *(f"handbook/{name}" for name in TEXTS)}


def test_the_roots_are_kept_with_the_collection(run: Run, home: Path, tmp_path: Path) -> None:
    run(write_folder(tmp_path / "handbook", TEXTS))
    with open_generation(home, "c") as generation:
        (root,) = generation.manifest.roots.all
        assert (root.name, root.path, root.prefixed) == ("handbook", str(tmp_path / "handbook"), False)
        assert generation.manifest.roots != Roots()
        assert generation.number == 2  # with the documents, in one commit


def test_a_folder_that_moved_and_changed_too_much_is_told(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    assert run(folder).notes == []
    shutil.rmtree(folder)
    moved = write_folder(tmp_path / "moved", {name: f"{text} Once more." for name, text in TEXTS.items()})
    (note,) = run(moved).notes
    assert f"{folder} is gone, and 3 documents" in note and f"winnow ingest {folder} --mirror --yes" in note
    assert run(moved).notes == []
    assert run(folder, mirror=True, force=True).removed == 3
    assert set(stored(home)) == {f"moved/{name}" for name in TEXTS}


def test_what_is_no_file_makes_no_root(run: Run, home: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "handbook", TEXTS)
    os.mkfifo(tmp_path / "pipe")
    run(folder, tmp_path / "pipe")
    with open_generation(home, "c") as generation:
        assert [root.path for root in generation.manifest.roots.all] == [str(folder)]
