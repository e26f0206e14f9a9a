"""Which name was meant."""

from __future__ import annotations

import pytest

from api.http.names import nearest, unknown_name

SEARCH = ["query", "k", "filter", "facets", "sort", "collections", "rerank_depth", "min_relevance"]


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("querry", SEARCH, "query"),
        ("Query", SEARCH, "query"),
        ("q", SEARCH, "query"),
        ("q", ["prefix", "limit"], "prefix"),
        ("filters", SEARCH, "filter"),
        ("top_k", SEARCH, "k"),
        ("rerank-depth", SEARCH, "rerank_depth"),
        ("order", ["field", "descending"], "descending"),
        ("index", SEARCH, "collections"),
        ("zebra", SEARCH, None),
        ("", SEARCH, None),
        ("x" * 10**6, SEARCH, None),
    ],
)
def test_the_nearest_name(written: str, known: list[str], meant: str | None) -> None:
    assert nearest(written, known) == meant
    sentence = unknown_name(written, known)
    assert (f"did you mean `{meant}`?" in sentence) == (meant is not None) and len(sentence) < 200
