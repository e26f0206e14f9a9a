"""Properties that hold for any text: of the analyser, the query language and the forward index."""

from __future__ import annotations

import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.lexical.analysis import analyse, analyse_query, analyse_whole
from engine.lexical.forward_index import ABSENT, ForwardIndex
from engine.lexical.query import parse_query
from engine.lexical.stemmers import ALGORITHMS
from engine.lexical.writing.forward_writer import ForwardWriter
from engine.lexical.writing.tokens import BOUNDARY, Tokens

languages = st.sampled_from([*ALGORITHMS, "und", "ja", "xx", ""])
symbols = st.text(alphabet="ab -\":“'’_#+.é猫ก\u0301\ud800 OR\n", max_size=60)
texts = st.one_of(st.text(max_size=200), symbols)
term_lists = st.lists(st.text(alphabet="abcdжз", min_size=1, max_size=3), max_size=12)


@given(texts, languages)
def test_terms_are_whole_and_the_same_every_time(text: str, language: str) -> None:
    terms = analyse(text, language)
    assert terms == analyse(text, language)
    for term in terms:
        assert 0 < len(term) <= 64
        assert term.split() == [term]
        assert "␞" not in term and "_" not in term
        term.encode()


@given(texts, languages)
def test_what_stands_beside_the_words_is_made_of_terms(text: str, language: str) -> None:
    whole = analyse_whole(text, language)
    assert whole.terms == analyse(text, language) and len(whole.words) == len(whole.terms)
    for group in whole.beside:
        assert group and all(term.split() == [term] and len(term) <= 64 and "␞" not in term for term in group)
        for term in group:
            term.encode()


@given(st.one_of(texts, st.text(alphabet="16.,GBmkµ²猫犬-'s ()\u00a0\u2009\u00b4x", max_size=150)), languages)
def test_tokens_by_themselves_tell_all_that_their_text_is_found_by(text: str, language: str) -> None:
    whole, tokens = analyse_whole(text, language), Tokens()
    for _ in range(2):  # new and known
        numbers = tokens.read(text, language)
        assert tokens.terms_of(numbers).split() == whole.terms
        assert [word for number in numbers for word in tokens.words[number]] == whole.words
        groups = [tuple(group.split()) for group in tokens.beside_of(numbers).split(BOUNDARY)[1:]]
        assert Counter(groups) == Counter(map(tuple, whole.beside))


@given(texts)
def test_terms_of_an_unstemmed_text_analyse_to_themselves(text: str) -> None:
    terms = analyse(text, "und")
    # A vowel sign behind a digit is a term of its own script, and begins no word where it stands alone.
    assume(not any(unicodedata.category(term[0]).startswith("M") for term in terms))
    assert analyse(" ".join(terms), "und") == terms


@given(texts, st.lists(languages, max_size=4))
def test_a_query_finds_its_own_text_under_every_language(text: str, codes: list[str]) -> None:
    alternatives = analyse_query(text, codes)
    for code in codes:
        terms = analyse(text, code)
        assert len(terms) <= len(alternatives)
        assert all(term in options for term, options in zip(terms, alternatives, strict=False))


@given(texts, st.lists(languages, max_size=3))
def test_any_text_is_a_query(text: str, codes: list[str]) -> None:
    query = parse_query(text, codes, {"a", "b"})
    assert all(query.terms) and all(all(alternatives) for alternatives in query.terms)
    assert all(word and all(word) and all(map(all, parts)) for word, parts in query.parts)
    for clause in (*query.required, *query.excluded):
        assert clause.readings and all(clause.readings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(term_lists, term_lists), max_size=8))
def test_the_forward_index_gives_back_what_was_written(rows: list[tuple[list[str], list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tokens = Tokens()
        writer = ForwardWriter(tokens)
        for title, body in rows:
            writer.add(*(tokens.read(" ".join(terms), "und") for terms in (title, body)))
            writer.settle()
        writer.write(Path(folder))
        index = ForwardIndex(Path(folder))
        held = sorted({term for title, body in rows for term in title + body})
        assert (index.rows, index.term_count) == (len(rows), len(held))
        assert index.term_ids(held).tolist() == list(range(len(held)))
        assert index.term_id("absent") == index.term_id("") == ABSENT
        for term in held:
            assert index.document_frequency(term) == sum(term in title + body for title, body in rows)
        everything = np.arange(len(rows))
        found = index.occurrences(everything, index.term_ids(held[::2]).tolist())
        assert Counter(zip(*(array.tolist() for array in found), strict=True)) == Counter(
            (row, place, title.count(term), body.count(term))
            for row, (title, body) in enumerate(rows)
            for place, term in list(enumerate(held))[::2]
            if term in title + body
        )
        assert [length.tolist() for length in index.lengths(everything)] == [
            [len(title) for title, _ in rows],
            [len(body) for _, body in rows],
        ]
        some = everything[::2]
        ids, counts = index.counts(some)
        expected = Counter(term for row in some for term in {*rows[row][0], *rows[row][1]})
        assert {held[i]: n for i, n in zip(ids.tolist(), counts.tolist(), strict=True)} == expected
        assert ids.tolist() == sorted(ids.tolist())
