"""Negatives and rows: what the hybrid retrieval proposes, what is filtered, and the shape that each loss gets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import InvalidRecipe
from indexer.training.corpus import Corpus, Query
from indexer.training.examples import (
    Material,
    make_rows,
    mined,
    native_shapes,
    possible_shapes,
    rows_of_classes,
)
from indexer.training.losses import ENCODER_LOSSES, RERANKER_LOSSES, Shape, batches_of, choose_loss
from indexer.training.losses.modifiers import modified
from indexer.training.negatives import Candidates, draw, retrieve
from indexer.training.recipe import Data, Loss, Negatives
from indexer.training.sources import read_source
from tests.conftest import Models


def data(kind: Any, path: Path, **options: Any) -> Data:
    return Data(kind=kind, path=path, licence="CC0", **options)


@pytest.fixture(scope="module")
def material(beir: Path, models: Models) -> Material:
    source = data("beir", beir)
    spec = Negatives(encoder=models.encoder, hard=2, random=1, first_rank=1, margin=10.0)
    return mined(Material(source, read_source(source)), spec)


def test_retrieval_finds_the_positive_and_scores_from_0_to_1(material: Material) -> None:
    found = [candidates for candidates in material.candidates if candidates.query.positives[0] in candidates.passages]
    assert len(found) == 12
    for candidates in found:
        assert candidates.fused[0] == max(candidates.fused) <= 1.0 and min(candidates.fused) >= 0.0
        assert candidates.score(10_000) == 0.0


def test_what_is_as_near_as_the_positive_is_no_negative(beir: Path, models: Models) -> None:
    corpus = read_source(data("beir", beir))
    strict, loose = (Negatives(encoder=models.encoder, first_rank=1, margin=margin) for margin in (0.01, 10.0))
    assert all(not c.negatives(strict) for c in retrieve(corpus, strict, strict.margin))
    for candidates in retrieve(corpus, loose, loose.margin):
        assert candidates.negatives(loose)
        assert not {*candidates.query.positives} & {*candidates.negatives(loose)}


def test_signs_of_the_query_language_are_plain_text_in_a_training_query(models: Models) -> None:
    corpus = Corpus("c", ["the river", "the city"], [Query('"no such phrase" -river title:x', (0,)), Query("::", (1,))])
    spec = Negatives(encoder=models.encoder)
    first, second = retrieve(corpus, spec, 10.0)
    assert 0 in first.passages
    assert second.passages == ()


def test_drawing_takes_hard_ones_then_random_ones_and_none_twice() -> None:
    rng = np.random.default_rng(0)
    drawn = draw([5, 6, 7], 10, frozenset({0, 1, 5}), Negatives(hard=2, random=3), rng)
    assert set(drawn[:2]) <= {5, 6, 7}
    assert len(set(drawn)) == 5 and not {0, 1} & set(drawn)
    assert draw([], 1, frozenset({0}), Negatives(), rng) == []


@pytest.mark.parametrize("shape", ["pairs", "tuples", "triplets", "margins", "labelled", "lists", "fused"])
def test_rows_of_every_shape(material: Material, shape: Any) -> None:
    spec = Negatives(hard=2, random=1, first_rank=1)
    made = make_rows([material], spec, shape, seed=1)
    assert made == make_rows([material], spec, shape, seed=1)
    assert made != make_rows([material], spec, shape, seed=2)
    rows = made[material.data.label]
    expected = {
        "pairs": (12, ["query", "positive"]),
        "tuples": (12, ["query", "positive", "negative_0", "negative_1", "negative_2"]),
        "triplets": (36, ["query", "positive", "negative"]),
        "margins": (36, ["query", "positive", "negative", "label"]),
        "labelled": (48, ["query", "text", "label"]),
        "lists": (12, ["query", "texts", "labels"]),
        "fused": (12, ["query", "texts", "fused", "labels"]),
    }
    assert (len(rows), list(rows[0])) == expected[shape]
    if shape == "fused":
        assert all(len(row["fused"]) == len(row["labels"]) == 4 and row["labels"][0] > 0 for row in rows)


def test_weights_repeat_and_thin_out(material: Material) -> None:
    def count(weight: float) -> int:
        source = material.data.model_copy(update={"weight": weight})
        (rows,) = make_rows([Material(source, material.corpus, material.candidates)], None, "pairs", seed=1).values()
        return len(rows)

    assert count(2.0) == 24
    assert 0 < count(0.5) < 12


def test_given_margins_and_labels_are_kept(triples: Path, labelled: Path) -> None:
    source = data("triples", triples)
    (rows,) = make_rows([Material(source, read_source(source))], None, "margins", seed=1).values()
    assert {(row["negative"], row["label"]) for row in rows} == {("a food", 1.5), ("a year", 0.5)}
    source = data("labelled", labelled)
    (rows,) = make_rows([Material(source, read_source(source))], None, "labelled", seed=1).values()
    assert len(rows) == 24 and {row["label"] for row in rows} == {0.0, 1.0}


@pytest.mark.parametrize(
    ("kind", "fixture", "negatives", "loss", "shape"),
    [
        ("reranker", "pairs", False, "mnrl", "pairs"),
        ("reranker", "pairs", True, "lambda", "lists"),
        ("reranker", "triples", False, "margin-mse", "margins"),
        ("reranker", "labelled", False, "bce", "labelled"),
        ("encoder", "pairs", False, "mnrl", "pairs"),
        ("encoder", "pairs", True, "mnrl", "tuples"),
        ("encoder", "triples", False, "margin-mse", "margins"),
        ("encoder", "labelled", False, "cosent", "labelled"),
        ("encoder", "classes", False, "batch-all-triplet", "classes"),
        ("static", "pairs", False, "mnrl", "pairs"),
    ],
)
def test_auto_chooses_by_the_shape_of_the_data(
    request: pytest.FixtureRequest, kind: Any, fixture: Any, negatives: bool, loss: str, shape: str
) -> None:
    corpus = read_source(data(fixture, request.getfixturevalue(fixture)))
    more: set[Shape] = {"tuples", "lists"} if negatives else set()
    native = native_shapes(corpus) | more
    possible = possible_shapes(corpus, Negatives() if negatives else None)
    assert choose_loss(kind, "auto", native, possible) == (loss, shape)


def test_a_wrong_pairing_names_the_losses_that_fit(pairs: Path) -> None:
    possible = possible_shapes(read_source(data("pairs", pairs)), None)
    with pytest.raises(InvalidRecipe, match="'lambda' takes data of the shape lists") as caught:
        choose_loss("reranker", "lambda", possible, possible)
    assert "cached-mnrl, mnrl" in caught.value.remedy
    with pytest.raises(InvalidRecipe, match="no loss 'lambda' for a encoder"):
        choose_loss("encoder", "lambda", possible, possible)


def test_every_loss_fits_some_data() -> None:
    shapes = {"texts", "pairs", "tuples", "triplets", "margins", "labelled", "classes", "lists", "fused"}
    for losses in (ENCODER_LOSSES, RERANKER_LOSSES):
        assert all(set(entry.shapes) & shapes for entry in losses.values())


def test_classes_are_numbered_over_all_sources(classes: Path) -> None:
    material = Material(data("classes", classes), read_source(data("classes", classes)))
    other = replace(material, data=material.data.model_copy(update={"name": "others"}))
    rows = rows_of_classes([material, other])
    first, second = ({row["label"] for row in own} for own in rows.values())
    assert [len(own) for own in rows.values()] == [12, 12] and not first & second and first == {0, 1, 2, 3}
    assert rows["classes"][3]["label"] == rows["classes"][6]["label"] != rows["classes"][4]["label"]


def test_classes_of_single_texts_teach_nothing(tmp_path: Path) -> None:
    file = tmp_path / "classes.jsonl"
    file.write_text("".join(json.dumps({"text": f"t{n}", "label": max(n, 1)}) + "\n" for n in range(5)))
    material = Material(data("classes", file), read_source(data("classes", file)))
    with pytest.raises(InvalidRecipe, match="fewer than two classes"):
        rows_of_classes([material])


def test_rows_come_together_as_the_loss_wants_them() -> None:
    assert batches_of("encoder", "mnrl", None) == batches_of("reranker", "mnrl", None) == "no-duplicates"
    assert batches_of("encoder", "batch-hard-triplet", None) == "group-by-label"
    assert batches_of("encoder", "cosent", None) == batches_of("encoder", "mnrl", "random") == "random"
    with pytest.raises(InvalidRecipe, match="no classes to group by"):
        batches_of("encoder", "mnrl", "group-by-label")


@pytest.mark.parametrize(
    ("kind", "name", "wanted", "problem"),
    [
        ("reranker", "bce", {"matryoshka": (16,)}, "no embedding to shorten"),
        ("reranker", "bce", {"adaptive_layers": True}, "chosen by `layers`"),
        ("static", "mnrl", {"adaptive_layers": True}, "has no layers"),
        ("encoder", "cached-mnrl", {"adaptive_layers": True}, "in parts"),
        ("encoder", "mega-batch-margin", {"adaptive_layers": True}, "in parts"),
    ],
)
def test_a_modifier_that_does_not_fit_is_refused(kind: Any, name: str, wanted: Any, problem: str) -> None:
    with pytest.raises(InvalidRecipe, match=problem):
        modified(kind, name, Loss(name=name, **wanted), None, None)


def test_the_candidates_of_a_list_are_cut_by_rank() -> None:
    found = Candidates(Query("q", (9,)), tuple(range(20)), tuple(1 - n / 20 for n in range(20)), frozenset({12}))
    assert found.negatives(Negatives(first_rank=9, last_rank=14)) == [8, 10, 11, 13]
