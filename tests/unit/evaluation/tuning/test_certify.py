"""`winnow certify` from end to end, and what it measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.collection import open_collection
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from engine.vectors.codecs import binary_codes
from engine.vectors.files import VectorFiles
from indexer.evaluation.certificate.measure import OVERSAMPLING, constant_bits, measure
from indexer.evaluation.exact import ExactIndex, build_exact
from tests.conftest import Winnow


def clustered(rows: int, dimension: int = 64, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(20, dimension))[rng.integers(0, 20, rows)] + 0.6 * rng.normal(size=(rows, dimension))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def exact_of(vectors: np.ndarray) -> ExactIndex:
    return ExactIndex(vectors, [str(row) for row in range(len(vectors))], [np.arange(len(vectors))])


def test_a_certificate_is_stored_shown_and_survives_later_commits(winnow: Winnow, home: Path) -> None:
    place = ["-c", "c", "--home", home]
    assert "not measured" in winnow("stats", *place).out
    options = [*place, "--max-quantisation-loss", 0.5, "--pseudo", 12, "--json"]
    dry = winnow("certify", *options, "--dry-run").json
    assert winnow("stats", *place, "--json").json["certificate"] is None
    done = winnow("certify", *options).json
    assert done["generation"] == dry["generation"] + 1
    found = done["certificate"]
    assert found["figures"] == dry["certificate"]["figures"] and set(found["figures"]) == {"1", "2", "4", "8", "16"}
    assert found["queries"] == 12 and found["origin"] == "ranks" and found["sampled_chunks"] == found["chunks"]
    with open_writer(home, "c") as writer:
        writer.commit(None, deletes=["d001"])
    after = winnow("stats", *place, "--json").json
    assert after["certificate"] == found
    assert after["recipe"]["oversampling"] == found["oversampling"]
    assert f"oversampling {found['oversampling']}: recall@" in winnow("stats", *place).out
    assert verify(home, "c").problems == ()


def test_tuning_keeps_the_certified_oversampling(winnow: Winnow, home: Path, files: list[object]) -> None:
    place = ["-c", "c", "--home", home]
    certified = winnow("certify", *place, "--max-quantisation-loss", 1, "--json", *files).json["certificate"]
    assert certified["origin"] == "judged" and certified["oversampling"] == 1  # any loss is allowed
    assert winnow("tune", *place, "--depth", 5, "--json", *files).json["recipe"]["oversampling"] == 1
    after = winnow("stats", *place, "--json").json
    assert after["recipe"]["oversampling"] == 1 and after["certificate"] == certified


def test_a_certificate_for_a_person(winnow: Winnow, home: Path, files: list[object]) -> None:
    shown = winnow("certify", "-c", "c", "--home", home, "--max-quantisation-loss", 0.5, "--dry-run", *files)
    assert shown.code == 0 and "nothing stored" in shown.out and "by judgements" in shown.out
    assert winnow("certify", "-c", "c", "--home", home, *files[2:]).code == 2  # judgements of no queries


def test_codes_that_tell_nothing_are_refused_with_the_figures(
    winnow: Winnow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def collapsed(generation: object, index: ExactIndex) -> VectorFiles:
        return VectorFiles.of(np.abs(index.vectors) + np.float32(0.1))  # every sign bit is set

    monkeypatch.setattr("indexer.evaluation.certificate.certify.stored_codes", collapsed)
    refused = winnow("certify", "-c", "c", "--home", home)
    assert refused.code == 1 and "sign bits" in refused.err and "100%" in refused.err
    assert winnow("stats", "-c", "c", "--home", home, "--json").json["certificate"] is None


def test_a_loss_that_cannot_be_met_is_refused_with_the_figures(
    winnow: Winnow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(generation: object, index: ExactIndex) -> VectorFiles:
        return VectorFiles.of(
            index.vectors + np.random.default_rng(0).normal(0, 0.05, index.vectors.shape).astype("f4")
        )

    monkeypatch.setattr("indexer.evaluation.certificate.certify.stored_codes", noisy)
    refused = winnow("certify", "-c", "c", "--home", home, "--max-quantisation-loss", 0)
    assert refused.code == 1 and "No oversampling up to 16" in refused.err


def test_recall_grows_with_oversampling_and_the_interval_holds_the_mean() -> None:
    vectors, queries = clustered(3000), clustered(25, seed=4)
    found = measure(exact_of(vectors), VectorFiles.of(vectors), {str(n): q for n, q in enumerate(queries)}, None)
    assert found.candidates == 100 and found.recall.shape == (len(OVERSAMPLING), 25)
    means = found.recall.mean(axis=1)
    assert (np.diff(means) >= 0).all() and means[0] < means[-1] and means[-1] > 0.95
    assert (np.diff(found.loss.mean(axis=1)) <= 1e-9).all() and (found.loss >= -1e-9).all()
    for figures in found.table().values():
        for figure in figures.values():
            assert figure["low"] <= figure["mean"] <= figure["high"]


def test_judged_loss_is_the_difference_of_two_ndcgs() -> None:
    vectors = clustered(500)
    index, codes = exact_of(vectors), VectorFiles.of(vectors)
    queries = {str(row): vectors[row] for row in range(10)}
    found = measure(index, codes, queries, {name: {name: 1} for name in queries})
    assert found.loss == pytest.approx(0.0)  # each finds itself first, quantised or not
    shuffled = VectorFiles.of(np.roll(vectors, 1, axis=0))
    assert measure(index, shuffled, queries, {name: {name: 1} for name in queries}).loss.mean() > 0.5


def test_constant_bits() -> None:
    assert constant_bits(binary_codes(clustered(1000))) == 0.0
    half = np.concatenate([clustered(1000), np.ones((1000, 64), np.float32)], axis=1)
    assert constant_bits(binary_codes(half)) == 0.5


def test_a_sample_is_of_whole_documents_and_holds_the_wanted_ones(home: Path) -> None:
    with open_writer(home, "c") as writer:
        writer.commit(None, deletes=["d005"])
    with open_collection("c", home=home, reranker="none") as collection:
        whole = build_exact(collection.searcher)
        part = build_exact(collection.searcher, most=20, wanted={"d033", "no such document", "d005"})
    assert "d005" not in whole.documents and "d033" in part.documents
    assert 20 <= len(part.documents) < len(whole.documents)
    for name in set(part.documents):
        assert part.documents.count(name) == whole.documents.count(name)
    assert sum(map(len, part.rows)) == len(part.vectors) == len(part.documents)
