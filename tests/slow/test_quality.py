"""The bars of search quality on SciFact and the sample, through the runner that users have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.expectations import read_expectations
from benchmarks.runner import run_benchmark
from data import SAMPLE
from indexer.evaluation.datasets import load_dataset
from tests.support.shared_data import shared

pytestmark = pytest.mark.slow
quality = pytest.mark.quality  # hundreds of reranked queries: `make quality`


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def scifact(home: Path) -> dict[str, Any]:
    """All 300 queries through every stage; the bundled encoder has all-MiniLM-L6-v2's weights."""
    return run_benchmark(load_dataset(shared("data", "scifact"), "test", home), home).result


@pytest.fixture(scope="module")
def sample(home: Path) -> dict[str, Any]:
    return run_benchmark(load_dataset(SAMPLE, "test", home), home).result


@quality
def test_scifact_lexical(scifact: dict[str, Any]) -> None:
    assert scifact["stages"]["lexical"]["nDCG@10"] >= 0.675


@quality
def test_scifact_dense(scifact: dict[str, Any]) -> None:
    assert scifact["stages"]["dense"]["nDCG@10"] >= 0.642


@quality
def test_scifact_fused(scifact: dict[str, Any]) -> None:
    assert scifact["stages"]["fused"]["nDCG@10"] >= 0.715
    assert scifact["stages"]["fused"]["R@100"] >= 0.95


@quality
def test_reranking_helps_on_scifact(scifact: dict[str, Any]) -> None:
    stages = scifact["stages"]
    assert stages["reranked"]["nDCG@10"] >= max(stages["fused"]["nDCG@10"], 0.74)


def test_the_sample_is_answered_as_recorded(sample: dict[str, Any]) -> None:
    """The gate against silent losses: benchmarks/expected.yaml holds the figures and their tolerances."""
    (entry,) = [entry for entry in read_expectations() if entry.name == "sample"]
    for expected in entry.expected:
        actual = sample
        for part in expected.path.split("."):
            actual = actual[part]
        assert actual == pytest.approx(expected.value, abs=expected.tolerance), expected.path


def test_fusion_does_not_hurt_the_sample(sample: dict[str, Any]) -> None:
    stages = sample["stages"]
    assert stages["fused"]["nDCG@10"] >= max(stages["lexical"]["nDCG@10"], stages["dense"]["nDCG@10"]) - 0.01


def test_the_sample_index_is_where_it_was_asked_for(sample: dict[str, Any]) -> None:
    assert sample["index_bytes"] > 0 and sample["dataset"] == "sample" and sample["queries"] == 65
