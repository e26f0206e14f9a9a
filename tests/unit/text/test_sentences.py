"""Sentence spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["One here.", "Two there!", "Three?", "Four…", "Five."],
        ['He said "no."', "Then he left."],
        ["See Fig. 3 and Dr. Smith et al. 2003 for p. 7.", "J. R. Tolkien wrote it."],
        ["It is 3.14 or 1.000.000, e.g. here, i.e. nowhere.", "Version 2.11.0 is out."],
        ["Das gilt z.B. für Bienen, d.h. immer.", "Und nun?"],
        ["天地玄黄。", "宇宙洪荒！", "他说：「好。」", "走了"],
        ["Is it?!", "Yes..."],
        ["A heading without a stop\n\n", "then a paragraph."],
        ["a | b\n", "1 | 2. Two. Three.\n", "- item one\n", "- item two"],
        ["if a:\n", "    b = c\n", "return d"],
        ["1. First thing to do.", "2. Second."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    text = "".join(s if s.endswith("\n") or s[-1] in "。！」" else s + " " for s in sentences)
    assert split(text) == [s.strip() for s in sentences]


def test_hard_wrapped_text_is_not_cut_at_the_line() -> None:
    text = "This is a paragraph that somebody has wrapped at\nsome column, as Ferri and\nLibby did. Next one."
    assert split(text)[0].startswith("This is a paragraph")
    assert "some column" in split(text)[0]


def test_a_range_is_kept_to() -> None:
    text = "One. Two. Three. Four."
    assert [text[a:b] for a, b in sentence_spans(text, 5, 16)] == ["Two.", "Three."]


@given(st.text(st.sampled_from('ab. \n!?。」"1|-\u2003\x1fÉ'), max_size=80))
def test_spans_cover_every_visible_character_once_in_order(text: str) -> None:
    spans = list(sentence_spans(text))
    covered = [index for start, end in spans for index in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(text[index].isspace() or index in set(covered) for index in range(len(text)))
    assert all(start < end and text[start:end] == text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize("unit", [".", " ", "\n", ". ", "a.", "。", '."', "a\n", " \n", "x " * 30 + "\n"])
def test_the_worst_cases_end(unit: str) -> None:
    """Quadratic time would meet the limit of every test: 200,000 signs squared are hours."""
    text = (unit * 200_000)[:200_000] + "b"
    assert list(sentence_spans(text))[-1][1] == len(text)
