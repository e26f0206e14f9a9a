"""Which words hold some letters."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lexical.substrings import Substrings

WORDS = ["krankenversicherung", "beitrag", "versicherung", "straße", "\U0001f600\U0001f600\U0001f600x", "abc", "ab", ""]


@pytest.mark.parametrize(
    ("letters", "holders"),
    [
        ("versicher", [0, 2]),
        ("beitrag", [1]),
        ("aße", [3]),
        ("\U0001f600\U0001f600x", [4]),
        ("abc", [5]),
        ("bca", []),  # over the border of two words
        ("ab", []),  # too short
        ("", []),
        ("beitrags", []),
    ],
)
def test_the_words_that_hold_letters(letters: str, holders: list[int]) -> None:
    assert Substrings(WORDS).holding(letters) == holders


def test_of_no_words_none_holds_anything() -> None:
    assert Substrings([]).holding("abc") == Substrings([""]).holding("abc") == Substrings(["a"]).holding("abc") == []


@given(st.lists(st.text("abc\xe9\u0431", max_size=9), max_size=30), st.text("abc\xe9\u0431", min_size=3, max_size=6))
def test_it_agrees_with_looking_into_every_word(words: list[str], letters: str) -> None:
    assert Substrings(words).holding(letters) == [place for place, word in enumerate(words) if letters in word]


def test_many_words_share_a_bucket() -> None:
    chance = random.Random(2)
    words = ["".join(chance.choices("abcdefgh", k=12)) for _ in range(3_000)]
    for letters in ("abc", "abcd", words[7][2:9]):
        assert Substrings(words).holding(letters) == [place for place, word in enumerate(words) if letters in word]
