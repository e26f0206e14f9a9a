"""The modules of sentence-transformers besides the usual ones, against sentence-transformers, on tiny random models."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import UnsupportedModel
from engine.models import load_encoder
from engine.models.describe import describe
from engine.models.encoders.layers import to_unit_length
from engine.models.encoders.words import Words
from engine.protocols import Role
from tests.parity.cases import SENTENCES
from tests.support.checkpoints import TEXTS, tiny_encoder, tiny_static

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[test-slow]'")
reference = pytest.importorskip(
    "sentence_transformers", reason="needs sentence-transformers: pip install -e '.[test-slow]'"
)
modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")

VOCABULARY = [
    "PADDING_TOKEN",
    "the",
    "river",
    "Bridge",
    "city",
    "winnow",
    "search",
    "engine",
    "and",
    "keep",
    "warm",
    "A",
]
STOP_WORDS = ["and", "?"]
WEIGHTS = {"river": 2.5, "bridge": 0.25, "winnow": 3.0}
EVERYTHING = [*TEXTS, *SENTENCES, "The River, (city)! and a Bridge", " ".join(string.ascii_lowercase)]


def vectors(lowercase: bool = False) -> Any:
    table = np.random.default_rng(1).normal(size=(len(VOCABULARY), 12)).astype(np.float32)
    tokenizer = modules.tokenizer.WhitespaceTokenizer(VOCABULARY, STOP_WORDS, lowercase)
    return modules.WordEmbeddings(tokenizer, table)


# The reference's largest component of no words is -inf; ours is 0, as in all modes.
WITH_WORDS = [text for text in EVERYTHING if Words(VOCABULARY, STOP_WORDS, lowercase=False).ids(text)]


def check(parts: list[Any], path: Path, texts: list[str] = EVERYTHING) -> None:
    """One text at a time: what stands beside a text in a batch leaks into the reference's convolutions."""
    torch.manual_seed(2)
    model = reference.SentenceTransformer(modules=parts, device="cpu").eval()
    model.save(str(path))
    ours = load_encoder(str(path))
    roles: tuple[tuple[Role, Any], ...] = (("query", model.encode_query), ("document", model.encode_document))
    for role, encode in roles:
        expected = to_unit_length(np.concatenate([encode([text]) for text in texts]))  # they are compared by cosine
        assert expected.std() > 1e-3
        np.testing.assert_allclose(ours.encode(texts, role=role), expected, rtol=0, atol=1e-5)
    assert describe(str(path), "encoder").reading.dimension == ours.dimension == expected.shape[1]


def pooling(width: int, mode: str = "mean") -> Any:
    return modules.Pooling(width, pooling_mode=mode)


@pytest.mark.parametrize("mode", ["mean", "max", "weightedmean", "lasttoken"])
def test_word_embeddings(mode: str, tmp_path: Path) -> None:
    texts = WITH_WORDS if mode == "max" else EVERYTHING
    check([vectors(), pooling(12, mode), modules.Normalize()], tmp_path, texts)


def test_lower_case_and_dropout(tmp_path: Path) -> None:
    check([vectors(lowercase=True), pooling(12), modules.Dropout(0.5), modules.Dense(12, 6)], tmp_path)


def test_word_weights(tmp_path: Path) -> None:
    check([vectors(), modules.WordWeights(VOCABULARY, WEIGHTS, 0.5), pooling(12)], tmp_path)


def test_cnn(tmp_path: Path) -> None:
    check([vectors(), modules.CNN(12, 7, [1, 3, 5]), pooling(21, "max")], tmp_path, WITH_WORDS)


@pytest.mark.parametrize("both", [True, False])
def test_lstm(both: bool, tmp_path: Path) -> None:
    lstm = modules.LSTM(12, 5, num_layers=2, bidirectional=both)
    check([vectors(), lstm, pooling(10 if both else 5)], tmp_path)


@pytest.mark.parametrize("counts", [True, False])
def test_bag_of_words(counts: bool, tmp_path: Path) -> None:
    bag = modules.BoW(VOCABULARY, WEIGHTS, 0.5, counts)
    check([bag, modules.Dense(len(VOCABULARY), 6)], tmp_path)


def test_router(tmp_path: Path) -> None:
    """A static encoder for queries, a transformer for documents, and a module after both."""
    query = list(reference.SentenceTransformer(str(tiny_static(tmp_path / "query", dimension=32, normalize=False))))
    document = list(reference.SentenceTransformer(str(tiny_encoder(tmp_path / "document", normalize=False))))
    router = modules.Router.for_query_document(query, document)
    check([router, modules.Normalize()], tmp_path / "routed")


def test_a_module_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    transformer = list(reference.SentenceTransformer(str(tiny_encoder(tmp_path / "base", normalize=False))))
    parts = [transformer[0], modules.WeightedLayerPooling(32, 2, 1), transformer[1]]
    reference.SentenceTransformer(modules=parts, device="cpu").save(str(tmp_path / "weighted"))
    with pytest.raises(UnsupportedModel, match="WeightedLayerPooling"):
        load_encoder(str(tmp_path / "weighted"))
