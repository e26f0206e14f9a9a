"""What a text can be found by beside its words."""

from __future__ import annotations

import unicodedata

import pytest

from engine.lexical.analysis import analyse_parts, analyse_query, analyse_whole, phrase_readings
from engine.lexical.compounds import compounds, whole


def beside(text: str, language: str = "en") -> list[list[str]]:
    return analyse_whole(text, language).beside


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("cluster.max_shards_per_node", "clustermaxshardspernode"),
        ("ERR_CONN_RESET", "ERRCONNRESET"),
        ("X-Forwarded-For", "XForwardedFor"),
        ("v2.11.0", "v2.11.0"),
        ("v21.1.0", "v21.1.0"),
        ("2020-2024", "2020.2024"),
        ("KX-48213-B", "KX48213B"),
        ("HTTP/2", "HTTP2"),
        ("e-mail", "email"),
        ("U.S", None),  # it is not the word "us"
        ("word", None),
        ("a" * 40 + "-" + "b" * 40, None),
    ],
)
def test_a_compound_in_one_word(text: str, one: str | None) -> None:
    assert whole(text) == one


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("maxShardsPerNode", [["max", "shard", "per", "node"]]),
        ("a NullPointerException", [["null", "pointer", "except"]]),
        ("16GB of RAM", [["16", "gb"]]),
        ("16 GB of RAM", [["16gb"]]),
        ("3.5 GB", [["3.5"], ["3.5gb"]]),
        ("HTTP2", [["http", "2"]]),
        ("the 10th of May", []),
        ("config/opensearch.yml", [["configopensearchyml"], ["opensearchyml"]]),
        ("一只猫", [["一"], ["只"], ["猫"]]),
        ("plain words, and (more) of them.", []),
        ("3f9ac1d2e4b5a6978899aabb", []),  # a hash has no parts
    ],
)
def test_groups_that_stand_side_by_side(text: str, groups: list[list[str]]) -> None:
    assert beside(text) == groups


def test_an_invisible_break_does_not_hide_a_compound() -> None:
    assert beside("max\u200bShards") == beside("maxShards") == [["max", "shard"]]
    assert list(compounds("\ufeffHTTP\u2060/2")) == [["HTTP2"]]


@pytest.mark.parametrize(
    ("written", "composed"),
    [
        (unicodedata.normalize("NFD", "각하다 물"), "각하다 물"),
        (unicodedata.normalize("NFD", "がぎぐ"), "がぎぐ"),
        (unicodedata.normalize("NFD", "état_civil_id"), "état_civil_id"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("ﾊﾞﾅﾅ", "バナナ"),
        ("ｍａｘ＿ｓｈａｒｄｓ", "max_shards"),
        ("16 ＧＢ", "16 GB"),
        ("end-of-line¹", "end-of-line"),
    ],
)
def test_one_spelling_of_decomposed_letters_and_widths(written: str, composed: str) -> None:
    assert beside(written) == beside(composed) != []


def test_a_query_asks_for_the_compound_once_and_for_parts_only_where_it_is_absent() -> None:
    assert analyse_query("HTTP/2 JavaScript", ["en"]) == [("http",), ("2",), ("javascript",), ("http2",)]
    assert analyse_parts("HTTP/2 JavaScript", ["en"]) == [(("javascript",), (("java",), ("script",)))]


def test_a_phrase_is_read_with_numbers_and_letters_together_and_apart() -> None:
    assert phrase_readings("12 V", "en") == [("12", "v"), ("12v",)]
    assert phrase_readings("12V adapter", "en") == [("12v", "adapt"), ("12", "v", "adapt")]
    assert phrase_readings("two words", "en") == [("two", "word")]
    assert phrase_readings("!", "en") == []
