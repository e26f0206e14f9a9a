"""A static model's table is widened for documents only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.encoders.static import StaticEncoder

MODEL = Path(__file__).parents[3] / "data" / "models" / "winnow-static"
TEXTS = ["The river rises in the Alps.", "", "a bridge " * 400, "我住在北京 16GB", "The river rises in the Alps."]


@pytest.fixture
def encoder() -> StaticEncoder:
    return StaticEncoder(read_checkpoint(MODEL))


def test_queries_and_documents_have_the_same_vectors(encoder: StaticEncoder) -> None:
    queries = np.concatenate([encoder.encode([text], role="query") for text in TEXTS])
    assert "_wide" not in vars(encoder)
    assert np.array_equal(queries, encoder.encode(TEXTS))
    assert encoder._wide is not encoder._table
    assert np.array_equal(np.concatenate([encoder.encode([text]) for text in TEXTS]), queries)
