"""Suites: every set once, their mean, and nothing that is done is run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import suite as suites
from benchmarks.metrics import MEASURES
from benchmarks.suite import mean_of, sets_of
from tests.unit.benchmarks.conftest import QRELS, QUERIES, Bench, write_beir

SETS = {"nano-a": {"q1": {"compost": 1}}, "nano-b": {"q2": {"bread": 1}}}


@pytest.fixture
def nano(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """NanoBEIR of two small sets, which lie in folders of the working directory."""
    monkeypatch.chdir(tmp_path)
    for name, qrels in SETS.items():
        write_beir(tmp_path / name, qrels=qrels)
    monkeypatch.setattr(suites, "sets_of", lambda suite: list(SETS))
    return lambda name: tmp_path / name


@pytest.mark.parametrize(("suite", "sets"), [("nanobeir", 13), ("beir", 26), ("cqadupstack", 12)])
def test_the_sets_of_a_suite(suite: str, sets: int) -> None:
    assert len(set(sets_of(suite))) == sets


def test_forums_count_as_one_set_among_others() -> None:
    def stages(value: float) -> dict[str, dict[str, float]]:
        return {"lexical": {"nDCG@10": value}, "fused": {"nDCG@10": value / 2}}

    forums = {"cqadupstack-tex": stages(0.2), "cqadupstack-gis": stages(0.4)}
    assert mean_of(forums)["lexical"]["nDCG@10"] == pytest.approx(0.3)
    assert mean_of({**forums, "scifact": stages(0.5)})["lexical"]["nDCG@10"] == pytest.approx(0.4)
    some = {"fiqa": {"lexical": {"nDCG@10": 0.1}}, "scifact": stages(0.5)}
    assert mean_of(some) == {"lexical": {"nDCG@10": pytest.approx(0.3)}}


def test_a_suite_gives_each_set_and_the_mean(bench: Bench, models: str, nano: Callable[[str], Path]) -> None:
    done = bench("run", "nanobeir", "--models", models, "--json", "--measures", "accuracy@1,nDCG@3")
    result = json.loads(done.stdout)
    assert list(result["sets"]) == list(SETS) and result["measures"] == ["accuracy@1", "nDCG@3"]
    for stage, values in result["mean"].items():
        assert values.keys() == {*MEASURES, "accuracy@1", "nDCG@3"}
        for metric, value in values.items():
            assert value == pytest.approx(sum(result["sets"][name][stage][metric] for name in SETS) / 2)
    assert result["mean"]["lexical"]["accuracy@1"] == 0.5


def test_a_set_that_is_done_is_not_run_again(bench: Bench, models: str, nano: Callable[[str], Path]) -> None:
    asked = ("run", "nanobeir", "--models", models, "--out", nano("out"), "--json")
    first = json.loads(bench(*asked).stdout)
    (nano("out") / "nano-b" / "result.json").unlink()  # as where the run was cut short
    kept = nano("out") / "nano-a" / "result.json"
    before = kept.stat().st_mtime_ns
    again = bench(*asked)
    assert json.loads(again.stdout) == first and kept.stat().st_mtime_ns == before
    assert "nano-a (1 of 2): done before" in again.stderr and "nano-b (2 of 2)\n" in again.stderr
    shown = bench("run", "nanobeir", "--models", models, "--out", nano("out"))
    assert "nano-b" in shown.stdout and "mean" in shown.stdout
    other = bench("run", "nanobeir", "--models", models, "--out", nano("out"), "--limit", "1")
    assert other.exit_code != 0 and "limit" in str(other.exception)


def test_a_measure_below_the_lists_end_is_refused(bench: Bench, models: str, nano: Callable[[str], Path]) -> None:
    asked = ("run", nano("nano-a"), "--models", models, "--measures", "recall@200", "--json")
    assert "candidates=200" in str(bench(*asked).exception.remedy)
    deeper = json.loads(bench(*asked, "--set", "candidates=200").stdout)
    assert deeper["stages"]["lexical"]["recall@200"] == 1.0


def test_ids_with_white_space_are_scored_as_the_run_was(bench: Bench, models: str, tmp_path: Path) -> None:
    corpus = {"doc one": "Compost smells bad.", "doc two": "A bicycle chain."}
    data = write_beir(tmp_path / "spaced", corpus=corpus, queries=QUERIES, qrels={"q1": {"doc one": 1}} | QRELS)
    done = json.loads(bench("run", data, "--models", models, "--out", tmp_path / "out", "--json").stdout)
    scored = bench("evaluate", tmp_path / "out" / "runs" / "lexical.trec", data, "--json", "--measures", "nDCG@10")
    assert json.loads(scored.stdout)["metrics"] == {"nDCG@10": done["stages"]["lexical"]["nDCG@10"]}
