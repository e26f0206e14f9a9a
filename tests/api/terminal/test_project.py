"""init and update: a checked-in winnow.toml, and who may use one that came from elsewhere."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from api.terminal.project import Wanted, read, written
from tests.conftest import Outcome, Winnow
from tests.support.documents import write_folder

TOML = """
[collections.pages]
roots = ["docs", "more"]
preset = "fast"
include = ["*.md"]
exclude = ["drafts/"]

[collections.letters]
roots = ["letters.txt"]
preset = "fast"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents and a winnow.toml that came with it; the tests stand in it."""
    files = {
        "docs/a.md": "# River\n\nThe long river.",
        "docs/drafts/b.md": "A draft.",
        "docs/c.txt": "No Markdown.",
        "more/d.md": "A bridge over a river.",
        "letters.txt": "Dear bridge.",
        "winnow.toml": TOML,
    }
    write_folder(tmp_path / "project", files)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def ids(winnow: Winnow, home: Path, collection: str) -> list[str]:
    found = winnow("ls", "-c", collection, "--home", home, "--json").json["documents"]
    return sorted(Path(document["uri"]).name for document in found)


def answering(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Somebody sits at a terminal and types `text`."""
    typed = io.StringIO(text)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)


def test_every_collection_is_brought_in_step(winnow: Winnow, home: Path, folder: Path) -> None:
    done = winnow("update", "--yes", "--home", home, "--json")
    assert done.code == 0 and [one["collection"] for one in done.json["collections"]] == ["pages", "letters"]
    assert ids(winnow, home, "pages") == ["a.md", "d.md"] and ids(winnow, home, "letters") == ["letters.txt"]
    stats = winnow("stats", "-c", "pages", "--home", home, "--json").json
    assert stats["models"]["encoder"] == "bundled-static"
    (folder / "docs" / "a.md").unlink()
    (folder / "docs" / "e.md").write_text("New.", encoding="utf-8")
    (folder / "more" / "f.md").write_text("Newer.", encoding="utf-8")
    assert "1 removed" in winnow("update", "-c", "pages", "--home", home, "--remove-gone").out
    assert ids(winnow, home, "pages") == ["d.md", "e.md", "f.md"]


