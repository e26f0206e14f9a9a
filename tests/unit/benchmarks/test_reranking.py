"""`winnow bench rerank`: given candidate lists, and the figures of sentence-transformers' evaluator for them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reranking.lists import Given, read_lists
from benchmarks.reranking.measures import measure, measures
from engine.errors import SourceNotFound, UsageError
from engine.models import load_reranker
from tests.conftest import Winnow
from tests.support.checkpoints import tiny_cross_encoder

WORDS = ["river", "bridge", "city", "food", "year", "rank", "passage", "document", "search", "engine"]


def rows(*, documents: bool) -> list[dict[str, Any]]:
    """Lists of 1 to 30 texts, some twice; of `documents`, some without any positive and some with a few."""
    generator = np.random.default_rng(3)
    found = []
    for number in range(12):
        texts = [" ".join(generator.choice(WORDS, 4)) for _ in range(int(generator.integers(3, 30)))]
        positive = [f"the {WORDS[number % 10]} is in the {word}" for word in generator.choice(WORDS, 1 + number % 3)]
        row: dict[str, Any] = {"query": f"the {WORDS[number % 10]}", "positive": positive}
        if documents:
            row["documents"] = texts[:2] + positive[: number % 4] + texts[2:] + texts[:1]
        else:
            row["negative"] = texts
        found.append(row)
    found[1]["positive"] = found[1]["positive"][0]  # a text without a list
    return found


def write(path: Path, lines: Sequence[object]) -> Path:
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return path


def test_measures_of_one_list() -> None:
    """By hand: relevant texts at places 2 and 4 of five."""
    found = measures([False, True, False, True, False], [5, 4, 3, 2, 1], 3)
    ideal = 1 + 1 / np.log2(3)
    assert found == pytest.approx({"MAP": (1 / 2 + 2 / 4) / 2, "MRR@3": 1 / 2, "NDCG@3": 1 / np.log2(3) / ideal})


def test_texts_of_one_score_share_their_places() -> None:
    tied = measures([True, False, False], [1.0, 1.0, 1.0], 10)
    assert tied["MAP"] == pytest.approx(1 / 3)
    assert tied["NDCG@10"] == pytest.approx((1 + 1 / np.log2(3) + 1 / 2) / 3)


def test_a_list_whose_positives_were_not_found() -> None:
    given = Given("q", ("a", "b"), None, ("x", "b", "y"))
    assert given.candidates(insert_positives=True) == (["a", "b", "x", "y"], [True, True, False, False])
    assert given.candidates(insert_positives=False) == (["x", "b", "y"], [False, True, False])
    assert given.found() == [False, True, False, True]
    assert Given("q", ("a",), None, ("x",)).found() == []


# What CrossEncoderRerankingEvaluator of sentence-transformers 6.2.0 gave for `rows` and the tiny cross-encoder below.
_BASE = {"base MAP": 0.2656349, "base MRR@10": 0.25, "base NDCG@10": 0.3692465}
PUBLISHED: dict[tuple[bool, bool], dict[str, float]] = {
    (False, True): {"MAP": 0.1844668, "MRR@10": 0.174504, "NDCG@10": 0.2720734},
    (True, True): {"MAP": 0.1705926, "MRR@10": 0.1660714, "NDCG@10": 0.2514778, **_BASE},
    (True, False): {"MAP": 0.1167758, "MRR@10": 0.1232474, "NDCG@10": 0.2061523, **_BASE},
}


@pytest.mark.parametrize(("documents", "insert"), [(False, True), (True, True), (True, False)])
def test_figures_are_the_published_evaluators(documents: bool, insert: bool, tmp_path: Path) -> None:
    lists = read_lists(write(tmp_path / "lists.jsonl", rows(documents=documents)))
    model = load_reranker(str(tiny_cross_encoder(tmp_path / "model")))
    found = measure(model, lists, 10, insert_positives=insert)
    published = PUBLISHED[documents, insert]
    assert found.reranked == pytest.approx({name: published[name] for name in ("MAP", "MRR@10", "NDCG@10")}, abs=1e-6)
    if documents:
        base = {name: published[f"base {name}"] for name in ("MAP", "MRR@10", "NDCG@10")}
        assert found.base == pytest.approx(base, abs=1e-6)
    else:
        assert found.base is None


@pytest.mark.slow
@pytest.mark.parametrize("rank", [1, 3, 10])
@pytest.mark.parametrize(("documents", "insert"), [(False, True), (True, True), (True, False)])
def test_against_the_evaluator_itself(documents: bool, insert: bool, rank: int, tmp_path: Path) -> None:
    reference = pytest.importorskip("sentence_transformers.cross_encoder")
    evaluation = pytest.importorskip("sentence_transformers.cross_encoder.evaluation")
    path = tiny_cross_encoder(tmp_path / "model")
    evaluator = evaluation.CrossEncoderRerankingEvaluator(
        rows(documents=documents), at_k=rank, always_rerank_positives=insert, write_csv=False
    )
    theirs = evaluator(reference.CrossEncoder(str(path), device="cpu"))
    lists = read_lists(write(tmp_path / "lists.jsonl", rows(documents=documents)))
    found = measure(load_reranker(str(path)), lists, rank, insert_positives=insert)
    ours = {f"base_{name.lower()}": value for name, value in (found.base or {}).items()}
    ours |= {name.lower(): value for name, value in found.reranked.items()}
    assert ours == pytest.approx({name: float(value) for name, value in theirs.items()}, abs=1e-6)


def test_a_compressed_file(tmp_path: Path) -> None:
    plain = write(tmp_path / "lists.jsonl", rows(documents=True))
    packed = tmp_path / "lists.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_lists(packed) == read_lists(plain)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"query": "q"', "not JSON"),
        ("[1]", "no query"),
        ('{"query": "q", "negative": []}', "no positive"),
        ('{"query": 1, "positive": [], "negative": []}', "no query"),
        ('{"query": "q", "positive": ["a"]}', "neither"),
        ('{"query": "q", "positive": ["a"], "negative": [], "documents": []}', "negative and documents"),
        ('{"query": "q", "positive": ["a"], "negative": [1]}', "negative, is not a list of texts"),
        ('{"query": "q", "positive": {"a": 1}, "documents": []}', "positive, is not a list of texts"),
    ],
)
def test_a_line_of_another_shape_is_named(line: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "lists.jsonl"
    file.write_text('{"query": "q", "positive": "a", "negative": "b"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"line 2.*{problem}"):
        read_lists(file)


def test_no_file_and_no_line(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        read_lists(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="no line"):
        read_lists(tmp_path / "empty.jsonl")


def test_the_command(winnow: Winnow, models: str, tmp_path: Path) -> None:
    chosen = ("--reranker", models.partition(",")[2])
    file = write(tmp_path / "lists.jsonl", rows(documents=True))
    whole = winnow("bench", "rerank", file, *chosen, "--json").json
    found = winnow("bench", "rerank", file, *chosen, "--as-found", "--json").json
    assert whole["queries"] == 12 and whole["positives"] == {"min": 1, "mean": 23 / 12, "max": 3}
    assert whole["base"] == found["base"] and whole["reranked"] != found["reranked"]
    shown = winnow("bench", "rerank", file, *chosen, "--at", 3).out
    assert "Base -> Reranked" in shown and "MRR@3:" in shown and "Queries: 12" in shown
    assert "->" not in winnow("bench", "rerank", write(file, rows(documents=False)), *chosen).out
