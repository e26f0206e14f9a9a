"""What the command line says where nothing was found."""

from __future__ import annotations

import pytest

from api.no_hits import no_hits, plain_words
from engine.filters import Equals
from engine.query.request import Request
from engine.types import SearchResult


def said(request: Request, candidates: int = 0, documents: int = 5) -> list[str]:
    result = SearchResult(request.query, (), candidates, {}, 1)
    return no_hits(request, result, documents)


def test_nothing_to_blame() -> None:
    assert said(Request("river")) == ["No hits."]


def test_an_empty_collection() -> None:
    (line,) = said(Request('"river"', filter=Equals("year", 2001)), documents=0)
    assert "empty" in line and "winnow ingest" in line


def test_whatever_keeps_hits_out_is_named_once() -> None:
    request = Request('-boat "the river"', filter=Equals("year", 2001), mode="lexical")
    lines = said(request)
    assert lines[0] == "No hits." and len(lines) == 4
    assert [word for word in ("--filter", "--mode", "boat the river") if not any(word in line for line in lines)] == []


def test_hits_that_were_not_relevant_enough() -> None:
    request = Request("river", min_relevance=0.5)
    assert said(request, candidates=7) == ["Nothing relevant.", "Try a smaller --min-relevance."]
    assert said(request) == ["No hits."]


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ("the river", None),
        ('"the river"', "the river"),
        ("river -boat", "river boat"),
        ("title:river well-known", "river well-known"),
        ('-title:river -"a b"', "river a b"),
        ('""', None),
        ("-", None),
    ],
)
def test_plain_words(query: str, plain: str | None) -> None:
    assert plain_words(query) == plain
