"""Which words of a query are function words, and how little they decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.lexical.function_words import LANGUAGES, function_words
from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import of_segments
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.recipe import Recipe

# Of each language a question, and the words that it is about.
QUESTIONS = {
    "da": ("hvordan kan jeg rense kedlen", "rense kedlen"),
    "de": ("wie kann ich kessel reinigen", "kessel reinigen"),
    "en": ("how do i descale kettles", "descale kettles"),
    "es": ("cómo puedo limpiar la tetera", "limpiar tetera"),
    "fi": ("miten minun pitää puhdistaa kattila", "puhdistaa kattila"),
    "fr": ("pourquoi et comment nettoyer bouilloire", "nettoyer bouilloire"),
    "hu": ("hogyan kell melyik kannát tisztítani", "kannát tisztítani"),
    "it": ("perché e come pulire bollitore", "pulire bollitore"),
    "nl": ("hoe kan ik ketels ontkalken", "ketels ontkalken"),
    "no": ("hvordan kan jeg rense kjelen", "rense kjelen"),
    "pt": ("porque e como limpar chaleira", "limpar chaleira"),
    "ru": ("почему и как чистить чайник", "чистить чайник"),
    "sv": ("hur ska jag rengöra kitteln", "rengöra kitteln"),
}

# Of each language words that are frequent, and may be what a question is about.
SUBJECTS = {
    "da": "år dag arbejde",
    "fi": "vuosi päivä työ",
    "hu": "cikk cikkek új jó nagy teljes",
    "no": "år dag arbeid",
    "ru": "жизнь человек сегодня сказал два хорошо",
    "sv": "år dag arbete",
}


def test_function_words_of_the_language_that_has_most_of_them() -> None:
    german = ["warum", "ist", "die", "bank", "an", "der", "ecke"]
    assert function_words(german, ["en", "de"]) == {"warum", "ist", "die", "an", "der"}
    assert function_words(["die", "of", "the", "fish"], ["de", "en"]) == {"of", "the"}
    assert function_words(["die"], ["ja", "und", "xx"]) == frozenset()
    assert function_words([], []) == frozenset()


def test_a_query_knows_its_function_words_as_terms() -> None:
    query = parse_query("why don't my fish eat", ["en"], ())
    assert query.function == {("whi",), ("dont",), ("my",)}
    assert all(word in query.terms for word in query.function)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_finds_what_its_subject_finds(tmp_path: Path, language: str) -> None:
    """The words of its grammar are rarer here than those of its subject, and stand together elsewhere."""
    question, subject = QUESTIONS[language]
    first, second = subject.split()
    grammar = " ".join(word for word in question.split() if word not in subject.split())
    bodies = [grammar, subject, *(first, second) * 3, *("x1", "x2") * 10]
    write_lexical(tmp_path / "lexical", [LexicalEntry("", body, language) for body in bodies])
    segment = LexicalSegment.open(tmp_path / "lexical")

    def best(text: str) -> int:
        query = parse_query(text, [language], ())
        [(row, _)] = search_lexical([segment], query, of_segments([segment]), Recipe(), 1, [None])
        return row.row

    assert (best(question), best(subject), best(grammar)) == (1, 1, 0)


@pytest.mark.parametrize("language", SUBJECTS)
def test_what_a_question_can_be_about_is_no_function_word(language: str) -> None:
    assert function_words(SUBJECTS[language].split(), [language]) == frozenset()
