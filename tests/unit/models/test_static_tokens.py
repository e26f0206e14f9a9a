"""A static model's tokens are read once for counting and embedding, and its table is widened for many texts only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Encoding

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.encoders import static
from engine.models.encoders.static import StaticEncoder

MODEL = Path(__file__).parents[3] / "data" / "models" / "winnow-static"
TEXTS = ["The river rises in the Alps.", "", "a bridge " * 400, "我住在北京 16GB", "The river rises in the Alps."]


@pytest.fixture
def encoder() -> StaticEncoder:
    return StaticEncoder(read_checkpoint(MODEL))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts whose tokens are read."""
    found: list[str] = []
    plain = Tokenization.encode_plain

    def watched(self: Tokenization, texts: Sequence[str]) -> list[Encoding]:
        found.extend(texts)
        return plain(self, texts)

    monkeypatch.setattr(Tokenization, "encode_plain", watched)
    return found


def test_what_was_counted_is_embedded_without_reading_it_again(encoder: StaticEncoder, read: list[str]) -> None:
    plain = Tokenization(read_checkpoint(MODEL), max_length=None)
    assert encoder.tokens.count(TEXTS) == plain.count(TEXTS)
    del read[:]
    encoder.encode(TEXTS)
    assert read == []
    encoder.encode([*TEXTS, "a new one"])
    assert read == ["a new one"]


def test_no_more_is_remembered_than_fits(
    encoder: StaticEncoder, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "_RECENT", 10)
    small = StaticEncoder(read_checkpoint(MODEL))
    expected = encoder.encode(TEXTS)
    del read[:]
    for _ in range(2):
        assert np.array_equal(small.encode(TEXTS), expected)
    assert read.count(TEXTS[2]) == 2


def test_few_texts_and_many_have_the_same_vectors(encoder: StaticEncoder) -> None:
    many = [f"{text} {number}" for number in range(static._MANY) for text in TEXTS]
    together = encoder.encode(many)
    assert encoder._wide is not encoder._table
    assert np.array_equal(np.concatenate([encoder.encode([text]) for text in many]), together)
