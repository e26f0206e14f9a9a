"""Synonyms of a query's words, in the terms of the analyser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.lexical.query import parse_query
from engine.lexical.synonyms import SynonymTable

ENGLISH = ["en"]
word = st.sampled_from(["ferry", "boat", "new", "york", "nyc", "harbour", "harbours", "the"])
phrase = st.lists(word, min_size=1, max_size=3).map(" ".join)


def terms(query: str, phrases: dict[str, list[str]]) -> list[tuple[str, ...]]:
    return list(SynonymTable(phrases, ENGLISH).applied(parse_query(query, ENGLISH, ())).terms)


def test_a_word_for_a_word() -> None:
    assert terms("a boat leaves", {"boats": ["ferries"]}) == [("a",), ("boat", "ferri"), ("leav",)]


def test_several_words_for_one() -> None:
    assert terms("nyc hotel", {"nyc": ["new york"]}) == [("nyc", "new"), ("nyc", "york"), ("hotel",)]


def test_one_word_for_several() -> None:
    assert terms("hotel new york", {"new york": ["nyc"]}) == [("hotel",), ("new", "nyc"), ("york", "nyc")]


def test_words_that_stand_apart_are_not_the_phrase() -> None:
    assert terms("new hotel york", {"new york": ["nyc"]}) == [("new",), ("hotel",), ("york",)]


def test_the_longest_phrase_counts() -> None:
    phrases = {"new": ["recent"], "new york": ["nyc"]}
    assert terms("new york", phrases) == [("new", "nyc"), ("york", "nyc")]
    assert terms("new hotel", phrases) == [("new", "recent"), ("hotel",)]


def test_the_query_says_what_it_was_also_searched_as() -> None:
    query = SynonymTable({"nyc": ["new york", "big apple"]}, ENGLISH).applied(parse_query("hotel NYC", ENGLISH, ()))
    assert query.synonyms == (("nyc", ("new york", "big apple")),)
    assert query.text == "hotel NYC"  # what the other leg and the reranker read


@given(query=phrase, phrases=st.dictionaries(phrase, st.lists(phrase, min_size=1, max_size=3), max_size=4))
def test_nothing_that_was_looked_for_is_lost(query: str, phrases: dict[str, list[str]]) -> None:
    plain, wider = parse_query(query, ENGLISH, ()), terms(query, phrases)
    assert {term for group in plain.terms for term in group} <= {term for group in wider for term in group}
    assert len(wider) >= len(plain.terms)
    assert all(group for group in wider)


@given(query=phrase)
def test_no_rules_change_nothing(query: str) -> None:
    assert terms(query, {}) == list(parse_query(query, ENGLISH, ()).terms)
