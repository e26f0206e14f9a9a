"""Judgements of people are kept whole, whoever judges at the same moment, and are what tuning reads."""

from __future__ import annotations

import threading
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.store.layout import CollectionLayout
from indexer.evaluation.judging import Judgement, Judgements
from indexer.evaluation.tuning.judged import read_judged

HOSTILE = ("a\tb", "line\nbreak", "\u2028", '"quoted"', "..\\x", "\ud83d\ude00 ä")


@pytest.fixture
def kept(tmp_path: Path) -> Judgements:
    return Judgements(CollectionLayout(tmp_path / ("a" * 32)))


def test_the_last_grade_counts_and_can_be_taken_back(kept: Judgements) -> None:
    assert kept.read().count == 0 and kept.read().of("q") == {}
    kept.judge([Judgement("compost  smells ", "a", 1)])
    kept.judge([Judgement("compost smells", "b", 0)])
    kept.judge([Judgement("compost smells", "a", 0)])
    assert kept.read().of(" compost smells") == {"a": 0, "b": 0}
    kept.judge([Judgement("compost smells", "b", None)])
    kept.judge([Judgement("another question", "never judged", None)])
    assert kept.read().of("compost smells") == {"a": 0}
    assert kept.read().count == 1
    kept.judge([Judgement("compost smells", "a", None)])
    kept.judge([Judgement("compost smells", "a", 1)])  # the query was kept
    assert kept.read().of("compost smells") == {"a": 1}


@pytest.mark.parametrize("query", ["", "  \n", "x" * 8193])
def test_no_question_is_no_judgement(kept: Judgements, query: str) -> None:
    with pytest.raises(UsageError):
        kept.judge([Judgement(query, "a", 1)])
    assert kept.read().count == 0


def test_tuning_reads_them_whatever_the_ids_hold(kept: Judgements) -> None:
    with pytest.raises(UsageError, match="Nobody has judged"):
        kept.for_tuning()
    for number in range(12):
        for place, document in enumerate(HOSTILE):
            kept.judge([Judgement(f"question {number} {document}", document, int(place % 2 == 0))])
    judged = kept.for_tuning()
    assert judged.origin == "judged" and len(judged.queries) == 12 * 3  # the others have no relevant document
    assert judged == read_judged(kept.queries, kept.qrels)
    assert {document for grades in judged.qrels.values() for document in grades} == set(HOSTILE[::2])


def _many(root: Path, who: str) -> None:
    kept = Judgements(CollectionLayout(root))
    for number in range(15):
        kept.judge([Judgement("shared question", f"{who}{number}", 1)])
        kept.judge([Judgement(f"question of {who}", f"d{number}", 0)])


def test_nothing_is_lost_where_several_judge_at_once(kept: Judgements) -> None:
    """Two processes, as two API workers are, and two threads of one."""
    root = kept.folder.parent
    together: list[threading.Thread | BaseProcess] = [
        *(get_context("spawn").Process(target=_many, args=(root, who)) for who in "ab"),
        *(threading.Thread(target=_many, args=(root, who)) for who in "cd"),
    ]
    for one in together:
        one.start()
    for one in together:
        one.join()
    found = kept.read()
    assert set(found.of("shared question")) == {f"{who}{number}" for who in "abcd" for number in range(15)}
    assert all(len(found.of(f"question of {who}")) == 15 for who in "abcd")
