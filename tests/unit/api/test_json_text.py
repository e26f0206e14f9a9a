"""JSON from strangers: counted before it is parsed, and nothing in it that UTF-8 cannot carry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.json_text import InvalidJson, count_values, parse

PLENTY = 10**9
texts = st.text(alphabet='ab,[]{}":\\\né', max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


def number_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(number_of, inner))


@given(values, st.booleans())
def test_values_are_counted_without_making_them(value: Any, escaped: bool) -> None:
    raw = json.dumps(value, ensure_ascii=escaped).encode()
    true = number_of(value)
    assert all(count_values(raw, most) > most for most in range(true))
    assert count_values(raw, 2 * true) <= 2 * true  # an empty list or object counts twice
    assert parse(raw, 2 * true) == value
    if true > 2:
        with pytest.raises(InvalidJson, match="more than 1 values"):
            parse(raw, 1)


def test_marks_inside_strings_are_no_values() -> None:
    raw = json.dumps({"text": 'a, "b" [c] {d} \\' * 10_000}).encode()
    assert count_values(raw, 10) <= 10
    assert count_values(b'"' + b'\\"' * 100_000 + b'"', 10) <= 10


@pytest.mark.parametrize(
    ("value", "location"),
    [
        ("\ud800", ()),
        ({"query": "a\udfffb"}, ("query",)),
        ({"filter": {"and": [{"field": "x", "in": [1, "\ud800"]}]}}, ("filter", "and", 0, "in", 1)),
        ({"metadata": {"\udc00": 1}}, ("metadata", "\udc00")),
        ({"ids": ["a", "\ude00\ud83d"]}, ("ids", 1)),
    ],
)
def test_half_a_surrogate_pair_is_found_anywhere(value: Any, location: tuple[str | int, ...]) -> None:
    with pytest.raises(InvalidJson, match="surrogate") as caught:
        parse(json.dumps(value).encode(), PLENTY)
    assert caught.value.location == location


def test_a_whole_pair_and_a_text_that_only_looks_like_one_are_taken() -> None:
    value = ["🦉", "\\ud800", {"\\udfff": "é"}]
    assert parse(json.dumps(value).encode(), PLENTY) == value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "not JSON"),
        (b'{"a":1}{', "character 7"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        ('{"query":"é"}'.encode("utf-16"), "not UTF-8"),
        ('{"query":"e"}'.encode("utf-16-le"), "not JSON"),
        (b"[" * 100_000, "deep"),
        (b"1" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_json(raw: bytes, words: str) -> None:
    with pytest.raises(InvalidJson, match=words):
        parse(raw, PLENTY)
