"""What every encoder keeps to, on every runtime that is installed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from api.inference.client import InferenceClient
from api.inference.supervisor import Supervisor
from engine.models import load_encoder
from engine.models.runtimes.runtime import RUNTIMES, installed
from engine.protocols import Encoder, MatchesTokens
from engine.settings import settings
from tests.support.checkpoints import TEXTS, tiny_encoder, tiny_static
from tests.support.families import tiny_jina
from tests.support.packing import packed_encoder

_KINDS: dict[str, Callable[[Path], Path]] = {
    "mean": tiny_encoder,
    "cls-dense": lambda path: tiny_encoder(path, "cls", dense=12),
    "roberta": lambda path: tiny_encoder(path, family="roberta"),
    "mpnet": lambda path: tiny_encoder(path, family="mpnet"),
    "jina-bert": tiny_jina,
    "prompts": lambda path: tiny_encoder(path, prompts={"query": "query: ", "document": "the "}),
    "static": tiny_static,
    "packed": packed_encoder,
}


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
def encoder(
    request: pytest.FixtureRequest,
    runtime: str,
    place: str,
    served: Supervisor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Encoder:
    """The model in this process, or in the inference process: nobody can tell which."""
    if (request.param, runtime) == ("jina-bert", "torch"):
        pytest.skip("torch runs it by the code that it brings only")
    name = str(_KINDS[request.param](tmp_path_factory.mktemp(request.param)))
    return InferenceClient(served.path).encoder(name) if place == "served" else load_encoder(name, runtime=runtime)


def test_is_an_encoder(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)


def test_shape_and_type(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert encoder.fingerprint.dimension == encoder.dimension


def test_no_texts(encoder: Encoder) -> None:
    vectors = encoder.encode([])
    assert vectors.shape == (0, encoder.dimension)
    assert vectors.dtype == np.float32


def test_batches_change_nothing(encoder: Encoder) -> None:
    """A text's vector depends neither on its neighbours nor on its place."""
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    np.testing.assert_allclose(together, alone, rtol=0, atol=2e-6)
    np.testing.assert_allclose(together, backwards, rtol=0, atol=2e-6)


def test_threads_change_nothing(encoder: Encoder) -> None:
    serial = [encoder.encode(TEXTS[start:]) for start in range(len(TEXTS))]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            threaded = list(pool.map(lambda start: encoder.encode(TEXTS[start:]), range(len(TEXTS))))
            for first, second in zip(serial, threaded, strict=True):
                np.testing.assert_allclose(first, second, rtol=0, atol=2e-6)


def test_max_tokens_fit_and_no_more(encoder: Encoder) -> None:
    """A text of `max_tokens` tokens is read to its end; what comes after them is not."""
    if encoder.max_tokens > 1000:
        pytest.skip("a static encoder has no limit")
    full = "a " * encoder.max_tokens
    shorter, longer = "a " * (encoder.max_tokens - 1) + "river", full + "river river river"
    vectors = encoder.encode([full, shorter, longer])
    assert encoder.tokens.count([full]) == [encoder.max_tokens]
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4
    if not encoder.fingerprint.prompts["document"]:
        np.testing.assert_allclose(vectors[0], vectors[2], rtol=0, atol=2e-6)


def test_tokens_are_located(encoder: Encoder) -> None:
    for text in TEXTS:
        spans = encoder.tokens.offsets(text)
        assert len(spans) == encoder.tokens.count([text])[0]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_token_spans_are_code_points(encoder: Encoder) -> None:
    text = "🦉 naïve 检索 river"
    words = [text[start:end] for start, end in encoder.tokens.offsets(text)]
    assert words[0] == "🦉"
    assert words[-1] == "river"
    assert "检" in words


def test_fingerprint_is_stable_and_tells_models_apart(runtime: str, tmp_path: Path) -> None:
    base = load_encoder(str(tiny_encoder(tmp_path / "base")), runtime=runtime).fingerprint
    same = load_encoder(str(tiny_encoder(tmp_path / "same")), runtime=runtime).fingerprint
    assert base == same
    changes = {
        "weights": tiny_encoder(tmp_path / "weights", seed=5),
        "pooling": tiny_encoder(tmp_path / "pooling", "cls"),
        "prompts": tiny_encoder(tmp_path / "prompts", prompts={"query": "search "}),
        "dimension": tiny_encoder(tmp_path / "dimension", dense=8),
        "max_tokens": tiny_encoder(tmp_path / "max_tokens", max_length=32),
    }
    for part, path in changes.items():
        assert part in base.differences(load_encoder(str(path), runtime=runtime).fingerprint)


def test_runtimes_share_a_fingerprint(tmp_path: Path) -> None:
    """An index made with one runtime is searched with another."""
    path = str(tiny_encoder(tmp_path))
    prints = [load_encoder(path, runtime=name).fingerprint for name in RUNTIMES if installed(name)]
    assert all(fingerprint == prints[0] for fingerprint in prints)


def test_encoders_with_vectors_of_tokens_match_by_them(encoder: Encoder, request: pytest.FixtureRequest) -> None:
    assert isinstance(encoder, MatchesTokens) == (request.node.callspec.params["encoder"] == "static")
    if not isinstance(encoder, MatchesTokens):
        return
    found = encoder.match(TEXTS[0], [*TEXTS, ""])
    assert found.shape == (len(TEXTS) + 1,) and found.dtype == np.float32
    assert found[0] == pytest.approx(1.0, abs=1e-3) == max(found) and found[-1] == 0.0
    assert encoder.match(TEXTS[0], []).shape == (0,)
    swapped = encoder.match(TEXTS[0], ["", *TEXTS[::-1]])
    np.testing.assert_allclose(swapped, found[::-1], atol=1e-6)