def test_it_is_found_from_a_folder_below_and_by_its_name(
    winnow: Winnow, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(folder / "docs" / "drafts")
    assert winnow("update", "--yes", "-c", "letters", "--home", home).code == 0
    monkeypatch.chdir(tmp_path)
    assert winnow("update", "-c", "letters", "--home", home).code == 2
    assert winnow("update", "--file", folder / "winnow.toml", "-c", "letters", "--home", home).code == 0
    assert winnow("update", "--file", folder / "winnow.toml", "-c", "nope", "--home", home).code == 2


def test_a_foreign_file_is_not_used_unasked(winnow: Winnow, home: Path, folder: Path) -> None:
    refused = winnow("update", "--home", home)
    assert refused.code == 2 and "--yes" in refused.err and str(folder / "winnow.toml") in refused.err
    assert not home.exists()
    assert (
        winnow("update", "--dry-run", "--home", home).code == 2
    )  # a list of what lies in folders tells something, too
    assert winnow("update", "--yes", "--home", home).code == 0
    assert winnow("update", "--home", home).code == 0  # once is enough
    (folder / "winnow.toml").write_text(TOML.replace("docs", "/etc"), encoding="utf-8")
    assert winnow("update", "--home", home).code == 2  # but a changed one says something else
    assert winnow("update", "--home", home.with_name("other")).code == 2


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_whoever_sits_there_is_asked(
    winnow: Winnow, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    answering(monkeypatch, typed)
    told = winnow("update", "-c", "letters", "--home", home)
    assert told.code == code and f"pages: {folder / 'docs'}, {folder / 'more'}" in told.err
    answering(monkeypatch, "")
    assert winnow("update", "-c", "letters", "--home", home).code == code


def test_a_moved_file_is_asked_about_again(winnow: Winnow, home: Path, folder: Path) -> None:
    assert winnow("update", "--yes", "-c", "letters", "--home", home).code == 0
    moved = folder.rename(folder.with_name("elsewhere"))
    assert winnow("update", "--file", moved / "winnow.toml", "-c", "letters", "--home", home).code == 2


def test_init_writes_what_update_reads(winnow: Winnow, home: Path, folder: Path) -> None:
    (folder / "winnow.toml").unlink()
    options = ["-c", "notes", "--preset", "fast", "--include", "*.md", "--exclude", 'dr"afts/', "--home", home]
    done = winnow("init", "docs", folder / "more", "https://example.org/a b.md", *options, "--json")
    assert done.code == 0 and done.json["roots"] == ["docs", "more", "https://example.org/a b.md"]
    wanted = read(folder / "winnow.toml").collections["notes"]
    assert (wanted.roots, wanted.preset) == (done.json["roots"], "fast")
    assert (wanted.include, wanted.exclude) == (["*.md"], ['dr"afts/'])
    assert winnow("init", "--home", home).code == 2  # it is there, and stays
    assert read(folder / "winnow.toml").collections == {"notes": wanted}


def test_ones_own_file_is_not_asked_about(winnow: Winnow, home: Path, folder: Path) -> None:
    (folder / "winnow.toml").unlink()
    assert winnow("init", "--preset", "fast", "--home", home).code == 0
    assert winnow("update", "--home", home).code == 0
    assert ids(winnow, home, "default") == ["a.md", "b.md", "c.txt", "d.md", "letters.txt"]  # and not the file itself


def test_most_of_a_collection_does_not_go_unasked(winnow: Winnow, home: Path, folder: Path) -> None:
    assert winnow("update", "--yes", "-c", "pages", "--home", home).code == 0
    for path in (folder / "docs" / "a.md", folder / "more" / "d.md"):
        path.unlink()
    refused = winnow("update", "--yes", "-c", "pages", "--home", home)
    assert refused.code == 1 and "--remove-gone" in refused.err and ids(winnow, home, "pages") == ["a.md", "d.md"]
    assert winnow("update", "-c", "pages", "--remove-gone", "--home", home).code == 0
    assert ids(winnow, home, "pages") == []


def test_a_root_that_is_gone_is_told_with_what_removes_it(winnow: Winnow, home: Path, folder: Path) -> None:
    assert winnow("update", "--yes", "-c", "pages", "--home", home).code == 0
    shutil.rmtree(folder / "more")
    told = winnow("update", "-c", "pages", "--home", home)
    assert told.code == 2 and "--remove-gone removes" in told.err and ids(winnow, home, "pages") == ["a.md", "d.md"]
    assert winnow("update", "-c", "pages", "--remove-gone", "--home", home).code == 0
    assert ids(winnow, home, "pages") == ["a.md"]


def test_a_collection_that_exists_keeps_its_models(winnow: Winnow, home: Path, folder: Path) -> None:
    assert winnow("update", "--yes", "-c", "letters", "--home", home).code == 0
    changed = TOML.replace('"fast"', '"multilingual"')
    (folder / "winnow.toml").write_text(changed, encoding="utf-8")
    assert winnow("update", "--yes", "-c", "letters", "--home", home).code == 0
    stats = winnow("stats", "-c", "letters", "--home", home, "--json").json
    assert stats["models"]["encoder"] == "bundled-static"


def test_a_dry_run_changes_nothing(winnow: Winnow, home: Path, folder: Path) -> None:
    told = winnow("update", "--yes", "--dry-run", "--home", home, "--json").json
    assert [len(plan["added"]) for plan in told["collections"]] == [2, 1]
    assert not list(home.glob("collections/*"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "collections"),
        ("[collections]", "collections"),
        ("[collections.a]", "collections.a.roots"),
        ("[collections.a]\nroots = []", "collections.a.roots"),
        ("[collections.a]\nroots = 'docs'", "collections.a.roots"),
        ("[collections.a]\nroots = ['.']\nexcludes = ['x']", "collections.a.excludes"),
        ("[collections.a]\nroots = ['.']\npreset = 'huge'", "huge"),
        ("[collections.'../a']\nroots = ['.']", "../a"),
        ("home = '/'\n[collections.a]\nroots = ['.']", "home"),
        ("[collections.a\n", "TOML"),
        ("a = " + "[" * 5000, "TOML"),
        ("#" * (2**20 + 1), "bytes"),
    ],
)
def test_what_is_wrong_is_named(winnow: Winnow, home: Path, folder: Path, text: str, said: str) -> None:
    (folder / "winnow.toml").write_text(text, encoding="utf-8")
    refused = winnow("update", "--yes", "--home", home)
    assert refused.code == 2 and said in refused.err and not home.exists()
    assert "Value error" not in refused.err  # pydantic's words, not ours


def test_a_file_that_is_no_text_is_refused(winnow: Winnow, home: Path, folder: Path) -> None:
    (folder / "winnow.toml").write_bytes(b"\xff\xfe")
    assert winnow("update", "--yes", "--home", home).code == 2
    assert winnow("update", "--file", folder / "docs", "--yes", "--home", home).code == 2


def test_a_root_that_is_missing_is_told(winnow: Winnow, home: Path, folder: Path) -> None:
    (folder / "letters.txt").unlink()
    missing: Outcome = winnow("update", "--yes", "-c", "letters", "--home", home)
    assert missing.code == 2 and "letters.txt" in missing.err


@pytest.mark.parametrize("text", ['a"b\\c', "tab\there", "line\nbreak", "\x7f\x01", "检索 🦉"])
def test_any_text_can_be_written(tmp_path: Path, text: str) -> None:
    wanted = Wanted(roots=[text], include=[text])
    path = tmp_path / "winnow.toml"
    path.write_text(written("a", wanted), encoding="utf-8")
    assert read(path).collections == {"a": wanted}


def test_a_damaged_list_of_answers_is_no_answer(winnow: Winnow, home: Path, folder: Path) -> None:
    assert winnow("update", "--yes", "-c", "letters", "--home", home).code == 0
    for damaged in ("{", "[1, null]", '{"a": 1}', "\x00"):
        (home / "trusted.json").write_text(damaged, encoding="utf-8")
        assert winnow("update", "-c", "letters", "--home", home).code == 2
