"""The official client of Cohere, v2 and v1, unchanged but for its address."""

from __future__ import annotations

import cohere
import pytest
from cohere.errors import NotFoundError, UnprocessableEntityError

from tests.api.clients.conftest import Live

DOCUMENTS = ["a bridge", "the river and the city", "food"]


def test_rerank_v2(live: Live) -> None:
    client = cohere.ClientV2(api_key="not looked at", base_url=live.url)
    answer = client.rerank(model=live.reranker, query="the river", documents=DOCUMENTS, top_n=2)
    scores = [result.relevance_score for result in answer.results]
    assert len(scores) == 2 and scores == sorted(scores, reverse=True) and 0 < min(scores) <= max(scores) < 1
    assert {result.index for result in answer.results} <= {0, 1, 2} and answer.id
    assert answer.meta and answer.meta.api_version and answer.meta.api_version.version == "2"
    more = client.rerank(
        model=live.reranker, query="the river", documents=DOCUMENTS, max_tokens_per_doc=4096, priority=1
    )
    assert len(more.results) == 3


def test_rerank_v1(live: Live) -> None:
    client = cohere.Client(api_key="not looked at", base_url=live.url)
    answer = client.rerank(
        model=live.reranker,
        query="the river",
        documents=[{"text": text} for text in DOCUMENTS],
        rank_fields=["text"],
        return_documents=True,
    )
    assert [result.document.text for result in answer.results if result.document] == [
        DOCUMENTS[result.index] for result in answer.results
    ]


def test_errors(live: Live) -> None:
    client = cohere.ClientV2(api_key="not looked at", base_url=live.url)
    with pytest.raises(NotFoundError, match="model_not_found"):
        client.rerank(model="rerank-v3.5", query="x", documents=["x"])
    with pytest.raises(UnprocessableEntityError):
        client.rerank(model=live.reranker, query="x", documents=[])
