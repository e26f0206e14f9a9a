"""`winnow bench snippets` counts what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.snippets import Shown, holds_whole, holds_words, read_questions
from engine.errors import UsageError


def test_an_answer_is_held_by_most_of_its_content_words() -> None:
    quote = "the river runs under an old stone bridge"  # river runs old stone bridge
    assert holds_words("An old stone bridge.", quote, 0.6) and holds_words("River, stone, old!", quote, 0.6)
    assert not holds_words("An old stone bridge.", quote, 0.8)
    assert not holds_words("the river of an under", quote, 0.6)
    assert holds_words("To be or not", "to be or not", 0.8)


def test_a_whole_quote_is_held_whatever_its_spaces_and_marks() -> None:
    assert holds_whole("It says: **The old**\nbridge, indeed.", "the old bridge")
    assert not holds_whole("The very old bridge", "the old bridge")


def test_the_share_is_of_passages_that_hold_the_answer() -> None:
    assert Shown(4, 3).share == 0.75 and Shown(0, 0).share == 0.0


def test_questions_without_their_answer_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"q": "a", "doc": "d", "quote": "b\u2028c"}\n\n{"q": "a"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 3"):
        read_questions(file)
