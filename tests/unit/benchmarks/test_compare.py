"""`winnow bench compare`: pairs, differences, and reports that stand alone."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.metrics import MEASURES
from engine.errors import DependencyMissing, SourceNotFound, UsageError
from tests.unit.benchmarks.conftest import Bench, Finished


def save(
    folder: Path, scores: Sequence[float], *, dataset: str = "one", stage: str = "fused", split: str = "test"
) -> Path:
    """A run's folder whose metrics all have the given per-query values."""
    folder.mkdir(parents=True)
    values = {metric: float(np.mean(scores)) for metric in MEASURES}
    result = {
        "dataset": dataset,
        "split": split,
        "queries": len(scores),
        "judgements_sha256": f"{dataset}-{len(scores)}",
        "models": {"encoder": "bundled", "reranker": "bundled"},
        "recipe": {"fusion": "minmax"},
        "stages": {"lexical": values, stage: values},
        "latency_ms": {"p50": 5.0, "p95": 6.0, "p99": 7.0},
        "ready_ms": {"lexical": {"p50": 1.0}, stage: {"p50": 5.0}},
        "index_bytes": 1000,
        "peak_rss_mb": 100.0,
        "environment": {"processor": "a <fast> one"},
        "failed": [],
        "warnings": [],
    }
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    with (folder / "per_query.jsonl").open("w", encoding="utf-8") as stream:
        for number, score in enumerate(scores):
            metrics = dict.fromkeys(MEASURES, score)
            record = {"query_id": f"q{number}", "text": f"what is <b>{number}</b> | x?"}
            stream.write(json.dumps({**record, "scores": {"lexical": metrics, stage: metrics}}) + "\n")
    return folder


def noisy(shift: float, count: int = 120, seed: int = 0) -> list[float]:
    generator = np.random.default_rng(seed)
    return [float(value) for value in np.clip(generator.uniform(0, 0.6, count) + shift, 0, 1)]


