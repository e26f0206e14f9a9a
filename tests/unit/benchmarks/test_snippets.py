"""`winnow bench snippets` counts what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.snippets import Tally, holds, read_questions
from engine.errors import UsageError


def test_an_answer_is_held_by_most_of_its_content_words() -> None:
    quote = "the river runs under an old stone bridge"  # river runs old stone bridge
    assert holds("An old stone bridge.", quote) and holds("River, stone, old!", quote)
    assert not holds("the river of an under", quote)
    assert holds("To be or not", "to be or not")


def test_the_share_is_of_passages_that_hold_the_answer() -> None:
    assert Tally(10, 8, 4, 3, 300.0).share == 0.75 and Tally(1, 0, 0, 0, 0.0).share == 0.0


def test_questions_without_their_answer_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"q": "a", "doc": "d", "quote": "b\u2028c"}\n\n{"q": "a"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 3"):
        read_questions(file)
