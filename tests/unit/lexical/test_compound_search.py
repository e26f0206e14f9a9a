"""Compounds are found by a quicker expression, and remembered: against the plain one, each time anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lexical import compounds as module
from engine.lexical.compounds import compounds, parts, whole, wholes, words_with_parts
from engine.lexical.unicode import unified

PLAIN = re.compile(rf"(?<![^\W_])(?:{module._JOINED}|[^\W_]*?{module._BORDER}[^\W_]*)")
EXAMPLES = [
    "The state-of-the-art e-mail of U.S. users: config/opensearch.yml, v2.11.0, 16GB and HTTP2.",
    "maxShardsPerNode max_shards_per_node HELLOWorld HelloWORLD iPhone iPhone版 16 GB 2020-2024 1st 22ND",
    "a- -a a--b a----b A B AB Ab aB 1a a1 1-a é-é École écoleÉ É1 ٣٤ ٣a a٣ ab٣-c _a_b_ __ a_ c++ C# f#7",
    "我住在北京 e版本2 abc中文 ABC1中文-d ไทย-abc",
    "trailing-",
    "x.",
    "",
]
TEXTS = st.one_of(
    st.text(alphabet="aZbY1 2-._/:@\\+~#é中٣\n", max_size=40),
    st.text(max_size=40),
    st.lists(st.sampled_from(EXAMPLES), max_size=2).map(" ".join),
)


def of_compound(token: str) -> Iterator[list[str]]:
    if one := whole(token):
        yield [one]
    steps = module._STEP.split(token)
    if len(steps) > 1:
        yield from ([one] for step in steps if (one := whole(step)))
    for piece in module._PIECE.findall(token):
        if found := parts(piece):
            yield found


def plainly(text: str) -> Iterator[list[str]]:
    if not text.isascii():
        text = unified(text)
        for match in module._UNSPACED_RUN.finditer(text):
            yield from ([character] for character in match[0] if character.isalpha())
    for match in PLAIN.finditer(text):
        if module._IS_UNSPACED.search(match[0]) is None:
            yield from of_compound(match[0])
    for match in module._QUANTITY.finditer(text):
        yield [match[1] + match[2]]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples(text: str) -> None:
    assert list(compounds(text)) == list(plainly(text))


@given(TEXTS)
def test_the_same_compounds_are_found(text: str) -> None:
    assert [match.span() for match in module._COMPOUND.finditer(text)] == [m.span() for m in PLAIN.finditer(text)]
    assert list(compounds(text)) == list(plainly(text))


@given(TEXTS)
def test_the_same_words_of_queries(text: str) -> None:
    tokens = [match[0] for match in PLAIN.finditer(unified(text))]
    unspaced = module._IS_UNSPACED.search
    assert list(wholes(text)) == [one for token in tokens if (one := whole(token)) and unspaced(one) is None]
    pieces = [piece for token in tokens for piece in module._PIECE.findall(token)]
    assert list(words_with_parts(text)) == [(p, parts(p)) for p in pieces if parts(p) and unspaced(p) is None]
