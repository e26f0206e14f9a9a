"""TREC runs: written so that any tool keeps the order, read by trec_eval's rule, scored from anywhere."""

from __future__ import annotations

import json
import string
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.trec import read_run, write_run
from engine.errors import ParseFailed, SourceNotFound, UsageError
from tests.unit.benchmarks.conftest import Bench, Finished

IDS = st.text(string.ascii_letters + string.digits + "-_/.:#é", min_size=1, max_size=6)
SCORES = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.dictionaries(IDS, st.dictionaries(IDS, SCORES, min_size=1, max_size=8), max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_survives_the_file(tmp_path: Path, scores: dict[str, dict[str, float]]) -> None:
    run = {query: sorted(found.items(), key=lambda item: -item[1]) for query, found in scores.items()}
    write_run(tmp_path / "run.trec", run, "tag")
    expected = {query: [document for document, _ in scored] for query, scored in run.items()}
    assert read_run(tmp_path / "run.trec") == expected


def test_written_scores_fall_strictly_in_single_precision(tmp_path: Path) -> None:
    write_run(tmp_path / "run.trec", {"q": [("a", 0.5), ("b", 0.5), ("c", 0.5 - 1e-12), ("d", 0.1)]}, "tag")
    rows = [line.split() for line in (tmp_path / "run.trec").read_text().splitlines()]
    assert [row[3] for row in rows] == ["1", "2", "3", "4"]
    scores = [np.float32(row[4]) for row in rows]
    assert all(later < earlier for earlier, later in pairwise(scores))
    assert scores[0] == np.float32(0.5) and scores[3] == np.float32(0.1)


def test_ties_of_foreign_runs_go_to_the_greater_id_whatever_the_ranks_say(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 1.0 x\nq Q0 c 2 1.0 x\nq Q0 b 3 1.0 x\nq Q0 z 4 0.5 x\nq Q0 y 5 2.0 x\n")
    assert read_run(path) == {"q": ["y", "c", "b", "a", "z"]}


@pytest.mark.parametrize("line", ["q Q0 a 1 1.0", "q Q0 a 1 high x", "one two"])
def test_a_line_that_is_no_trec_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.trec"
    path.write_text(f"q Q0 b 1 1.0 x\n{line}\n")
    with pytest.raises(ParseFailed, match="line 2"):
        read_run(path)


def test_a_document_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 1.0 x\nr Q0 a 1 1.0 x\nq Q0 a 2 0.5 x\n")
    with pytest.raises(ParseFailed, match=r"line 3.*twice"):
        read_run(path)


@pytest.mark.parametrize("identifier", ["two words", "tab\tin", " ", "a\u2003b", "new\nline", "50% of it", "a%20b c"])
def test_ids_with_white_space_come_back_as_they_were(tmp_path: Path, identifier: str) -> None:
    run = {identifier: [(identifier, 2.0), ("a%20b", 1.5), ("plain", 1.0)], "q": [("plain", 1.0)]}
    write_run(tmp_path / "run.trec", run, "tag")
    assert read_run(tmp_path / "run.trec") == {identifier: [identifier, "a%20b", "plain"], "q": ["plain"]}
    assert all(len(line.split()) == 6 for line in (tmp_path / "run.trec").read_text("utf-8").split("\n") if line)


def test_ids_of_foreign_runs_are_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a%20b 1 1.0 x\n")
    assert read_run(path) == {"q": ["a%20b"]}


def test_what_the_format_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="empty id"):
        write_run(tmp_path / "run.trec", {"q": [("", 1.0)]}, "tag")
    with pytest.raises(UsageError, match="tag"):
        write_run(tmp_path / "run.trec", {"q": [("a", 1.0)]}, "two words")


def test_a_run_from_anywhere_is_scored(bench: Bench, beir: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.trec"
    path.write_text("q1 Q0 compost 1 3.0 x\nq2 Q0 bread 1 2.0 x\nq2 Q0 bicycle 2 1.0 x\nunjudged Q0 bread 1 1.0 x\n")
    result = json.loads(bench("evaluate", path, beir, "--json").stdout)
    assert result["metrics"]["MRR@10"] == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert result["unanswered"] == ["q3", "q-self"]
    assert result["unjudged_queries"] == 1
    shown = bench("evaluate", path, beir).stdout
    assert "0.3750" in shown and "2 unanswered" in shown


def test_our_own_run_scores_the_same_again(bench: Bench, finished: Finished) -> None:
    done = bench("evaluate", finished.out / "runs" / "reranked.trec", finished.data, "--json")
    assert json.loads(done.stdout)["metrics"] == pytest.approx(finished.result["stages"]["reranked"])


def test_a_missing_run_is_named(bench: Bench, beir: Path, tmp_path: Path) -> None:
    assert isinstance(bench("evaluate", tmp_path / "none.trec", beir).exception, SourceNotFound)
