"""`winnow bench run --via http`: a live server gives the very lists that the pipeline gives in process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.trec import read_run
from engine.errors import UsageError
from tests.unit.benchmarks.conftest import Bench, Finished


def test_scores_and_lists_are_those_of_the_process(
    finished: Finished, bench: Bench, models: str, tmp_path: Path
) -> None:
    """Also with a reranker of its own, the filter of a query that is a document, and a query without text."""
    arguments = ("run", finished.data, "--models", models, "--home", finished.home, "--json", "--out")
    here = json.loads(bench(*arguments, tmp_path / "here").stdout)
    done = bench(*arguments, tmp_path / "there", "--via", "http")
    assert done.exit_code == 0, repr(done.exception)
    there = json.loads(done.stdout)
    assert (here["via"], there["via"]) == ("process", "http")
    assert there["stages"] == here["stages"]
    for name in ("dataset", "queries", "models", "trained_on", "recipe", "failed", "degraded", "scored"):
        assert there[name] == here[name], name
    assert there["latency_by_stage_ms"]["search"]["p50"] <= there["latency_ms"]["p50"]
    for stage in here["stages"]:
        runs = [(tmp_path / where / "runs" / f"{stage}.trec").read_text() for where in ("here", "there")]
        assert runs[0] == runs[1], stage
    assert "q-self" not in read_run(tmp_path / "there" / "runs" / "dense.trec")["q-self"]


def test_a_budget(finished: Finished, bench: Bench, models: str) -> None:
    arguments = ("run", finished.data, "--models", models, "--home", finished.home, "--json", "--budget-ms")
    tight = json.loads(bench(*arguments, "0.01", "--via", "http").stdout)
    assert tight["scored"] == 0 and tight["degraded"]["rerank:budget"] == 4
    assert tight["stages"]["reranked"] == tight["stages"]["fused"]
    assert json.loads(bench(*arguments, "60000").stdout)["scored"] > 1


@pytest.mark.parametrize(
    "options",
    [
        ["--via", "smoke"],
        ["--via", "http", "--exact"],
        ["--url", "http://x"],
        ["--via", "http", "--set", "rerank=none"],
    ],
)
def test_options_that_do_not_go_together(bench: Bench, beir: Path, options: list[str]) -> None:
    assert isinstance(bench("run", beir, *options).exception, UsageError)
