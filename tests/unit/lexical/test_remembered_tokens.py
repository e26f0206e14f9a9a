"""Tokens that are known from the segment before change nothing of the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.lexical.writing import segment
from engine.lexical.writing.segment import LexicalEntry, forget_tokens, write_lexical

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
    forget_tokens()
    alone = written(tmp_path / "alone", SECOND)
    forget_tokens()
    monkeypatch.setattr(segment, "_BLOCK", block)
    monkeypatch.setattr(segment, "_TOKENS", most)
    written(tmp_path / "before", FIRST)
    assert written(tmp_path / "after", SECOND) == alone
    assert written(tmp_path / "again", SECOND) == alone
    forget_tokens()
