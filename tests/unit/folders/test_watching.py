"""A watch mirrors after each change, tells what fails, and tries again. Changes and clock are fakes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import indexer.watching
from engine.errors import DependencyMissing, SourceNotFound, SourceUnavailable, WinnowError
from engine.store.writer import open_writer
from indexer.folders.selection import Selection
from indexer.report import IngestReport
from indexer.watching import _changes, _matters, changes_of, keep_in_step
from tests.support.documents import write_folder
from tests.unit.folders.conftest import Run, stored
from tests.unit.folders.test_mirror import TEXTS

Step = Callable[[], object] | float  # something to do before a change is told, or seconds that pass without any


class Watching:
    """`go(step, ...)` runs a watch through the steps."""

    def __init__(self, home: Path, static: str, folder: Path) -> None:
        self.home, self.static, self.folder = home, static, folder
        self.now = 0.0
        self.reports: list[IngestReport] = []
        self.failed: list[tuple[str, float]] = []

    def go(self, *steps: Step) -> None:
        def changes() -> Iterator[tuple[str, ...]]:
            for step in steps:
                if isinstance(step, float):
                    self.now += step
                    yield ()
                else:
                    step()
                    yield ("something",)

        def failed(error: WinnowError, wait: float) -> None:
            self.failed.append((error.code, wait))

        keep_in_step(
            Selection((self.folder,)),
            home=self.home,
            collection="c",
            encoder=self.static,
            reranker="none",
            on_report=self.reports.append,
            on_failure=failed,
            changes=changes(),
            clock=lambda: self.now,
        )

    @property
    def counts(self) -> list[tuple[int, int, int, int]]:
        return [(one.added, one.updated, one.renamed, one.removed) for one in self.reports]


@pytest.fixture
def watching(home: Path, static: str, tmp_path: Path) -> Watching:
    return Watching(home, static, write_folder(tmp_path / "docs", TEXTS))


def test_each_change_is_mirrored(watching: Watching, home: Path) -> None:
    folder = watching.folder
    watching.go(
        lambda: write_folder(folder, {"new.md": "# New"}),
        1.0,
        lambda: (folder / "a.md").rename(folder / "z.md"),
        lambda: (folder / "b.md").unlink(),
    )
    assert watching.counts == [(5, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    assert set(stored(home)) == {"c.md", "hr/d.md", "hr/e.md", "new.md", "z.md"}


def test_a_pass_that_fails_is_told_and_tried_again_later_and_later(watching: Watching, home: Path, run: Run) -> None:
    run(watching.folder)
    writers = [open_writer(home, "c")]
    watching.go(
        1.0, 1.0, 1.0, 3.0, lambda: write_folder(watching.folder, {"new.md": "# New"}), lambda: writers.pop().close()
    )
    assert watching.failed == [("writer_busy", 2.0), ("writer_busy", 4.0), ("writer_busy", 8.0), ("writer_busy", 16.0)]
    assert watching.counts == [(1, 0, 0, 0)]


def test_a_folder_that_vanishes_is_waited_for_and_nothing_is_removed(watching: Watching, home: Path) -> None:
    folder = watching.folder
    aside = folder.with_name("aside")
    watching.go(lambda: folder.rename(aside), 2.0, lambda: aside.rename(folder))
    assert [code for code, _ in watching.failed] == ["source_not_found"] * 2
    assert watching.counts == [(5, 0, 0, 0), (0, 0, 0, 0)] and len(stored(home)) == 5


def test_what_was_asked_for_wrongly_ends_it_at_once(watching: Watching) -> None:
    shutil.rmtree(watching.folder)
    with pytest.raises(SourceNotFound):
        watching.go(1.0)
    assert watching.failed == []


def test_what_has_not_changed_is_not_read_again(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sources.seen._SETTLED_NS", 0)
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: opened.append(self.name) or read(self))
    watching.go(opened.clear, lambda: write_folder(watching.folder, {"a.md": "# Other"}))
    assert {name for name in opened if name.endswith(".md")} == {"a.md"}
    assert watching.counts == [(5, 0, 0, 0), (0, 0, 0, 0), (0, 1, 0, 0)]


def test_only_what_may_be_read_matters(tmp_path: Path) -> None:
    docs, home = tmp_path / "docs", tmp_path / "docs" / "home"
    matter = {"a.md", "sub/b.pdf", ".winnowignore", "sub/.gitignore"}
    not_matter = {".git/index", "node_modules/x/a.md", ".a.md.swp", "home/catalogue.sqlite"}
    assert {name for name in matter | not_matter if _matters([docs], home, docs / name)} == matter


def test_a_folder_in_the_place_of_another_is_watched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer.watching, "TICK_MS", 0)
    folder = tmp_path / "docs"
    folder.mkdir()
    begun: list[int] = []

    def watched() -> Iterator[tuple[str, ...]]:
        begun.append(folder.stat().st_ino)
        yield from ((), (), ("changed",)) if len(begun) == 1 else ((),) * 9

    told = _changes([folder], watched)
    assert [next(told) for _ in range(3)] == [("begun",), (), ("changed",)]
    folder.rename(tmp_path / "aside")
    assert [next(told), next(told)] == [("gone",), ()]
    folder.mkdir()
    assert next(told) == ("begun",)
    assert len(begun) == 2 and begun[0] != begun[1]


def test_a_system_that_cannot_watch_so_much_is_told(tmp_path: Path) -> None:
    def watched() -> Iterator[tuple[str, ...]]:
        yield from ()
        raise OSError("OS file watch limit reached")

    with pytest.raises(SourceUnavailable, match="limit reached"):
        next(_changes([tmp_path], watched))


def test_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(DependencyMissing, match="watchfiles") as caught:
        changes_of([tmp_path], tmp_path / "home")
    assert "winnow-search[watch]" in caught.value.remedy


def test_the_system_tells_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("watchfiles")
    monkeypatch.setattr(indexer.watching, "TICK_MS", 50)
    folder = write_folder(tmp_path / "docs", {"a.md": "# A"})
    told = changes_of([folder], tmp_path / "home")
    assert next(told) == ("begun",)
    write_folder(folder, {"b.md": "# B"})
    changed = next(some for some in told if some)
    assert {Path(path).name for _, path in cast(Any, changed)} == {"b.md"}
