"""What every reranker keeps to, on every runtime that is installed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from api.inference.client import InferenceClient
from api.inference.supervisor import Supervisor
from engine.models import load_reranker
from engine.models.runtimes.runtime import RUNTIMES, installed
from engine.protocols import Remembers, Reranker, TellsLabels
from engine.settings import settings
from engine.types import Passage
from tests.support.checkpoints import TEXTS, tiny_cross_encoder
from tests.support.families import NLI, tiny_jina, tiny_modernbert, tiny_nli
from tests.support.late_interaction import tiny_late_interaction

_KINDS: dict[str, Callable[[Path], Path]] = {
    "classifier": tiny_cross_encoder,
    "modular": lambda path: tiny_cross_encoder(path, modular=True),
    "logits": lambda path: tiny_cross_encoder(path, activation="torch.nn.modules.linear.Identity"),
    "roberta": lambda path: tiny_cross_encoder(path, family="roberta"),
    "mpnet": lambda path: tiny_cross_encoder(path, family="mpnet"),
    "jina-bert": lambda path: tiny_jina(path, labels=["yes"]),
    "modernbert": tiny_modernbert,
    "entailment": lambda path: tiny_nli(path, "deberta-v2"),
    "late interaction": lambda path: tiny_late_interaction(path, dense=16),
}
PASSAGES = [Passage(text) for text in TEXTS]


@pytest.fixture(params=RUNTIMES, scope="module")
def runtime(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture(params=["here", "served"], scope="module")
def place(request: pytest.FixtureRequest, runtime: str) -> str:
    if request.param == "served" and runtime != settings().runtime:
        pytest.skip("the inference process has the run-time of the settings")
    return str(request.param)


@pytest.fixture(params=_KINDS, scope="module")
def reranker(
    request: pytest.FixtureRequest,
    runtime: str,
    place: str,
    served: Supervisor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Reranker:
    """The model in this process, or in the inference process: nobody can tell which."""
    if (request.param, runtime) == ("jina-bert", "torch"):
        pytest.skip("torch runs it by the code that it brings only")
    name = str(_KINDS[request.param](tmp_path_factory.mktemp(request.param)))
    return InferenceClient(served.path).reranker(name) if place == "served" else load_reranker(name, runtime=runtime)


def test_is_a_reranker(reranker: Reranker) -> None:
    assert isinstance(reranker, Reranker)


def test_one_score_a_passage(reranker: Reranker) -> None:
    scores = reranker.score("winnow search", PASSAGES)
    assert scores.shape == (len(PASSAGES),)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all() and scores.std() > 0


def test_no_passages(reranker: Reranker) -> None:
    scores = reranker.score("winnow", [])
    assert scores.shape == (0,)
    assert scores.dtype == np.float32
    assert reranker.truncated("winnow", []) == 0


def test_what_was_read_is_remembered(reranker: Reranker, request: pytest.FixtureRequest) -> None:
    """By the late-interaction model, which reads passages apart from the question; served ones tell it, too."""
    apart = request.node.callspec.params["reranker"] == "late interaction"
    assert isinstance(reranker, Remembers) == apart
    if not isinstance(reranker, Remembers):
        return
    new = [Passage(f"never read before {request.node.name} {number}") for number in range(3)]
    assert reranker.remembered(new) == [False] * 3 and reranker.remembered([]) == []
    reranker.score("the river", new[:2])
    assert reranker.remembered(new) == [True, True, False]


def test_labels_are_told_with_the_scores(reranker: Reranker, request: pytest.FixtureRequest) -> None:
    """Three for the model of entailment, whose log-odds are the score; none for the others."""
    names = reranker.label_names if isinstance(reranker, TellsLabels) else ()
    entailment = request.node.callspec.params["reranker"] == "entailment"
    assert names == (tuple(NLI) if entailment else ())
    if not isinstance(reranker, TellsLabels) or not names:
        return
    rows = reranker.labelled("the river", PASSAGES)
    assert rows.shape == (len(PASSAGES), 3) and rows.dtype == np.float32
    probabilities = np.exp(rows)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-5)
    entailed = probabilities[:, 1]
    scores = reranker.score("the river", PASSAGES)
    np.testing.assert_allclose(np.log(entailed / (1 - entailed)), scores, rtol=0, atol=1e-4)
    assert probabilities.std(axis=0).min() > 1e-3
    assert reranker.labelled("the river", []).shape == (0, 3)


def test_batches_change_nothing(reranker: Reranker) -> None:
    """Up to float32 rounding: OpenVINO chooses its kernels by the shape of the batch."""
    together = reranker.score("the river", PASSAGES)
    alone = np.concatenate([reranker.score("the river", [passage]) for passage in PASSAGES])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)
    np.testing.assert_allclose(together, reranker.score("the river", PASSAGES[::-1])[::-1], rtol=0, atol=1e-5)


def test_threads_change_nothing(reranker: Reranker) -> None:
    serial = [reranker.score(query, PASSAGES) for query in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            threaded = list(pool.map(lambda query: reranker.score(query, PASSAGES), TEXTS))
            np.testing.assert_allclose(serial, threaded, rtol=0, atol=2e-6)


def test_query_and_passage_are_told_apart(reranker: Reranker) -> None:
    forward = reranker.score("the river", [Passage("a bridge in the city")])
    backward = reranker.score("a bridge in the city", [Passage("the river")])
    assert abs(forward[0] - backward[0]) > 1e-4


def test_truncated_counts_what_is_cut(reranker: Reranker) -> None:
    query = "a a a"  # three tokens, which take room from a passage that is read with them
    together = reranker.special_tokens == 3  # and not apart, each between two special tokens
    fits = reranker.max_tokens - reranker.special_tokens - (3 if together else 0)
    passages = [Passage("a " * length) for length in (1, fits - 1, fits, fits + 1, fits + 50)]
    assert reranker.truncated(query, passages) == 2
    scores = reranker.score(query, passages)
    np.testing.assert_allclose(scores[2:], scores[2], rtol=0, atol=2e-6)
    assert abs(scores[0] - scores[2]) > 1e-6


def test_a_long_query_does_not_empty_the_passage(reranker: Reranker) -> None:
    """Longest first: the query is cut before a short passage is."""
    scores = reranker.score("the river " * 200, [Passage("city"), Passage("food")])
    assert abs(scores[0] - scores[1]) > 1e-6