def test_a_clear_difference(bench: Bench, tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", noisy(0.0)), save(tmp_path / "b", [*noisy(0.1)[:-1], 0.0])
    result = json.loads(bench("compare", a, b, "--json").stdout)
    (part,) = result["datasets"]
    test = part["metrics"]["nDCG@10"]
    assert (test["wins"], test["ties"], test["losses"]) == (119, 0, 1)
    assert test["difference"] == pytest.approx(test["b"] - test["a"])
    assert 0 < test["low"] < test["difference"] < test["high"]
    assert test["p"] == test["p_holm"] < 0.001
    assert result["pooled"] is None
    assert part["moved"][0]["query"] == "q119"  # the one loss comes first


def test_the_same_run_twice(bench: Bench, tmp_path: Path) -> None:
    a = save(tmp_path / "a", noisy(0.0))
    test = json.loads(bench("compare", a, a, "--json").stdout)["datasets"][0]["metrics"]["R@100"]
    assert (test["difference"], test["p"], test["ties"]) == (0.0, 1.0, 120)


def test_several_data_sets_are_corrected_and_pooled(bench: Bench, tmp_path: Path) -> None:
    first = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    better = [value + 0.1 for value in first]
    mixed = [0.3, 0.1, 0.3, 0.5, 0.4, 0.7]
    sides = {
        "a": [save(tmp_path / "a1", first), save(tmp_path / "a2", first, dataset="two")],
        "b": [save(tmp_path / "b1", better), save(tmp_path / "b2", mixed, dataset="two")],
    }
    a, b = (",".join(map(str, folders)) for folders in sides.values())
    result = json.loads(bench("compare", a, b, "--json").stdout)
    one, two = (part["metrics"]["nDCG@10"] for part in result["datasets"])
    assert one["p"] == 2 / 64  # six wins of six: the two extreme patterns
    assert one["p_holm"] == pytest.approx(2 * one["p"])
    assert two["p_holm"] == two["p"]
    assert result["pooled"]["nDCG@10"]["wins"] == 9
    assert result["pooled"]["nDCG@10"]["difference"] == pytest.approx((0.1 * 6 + 0.2) / 12)


def test_two_stages_of_one_run(bench: Bench, finished: Finished) -> None:
    result = json.loads(bench("compare", f"{finished.out}:lexical", f"{finished.out}:dense", "--json").stdout)
    test = result["datasets"][0]["metrics"]["MRR@10"]
    stages = finished.result["stages"]
    assert (test["a"], test["b"]) == pytest.approx((stages["lexical"]["MRR@10"], stages["dense"]["MRR@10"]))
    last = json.loads(bench("compare", f"{finished.out}:lexical", finished.out, "--json").stdout)
    assert last["datasets"][0]["metrics"]["MRR@10"]["b"] == pytest.approx(stages["reranked"]["MRR@10"])


def test_reports_of_real_runs_stand_alone(bench: Bench, finished: Finished, tmp_path: Path) -> None:
    html, markdown = tmp_path / "report.html", tmp_path / "report.md"
    a, b = f"{finished.out}:lexical", f"{finished.out}:reranked"
    done = bench("compare", a, b, "--html", html, "--markdown", markdown)
    assert done.exit_code == 0, done.output
    page = html.read_text(encoding="utf-8")
    assert a in page and b in page
    assert page.count("<svg") == 3
    assert "http" not in page and "//" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert not re.search(r"<(script|link|img|iframe)\b", page)
    text = markdown.read_text(encoding="utf-8")
    assert a in text and b in text and "| nDCG@10 |" in text
    assert "nDCG@10" in done.stdout


def test_reports_escape_what_queries_say(bench: Bench, tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", noisy(0.0)), save(tmp_path / "b", noisy(0.1))
    assert bench("compare", a, b, "--html", tmp_path / "r.html", "--markdown", tmp_path / "r.md").exit_code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page and "<b>" not in page and "a <fast> one" not in page
    rows = [line for line in (tmp_path / "r.md").read_text(encoding="utf-8").splitlines() if line.startswith("| q")]
    assert all(line.replace(r"\|", "").count("|") == 6 for line in rows)


def test_a_report_is_the_same_every_time(bench: Bench, tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", noisy(0.0)), save(tmp_path / "b", noisy(0.1))
    for name in ("1", "2"):
        bench("compare", a, b, "--html", tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_what_does_not_pair_is_refused(bench: Bench, tmp_path: Path) -> None:
    a = save(tmp_path / "a", noisy(0.0))
    other = save(tmp_path / "other", noisy(0.0), dataset="two")
    fewer = save(tmp_path / "fewer", noisy(0.0, count=50))
    for pair, told in (
        ((a, other), "data sets differ"),
        ((a, f"{a},{other}"), "data sets differ"),
        ((f"{a},{a}", f"{a},{a}"), "twice"),
        ((a, fewer), "judged differently"),
        ((a, f"{a}:colour"), "no stage 'colour'"),
    ):
        error = bench("compare", *pair).exception
        assert isinstance(error, UsageError) and told in str(error), pair


def test_a_folder_that_is_no_run(bench: Bench, tmp_path: Path) -> None:
    error = bench("compare", tmp_path, tmp_path).exception
    assert isinstance(error, SourceNotFound) and "--out" in str(error)


def test_too_few_permutations_are_refused(bench: Bench, tmp_path: Path) -> None:
    assert bench("compare", tmp_path, tmp_path, "--permutations", 100).exit_code == 2


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_missing_extra_says_how_to_install_it(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("matplotlib", "benchmarks.compare.plots"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("benchmarks.compare.plots", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    a = save(tmp_path / "a", [0.1, 0.2])
    error = bench("compare", a, a, "--html", tmp_path / "r.html").exception
    assert isinstance(error, DependencyMissing)
    assert package in str(error) and "winnow-search[bench]" in str(error)
