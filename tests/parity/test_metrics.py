"""Metrics by hand, and against a plain reading of their definitions."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.metrics import MEASURES, evaluate, means, measures_of, per_query
from engine.errors import UsageError

QRELS = {"q": {"a": 2, "b": 1, "n": 0}}
BY_HAND = {
    "nDCG@10": (1 / log2(3) + 2 / log2(4)) / (2 / log2(2) + 1 / log2(3)),
    "R@100": 1.0,
    "MRR@10": 1 / 2,
    "MAP@100": (1 / 2 + 2 / 3) / 2,
    "P@10": 0.2,
    "Success@10": 1.0,
    "Unjudged@10": 1 / 3,
}


def test_by_hand() -> None:
    assert evaluate(QRELS, {"q": ["x", "b", "a"]}) == pytest.approx(BY_HAND)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy@1", 0.0),
        ("accuracy@2", 1.0),
        ("precision@3", 2 / 3),
        ("recall@2", 1 / 2),
        ("MRR@1", 0.0),
        ("MRR@3", 1 / 2),
        ("MAP@2", 1 / 4),
        ("nDCG@2", (1 / log2(3)) / (2 / log2(2) + 1 / log2(3))),
    ],
)
def test_cutoffs_to_choose_by_hand(name: str, value: float) -> None:
    assert evaluate(QRELS, {"q": ["x", "b", "a"]}, measures_of([name])) == pytest.approx({name: value})


def test_names_of_measures() -> None:
    assert list(measures_of(["NDCG@05", "Accuracy@1", "mrr@3", "R@100"])) == ["nDCG@5", "accuracy@1", "MRR@3", "R@100"]
    both = evaluate(QRELS, {"q": ["x", "b", "a"]}, measures_of(["recall@100", "R@100"]))
    assert both == {"recall@100": 1.0, "R@100": 1.0}
    for wrong in ("nDCG", "nDCG@0", "nDCG@ten", "F1@3", "", "@5", "nDCG@-1"):
        with pytest.raises(UsageError, match="no measure"):
            measures_of([wrong])


def test_known_decimals() -> None:
    assert evaluate(QRELS, {"q": ["x", "b", "a"]})["nDCG@10"] == pytest.approx(0.6199, abs=5e-5)


def test_a_judged_document_of_grade_zero_is_judged_but_not_relevant() -> None:
    values = evaluate(QRELS, {"q": ["n", "b", "a"]})
    assert values == pytest.approx({**BY_HAND, "Unjudged@10": 0.0})


def test_a_document_listed_twice_counts_once_at_its_better_place() -> None:
    assert evaluate(QRELS, {"q": ["x", "b", "x", "b", "a", "a"]}) == pytest.approx(BY_HAND)


def test_ranks_are_scored_so_ids_never_decide() -> None:
    for first, second in (("a", "z"), ("z", "a")):
        values = evaluate({"q": {"a": 1}}, {"q": [first, second]})
        assert values["MRR@10"] == (1.0 if first == "a" else 0.5)


def test_unanswered_queries_count_as_zero() -> None:
    qrels = {"q": {"a": 1}, "empty": {"a": 1}, "missing": {"a": 1}, "wrong": {"a": 1}}
    values = evaluate(qrels, {"q": ["a"], "empty": [], "wrong": ["b"]})
    assert values["nDCG@10"] == values["MRR@10"] == values["Success@10"] == 0.25
    assert values["P@10"] == pytest.approx(0.1 / 4)
    assert values["Unjudged@10"] == 0.25  # of `wrong` only


def test_a_run_without_any_answer() -> None:
    assert evaluate(QRELS, {}) == dict.fromkeys(MEASURES, 0.0)


def test_queries_that_nobody_judged_are_left_out() -> None:
    assert evaluate(QRELS, {"q": ["x", "b", "a"], "other": ["a"]}) == pytest.approx(BY_HAND)


def test_the_cutoffs_cut() -> None:
    filler = [f"x{i}" for i in range(200)]
    tenth = evaluate({"q": {"a": 1}}, {"q": [*filler[:9], "a"]})
    eleventh = evaluate({"q": {"a": 1}}, {"q": [*filler[:10], "a"]})
    assert tenth["MRR@10"] == 0.1 and tenth["Success@10"] == 1.0
    assert eleventh["MRR@10"] == eleventh["nDCG@10"] == eleventh["Success@10"] == 0.0
    assert eleventh["R@100"] == 1.0 and eleventh["MAP@100"] == pytest.approx(1 / 11)
    late = evaluate({"q": {"a": 1}}, {"q": [*filler[:100], "a"]})
    assert late["R@100"] == late["MAP@100"] == 0.0


def test_per_query_values() -> None:
    values = per_query({"q": {"a": 1}, "r": {"b": 1}}, {"q": ["x", "a"], "r": ["b"]})
    assert values["MRR@10"] == {"q": 0.5, "r": 1.0}
    assert means(values)["MRR@10"] == 0.75


DOCUMENTS = [f"d{number}" for number in range(12)]


@given(
    grades=st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3), min_size=1),
    ranked=st.lists(st.sampled_from(DOCUMENTS), unique=True),
)
@settings(max_examples=80, deadline=None)
def test_against_the_definitions(grades: dict[str, int], ranked: list[str]) -> None:
    relevant = {document for document, grade in grades.items() if grade > 0}
    gains = [grades.get(document, 0) / log2(rank + 1) for rank, document in enumerate(ranked[:10], start=1)]
    best = sorted(grades.values(), reverse=True)[:10]
    ideal = sum(grade / log2(rank + 1) for rank, grade in enumerate(best, start=1))
    hits = [rank for rank, document in enumerate(ranked, start=1) if document in relevant]
    expected = {
        "nDCG@10": sum(gains) / ideal if ideal else 0.0,
        "R@100": len(hits) / len(relevant) if relevant else 0.0,
        "MRR@10": 1 / hits[0] if hits and hits[0] <= 10 else 0.0,
        "MAP@100": sum(n / rank for n, rank in enumerate(hits, start=1)) / len(relevant) if relevant else 0.0,
        "P@10": sum(rank <= 10 for rank in hits) / 10,
        "Success@10": float(any(rank <= 10 for rank in hits)),
        "Unjudged@10": sum(d not in grades for d in ranked[:10]) / len(ranked[:10]) if ranked else 0.0,
    }
    assert evaluate({"q": grades}, {"q": ranked}) == pytest.approx(expected)
