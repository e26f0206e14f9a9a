"""The lexical segment: totals, counts of deleted rows, read-only directories, damage, threads."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from engine.errors import StoreDamaged
from engine.lexical.segment import LexicalSegment, LexicalTotals
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.lexical.writing.tantivy_writer import TantivyWriter

ENTRIES = [
    LexicalEntry("Cats", "cats and dogs", "en"),
    LexicalEntry("", "die Katzen schlafen", "de"),
    LexicalEntry("東京", "", "ja"),  # each character is a term beside the pair
    LexicalEntry("", "", "und"),
    LexicalEntry("Dogs", "dogs dogs cat", "en"),
]
TERMS = [
    ["cat", "cat", "and", "dog"],
    ["die", "katz", "schlaf"],
    ["東京", "東", "京"],
    [],
    ["dog", "dog", "dog", "cat"],
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_lexical(tmp_path / "lexical", ENTRIES)
    return tmp_path / "lexical"


def test_totals(tmp_path: Path, directory: Path) -> None:
    assert write_lexical(tmp_path / "again", ENTRIES) == LexicalTotals(5, 3, 9)
    segment = LexicalSegment.open(directory)
    assert segment.rows == 5
    assert segment.all_totals == LexicalTotals(5, 3, 9)
    assert segment.totals(np.array([0, 3])) == LexicalTotals(2, 1, 3)
    assert segment.totals(np.array([], np.int64)) == LexicalTotals(0, 0, 0)


def test_document_frequencies(directory: Path) -> None:
    segment = LexicalSegment.open(directory)
    expected = Counter(term for terms in TERMS for term in set(terms))
    assert {term: segment.document_frequency(term) for term in expected} == dict(expected)
    assert segment.document_frequency("cats") == 0


@pytest.mark.parametrize("rows", [[], [3], [0], [0, 4], [0, 1, 2, 3, 4]])
def test_term_counts(directory: Path, rows: list[int]) -> None:
    segment = LexicalSegment.open(directory)
    ids, counts = segment.term_counts(np.array(rows, np.int64))
    assert ids.dtype == counts.dtype == np.uint32
    expected = Counter(term for row in rows for term in set(TERMS[row]))
    names = {int(segment.term_ids([term])[0]): term for term in expected}
    assert {names[i]: n for i, n in zip(ids.tolist(), counts.tolist(), strict=True)} == dict(expected)


@pytest.mark.parametrize("entries", [[], [LexicalEntry("", "", "en")]])
def test_a_segment_without_a_term(tmp_path: Path, entries: list[LexicalEntry]) -> None:
    assert write_lexical(tmp_path / "empty", entries) == LexicalTotals(len(entries), 0, 0)
    segment = LexicalSegment.open(tmp_path / "empty")
    assert segment.rows == len(entries)
    assert segment.document_frequency("x") == 0
    assert segment.term_counts(np.arange(len(entries)))[0].tolist() == []
    assert segment.tantivy.matching([("x",)]).tolist() == [False] * len(entries)


def test_opening_changes_nothing_in_the_directory(directory: Path, tmp_path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in directory.rglob("*")}
    assert not any(file.suffix == ".lock" for file in before)
    segment = LexicalSegment.open(directory, cache=tmp_path / "cache")
    assert segment.tantivy.matching([("cat",)]).tolist() == [True, False, False, False, True]
    assert {file: file.stat().st_mtime_ns for file in directory.rglob("*")} == before
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_read_only_directory_opens(directory: Path) -> None:
    folders = [directory, *(path for path in directory.iterdir() if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert LexicalSegment.open(directory).tantivy.matching([("dog",)]).any()
    finally:
        for folder in folders:
            folder.chmod(0o755)


@pytest.mark.parametrize("victim", ["tantivy/meta.json", "forward/title_length.u32", "forward/terms.utf8"])
def test_a_missing_file_is_told(directory: Path, victim: str) -> None:
    (directory / victim).unlink()
    with pytest.raises(StoreDamaged, match="repair"):
        segment = LexicalSegment.open(directory)
        segment.rows, segment.document_frequency("cat"), segment.tantivy


def test_a_truncated_file_is_told(directory: Path) -> None:
    file = directory / "forward" / "title_length.u32"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StoreDamaged, match="truncated"):
        LexicalSegment.open(directory).rows  # noqa: B018


def test_phrases_do_not_straddle_title_and_body(directory: Path) -> None:
    index = LexicalSegment.open(directory).tantivy
    assert index.matching([("and", "dog")]).tolist() == [True, False, False, False, False]
    assert not index.matching([("dog", "and")]).any()
    assert not index.matching([("cat", "cat")]).any()  # "Cats" | "cats and dogs"
    assert index.matching([("dog",)], "title").tolist() == [False, False, False, False, True]
    assert not index.matching([]).any() and not index.matching([()]).any()


def test_frequencies_saturate_instead_of_wrapping(tmp_path: Path) -> None:
    write_lexical(tmp_path / "long", [LexicalEntry("", "word " * 70_000, "en")])
    segment = LexicalSegment.open(tmp_path / "long")
    assert segment.forward.occurrences(np.array([0]), [segment.forward.term_id("word")]).body_tf.tolist() == [65_535]
    assert segment.all_totals.body_length == 70_000


def test_more_rows_than_a_block(tmp_path: Path) -> None:
    count = 9_000
    write_lexical(tmp_path / "many", [LexicalEntry(f"z{i % 7}", f"a{i} b{i % 100} b", "und") for i in range(count)])
    segment = LexicalSegment.open(tmp_path / "many")
    assert segment.rows == count
    assert segment.document_frequency("b") == count
    assert segment.document_frequency("z3") == sum(i % 7 == 3 for i in range(count))
    rows = np.array([0, 4095, 4096, 8191, 8192, 8999])
    ids = segment.term_ids([f"a{row}" for row in rows])
    found = segment.forward.occurrences(rows, ids.tolist())
    assert (found.places.tolist(), found.term_ids.tolist()) == (list(range(len(rows))), ids.tolist())
    assert found.body_tf.tolist() == [1] * len(rows)
    assert np.flatnonzero(segment.tantivy.matching([("a8191",)])).tolist() == [8191]


def test_threads_may_share_a_segment(directory: Path) -> None:
    segment = LexicalSegment.open(directory)

    def work(_: int) -> tuple[int, list[bool]]:
        return segment.document_frequency("dog"), segment.tantivy.matching([("cat",)]).tolist()

    with ThreadPoolExecutor(8) as pool:
        assert set(map(str, pool.map(work, range(200)))) == {str((2, [True, False, False, False, True]))}


def test_a_writing_thread_that_died_says_why(tmp_path: Path) -> None:
    class Killed:
        def add_document(self, document: object) -> None:
            raise ValueError("An index writer was killed.")

        def commit(self) -> None:
            raise ValueError("An IO error occurred: 'No space left on device (os error 28)'")

    writer = TantivyWriter(tmp_path, 1)
    writer._writer = cast(Any, Killed())
    with pytest.raises(ValueError, match="No space left"):
        writer.add("title", "body")
