"""Which word a typo is corrected to."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import StoreDamaged
from engine.lexical.segment import LexicalSegment
from engine.lexical.spelling import Speller
from engine.lexical.vocabulary import COUNTS_FILE, WORDS_FILE
from engine.lexical.writing.segment import LexicalEntry, write_lexical

WORDS = {"fuzzy": 40, "fussy": 2, "disability": 9, "recall": 5, "recoil": 1, "parameters": 7, "tuning": 3, "дракон": 2}


def everywhere(word: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fuzy", "fuzzy"),
        ("fzuzy", "fuzzy"),  # two letters that changed places are one error
        ("disabilty", "disability"),
        ("dissabillity", "disability"),  # two errors in a long word
        ("recal", "recall"),
        ("драконн", "дракон"),
        ("rexxal", None),
        ("fuz", None),  # too short
        ("fuzzy2", None),
        ("zzzzzzzz", None),
    ],
)
def test_the_nearest_word(typed: str, meant: str | None) -> None:
    assert Speller([WORDS]).correct(typed, everywhere) == meant


@pytest.mark.parametrize(
    ("typed", "known"), [("abrí", "abre"), ("retraining", "remaining"), ("werebeast", "werebear"), ("cats", "cots")]
)
def test_another_word_is_no_typo(typed: str, known: str) -> None:
    assert Speller([{known: 40}]).correct(typed, everywhere) is None


def test_the_more_frequent_of_two_that_are_equally_near() -> None:
    speller = Speller([{"cattle": 3, "castle": 30}, {"cattle": 40}])
    assert speller.correct("caxtle", everywhere) == "cattle"
    assert speller.correct("castlle", everywhere) == "castle"


def test_the_first_letter_is_not_mistaken_but_may_be_missing_or_second() -> None:
    speller = Speller([{"hackers": 9, "elastic": 4}])
    assert speller.correct("backers", everywhere) is None
    assert speller.correct("lastic", everywhere) == speller.correct("leastic", everywhere) == "elastic"


def test_only_what_occurs_now() -> None:
    """The vocabulary counts deleted documents, too."""
    assert Speller([WORDS]).correct("fuzy", lambda word: word != "fuzzy") is None


def test_a_segment_keeps_its_words_as_they_are_written(tmp_path: Path) -> None:
    entries = [LexicalEntry("Running shoes", "He ran; running is 16GB of fun, Größe", "en")]
    write_lexical(tmp_path / "lexical", entries)
    segment = LexicalSegment.open(tmp_path / "lexical")
    assert segment.vocabulary == {"running": 2, "shoes": 1, "ran": 1, "fun": 1, "grösse": 1}
    assert segment.document_frequency("run") == 1


def test_a_segment_without_words(tmp_path: Path) -> None:
    write_lexical(tmp_path / "empty", [])
    assert LexicalSegment.open(tmp_path / "empty").vocabulary == {}
    (tmp_path / "empty" / WORDS_FILE).unlink()  # written by an older Winnow
    assert LexicalSegment.open(tmp_path / "empty").vocabulary == {}


def test_damage_is_told(tmp_path: Path) -> None:
    write_lexical(tmp_path / "lexical", [LexicalEntry("", "three short words", "en")])
    (tmp_path / "lexical" / COUNTS_FILE).write_bytes(b"\0" * 4)
    with pytest.raises(StoreDamaged, match="vocabulary"):
        _ = LexicalSegment.open(tmp_path / "lexical").vocabulary
