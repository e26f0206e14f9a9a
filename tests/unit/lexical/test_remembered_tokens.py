"""Tokens that are known from the segment before change nothing of the next one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.lexical.writing import segment
from engine.lexical.writing.segment import LexicalEntry, spare_tokens, write_lexical

FIRST = [("River crossings", "The ferry crosses the river at 16 GB, mid-stream."), ("Bridges", "Ferries and bridges.")]
SECOND = [("Bridges", "A bridge across the river: maxShardsPerNode, the ferry."), ("Tolls", "Ein Fährmann rudert.")] * 3


def written(directory: Path, texts: list[tuple[str, str]]) -> dict[str, bytes]:
    write_lexical(directory, (LexicalEntry(title, body, "en") for title, body in texts))
    files = [*(directory / "forward").iterdir(), directory / "words.utf8", directory / "word_counts.u32"]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize(("block", "most"), [(1024, 100_000), (1, 3)])
def test_a_segment_is_the_same_whatever_was_written_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, most: int
) -> None:
    segment._spare.clear()
    alone = written(tmp_path / "alone", SECOND)
    segment._spare.clear()
    monkeypatch.setattr(segment, "_BLOCK", block)
    monkeypatch.setattr(segment, "_TOKENS", most)
    written(tmp_path / "before", FIRST)
    assert written(tmp_path / "after", SECOND) == alone
    assert written(tmp_path / "again", SECOND) == alone
    segment._spare.clear()


@pytest.mark.parametrize(("most", "kept"), [(1000, 1), (3, 0)])
def test_between_writers_few_tokens_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, kept: int
) -> None:
    segment._spare.clear()
    monkeypatch.setattr(segment, "_SPARE", most)
    written(tmp_path / "before", FIRST)
    spare_tokens()
    assert len(segment._spare) == kept
    segment._spare.clear()


def test_two_segments_that_are_written_at_once_share_no_tokens(tmp_path: Path) -> None:
    segment._spare.clear()
    alone = written(tmp_path / "alone", SECOND)

    def entries() -> Iterator[LexicalEntry]:
        written(tmp_path / "inside", FIRST)
        yield from (LexicalEntry(title, body, "en") for title, body in SECOND)

    write_lexical(tmp_path / "around", entries())
    assert {name: (next((tmp_path / "around").rglob(name))).read_bytes() for name in alone} == alone
    assert len(segment._spare) == 1
    segment._spare.clear()
