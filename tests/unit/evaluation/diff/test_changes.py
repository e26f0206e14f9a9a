"""Comparing two answers, without any search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.types import StageName
from indexer.evaluation.diff.changes import QueryDiff, compare, summarise
from indexer.evaluation.diff.side import Answer

HASHES = {name: f"hash of {name}" for name in "abcdefgh"}
Lists = dict[StageName, str]


def answer(lists: Lists, k: int = 10) -> Answer:
    """From stage -> documents, best first, one letter each; the last stage is final."""
    ranks: dict[str, dict[StageName, int]] = {}
    for stage, documents in lists.items():
        for rank, document in enumerate(documents, start=1):
            ranks.setdefault(document, {})[stage] = rank
    return Answer(tuple(list(lists.values())[-1][:k]), ranks)


def diff(a: Lists, b: Lists, k: int = 10, before: dict[str, str] = HASHES, after: dict[str, str] = HASHES) -> QueryDiff:
    return compare("q", "text", answer(a, k), answer(b, k), before.get, after.get)


def causes(found: QueryDiff) -> dict[str, str]:
    return {change.document: change.cause for change in found.changes}


SAME: Lists = {"lexical": "abc", "dense": "acb", "fusion": "abc", "rerank": "abc"}


def test_equal_answers_have_no_changes() -> None:
    found = diff(SAME, SAME)
    assert not found.changed and found.overlap == 1.0 and found.changes == ()


@pytest.mark.parametrize("stage", ["lexical", "dense", "fusion", "rerank"])
def test_the_first_stage_whose_rank_differs_is_the_cause(stage: StageName) -> None:
    order: list[StageName] = ["lexical", "dense", "fusion", "rerank"]
    turned = {
        name: (documents if order.index(name) < order.index(stage) else "bac") for name, documents in SAME.items()
    }
    found = diff(SAME, turned)
    assert causes(found) == {"b": stage, "a": stage}
    assert [(c.document, c.before, c.after) for c in found.moved] == [("b", 2, 1), ("a", 1, 2)]


def test_a_stage_that_only_one_side_has_is_a_difference() -> None:
    without: Lists = {"lexical": "abc", "dense": "acb", "fusion": "abc"}
    found = diff(without, {**without, "rerank": "bac"})
    assert set(causes(found).values()) == {"rerank"}
    assert found.changes[0].stages["rerank"] == (None, 1)


def test_contents_explain_before_stages_do() -> None:
    before = {"a": "1", "b": "1", "d": "1"}
    after = {"a": "2", "b": "1", "c": "1"}
    found = diff({"fusion": "dab"}, {"fusion": "bca"}, before=before, after=after)
    assert causes(found) == {"b": "fusion", "c": "added", "a": "changed", "d": "deleted"}
    assert [change.document for change in found.came] == ["c"]
    assert [change.document for change in found.went] == ["d"]
    assert found.overlap == pytest.approx(2 / 3)


def test_only_the_first_k_count() -> None:
    found = diff({"fusion": "abcd"}, {"fusion": "abdc"}, k=2)
    assert not found.changed
    found = diff({"fusion": "abcd"}, {"fusion": "acbd"}, k=2)
    assert [(c.document, c.before, c.after) for c in found.changes] == [("c", None, 2), ("b", 2, None)]
    assert found.changes[1].stages["fusion"] == (2, 3)  # still listed, only deeper
    assert found.overlap == 0.5


def test_a_refused_query_is_a_change_unless_both_refuse_it() -> None:
    refused = Answer(error="empty")
    assert compare("q", "", refused, refused, HASHES.get, HASHES.get).changed is False
    found = compare("q", "", answer(SAME), refused, HASHES.get, HASHES.get)
    assert found.changed and len(found.went) == 3
    assert summarise([found])["failed"] == 1


def test_the_summary_counts() -> None:
    diffs = [diff(SAME, SAME), diff({"fusion": "ab"}, {"fusion": "ba"}), diff({"fusion": "ab"}, {"fusion": "ac"})]
    summary = summarise(diffs)
    assert (summary["queries"], summary["changed"], summary["mean_overlap"]) == (3, 2, pytest.approx(2.5 / 3, abs=1e-6))
    assert (summary["came"], summary["went"], summary["moved"]) == (1, 1, 2)
    assert summary["causes"]["fusion"] == 4 and sum(summary["causes"].values()) == 4


documents = st.lists(st.sampled_from("abcdefgh"), unique=True).map("".join)


@given(documents, documents, documents, documents, st.integers(1, 8))
def test_every_difference_is_found_and_explained_by_a_difference(l1: str, f1: str, l2: str, f2: str, k: int) -> None:
    found = diff({"lexical": l1, "fusion": f1}, {"lexical": l2, "fusion": f2}, k)
    assert found.changed == (f1[:k] != f2[:k])
    assert {c.document for c in found.came} == set(f2[:k]) - set(f1[:k])
    assert {c.document for c in found.went} == set(f1[:k]) - set(f2[:k])
    for change in found.changes:
        ranks = change.stages[change.cause]  # type: ignore[index]
        assert ranks[0] != ranks[1]
