"""What single tokens say changes the fused order by its weight, and nothing where it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.fusion.evidence import SCALE
from engine.models import load_encoder
from engine.query.order import with_matches
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Float32
from tests.conftest import Models

SCORES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.floats(0, 50), max_size=12)


@given(SCORES, st.data(), st.floats(0.01, 1))
def test_a_match_counts_as_a_cosine_does(scores: dict[str, float], data: st.DataObject, weight: float) -> None:
    fused = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    looked_at = data.draw(st.lists(st.sampled_from(sorted(scores)), unique=True)) if scores else []
    matches = {key: data.draw(st.floats(-1, 1)) for key in looked_at}
    found = dict(with_matches(fused, matches, Recipe(token_weight=weight)))
    worst = min(matches.values(), default=0.0)
    expected = {key: score + weight * SCALE * (matches.get(key, worst) - worst) for key, score in fused}
    assert found == pytest.approx(expected)
    assert with_matches(fused, matches, Recipe()) == fused


class Matching:
    """An encoder that matches by what `rate` says of a passage."""

    def __init__(self, models: Models, rate: Callable[[str], float]) -> None:
        self._own, self._rate = load_encoder(models.encoder), rate
        self.asked: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._own, name)

    def match(self, query: str, passages: Sequence[str]) -> Float32:
        self.asked.append((query, len(passages)))
        return np.array([self._rate(passage) for passage in passages], np.float32)


def test_the_first_candidates_are_matched_and_their_order_follows(generation: Generation, models: Models) -> None:
    encoder = Matching(models, lambda text: len(text) / 10_000)
    request = Request("the river", k=10, rerank="none")
    plain = Searcher(generation, encoder, None, Recipe()).rank(request)  # type: ignore[arg-type]
    assert not encoder.asked
    recipe = Recipe(token_weight=1.0, candidates=20)
    ranked = Searcher(generation, encoder, None, recipe).rank(request)  # type: ignore[arg-type]
    assert encoder.asked == [("the river", min(20, len(plain.stages["fusion"])))]
    assert [key for key, _ in ranked.stages["fusion"]] != [key for key, _ in plain.stages["fusion"]]
    for leg in ("lexical", "dense"):
        assert Searcher(generation, encoder, None, recipe).rank(replace(request, mode=leg))  # type: ignore[arg-type]
    assert len(encoder.asked) == 1  # one leg alone keeps its own order


def test_an_encoder_without_vectors_of_tokens_ranks_as_before(generation: Generation, models: Models) -> None:
    plain, weighed = (
        Searcher(generation, load_encoder(models.encoder), None, Recipe(token_weight=weight)).rank(Request("the river"))
        for weight in (0.0, 1.0)
    )
    assert plain.stages == weighed.stages


def test_a_weight_needs_the_unit_of_evidence() -> None:
    with pytest.raises(UsageError, match="token_weight is for the fusion evidence"):
        Recipe(fusion="rrf", token_weight=0.4)
    with pytest.raises(UsageError, match="token_weight must lie in"):
        Recipe(token_weight=1.5)
