"""What the tuner chooses on made-up collections whose best recipe is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_rel

from benchmarks.assessment.unanswerable import unanswerable
from benchmarks.metrics import per_query
from engine.recipe import Recipe
from indexer.evaluation.tuning.fitting import auc, cross_fit, expected_calibration_error, first_hits, fit, quality
from indexer.evaluation.tuning.measuring import ndcg
from indexer.evaluation.tuning.selection import choose, leads, nested, simplest, split
from indexer.evaluation.tuning.space import (
    candidates,
    complexity,
    describe,
    fixed,
    fixed_positions,
    stages,
    whole_positions,
)
from indexer.evaluation.tuning.tune import Models, tune
from tests.unit.evaluation.tuning.synthetic import made_up

MODELS = Models("encoder", "reranker")
RECIPES = candidates(depth=50)
STAGES = whole_positions(RECIPES)  # fused, reranked


def chosen(**made: float) -> Recipe:
    judged, observed = made_up(80, **made)  # type: ignore[arg-type]
    return tune(judged, observed, RECIPES, MODELS).recipe


@pytest.mark.parametrize("seed", range(4))
def test_a_random_reranker_is_turned_off(seed: int) -> None:
    assert chosen(lexical=2.5, dense=2.5, reranker=0.0, seed=seed).rerank == "none"


def test_a_reranker_that_is_upside_down_is_turned_off() -> None:
    assert chosen(lexical=2.5, dense=2.5, reranker=-3.0).rerank == "none"


def test_an_oracle_is_used() -> None:
    recipe = chosen(lexical=1.0, dense=1.0, reranker=8.0)
    assert recipe.rerank == "replace" or recipe.rerank_weight >= 0.5


@pytest.mark.parametrize(("lexical", "dense", "expected"), [(4.0, -1.0, "lexical"), (-1.0, 4.0, "dense")])
def test_a_leg_that_only_disturbs_is_left_out(lexical: float, dense: float, expected: str) -> None:
    recipe = chosen(lexical=lexical, dense=dense, reranker=0.0)
    assert recipe == fixed()[expected] or (recipe.rerank == "none" and abs(recipe.dense_weight - 0.5) >= 0.2)


def test_two_good_legs_are_fused() -> None:
    assert stages(chosen(lexical=2.0, dense=2.0, reranker=0.0)) == 3


def test_the_default_wins_ties() -> None:
    values = np.tile(np.linspace(0.2, 0.9, 40), (len(RECIPES), 1))
    assert RECIPES[choose(values, STAGES)] == fixed(50)["reranked"]


@pytest.mark.parametrize(("queries", "lead"), [(12, 0.01), (12, 0.05), (60, 0.01)])
def test_a_lead_within_noise_leaves_the_default(queries: int, lead: float) -> None:
    """Twelve judged queries chose dense retrieval alone by a lead of 0.0094, p 1.000."""
    rng = np.random.default_rng(5)
    values = np.tile(rng.uniform(size=queries), (len(RECIPES), 1))
    values[RECIPES.index(fixed()["dense"])] += rng.normal(0, 0.2, queries)
    values[RECIPES.index(fixed()["dense"])] += lead - (values[RECIPES.index(fixed()["dense"])] - values[0]).mean()
    assert RECIPES[choose(values, STAGES)] == fixed(50)["reranked"]


def test_a_leg_is_turned_off_only_by_evidence() -> None:
    values = np.random.default_rng(6).uniform(size=(1, 60)).repeat(len(RECIPES), axis=0)
    dense = RECIPES.index(fixed()["dense"])
    values[dense] += 0.2
    assert choose(values, STAGES) == dense


def test_made_queries_leave_both_legs_on() -> None:
    recipes = candidates(depth=50, single_legs=False)
    assert {stages(recipe) for recipe in recipes} == {3, 4} and set(recipes) < set(RECIPES)
    assert all(0.0 < recipe.dense_weight < 1.0 for recipe in recipes)


def test_luck_among_many_recipes_changes_nothing() -> None:
    kept = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = rng.uniform(size=40) + rng.normal(0, 0.05, (len(RECIPES), 40))
        values[STAGES[0]] += 0.05
        kept += choose(values, STAGES) == STAGES[0]
    assert kept >= 17


def test_other_weights_are_taken_where_they_are_better() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(size=60) + rng.normal(0, 0.02, (len(RECIPES), 60))
    values[len(RECIPES) - 1] += 0.1
    assert choose(values, STAGES) == len(RECIPES) - 1


def test_more_noise_is_never_less_simple() -> None:
    values = np.random.default_rng(1).uniform(size=(50, 30))
    picks = [simplest(values, noise) for noise in (0.0, 0.5, 1.0, 2.0, 10.0)]
    assert picks == sorted(picks, reverse=True) and picks[0] == int(np.argmax(values.mean(axis=1)))


def test_leads_are_paired_t_statistics() -> None:
    values = np.random.default_rng(4).uniform(size=(3, 25))
    expected = [ttest_rel(row, values[0]).statistic for row in values[1:]]
    assert leads(values, values[0]).tolist() == pytest.approx([0.0, *expected])
    assert leads(values[:1] + 1.0, values[0]).tolist() == [np.inf]


def test_nested_values_come_from_recipes_chosen_without_the_query() -> None:
    values = np.random.default_rng(2).uniform(size=(6, 23))
    found = nested(values, [0, 2, 5])
    assert sorted(np.concatenate(found.folds).tolist()) == list(range(23))
    for fold, recipe in zip(found.folds, found.chosen, strict=True):
        rest = [query for query in range(23) if query not in fold]
        assert recipe == choose(values[:, rest], [0, 2, 5])
        assert found.values[fold].tolist() == values[recipe, fold].tolist()


def test_folds_are_repeatable_and_even() -> None:
    sizes = [len(fold) for fold in split(23, 5)]
    assert sorted(sizes) == [4, 4, 5, 5, 5]
    assert all((a == b).all() for a, b in zip(split(23), split(23), strict=True))


def test_the_space() -> None:
    for recipes in (candidates(), candidates(bm25=True), candidates(rerank=False, bm25=True), RECIPES):
        assert len(set(recipes)) == len(recipes)
        assert [complexity(recipe) for recipe in recipes] == sorted(complexity(recipe) for recipe in recipes)
        assert len({describe(recipe) for recipe in recipes}) == len(recipes)
        assert [stages(recipes[place]) for place in fixed_positions(recipes).values()] == [1, 2, 3, 4][
            : 4 if any(recipe.rerank != "none" for recipe in recipes) else 3
        ]
    assert Recipe() in candidates() and max(recipe.rerank_depth for recipe in RECIPES if recipe.rerank != "none") == 20
    assert not any(recipe.rerank != "none" for recipe in candidates(rerank=False))


def test_ndcg_is_that_of_the_benchmarks() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        documents = [f"d{number}" for number in rng.permutation(20)[: rng.integers(1, 15)]]
        grades = {f"d{number}": int(rng.integers(-1, 4)) for number in range(0, 20, 2)} | {"d0": 1}
        theirs = per_query({"q": grades}, {"q": documents})["nDCG@10"]["q"]
        assert ndcg(documents, grades) == pytest.approx(theirs, abs=1e-12)
    assert ndcg([], {"a": 1}) == ndcg(["a"], {}) == 0.0


# --------------------------------------------------------------------------------------------------------- relevance


def test_relevance_is_calibrated_on_queries_that_were_not_seen() -> None:
    judged, observed = made_up(150, lexical=2.0, dense=2.0, reranker=3.0)
    tuned = tune(judged, observed, RECIPES, MODELS)
    assert tuned.calibration is not None and tuned.calibration.fits("encoder", "reranker")
    found = tuned.evidence["calibration"]
    assert found["brier_skill"] > 0.5 and found["auc"] > 0.95 and found["ece"] < 0.05
    assert {"reranker", "dense", "lexical"} <= set(tuned.calibration.weights)


def test_a_score_that_misleads_has_no_weight() -> None:
    judged, observed = made_up(60, lexical=3.0, dense=3.0, reranker=-2.0)
    hits = first_hits(list(observed.observations.values()), judged.qrels, RECIPES[fixed_positions(RECIPES)["reranked"]])
    calibration = fit(hits, "e", "r")
    assert calibration is not None and "reranker" not in calibration.weights
    assert all(weight > 0 for weight in calibration.weights.values())


def test_too_little_to_calibrate() -> None:
    judged, observed = made_up(10, lexical=-9.0, dense=-9.0, reranker=-9.0)
    hits = first_hits(list(observed.observations.values()), judged.qrels, fixed()["fused"])
    assert hits.relevant.sum() == 0
    assert fit(hits, "e", None) is None and cross_fit(hits, 10, "e", None) is None
    assert tune(judged, observed, RECIPES, MODELS).calibration is None


def test_the_measures_by_hand() -> None:
    predicted, relevant = np.array([0.9, 0.8, 0.3, 0.3]), np.array([1.0, 0.0, 1.0, 0.0])
    assert auc(predicted, relevant) == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert auc(predicted, np.ones(4)) == 0.5
    assert expected_calibration_error(predicted, relevant) == pytest.approx((0.1 + 0.8 + 0.4) / 4)
    found = quality(np.full(4, 0.5), relevant)
    assert found["brier_skill"] == pytest.approx(0.0) and found["ece"] == 0.0 and found["base_rate"] == 0.5


def test_unanswerable_queries_get_fewer_answers() -> None:
    judged, observed = made_up(100, lexical=2.0, dense=2.0, reranker=7.0)
    observations = list(observed.observations.values())
    values = np.zeros((len(RECIPES), 100))
    values[fixed_positions(RECIPES)["reranked"]] = 1.0
    found = unanswerable(observations, judged.qrels, values, RECIPES, MODELS)
    assert found is not None
    assert found.unanswerable == 50 and found.before == 1.0 and 10 <= found.answerable <= 50
    assert found.false_hits < 0.1 and found.false_answers < 0.5 and found.kept > 0.9


def test_made_queries_are_not_calibrated_with() -> None:
    judged, observed = made_up(30, lexical=2.0, dense=2.0, reranker=3.0)
    made = type(judged)(judged.name, "pseudo", judged.queries, judged.qrels)
    tuned = tune(made, observed, RECIPES, MODELS)
    assert tuned.calibration is None and tuned.evidence["origin"] == "pseudo"
