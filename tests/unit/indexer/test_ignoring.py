"""What of a folder is left out, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from indexer.sources.ignoring import BY_DEFAULT, EXCLUDED, HOME, NOT_INCLUDED, ignoring
from indexer.sources.source import Source, discover
from indexer.sources.walk import Failed, Skipped, walk
from tests.support.documents import write_folder


def found(*paths: Path, **options: Any) -> tuple[list[str], dict[str, str]]:
    """Paths of what is read below the first path's folder, and why the rest is not."""
    read, left = [], {}
    for entry in walk(paths, ignoring(paths, **options)):
        path = entry if isinstance(entry, Path) else Path(entry.path)
        name = os.path.relpath(path, paths[0])
        if isinstance(entry, Path):
            read.append(name)
        elif isinstance(entry, Skipped) and entry.reason != "hidden":
            left[name] = entry.reason
    return read, left


def files(root: Path, *names: str, **texts: str) -> Path:
    return write_folder(root, dict.fromkeys(names, "x") | texts)


def test_what_others_make_is_left_out_by_default(tmp_path: Path) -> None:
    files(tmp_path, "a.md", "node_modules/b.md", "deep/__pycache__/c.md", ".venv/d.md", "~$report.docx", "venv.md")
    read, left = found(tmp_path)
    assert read == ["a.md", "venv.md"]
    assert left == dict.fromkeys(("node_modules", "deep/__pycache__", "~$report.docx"), BY_DEFAULT)


def test_gitignore_and_winnowignore_at_every_depth(tmp_path: Path) -> None:
    files(tmp_path, "a.md", "b.tmp", "build/c.md", "sub/build/d.md", "sub/e.md", "sub/f.md", "sub/g.tmp")
    write_folder(tmp_path, {".gitignore": "*.tmp\n/build/\n", "sub/.winnowignore": "f.md\n!g.tmp\n"})
    read, left = found(tmp_path)
    assert read == ["a.md", "sub/build/d.md", "sub/e.md", "sub/g.tmp"]
    assert left == {
        "b.tmp": "ignored by .gitignore",
        "build": "ignored by .gitignore",
        "sub/f.md": "ignored by .winnowignore",
    }


def test_winnowignore_takes_back_what_gitignore_and_the_defaults_leave_out(tmp_path: Path) -> None:
    files(tmp_path, "a.md", "node_modules/b.md")
    write_folder(tmp_path, {".gitignore": "*.md\n", ".winnowignore": "!a.md\n!node_modules/\n!node_modules/b.md\n"})
    assert found(tmp_path)[0] == ["a.md", "node_modules/b.md"]


