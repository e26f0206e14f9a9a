"""Whatever is done to a folder, a mirrored collection holds what a fresh ingest of it holds, and answers the same.

Each property is tried on a few dozen scripts by `make test`, and on many by `make mirror`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.collection import open_collection
from engine.settings import settings as winnow_settings
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import CollectionWriter
from indexer.folders.selection import Selection
from indexer.ingest import ingest_selection
from tests.support.checkpoints import tiny_static
from tests.support.stores import contents, fast_home

FEW, SCRIPTS, INTERRUPTIONS = 30, 1000, 100
many = pytest.mark.skipif("WINNOW_TEST_MIRROR" not in os.environ, reason="`make mirror` runs it: half an hour")
WORDS = ("ferry", "harbour", "bridge", "leave", "winter", "holiday", "form", "kitchen", "music", "garden")
TEXTS = tuple(
    f"The {one} is near the {other}, and everybody who works here knows how to get to the {one} in the morning."
    for one, other in zip(WORDS, WORDS[3:] + WORDS[:3], strict=True)
)
FOLDERS = ("", "hr", "hr/forms", "rooms")
FILES = ("a.md", "b.md", "c.txt", "z.txt", "d.jsonl", "e.jsonl")
PATHS = tuple(f"{folder}/{name}".lstrip("/") for folder in FOLDERS for name in FILES)

IGNORING = (".winnowignore", ".gitignore", "hr/.winnowignore")
ALWAYS = "kept/always.md"
PATTERNS = ("*.md", "hr/", "!a.md", "c.txt", "/rooms/*", "forms/", "*.jsonl", "!hr/")

texts = st.sampled_from(TEXTS)
paths = st.sampled_from(PATHS)
edits = st.one_of(
    st.tuples(st.just("write"), paths, texts),
    st.tuples(st.just("delete"), paths),
    st.tuples(st.just("rename"), paths, paths),
    st.tuples(st.just("ignore"), st.sampled_from(IGNORING), st.lists(st.sampled_from(PATTERNS), max_size=3)),
    st.tuples(st.just("move folder"), st.sampled_from(FOLDERS[1:]), st.sampled_from((*FOLDERS[1:], "old"))),
)
scripts = st.lists(st.lists(edits, min_size=1, max_size=8), min_size=1, max_size=3)  # a mirror after each list


def write(path: Path, text: str) -> None:
    """A file whose date follows from its content, so that a fresh ingest sees the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        ".md": f"# {text.split()[1].title()}\n\n{text}\n",
        ".txt": text,
        ".jsonl": f'{{"text": "{text}"}}\n{{"text": "Another: {text}"}}\n',
    }[path.suffix]
    path.write_text(content)
    os.utime(path, (date := 1_700_000_000 + zlib.crc32(content.encode()) % 10**6, date))


def edit(folder: Path, operation: str, *arguments: Any) -> None:
    one = folder / arguments[0]
    if operation == "write":
        write(one, arguments[1])
    elif operation == "ignore":
        one.parent.mkdir(exist_ok=True)
        one.write_text("\n".join([*arguments[1], f"!/{ALWAYS}"]))
    elif operation == "delete":
        one.unlink(missing_ok=True)
    elif operation == "rename":
        other = folder / arguments[1]
        if one.exists() and one.suffix == other.suffix:
            other.parent.mkdir(parents=True, exist_ok=True)
            one.replace(other)
    elif one.is_dir() and not (other := folder / arguments[1]).exists() and not other.is_relative_to(one):
        shutil.move(one, other)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_static(tmp_path_factory.mktemp("encoder"), dimension=24))


@contextmanager
def workplace() -> Iterator[tuple[Path, Path]]:
    """(a home, an empty folder of documents) in memory."""
    with fast_home() as home, tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        folder = Path(scratch, "docs")
        folder.mkdir()
        yield home, folder


def mirror(home: Path, folder: Path, encoder: str, name: str = "kept") -> Any:
    return ingest_selection(
        Selection((folder,)), home=home, collection=name, encoder=encoder, reranker="none", mirror=True, force=True
    )


