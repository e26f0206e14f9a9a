"""A static model's table is widened where much is embedded, and not for a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.encoders import static
from engine.models.encoders.static import StaticEncoder

MODEL = Path(__file__).parents[3] / "data" / "models" / "winnow-static"
TEXTS = ["The river rises in the Alps.", "", "a bridge " * 400, "我住在北京 16GB", "The river rises in the Alps."]


@pytest.fixture
def encoder() -> StaticEncoder:
    return StaticEncoder(read_checkpoint(MODEL))


def test_few_texts_and_many_have_the_same_vectors(encoder: StaticEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    few = np.concatenate([encoder.encode([text], role="query") for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS), few)
    assert "_wide" not in vars(encoder)
    monkeypatch.setattr(static, "_WORTH_WIDENING", 1000)
    assert np.array_equal(encoder.encode(TEXTS), few)
    assert encoder._wide is not encoder._table
    assert np.array_equal(np.concatenate([encoder.encode([text]) for text in TEXTS]), few)
