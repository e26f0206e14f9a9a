"""Queries and options that nobody means: a typed error with the right exit code, or a sensible answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.ingest import ingest
from tests.conftest import Models, Outcome, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    file = write_records(root / "notes.jsonl", topical(30))
    ingest([file], home=root / "home", collection="default", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture
def search(winnow: Winnow, home: Path) -> Callable[..., Outcome]:
    return lambda query, *options: winnow("search", "--home", home, "--json", *options, "--", query)


@pytest.mark.parametrize("query", ["", " ", "\t \n\u3000"])
def test_empty_queries_are_refused(search: Callable[..., Outcome], query: str) -> None:
    outcome = search(query)
    assert (outcome.code, outcome.out) == (2, "")
    assert "invalid_query" in outcome.err and "empty" in outcome.err


@pytest.mark.parametrize(
    "query",
    [
        "the of is a",
        'the "river of',
        "( river ) AND NOT [food] ^ ~ * \\",
        "a\x00b\x07 river\x1b[31m",
        "river\u202e food",
        "river OR",
        "title:",
        "nofield:value http://example.org/?q=a:b",
        "قرأ \u0300\u0301",
        "\udcff river \ud83e",
        os.fsdecode(b"caf\xe9"),
        "x" * 10_000,
        "a:" * 3000,
    ],
)
def test_odd_queries_are_answered(search: Callable[..., Outcome], query: str) -> None:
    outcome = search(query, "-k", "3")
    assert outcome.code == 0, outcome.err
    assert len(outcome.json["hits"]) == 3
    outcome.out.encode()  # valid UTF-8 even where the argument was not


@pytest.mark.parametrize("query", ["???", "🦉🦉", '"', '""', "''", "- -- ---"])
def test_signs_alone_find_nothing_and_are_told(search: Callable[..., Outcome], query: str) -> None:
    outcome = search(query, "-k", "3")
    assert outcome.code == 0, outcome.err
    assert outcome.json["hits"] == [] and "query:nothing" in outcome.json["degraded"]


def test_a_phrase_or_an_exclusion_may_leave_nothing(search: Callable[..., Outcome]) -> None:
    assert search('"food river engine bridge"').json["hits"] == []
    assert "query:words" in search("river -document").json["degraded"]  # an exclusion that leaves nothing is a word
    only = search("-river", "-k", "40").json["hits"]
    assert only and all("river" not in hit["text"] for hit in only)


def test_ten_thousand_words(search: Callable[..., Outcome]) -> None:
    outcome = search(" ".join(f"river{n} bridge" for n in range(5000)), "-k", "3")
    assert outcome.code == 0 and len(outcome.json["hits"]) == 3
    assert {"query:capped", "query:truncated"} <= set(outcome.json["degraded"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--filter", "nonsense"], ["invalid_filter", "field:value"]),
        (["--filter", ""], ["invalid_filter"]),
        (["--filter", "nofield:1"], ["invalid_filter", "nofield", "checked, tags, year"]),
        (["--filter", "year:soon"], ["invalid_filter", "soon", "number"]),
        (["--filter", "checked:[a..b]"], ["invalid_filter", "no order"]),
        (["-k", "0"], ["-k"]),
        (["-k", "-1"], ["-k"]),
        (["-k", "many"], ["-k"]),
        (["--colection", "x"], ["--colection"]),
    ],
)
def test_wrong_usage(search: Callable[..., Outcome], options: list[str], words: list[str]) -> None:
    outcome = search("river", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert all(word in outcome.err for word in words), outcome.err


def test_filters_in_the_query(search: Callable[..., Outcome]) -> None:
    for query in ("river year:2003", "river year:>=2003 year:<2004", "river -year:<=2002 -year:>2003"):
        years = {int(hit["document_id"][1:]) % 20 for hit in search(query).json["hits"]}
        assert years == {3}, query
    assert "query:words" in search("river year:soon").json["degraded"]


def test_a_huge_k(search: Callable[..., Outcome]) -> None:
    assert len(search("river", "-k", 10**12).json["hits"]) == 30


def test_a_collection_with_nothing_left(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    file = write_records(tmp_path / "r.jsonl", [{"id": "only", "text": "The river."}])
    place = ("--home", tmp_path / "home")
    assert winnow("ingest", file, *place, "--models", models.option).code == 0
    assert winnow("delete", "only", *place).code == 0
    outcome = winnow("search", "river", *place)
    assert (outcome.code, outcome.out) == (0, "") and "the collection is empty" in outcome.err
