"""Which tokens of a query are identifiers, and what a passage must hold to have them."""

from __future__ import annotations

import pytest

from engine.lexical.identifiers import identifiers, is_identifier, strip_punctuation


@pytest.mark.parametrize(
    "token",
    [
        "cluster.max_shards_per_node",
        "knn.algo_param.ef_search",
        "ERR_CONN_RESET",
        "X-Forwarded-For",
        "v2.11.0",
        "2.11.0",
        "v2",
        "maxResultWindow",
        "NullPointerException",
        "KX-48213-B",
        "KX48213B",
        "311992D3",
        "/etc/hosts",
        "--no-cache-dir",
        "ORA-00942",
        "0x80070005",
        "opensearch.yml",
        "std::vector",
        "indices:data/read/search",
        "CVE-2024-3094",
        "os.path.join",
        "my-index-000001",
        "s3.client.default",
    ],
)
def test_identifiers(token: str) -> None:
    assert is_identifier(token)


@pytest.mark.parametrize(
    "token",
    [
        "word",
        "well-known",
        "and/or",
        "he/she",
        "3.5",
        "10,000",
        "2024",
        "16GB",
        "10th",
        "12:30",
        "U.S",
        "e.g",
        "state-of-the-art",
        "2020-2024",
        "1990s",
        "5G",
        "O'Reilly",
        "--verbose",
        "-m",
        "TCP/IP",
        "24/7",
        "naïve",
        "猫",
    ],
)
def test_ordinary_words_and_numbers(token: str) -> None:
    assert not is_identifier(token)


def test_an_identifier_is_its_words_side_by_side_or_itself_in_one() -> None:
    found = identifiers("what does `cluster.max_shards_per_node` do?", ["en"])
    assert [identifier.text for identifier in found][:1] == ["cluster.max_shards_per_node"]
    assert found[0].readings == (("cluster", "max", "shard", "per", "node"), ("clustermaxshardspernod",))


def test_a_word_in_capitals_is_one_unless_all_are() -> None:
    assert [found.text for found in identifiers("why ECONNRESET", ["en"])] == ["ECONNRESET"]
    assert identifiers("WHY ECONNRESET", ["en"]) == ()
    assert [found.text for found in identifiers("ECONNRESET", ["en"])] == ["ECONNRESET"]


def test_a_message_is_looked_for_as_it_stands_and_without_what_varies() -> None:
    text = "Mapper for [title] conflicts with existing mapper"
    assert [found.text for found in identifiers(text, ["en"]) if found.verbatim] == [
        text,
        "conflicts with existing mapper",
    ]
    assert not any(found.verbatim for found in identifiers("three little words", ["en"]))


def test_punctuation_around_a_token_is_none_of_it() -> None:
    assert strip_punctuation('("index.max_result_window"),') == "index.max_result_window"
    assert strip_punctuation("--no-cache-dir.") == "--no-cache-dir"


@pytest.mark.parametrize("word", ["x", "a-", "a.", "aB", "'", "日", "a b-", "日本語", "="])
def test_an_endless_word_is_looked_through_in_one_pass(word: str) -> None:
    assert len(identifiers(word * (100_000 // len(word)), ("en",))) <= 1  # hours with a step back for each character
