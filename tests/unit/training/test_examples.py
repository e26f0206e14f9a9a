"""Negatives and rows: what the hybrid retrieval proposes, what is filtered, and the shape that each loss gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

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
from indexer.training.groups import (
    class_names,
    labels_to_serve,
    rows_of_pair_classes,
    rows_of_translations,
    sources_of_translations,
)
from indexer.training.losses import ENCODER_LOSSES, RERANKER_LOSSES, Shape, batches_of, choose_loss, make_loss
from indexer.training.losses.modifiers import modified
from indexer.training.negatives import Candidates, draw, retrieve
from indexer.training.recipe import Data, Loss, Negatives
from indexer.training.sources import read_source
from indexer.training.texts import rows_of_texts
from tests.conftest import Models
from tests.unit.training.conftest import WORDS, lines


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


@pytest.mark.parametrize("shape", ["pairs", "tuples", "triplets", "margins", "scores", "labelled", "lists", "fused"])
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
        "scores": (12, ["query", "positive", "negative_0", "negative_1", "negative_2", "label"]),
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
    (rows,) = make_rows([Material(source, read_source(source))], None, "scores", seed=1).values()
    assert all(row["negative_0"] == "a food" and row["label"] == [0.0, -1.5, -0.5] for row in rows)
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
        ("encoder", "pair_classes", False, "softmax", "pair-classes"),
        ("reranker", "pair_classes", False, "cross-entropy", "pair-classes"),
        ("encoder", "parallel", False, "mse", "parallel"),
        ("static", "pairs", False, "mnrl", "pairs"),
    ],
)
def test_auto_chooses_by_the_shape_of_the_data(
    request: pytest.FixtureRequest, kind: Any, fixture: Any, negatives: bool, loss: str, shape: str
) -> None:
    corpus = read_source(data(fixture.replace("_", "-"), request.getfixturevalue(fixture)))
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
    shapes = set(get_args(Shape))
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


def test_every_published_loss_is_registered_with_the_shape_of_the_published_table() -> None:
    """The tables of sentence-transformers' two pages on losses, by the class and by what a row holds."""
    published: dict[str, set[Shape]] = {
        "BatchAllTripletLoss": {"classes"},
        "BatchHardSoftMarginTripletLoss": {"classes"},
        "BatchHardTripletLoss": {"classes"},
        "BatchSemiHardTripletLoss": {"classes"},
        "ContrastiveTensionLoss": {"drawn"},
        "ContrastiveTensionLossInBatchNegatives": {"single"},
        "DenoisingAutoEncoderLoss": {"damaged"},
        "SoftmaxLoss": {"pair-classes"},
        "MultipleNegativesRankingLoss": {"pairs", "tuples"},
        "CachedMultipleNegativesRankingLoss": {"pairs", "tuples"},
        "MultipleNegativesSymmetricRankingLoss": {"pairs"},
        "CachedMultipleNegativesSymmetricRankingLoss": {"pairs"},
        "MegaBatchMarginLoss": {"pairs"},
        "GISTEmbedLoss": {"pairs", "triplets"},
        "CachedGISTEmbedLoss": {"pairs", "triplets"},
        "ContrastiveLoss": {"labelled"},
        "OnlineContrastiveLoss": {"labelled"},
        "CoSENTLoss": {"labelled"},
        "AnglELoss": {"labelled"},
        "CosineSimilarityLoss": {"labelled"},
        "TripletLoss": {"triplets"},
        "MSELoss": {"texts", "parallel"},
        "EmbedDistillLoss": {"texts", "parallel"},
        "MarginMSELoss": {"margins"},
        "DistillKLDivLoss": {"scores"},
    }
    ours = {entry.name: set(entry.shapes) for entry in ENCODER_LOSSES.values()}
    assert {name: shapes for name, shapes in ours.items() if name != "BinaryLoss"} == published


