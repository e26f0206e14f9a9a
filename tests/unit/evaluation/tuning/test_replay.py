"""What is evaluated offline is what the live path returns; what was observed is kept and not computed again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UsageError
from engine.filters import Equals, Not
from engine.models import load_encoder, load_reranker
from engine.probability.calibration import Calibration
from engine.protocols import Reranker
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.types import Float32, Passage
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.observation import Observation, Replay
from indexer.evaluation.tuning.observing import ObservationFile, observe
from indexer.evaluation.tuning.space import candidates
from tests.conftest import Models

RECIPES = candidates(bm25=True, depth=15)
SOME = [RECIPES[place] for place in np.random.default_rng(0).choice(len(RECIPES), 30, replace=False)]


class Counting:
    """A reranker that counts what it is asked."""

    def __init__(self, inner: Reranker) -> None:
        self.inner, self.asked = inner, 0
        self.name, self.max_tokens = inner.name, inner.max_tokens
        self.tokens, self.special_tokens = inner.tokens, inner.special_tokens
        self.languages = inner.languages

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        self.asked += len(passages)
        return self.inner.score(query, passages)

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        return 0


@pytest.fixture(scope="module")
def generation(tuning_home: Path) -> Iterator[Generation]:
    with open_generation(tuning_home, "c") as opened:
        yield opened


@pytest.fixture
def reranker(models: Models) -> Counting:
    return Counting(load_reranker(models.reranker))


@pytest.fixture
def searcher(generation: Generation, models: Models, reranker: Counting) -> Searcher:
    return Searcher(generation, load_encoder(models.encoder), reranker, Recipe())


def test_a_replayed_recipe_equals_the_live_one(searcher: Searcher, judged: Judged) -> None:
    odd = {"self": "The year and the food", "d007": "the food", "odd": 'food -river "the city"', "none": "zzzz qqqq"}
    asked = replace(judged, queries={**judged.queries, **odd})
    observed = observe(searcher, asked, RECIPES, ObservationFile(None, searcher.generation, None))
    assert observed.failed == {} and list(observed.observations) == list(asked.queries)
    for query, text in asked.queries.items():
        observation = Observation.from_json(json.loads(json.dumps(observed.observations[query].to_json())))
        assert observation == observed.observations[query]
        replayed = Replay(observation)
        for recipe in SOME:
            live = Searcher(
                searcher.generation, searcher.encoder, searcher.reranker, recipe,
                Calibration("e", None, {"dense": 1.0}, {"dense": 0.0}, 0.0),
            ).rank(Request(text, 10, Not(Equals("id", query)) if query == "d007" else None))  # fmt: skip
            ours = replayed.ranking(recipe)
            assert (ours.final, ours.rows, ours.lexical_limit) == (live.final, live.rows, live.lexical_limit)
            assert dict(ours.judged) == pytest.approx(dict(live.judged), abs=1e-4)
            for stage, scored in live.stages.items():
                assert dict(ours.stages[stage]) == pytest.approx(dict(scored), abs=1e-4), (stage, recipe)
                assert [key for key, _ in ours.stages[stage]] == [key for key, _ in scored] or _tied(scored)
            assert replayed.order(recipe) == list(ours.stages[ours.final])
    assert "d007" not in dict(Replay(observed.observations["d007"]).order(Recipe(rerank="none")))


def _tied(scored: Sequence[tuple[str, float]]) -> bool:
    """Whether scores lie so close that rounding in another batch may swap them."""
    return bool(np.any(np.abs(np.diff([score for _, score in scored])) < 1e-4))


def test_nothing_is_computed_twice(searcher: Searcher, judged: Judged, reranker: Counting, tmp_path: Path) -> None:
    file = ObservationFile(tmp_path / "kept", searcher.generation, "digest")
    few = candidates(depth=5)
    first = observe(searcher, judged.only(list(judged.queries)[:10]), few, file)
    asked = reranker.asked
    assert asked > 0
    again = observe(searcher, judged.only(list(judged.queries)[:10]), few, file)
    assert reranker.asked == asked and again == first
    deeper = observe(searcher, judged, RECIPES, file)  # more queries, more recipes: only what is missing
    fresh = Counting(reranker.inner)
    searcher.reranker = fresh
    afresh = observe(searcher, judged, RECIPES, ObservationFile(None, searcher.generation, None))
    assert reranker.asked < asked + fresh.asked
    for query, observation in afresh.observations.items():
        known = deeper.observations[query]
        assert (known.lexical, known.dense, known.limits) == (
            observation.lexical,
            observation.dense,
            observation.limits,
        )
        assert set(known.judged) >= set(observation.judged)


def test_an_interrupted_file_goes_on(searcher: Searcher, judged: Judged, reranker: Counting, tmp_path: Path) -> None:
    file = ObservationFile(tmp_path, searcher.generation, "digest")
    whole = observe(searcher, judged, candidates(depth=5), file)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-50])
    assert len(file.read()) == len(judged.queries) - 1
    fresh = Counting(reranker.inner)
    resumed = observe(
        Searcher(searcher.generation, searcher.encoder, fresh, Recipe()), judged, candidates(depth=5), file
    )
    assert 0 < fresh.asked < 60
    assert list(resumed.observations) == list(whole.observations) and len(file.read()) == len(judged.queries)


def test_another_reranker_has_another_file(searcher: Searcher, judged: Judged, tmp_path: Path) -> None:
    observe(searcher, judged, candidates(depth=5), ObservationFile(tmp_path, searcher.generation, "one"))
    assert ObservationFile(tmp_path, searcher.generation, "two").read() == {}


def test_a_reranker_that_fails_stops_the_run(searcher: Searcher, judged: Judged) -> None:
    class Broken(Counting):
        def score(self, query: str, passages: Sequence[Passage]) -> Float32:
            raise RuntimeError("broken")

    searcher.reranker = Broken(load_reranker_of(searcher))
    with pytest.raises(UsageError, match="reranker"):
        observe(searcher, judged, candidates(depth=5), ObservationFile(None, searcher.generation, None))


def load_reranker_of(searcher: Searcher) -> Reranker:
    assert isinstance(searcher.reranker, Counting)
    return searcher.reranker.inner


def test_documents_that_are_taken_away(searcher: Searcher, judged: Judged) -> None:
    recipes = candidates(depth=30)
    observed = observe(searcher, judged, recipes, ObservationFile(None, searcher.generation, None))
    observation = observed.observations["q1"]
    gone = frozenset(key for key, _ in Replay(observation).order(recipes[-1])[:3])
    left = Replay(observation.without(gone)).order(Recipe(rerank="none"))
    assert not gone & dict(left).keys() and len(left) > 10


def test_weights_of_tokens_are_not_replayed_in_silence() -> None:
    with pytest.raises(UsageError, match="token_weight cannot be replayed"):
        Replay(Observation.__new__(Observation)).order(Recipe(token_weight=0.4))
