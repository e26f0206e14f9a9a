"""`winnow bench scale`: drawn codes lie as real embeddings do, and what is measured is true."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.scale.codes import write_codes
from benchmarks.scale.collection import CHUNKS, Plan, Sentences, build_collection
from benchmarks.scale.generator import fit, neighbour_cosines
from benchmarks.scale.serving import measure_serving
from benchmarks.scale.truth import ExactNeighbours
from engine.store.generation import current_generation, open_generation
from engine.store.writer import open_writer
from engine.vectors.exact import search_exact
from engine.vectors.files import VectorFiles
from tests.support.documents import topical
from tests.support.stores import batch, config, stored
from tests.unit.benchmarks.conftest import write_beir


def embeddings(rows: int = 600, dimension: int = 64, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(12, dimension))[rng.integers(0, 12, rows)]
    values = topics + rng.normal(size=(rows, dimension)) * np.linspace(0.2, 1.5, dimension)
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def test_drawn_vectors_have_neighbours_as_near_as_real_ones() -> None:
    real = embeddings()
    wanted = neighbour_cosines(real, np.random.default_rng(0))
    drawn = fit(real).draw(len(real), np.random.default_rng(9))  # other draws than it was fitted with
    found = neighbour_cosines(drawn, np.random.default_rng(0))
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.03)
    assert np.abs(found - wanted).max() < 0.15
    random = np.random.default_rng(0).normal(size=real.shape)
    random = neighbour_cosines(random / np.linalg.norm(random, axis=1, keepdims=True), np.random.default_rng(0))
    assert abs(random.mean() - wanted.mean()) > 0.2  # which is why vectors are not simply drawn at random


def test_the_same_seed_draws_the_same_vectors() -> None:
    first, second = fit(embeddings(), 3), fit(embeddings(), 3)
    assert np.array_equal(first.draw(50, np.random.default_rng(1)), second.draw(50, np.random.default_rng(1)))
    assert not np.array_equal(first.draw(50, np.random.default_rng(1)), first.draw(50, np.random.default_rng(2)))


def test_the_exact_answers_of_blocks_are_those_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.scale.codes._BLOCK", 70)
    generator, queries = fit(embeddings()), embeddings(5, seed=8)
    found = write_codes(tmp_path, generator, 300, queries, 20, seed=4)
    rng = np.random.default_rng(4)
    vectors = np.concatenate([generator.draw(rows, rng) for rows in (70, 70, 70, 70, 20)])
    for query, rows in zip(queries, found, strict=True):
        assert rows.tolist() == search_exact(vectors, query, 20)[0].tolist()
    assert np.array_equal(VectorFiles.open(tmp_path, 300, 64).int8, VectorFiles.of(vectors).int8)


def test_scale_measures_every_kind_beside_faiss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    monkeypatch.setattr("benchmarks.scale.run.embeddings", lambda *_: embeddings())
    monkeypatch.setattr("benchmarks.scale.run.query_vectors", lambda *_: embeddings(4, seed=8))
    corpus = {record["id"]: record["text"] for record in topical(3)}
    folder = write_beir(tmp_path / "tiny", corpus=corpus, queries={"q": "river"}, qrels={"q": {next(iter(corpus)): 1}})
    options = ["--codes", "2000", "--kinds", "faiss-sq8", "--oversampling", "1,4", "--json"]
    done = CliRunner().invoke(app, ["scale", str(folder), *options])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout.strip().splitlines()[-1])
    found = {(row["kind"], row["oversampling"]): row for row in result["searches"]}
    kinds = ("faiss.IndexBinaryFlat", "exact", "faiss-sq8")
    assert set(found) == {(kind, times) for kind in kinds for times in (1, 4)}
    assert set(result["indexes"]) == {"exact", "faiss-sq8"}
    assert found["faiss.IndexBinaryFlat", 4]["ratio"] == 1.0
    assert found["faiss-sq8", 4]["recall"] >= found["exact", 4]["recall"] > found["exact", 1]["recall"] > 0.3
    unknown = CliRunner().invoke(app, ["scale", str(folder), "--kinds", "magic"])
    assert unknown.exit_code != 0 and "magic" in str(unknown.exception)


def test_a_whole_collection_is_built_once_and_found_exactly(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    with open_writer(tmp_path, "real", config()) as writer:
        writer.commit(batch(*(stored(record["id"], record["text"]) for record in topical(3))))
    with open_generation(tmp_path, "real") as generation:
        sentences = Sentences.of(generation)
    plan = Plan(400, config(dimension=64), fit(embeddings()), sentences)
    queries, texts = embeddings(5, seed=8), ["river boat", "bread", "the", "ferry", "night"]
    rows = []
    for _ in range(2):  # the second time it is there, and only its vectors are drawn again
        exact = ExactNeighbours(queries, 100)
        build_collection(tmp_path, "scale", plan, exact, lambda text: None)
        assert current_generation(tmp_path, "scale") == 2
        rows.append([found.tolist() for found in exact.rows])
    assert rows[0] == rows[1]
    served = measure_serving(tmp_path, "scale", texts, queries)
    for found, wanted in zip(served["hits"][4], rows[0], strict=True):  # 400 candidates are all there is
        assert len(set(found) & {f"d{row // CHUNKS}#{row % CHUNKS}" for row in wanted}) > 95
    assert served["anonymous_mb"] >= 0 and served["first_pass"]["ratio"] > 0
    with open_generation(tmp_path, "scale") as generation:
        known = " ".join(record["text"] for record in topical(3))
        assert all(sentence in known for sentence in sentences.sentences)
        assert generation.statistics.chunk_count == 400