def test_single_texts_are_drawn_and_damaged() -> None:
    texts = ["the river is wide", "a city", "检索城市", "word"]
    assert rows_of_texts(texts, "single", 1) == [{"text": text} for text in texts]
    drawn = rows_of_texts(texts, "drawn", 1)
    assert len(drawn) == 32 and {row["label"] for row in drawn} == {0.0, 1.0}
    assert all((row["label"] == 1.0) == (row["text"] == row["other"]) for row in drawn)
    damaged = rows_of_texts(texts * 20, "damaged", 1)
    assert damaged == rows_of_texts(texts * 20, "damaged", 1) != rows_of_texts(texts * 20, "damaged", 2)
    assert all(0 < len(row["damaged"]) <= len(row["text"]) for row in damaged)
    assert all(set(row["damaged"].split()) <= set(row["text"].split()) for row in damaged if " " in row["text"])
    kept = sum(len(row["damaged"].split()) for row in damaged if row["text"] == texts[0]) / 80
    assert 0.25 < kept < 0.6


def test_a_text_and_each_translation_get_the_teachers_embedding(parallel: Path) -> None:
    material = Material(data("parallel", parallel), read_source(data("parallel", parallel)))
    texts = sources_of_translations([material, material])
    assert texts == [f"the {word}" for word in WORDS]
    (rows,) = rows_of_translations([material], texts, np.eye(12, dtype=np.float32)).values()
    assert [(row["text"], row["translation"], int(row["label"].argmax())) for row in rows[:3]] == [
        ("the river", "der rivering", 0),
        ("the river", "le riverer", 0),
        ("the bridge", "der bridgeing", 1),
    ]


def test_pairs_are_of_the_classes_of_all_sources(pair_classes: Path, tmp_path: Path) -> None:
    material = Material(data("pair-classes", pair_classes), read_source(data("pair-classes", pair_classes)))
    assert class_names([material]) == labels_to_serve([material]) == ["entailment", "neutral"]
    (rows,) = rows_of_pair_classes([material], class_names([material])).values()
    assert rows[0] == {"text": "a food is the river", "query": "the river is a food", "label": 0}
    lines(tmp_path / "x.jsonl", [{"query": "a", "text": "b", "label": label} for label in ("yes", "no")])
    other = Material(
        data("pair-classes", tmp_path / "x.jsonl"), read_source(data("pair-classes", tmp_path / "x.jsonl"))
    )
    with pytest.raises(InvalidRecipe, match="the classes are no, yes"):
        labels_to_serve([other])
    with pytest.raises(InvalidRecipe, match="one class"):
        class_names([replace(other, corpus=replace(other.corpus, classes=["yes", "yes"]))])


def test_a_loss_that_a_token_table_cannot_have_is_refused() -> None:
    with pytest.raises(InvalidRecipe, match="needs a transformer"):
        make_loss("static", "denoising", Loss(name="denoising"), None)


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


def test_a_loss_of_ones_own_needs_trust_a_class_and_a_shape_of_the_data(
    pairs: Path, setting: Callable[..., None]
) -> None:
    possible = possible_shapes(read_source(data("pairs", pairs)), None)
    with pytest.raises(InvalidRecipe, match="code of your own"):
        choose_loss("encoder", "json:JSONDecoder", possible, possible, "pairs")
    setting(trust_remote_code=True)
    assert choose_loss("encoder", "json:JSONDecoder", possible, possible, "pairs") == ("json:JSONDecoder", "pairs")
    for name, shape, problem in (
        ("json:Nothing", "pairs", "no class json:Nothing"),
        ("no_such_module:Loss", "pairs", "no class no_such_module:Loss"),
        ("json:JSONDecoder", None, "the shape None"),
        ("json:JSONDecoder", "classes", "the shape classes"),
    ):
        with pytest.raises(InvalidRecipe, match=problem):
            choose_loss("encoder", name, possible, possible, shape)
