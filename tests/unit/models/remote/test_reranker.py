"""Rerankers at an address."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.errors import ModelAnswerInvalid
from engine.models.loading import make_reranker
from engine.models.rerankers.digest import reranker_digest
from engine.models.runtimes.execution import execution
from engine.protocols import Reranker
from engine.types import Passage
from tests.support.stubs.model_server import ModelServer, Reply

PASSAGES = [Passage(f"a passage about {word}") for word in ("leave", "the canteen", "a leave")]


def opened(server: ModelServer, options: str = "", protocol: str = "cohere") -> Reranker:
    return make_reranker(f"{protocol}+{server.url}{options}#m", execution())


def _answer(*scores: Any) -> dict[str, Any]:
    return {"results": [{"index": i, "relevance_score": score} for i, score in enumerate(scores)]}


def test_scores_are_in_the_order_of_the_passages(server: ModelServer) -> None:
    reranker = opened(server)
    assert isinstance(reranker, Reranker)
    scores = reranker.score("about leave", PASSAGES)
    assert np.allclose(1 / (1 + np.exp(-scores.astype(float))), [0.2, 0.1, 0.2], atol=1e-6)
    assert reranker.score("x", []).shape == (0,)
    assert server.asked[-1][0] == "/rerank"


def test_tei_gives_logits(server: ModelServer) -> None:
    assert np.allclose(opened(server, protocol="tei").score("about leave", PASSAGES), [0.2, 0.1, 0.2])
    assert server.asked[-1][2]["raw_scores"] is True


def test_logits_must_be_said(server: ModelServer) -> None:
    server.will(Reply(body=_answer(3.5, -2.0, 0.5)), Reply(body=_answer(3.5, -2.0, 0.5)))
    with pytest.raises(ModelAnswerInvalid, match="scores=logits"):
        opened(server).score("q", PASSAGES)
    assert np.allclose(opened(server, "?scores=logits").score("q", PASSAGES), [3.5, -2.0, 0.5])


def test_certainty_is_finite(server: ModelServer) -> None:
    server.will(Reply(body=_answer(0.0, 1.0, 0.5)))
    scores = opened(server).score("q", PASSAGES)
    assert np.isfinite(scores).all() and scores[0] < scores[2] < scores[1]


def test_many_passages_are_asked_about_in_batches(server: ModelServer) -> None:
    assert len(opened(server).score("q", PASSAGES * 30)) == 90
    assert [len(body["documents"]) for _, _, body in server.asked] == [32, 32, 26]


@pytest.mark.parametrize("query", ["why", "why " * 100])
def test_a_pair_that_is_too_long_is_cut_and_counted(server: ModelServer, query: str) -> None:
    reranker = opened(server, "?max_tokens=64")
    assert reranker.truncated(query, [Passage("word " * 100)]) == 1
    assert reranker.truncated("why", [Passage("word")]) == 0
    reranker.score(query, [Passage("word " * 100)])
    sent = server.asked[-1][2]
    assert sum(reranker.tokens.count([sent["query"], *sent["documents"]])) <= 60
    assert sent["query"] and sent["documents"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        _answer(0.1),
        _answer(0.1, 0.2, float("nan")),
        _answer(0.1, 0.2, None),
        _answer(0.1, 0.2, [0.3]),
        {"results": [{"index": 0, "relevance_score": 0.5}] * 3},
        {"data": []},
        "<html>",
    ],
    ids=str,
)
def test_a_wrong_answer_is_refused(server: ModelServer, wrong: Any) -> None:
    server.will(Reply(body=wrong))
    with pytest.raises(ModelAnswerInvalid) as raised:
        opened(server).score("q", PASSAGES)
    assert server.url in raised.value.message and raised.value.remedy


def test_is_known_by_its_name(server: ModelServer) -> None:
    assert reranker_digest(f"cohere+{server.url}#m") == reranker_digest("cohere+http://elsewhere#m")
    assert reranker_digest(f"cohere+{server.url}#m") != reranker_digest(f"cohere+{server.url}#n")
    assert server.asked == []