def state(home: Path, name: str) -> tuple[object, ...]:
    """Documents with all that is known of them, and answers with their scores."""
    with open_generation(home, name) as generation:
        documents, living = contents(generation), generation.manifest.living
        assert generation.manifest.dense_coverage == 1.0
    with open_collection(name, home=home) as collection:
        answers = [
            [(hit.chunk.id, round(hit.score, 5)) for hit in collection.search(query, 20).hits]
            for query in (
                "where is the ferry in the morning",
                "kitchen bridge",
                "kind:md holiday",
                "folder:hr the garden",
            )
        ]
    return documents, living, answers


def start(folder: Path) -> None:
    """A file that stays, so that there is a collection, and one that knows folders; and some to be worked on."""
    for number, path in enumerate((ALWAYS, "a.md", "c.txt", "hr/b.md", "hr/forms/d.jsonl", "rooms/c.txt")):
        write(folder / path, TEXTS[number])


def assert_in_step(home: Path, folder: Path, encoder: str) -> None:
    mirror(home, folder, encoder, "fresh")
    assert state(home, "kept") == state(home, "fresh")


def check_mirror(encoder: str, script: Any) -> None:
    with workplace() as (home, folder):
        start(folder)
        mirror(home, folder, encoder)
        for some in script:
            for one in some:
                edit(folder, *one)
            mirror(home, folder, encoder)
        assert_in_step(home, folder, encoder)
        again = mirror(home, folder, encoder)
        assert (again.added, again.updated, again.renamed, again.removed, again.commits) == (0, 0, 0, 0, 0)


@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
@given(scripts)
def test_a_mirror_is_a_fresh_ingest(encoder: str, script: Any) -> None:
    check_mirror(encoder, script)


@many
@pytest.mark.timeout(7200)
@settings(max_examples=SCRIPTS, suppress_health_check=list(HealthCheck))
@given(scripts)
def test_a_mirror_is_a_fresh_ingest_after_many_scripts(encoder: str, script: Any) -> None:
    check_mirror(encoder, script)


class Stop(BaseException):
    """As if the process were killed."""


class Moments:
    """Moments of a writer at which it may end: before and after it has made something durable, or visible."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.passed = 0
        self.end: int | None = None
        for owner, name in ((CollectionWriter, "_publish"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
            patch.setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, function: Any) -> Any:
        def stopping(*arguments: Any, **options: Any) -> Any:
            self._pass()
            made = function(*arguments, **options)
            self._pass()
            return made

        return stopping

    def _pass(self) -> None:
        self.passed += 1
        if self.end is not None and self.passed > self.end:
            raise Stop


def check_interrupted(encoder: str, script: Any, share: float) -> None:
    """The mirror after each list of edits ends at a moment of its own; the last one is let to its end."""
    with workplace() as (home, folder), small_commits():
        start(folder)
        mirror(home, folder, encoder)
        for some in script:
            for one in some:
                edit(folder, *one)
            with pytest.MonkeyPatch.context() as patch:
                interrupt(home, folder, encoder, share, patch)
        mirror(home, folder, encoder)
        assert_in_step(home, folder, encoder)
        assert not verify(home, "kept").problems


def interrupt(home: Path, folder: Path, encoder: str, share: float, patch: pytest.MonkeyPatch) -> None:
    """Mirror in a copy of the home to count the moments, then in the home itself until after this share of them."""
    copy = home.with_name("copy")
    shutil.copytree(home, copy)
    moments = Moments(patch)
    mirror(copy, folder, encoder)
    shutil.rmtree(copy)
    moments.end, moments.passed = int(share * moments.passed), 0
    with suppress(Stop):
        mirror(home, folder, encoder)


@settings(max_examples=FEW // 2, suppress_health_check=list(HealthCheck))
@given(scripts, st.floats(0, 1))
def test_an_interrupted_mirror_is_completed_by_the_next(encoder: str, script: Any, share: float) -> None:
    check_interrupted(encoder, script, share)


@many
@pytest.mark.timeout(7200)
@settings(max_examples=INTERRUPTIONS, suppress_health_check=list(HealthCheck))
@given(scripts, st.floats(0, 1))
def test_a_mirror_interrupted_at_any_of_many_moments_is_completed(encoder: str, script: Any, share: float) -> None:
    check_interrupted(encoder, script, share)


@contextmanager
def small_commits() -> Iterator[None]:
    """A commit after two chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINNOW_COMMIT_CHUNKS", "2")
        winnow_settings.cache_clear()
        yield
    winnow_settings.cache_clear()
