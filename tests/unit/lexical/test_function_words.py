"""Which words of a query are function words."""

from __future__ import annotations

from engine.lexical.function_words import function_words
from engine.lexical.query import parse_query


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
