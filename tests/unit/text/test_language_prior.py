"""Texts that are too short to tell their language take the collection's."""

from __future__ import annotations

import pytest

from engine.text.language_prior import most_probable, settle

LONG = "In this paper a filter passes the wanted band of frequencies and weakens the others by its attenuation."


def test_an_undecided_text_takes_the_language_of_its_neighbours() -> None:
    texts = [LONG, "Filters of Algol 60", "x = 1", "Фильтры"]
    assert settle(texts, ["en", "und", "und", "und"], {}) == ["en", "en", "en", "und"]


def test_what_the_collection_holds_already_decides_as_its_neighbours_do() -> None:
    assert settle(["Filters of Algol 60"], ["und"], {"en": 40, "und": 3}) == ["en"]
    assert settle(["Filters of Algol 60"], ["und"], {}) == ["und"]


def test_the_order_of_the_documents_does_not_matter() -> None:
    texts = [
        "Filters of Algol",
        LONG,
        "Le filtre passe la bande voulue et affaiblit les autres fréquences.",
        "la bande",
    ]
    languages = ["und", "en", "fr", "und"]
    forward = settle(texts, languages, {})
    backward = settle(texts[::-1], languages[::-1], {})
    assert forward == backward[::-1] == ["en", "en", "fr", "fr"]


def test_texts_that_are_all_undecided_are_read_together() -> None:
    words = ["the digital computer", "filters and their use", "of the laboratory", "is read again and again"]
    assert settle(words, ["und"] * 4, {}) == ["en"] * 4


@pytest.mark.parametrize(
    ("text", "counts", "language"),
    [
        ("шла саша", {"en": 500, "ru": 2, "uk": 1}, "ru"),
        ("מים", {"en": 500, "he": 1}, "he"),
        ("γάτα", {"en": 500}, "und"),
        ("die Bank und das Geld", {"en": 10, "de": 10}, "de"),
        ("404", {"de": 3, "en": 7}, "en"),
        ("word", {}, "und"),
        ("word", {"en": 0}, "und"),
    ],
)
def test_the_script_and_the_counts_decide(text: str, counts: dict[str, int], language: str) -> None:
    assert most_probable(text, counts) == language