@pytest.mark.parametrize(
    ("patterns", "read"),
    [
        (("*", "!*/", "!*.md"), ["a.md", "docs/b.md", "docs/deep/c.md", "docs/dist/d.md"]),
        (("/*", "!/docs", "*.log"), ["docs/b.md", "docs/deep/c.md", "docs/dist/d.md"]),
        (("docs/**", "!docs/b.md"), ["a.log", "a.md", "docs/b.md"]),
        (("docs/**", "!docs/**/", "!docs/**/*.md"), ["a.log", "a.md", "docs/b.md", "docs/deep/c.md", "docs/dist/d.md"]),
        (("docs/**/",), ["a.log", "a.md", "docs/b.log", "docs/b.md"]),
        (("dist/", "*.log", "!docs"), ["a.md", "docs/b.md", "docs/deep/c.md"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(tmp_path: Path, patterns: Sequence[str], read: list[str]) -> None:
    files(tmp_path, "a.md", "a.log", "docs/b.md", "docs/b.log", "docs/deep/c.md", "docs/deep/c.log", "docs/dist/d.md")
    write_folder(tmp_path, {".gitignore": "\n".join(patterns)})
    assert found(tmp_path)[0] == read


def test_a_pattern_of_other_bytes_fits_a_name_of_them(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.tmp")).write_text("x")
    except OSError:
        pytest.skip("this file system has no such names")
    assert isinstance(next(walk([tmp_path], ignoring([tmp_path]))), Failed)
    assert found(tmp_path, exclude=["*.tmp"]) == ([], {"\\xff.tmp": EXCLUDED})
    (tmp_path / ".gitignore").write_bytes(b"\xff*\n")
    assert found(tmp_path) == ([], {"\\xff.tmp": "ignored by .gitignore"})


def test_a_pipe_that_is_called_as_a_file_of_patterns_is_not_waited_for(tmp_path: Path) -> None:
    files(tmp_path, "a.md")
    os.mkfifo(tmp_path / ".gitignore")
    assert found(tmp_path)[0] == ["a.md"]


def test_files_above_a_named_folder_count_up_to_the_repository(tmp_path: Path) -> None:
    files(tmp_path, "repo/.git/HEAD", "repo/docs/a.md", "repo/docs/b.tmp", "repo/docs/c.log", "repo/docs/d.bak")
    write_folder(tmp_path, {".gitignore": "*.log\n", ".winnowignore": "*.bak\n", "repo/.gitignore": "*.tmp\n"})
    assert found(tmp_path / "repo" / "docs")[0] == ["a.md", "c.log"]


def test_what_is_named_is_read_though_it_is_ignored(tmp_path: Path) -> None:
    files(tmp_path, "repo/.git/HEAD", "repo/build/a.md", "repo/node_modules/x/README.md", "repo/b.tmp")
    write_folder(tmp_path, {"repo/.gitignore": "build/\n*.tmp\n"})
    assert found(tmp_path / "repo" / "build")[0] == ["a.md"]
    assert found(tmp_path / "repo" / "node_modules" / "x")[0] == ["README.md"]
    assert found(tmp_path / "repo" / "b.tmp")[0] == ["."]


def test_include_and_exclude(tmp_path: Path) -> None:
    files(tmp_path, "a.md", "b.pdf", "drafts/c.md", "sub/d.pdf", "sub/drafts/e.md")
    assert found(tmp_path, include=["*.md"])[0] == ["a.md", "drafts/c.md", "sub/drafts/e.md"]
    assert found(tmp_path, include=["*.md", "/b.pdf"], exclude=["drafts/"])[0] == ["a.md", "b.pdf"]
    assert found(tmp_path, exclude=["/drafts", "*.pdf"]) == (
        ["a.md", "sub/drafts/e.md"],
        {"b.pdf": EXCLUDED, "drafts": EXCLUDED, "sub/d.pdf": EXCLUDED},
    )
    assert found(tmp_path, include=["/sub"])[1]["a.md"] == NOT_INCLUDED


def test_a_home_in_the_folder_is_not_read(tmp_path: Path) -> None:
    files(tmp_path, "a.md", "store/b.md")
    assert found(tmp_path, home=tmp_path / "store") == (["a.md"], {"store": HOME})


def test_a_broken_link_that_is_ignored_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "a.tmp").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path, exclude=["*.tmp"]) == ([], {"a.tmp": EXCLUDED})


@pytest.mark.parametrize("pattern", ["*a*a*a*a*b", "**/a/**/a/**/a/**/b", "[z-a]", "!"])
def test_a_pattern_that_would_take_too_long_or_is_none_is_told(tmp_path: Path, pattern: str) -> None:
    files(tmp_path, "a.md")
    write_folder(tmp_path, {".gitignore": f"*.tmp\n{pattern}\n"})
    ignore = ignoring([tmp_path])
    assert [source.id for source in discover([tmp_path], ignore) if isinstance(source, Source)]
    (problem,) = ignore.problems
    assert problem.path == f"{tmp_path / '.gitignore'}#2" and "not obeyed" in problem.reason
    with pytest.raises(UsageError, match="cannot be used"):
        ignoring([tmp_path], exclude=[pattern])


def test_a_hostile_file_of_patterns_is_not_obeyed(tmp_path: Path) -> None:
    files(tmp_path, "a.md")
    (tmp_path / ".gitignore").write_bytes(b"*.md\n" * 300_000)
    ignore = ignoring([tmp_path])
    assert tmp_path / "a.md" in list(walk([tmp_path], ignore))
    assert "larger than" in ignore.problems[0].reason


@given(st.binary(max_size=60))
def test_no_file_of_patterns_breaks_the_walk(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = files(tmp_path_factory.mktemp("walk"), "a.md", "sub/b.md")
    (folder / ".winnowignore").write_bytes(data)
    entries = list(walk([folder], ignoring([folder])))
    assert len(entries) >= 2
