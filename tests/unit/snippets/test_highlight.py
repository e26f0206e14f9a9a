"""Highlights mark what the analyser found, in every script, and nothing else."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lexical.analysis import analyse
from engine.lexical.query import parse_query
from engine.lexical.unicode import INVISIBLE, has_marks, mark_ranges
from engine.snippets.highlight import _with_marks, _without_marks, highlight, terms_to_highlight


def marked(text: str, query: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in highlight(text, language, analyse(query, language))]


@pytest.mark.parametrize(
    ("text", "query", "language", "expected"),
    [
        ("He cancels; she CANCELLED, we are cancelling.", "cancel", "en", ["cancels", "CANCELLED", "cancelling"]),
        ("Die Häuser am Fluß", "Haus fluss", "de", ["Häuser", "Fluß"]),
        ("l'eau de l’océan", "eau océan", "fr", ["eau", "océan"]),
        ("O'Brien's heap didn't smell", "brien didn't", "en", ["Brien", "didn't"]),
        ("C++, C# and c", "c++", "en", ["C++"]),
        ("snake_case_name", "case", "en", ["case"]),
        ("e\u0301le\u0300ve", "élève", "fr", ["e\u0301le\u0300ve"]),
        ("हिन्दी में लिखा", "हिन्दी", "hi", ["हिन्दी"]),
        ("ﬁnd the Ｃａｆé", "find café", "en", ["ﬁnd", "Ｃａｆé"]),
        ("请回收塑料垃圾。", "塑料", "zh", ["塑料"]),
        ("请回收塑料垃圾。", "塑料垃圾", "zh", ["塑料垃圾"]),
        ("iPhone版を買う", "iphone", "ja", ["iPhone"]),
        ("a com\u00adpost heap", "compost", "en", ["com\u00adpost"]),
        ("문서를 검색", "검색", "ko", ["검색"]),
    ],
)
def test_marks_words_of_the_query(text: str, query: str, language: str, expected: list[str]) -> None:
    assert marked(text, query, language) == expected


def test_marks_nothing_where_nothing_matches() -> None:
    assert marked("The heap of compost smells.", "bridge river") == []
    assert highlight("", "en", {"a"}) == ()
    assert highlight("some text", "en", set()) == ()


ALPHABET = "ab é\u0301ß'’s_-+#.1½ 检索版をก한글हिन्"


@settings(max_examples=300, deadline=None)
@given(st.text(ALPHABET, max_size=40), st.sampled_from(["en", "fr", "zh", "und"]), st.data())
def test_every_term_of_a_text_is_marked_in_it(text: str, language: str, data: st.DataObject) -> None:
    terms = analyse(text, language)
    if not terms:
        assert highlight(text, language, {"a"}) == ()
        return
    term = data.draw(st.sampled_from(terms))
    spans = highlight(text, language, {term})
    assert spans, (text, term)
    for start, end in spans:
        assert 0 <= start < end <= len(text)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


class Counts:
    chunk_count, title_length, body_length = 100, 0, 0

    def document_frequency(self, term: str) -> int:
        return 90 if term in ("the", "of") else 3


def test_common_words_are_marked_only_if_there_is_nothing_else() -> None:
    assert terms_to_highlight(parse_query("the smell of compost", ["en"], ()), Counts()) == {"smell", "compost"}
    assert terms_to_highlight(parse_query("the of", ["en"], ()), Counts()) == {"the", "of"}
    assert terms_to_highlight(parse_query("??", ["en"], ()), Counts()) == frozenset()


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_a_text_without_marks_has_the_same_runs_by_either_pattern(text: str) -> None:
    with_marks = [match.span() for match in _with_marks().finditer(text)]
    assert has_marks(text) or [match.span() for match in _without_marks().finditer(text)] == with_marks


def test_whatever_belongs_to_words_beside_letters_is_a_mark() -> None:
    table = re.compile(f"[{INVISIBLE}{mark_ranges()}]")
    assert all(has_marks(letter) for letter in map(chr, range(0x110000)) if table.match(letter))
