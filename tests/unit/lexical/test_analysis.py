"""The analyser, one behaviour a line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.lexical.analysis import ANALYSER_VERSION, analyse, analyse_query
from engine.lexical.stemmers import ALGORITHMS, STEMMER_VERSION


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Running runs run", ["run", "run", "run"]),
        ("covid-19 snake_case", ["covid", "19", "snake", "case"]),
        ("C++ c# C++17 foo#bar issue #1 a+b", ["c++", "c#", "c++", "17", "foo", "bar", "issu", "1", "a", "b"]),
        ("Don't isn’t Alzheimer's l'eau", ["dont", "isnt", "alzheim", "l", "eau"]),
        ("Naïve Straße Ærø", ["naiv", "strass", "aero"]),
        ("ﬁne Ｗｉｄｅ co\u00adoperate", ["fine", "wide", "cooper"]),
        ("", []),
        ("😀 -- ... \x00 \ud800", []),
    ],
)
def test_english(text: str, terms: list[str]) -> None:
    assert analyse(text, "en") == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("한국어 말", ["한국", "국어", "말"]),
        ("猫", ["猫"]),
        ("iPhone手機2台", ["iphone", "手機", "2", "台"]),
        ("ﾄｳｷｮｳ", ["トウ", "ウキ", "キョ", "ョウ"]),  # half-width forms are the same words
        ("ภาษา", ["ภา", "าษ", "ษา"]),
    ],
)
@pytest.mark.parametrize("language", ["und", "ja", "zh"])
def test_scripts_without_spaces_become_bigrams(text: str, terms: list[str], language: str) -> None:
    assert analyse(text, language) == terms


def test_bigrams_do_not_depend_on_the_language_of_the_document() -> None:
    assert analyse("東京", "en") == analyse("東京", "ta") == ["東京"]


def test_combining_marks_stay_in_their_words() -> None:
    assert analyse("हिन्दी भाषा", "hi") == ["हिन्दी", "भाषा"]
    assert len(analyse("தமிழ் மொழி", "ta")) == 2


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ar", "الكتاب", "كتاب"),
        ("da", "husene", "huset"),
        ("de", "Häuser", "Hauser"),
        ("el", "δρόμος", "δρόμο"),
        ("en", "connected", "connections"),
        ("es", "canción", "canciones"),
        ("fi", "taloissa", "talot"),
        ("fr", "élèves", "élève"),
        ("hu", "házak", "házat"),
        ("it", "gatti", "gatto"),
        ("nl", "boeken", "boek"),
        ("no", "husene", "huset"),
        ("pt", "amigos", "amigo"),
        ("ro", "cărților", "cărți"),
        ("ru", "книги", "книгу"),
        ("sv", "husen", "huset"),
        ("ta", "வீடுகள்", "வீடு"),
        ("tr", "İstanbullular", "istanbullu"),
    ],
)
def test_every_stemmer_joins_inflections(language: str, one: str, other: str) -> None:
    assert analyse(one, language) == analyse(other, language) != []
    assert analyse(one, language.upper() + "-XX") == analyse(one, language)


def test_each_of_the_eighteen_languages_is_tested() -> None:
    mark = next(m for m in test_every_stemmer_joins_inflections.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == set(ALGORITHMS)


def test_an_unknown_language_is_not_stemmed() -> None:
    assert analyse("Running dogs", "und") == analyse("Running dogs", "xx") == ["running", "dogs"]


def test_long_words_are_cut_alike_in_queries_and_documents() -> None:
    assert analyse("x" * 1000, "und") == ["x" * 64]
    assert analyse_query("x" * 2000, ["und", "en"]) == [("x" * 64,)]


def test_a_query_word_has_one_alternative_per_reading_most_frequent_language_first() -> None:
    assert analyse_query("running maisons 東京", ["en", "fr", "und"]) == [
        ("run", "running"),
        ("maison", "maisons"),
        ("東京",),
    ]
    assert analyse_query("maisons", ["fr", "en"]) == [("maison",)]
    assert analyse_query("Dogs", []) == [("dogs",)]


def test_the_version_names_the_stemmers() -> None:
    assert STEMMER_VERSION in ANALYSER_VERSION


def test_threads_agree() -> None:
    words = [f"{stem}{ending}" for stem in ("connect", "relat", "gener", "nation") for ending in ("ed", "ing", "ion")]
    expected = [analyse(word, "en") for word in words]
    with ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda _: [analyse(word, "en") for word in words], range(200)):
            assert result == expected
