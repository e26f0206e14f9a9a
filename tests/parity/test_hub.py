"""The public weights give the scores that their cards print. Runs for each model that is in the cache of the hub.

winnow models pull cross-encoder/ms-marco-MiniLM-L6-v2 && pytest -m slow tests/parity/test_hub.py
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from engine.errors import ModelNotFound
from engine.models import load_reranker
from engine.models.checkpoints.locate import locate
from engine.models.rerankers.cross_encoder import CrossEncoder
from engine.types import Passage

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Printed:
    """What a card prints; bge's were computed in half precision."""

    query: str
    passages: tuple[str, ...]
    scores: tuple[float, ...]
    tolerance: float = 1e-3


_BERLIN = (
    "How many people live in Berlin?",
    (
        "Berlin had a population of 3,520,031 registered inhabitants in an area of 891.82 square kilometers.",
        "Berlin is well known for its museums.",
    ),
)
_PANDA = (
    "what is panda?",
    (
        "hi",
        "The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species "
        "endemic to China.",
    ),
)
CARDS = {
    "cross-encoder/ms-marco-TinyBERT-L2": Printed(*_BERLIN, (0.82869005, 0.00169255)),
    "cross-encoder/ms-marco-MiniLM-L2-v2": Printed(*_BERLIN, (8.510401, -4.860082)),
    "cross-encoder/ms-marco-MiniLM-L6-v2": Printed(*_BERLIN, (8.607138, -4.320078)),
    "BAAI/bge-reranker-v2-m3": Printed(*_PANDA, (-8.1875, 5.26171875), tolerance=0.05),
}


@pytest.mark.parametrize("name", CARDS)
def test_the_scores_of_the_card(name: str) -> None:
    try:
        locate(name, "reranker", download=False)
    except ModelNotFound as error:
        pytest.skip(str(error))
    model, card = load_reranker(name), CARDS[name]
    assert isinstance(model, CrossEncoder)
    passages = [Passage(text) for text in card.passages]
    # bge's cards print logits though its configuration asks for a sigmoid
    scores = model.score(card.query, passages) if name.startswith("BAAI/") else model.predict(card.query, passages)
    np.testing.assert_allclose(scores, card.scores, rtol=0, atol=card.tolerance)
