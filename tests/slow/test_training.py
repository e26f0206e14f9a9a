"""`winnow train` with torch: every loss takes a step, every kind gives a model that Winnow loads, and resuming goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from engine.errors import InvalidRecipe
from engine.models import load_encoder, load_reranker
from engine.protocols import TellsLabels
from engine.types import Passage
from indexer.training.losses import ENCODER_LOSSES, RERANKER_LOSSES
from indexer.training.run import train
from tests.conftest import Models
from tests.support.checkpoints import tiny_encoder
from tests.unit.training.conftest import WORDS, beir, classes, labelled, pair_classes, pairs, parallel, triples

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

__all__ = ["beir", "classes", "labelled", "pair_classes", "pairs", "parallel", "triples"]

NEEDS = {
    "labelled": "labelled",
    "margins": "triples",
    "scores": "triples",
    "pair-classes": "pair-classes",
    "parallel": "parallel",
    "classes": "classes",
}  # shape -> the fixture that has it; others are mined from beir


def recipe(folder: Path, kind: str, source: tuple[str, Path], **parts: Any) -> Path:
    content = {
        "name": "tiny",
        "kind": kind,
        "data": [{"kind": source[0], "path": str(source[1]), "licence": "CC0", "name": "words"}],
        "schedule": {"epochs": 1, "batch_size": 6, "learning_rate": 1e-3, "bf16": False},
        **parts,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(content))
    return folder / "recipe.yaml"


def negatives(models: Models) -> dict[str, Any]:
    return {"encoder": models.encoder, "hard": 2, "random": 1, "first_rank": 1, "margin": 10.0}


@pytest.mark.parametrize("loss", sorted(ENCODER_LOSSES))
def test_every_loss_for_encoders(loss: str, tmp_path: Path, models: Models, request: pytest.FixtureRequest) -> None:
    shape = ENCODER_LOSSES[loss].shapes[0]
    kind = NEEDS.get(shape, "beir")
    extra = {"negatives": negatives(models)} if shape in ("tuples", "triplets") else {}
    options = {"guide": models.encoder} if loss.endswith("gist") else {}
    path = recipe(
        tmp_path,
        "encoder",
        (kind, request.getfixturevalue(kind.replace("-", "_"))),
        base=models.encoder,
        loss={"name": loss, "options": options, "matryoshka": [16] if loss in ("mnrl", "binary") else []},
        **extra,
    )
    done = train("encoder", path, tmp_path / "out")
    assert done.fitted.loss == loss and done.fitted.steps >= 2
    vectors = load_encoder(str(done.model)).encode(["the river", "a city"])
    assert np.isfinite(vectors).all() and not np.allclose(
        vectors, load_encoder(models.encoder).encode(["the river", "a city"])
    )


@pytest.mark.parametrize("loss", ["mse", "embed-distill"])
def test_an_encoder_learns_what_its_teacher_makes_of_single_texts(
    loss: str, tmp_path: Path, models: Models, beir: Path
) -> None:
    teacher = str(tiny_encoder(tmp_path / "teacher", seed=7))
    texts = ["the river", "a city"]
    taught = {"name": loss, "teacher": teacher}
    plan = {"epochs": 30, "batch_size": 6, "learning_rate": 1e-2, "bf16": False}
    path = recipe(tmp_path, "encoder", ("beir", beir), base=models.encoder, loss=taught, schedule=plan)
    done = train("encoder", path, tmp_path / "out")
    assert nearness(str(done.model), texts, teacher, texts) > nearness(models.encoder, texts, teacher, texts) + 0.05
    assert str(tmp_path) not in (done.model / "README.md").read_text("utf-8")


def test_translations_come_near_what_a_teacher_makes_of_the_text(
    tmp_path: Path, models: Models, parallel: Path
) -> None:
    teacher = str(tiny_encoder(tmp_path / "teacher", seed=7))
    texts, translations = [f"the {word}" for word in WORDS], [f"der {word}ing" for word in WORDS]
    plan = {"epochs": 30, "batch_size": 6, "learning_rate": 1e-2, "bf16": False}
    path = recipe(
        tmp_path,
        "encoder",
        ("parallel", parallel),
        base=models.encoder,
        loss={"name": "auto", "teacher": teacher},
        schedule=plan,
    )
    done = train("encoder", path, tmp_path / "out")
    assert done.fitted.loss == "mse" and done.fitted.rows == 24
    before = nearness(models.encoder, translations, teacher, texts)
    assert nearness(str(done.model), translations, teacher, texts) > before + 0.05


def nearness(student: str, texts: list[str], teacher: str, originals: list[str]) -> float:
    """The mean cosine of a student's vectors of some texts with a teacher's of others."""
    return float((load_encoder(student).encode(texts) * load_encoder(teacher).encode(originals)).sum(axis=1).mean())


def test_a_loss_and_a_callback_of_ones_own(
    tmp_path: Path, models: Models, pairs: Path, setting: Callable[..., None]
) -> None:
    from tests.slow.own_training import STEPS

    own = "tests.slow.own_training"
    source = ("pairs", pairs)
    loss = {"name": f"{own}:PullTogether", "shape": "pairs", "options": {"weight": 2.0}, "matryoshka": [16]}
    plan = {"epochs": 1, "batch_size": 6, "learning_rate": 1e-3, "bf16": False, "callbacks": [f"{own}:Counted"]}
    path = recipe(tmp_path, "encoder", source, base=models.encoder, loss=loss, schedule=plan)
    with pytest.raises(InvalidRecipe, match="code of your own"):
        train("encoder", path, tmp_path / "out")
    setting(trust_remote_code=True)
    STEPS.clear()
    done = train("encoder", path, tmp_path / "out")
    assert done.fitted.steps == 2 and STEPS == [1, 2]
    card = (done.model / "README.md").read_text("utf-8")
    assert "@misc{together" in card and "Matryoshka" in card.partition("## Citation")[2]


@pytest.mark.parametrize("matryoshka", [[], [16]], ids=["layers", "layers and dimensions"])
@pytest.mark.parametrize("loss", ["mnrl", "cosent", "mse", "binary", "batch-all-triplet"])
def test_losses_of_every_layer(
    loss: str, matryoshka: list[int], tmp_path: Path, models: Models, request: pytest.FixtureRequest
) -> None:
    """AdaptiveLayerLoss, and Matryoshka2dLoss with shorter dimensions; of every shape of data that encoders take."""
    kind = NEEDS.get(ENCODER_LOSSES[loss].shapes[0], "beir")
    path = recipe(
        tmp_path,
        "encoder",
        (kind, request.getfixturevalue(kind.replace("-", "_"))),
        base=models.encoder,
        loss={"name": loss, "matryoshka": matryoshka, "adaptive_layers": True},
    )
    done = train("encoder", path, tmp_path / "out")
    assert done.fitted.steps >= 2 and np.isfinite(load_encoder(str(done.model)).encode(["the river"])).all()


@pytest.mark.parametrize("batches", ["random", "no-duplicates"])
def test_how_rows_come_together(
    batches: str, tmp_path: Path, models: Models, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row twice: without duplicates no batch holds one twice."""
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    seen: list[list[Any]] = []
    forward = MultipleNegativesRankingLoss.forward

    def watched(self: Any, sentence_features: Any, labels: Any) -> Any:
        seen.append([tuple(row) for row in sentence_features[0]["input_ids"].tolist()])
        return forward(self, sentence_features, labels)

    monkeypatch.setattr(MultipleNegativesRankingLoss, "forward", watched)
    source = {"kind": "pairs", "path": str(pairs), "licence": "CC0", "name": "words", "weight": 2}
    path = recipe(
        tmp_path,
        "encoder",
        ("pairs", pairs),
        base=models.encoder,
        data=[source],
        loss={"name": "mnrl"},
        schedule={"epochs": 3, "batch_size": 8, "learning_rate": 1e-3, "bf16": False, "batches": batches},
    )
    train("encoder", path, tmp_path / "out")
    assert any(len(set(batch)) < len(batch) for batch in seen) == (batches == "random")


def test_training_goes_on_with_all_threads_after_it_has_mined_negatives(
    tmp_path: Path, models: Models, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan for negatives takes one thread, of the same OpenMP that torch computes with."""
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    before, during = torch.get_num_threads(), set[int]()
    forward = MultipleNegativesRankingLoss.forward

    def watched(self: Any, sentence_features: Any, labels: Any) -> Any:
        during.add(torch.get_num_threads())
        return forward(self, sentence_features, labels)

    monkeypatch.setattr(MultipleNegativesRankingLoss, "forward", watched)
    try:
        torch.set_num_threads(2)
        path = recipe(tmp_path, "encoder", ("pairs", pairs), base=models.encoder, negatives=negatives(models))
        assert train("encoder", path, tmp_path / "out").fitted.loss == "mnrl"
    finally:
        torch.set_num_threads(before)
    assert during == {2}


@pytest.mark.parametrize("loss", sorted(RERANKER_LOSSES))
def test_every_loss_for_rerankers(loss: str, tmp_path: Path, models: Models, request: pytest.FixtureRequest) -> None:
    kind = NEEDS.get(RERANKER_LOSSES[loss].shapes[0], "beir")
    extra = {} if kind in NEEDS.values() else {"negatives": negatives(models)}
    source = (kind, request.getfixturevalue(kind.replace("-", "_")))
    path = recipe(tmp_path, "reranker", source, base=models.encoder, loss={"name": loss}, layers=1, **extra)
    done = train("reranker", path, tmp_path / "out")
    assert done.fitted.loss == loss and done.fitted.steps >= 2
    scores = load_reranker(str(done.model)).score("the river", [Passage("a city", "x"), Passage("the river", "y")])
    assert np.isfinite(scores).all()


def test_a_reranker_of_classes_tells_them(tmp_path: Path, models: Models, pair_classes: Path) -> None:
    plan = {"epochs": 8, "batch_size": 6, "learning_rate": 1e-2, "bf16": False}
    path = recipe(tmp_path, "reranker", ("pair-classes", pair_classes), base=models.encoder, schedule=plan)
    done = train("reranker", path, tmp_path / "out")
    assert done.fitted.loss == "cross-entropy"
    model = load_reranker(str(done.model))
    assert isinstance(model, TellsLabels) and model.label_names == ("entailment", "neutral")
    scores = model.score("the river is a food", [Passage("a food is the river"), Passage("the year of the river")])
    assert scores[0] > scores[1]
    more = recipe(
        tmp_path / "more",
        "reranker",
        ("pair-classes", pair_classes),
        base=str(done.model),
        base_is="reranker",
    )
    assert load_reranker(str(train("reranker", more, tmp_path / "again").model)).score("a", [Passage("b")]).shape == (
        1,
    )


@pytest.mark.parametrize("loss", ["residual", "late-interaction"])
def test_a_reranker_packaged_whole_scores_as_the_reference_does(
    loss: str, tmp_path: Path, models: Models, beir: Path
) -> None:
    source = {"kind": "beir", "path": str(beir), "licence": "CC0", "name": "dev", "held_out": 4}
    path = recipe(
        tmp_path,
        "reranker",
        ("beir", beir),
        base=models.encoder,
        data=[source],
        negatives=negatives(models),
        schedule={
            "epochs": 2,
            "batch_size": 4,
            "learning_rate": 1e-3,
            "head_learning_rate": 5e-3,
            "bf16": True,
            "frozen": 1,
            "by_source": loss == "late-interaction",
        },
        evaluation={"sets": [{**source, "only_held_out": True}], "steps": 2, "policy": "add", "policy_weight": 0.1},
        loss={"name": loss},
    )
    done = train("reranker", path, tmp_path / "out")
    assert 0.0 < done.fitted.figures["ndcg@10"] <= 1.0
    pairs = [("the river", "a city"), ("is the bridge a food", "the bridge and the city in the food")]
    ours = [load_reranker(str(done.model)).score(query, [Passage(text, text)])[0] for query, text in pairs]
    assert ours == pytest.approx(reference_scores(loss, done.model, pairs), abs=1e-3)


def test_the_recipe_of_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "training.md").read_text("utf-8")
    content, *_ = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    (questions,) = re.findall(r"^```json\n(.*?)^```", page, re.M | re.S)
    for row in map(json.loads, questions.splitlines()):
        document = tmp_path / "documents" / row["doc"]
        document.parent.mkdir(parents=True, exist_ok=True)
        text = f"{row['quote']}, and do it with care. " + "Whoever leaves it undone will be sorry in winter. " * 6
        document.write_text(f"# {document.stem}\n\n{text}\n\n## Why\n\nIt would rust. {text}\n")
    (tmp_path / "questions.jsonl").write_text(questions)
    (tmp_path / "mine.yaml").write_text(content)
    monkeypatch.chdir(tmp_path)
    done = train("reranker", Path("mine.yaml"), Path("mine"))
    pairs = ("river", [Passage("A river is water that flows."), Passage("Bread is baked.")])
    scores = load_reranker(str(done.model)).score(*pairs)
    assert scores[0] > scores[1] and scores == pytest.approx(load_reranker().score(*pairs), abs=1.5)


def reference_scores(loss: str, model: Path, pairs: list[tuple[str, str]]) -> list[float]:
    from sentence_transformers import CrossEncoder, MultiVectorEncoder

    if loss == "residual":
        found = CrossEncoder(str(model), device="cpu").predict(pairs, activation_fn=torch.nn.Identity())
        return [float(score) for score in found]
    encoder = MultiVectorEncoder(str(model), device="cpu")
    queries, passages = zip(*pairs, strict=True)
    asked, read = encoder.encode_query(list(queries)), encoder.encode_document(list(passages))
    return [float(score) for score in encoder.similarity_pairwise(asked, read)]


def test_an_encoder_with_nothing_but_a_rotation_keeps_its_similarities(
    tmp_path: Path, models: Models, beir: Path
) -> None:
    path = recipe(
        tmp_path, "encoder", ("titles", beir), base=models.encoder, projection={"dimension": 48}, schedule=None
    )
    turned = load_encoder(str(train("encoder", path, tmp_path / "out").model))
    texts = ["the river", "a city", "the search engine"]
    before, after = load_encoder(models.encoder).encode(texts), turned.encode(texts)
    assert after.shape == (3, 48)
    assert after @ after.T == pytest.approx(before @ before.T, abs=2e-3)  # weights are kept as fp16


def test_a_static_encoder_comes_near_its_teacher(tmp_path: Path, models: Models, beir: Path) -> None:
    regression = {"teacher": models.encoder, "dimension": 32, "ridge": 0.001}
    path = recipe(tmp_path, "static", ("beir", beir), regression=regression, schedule=None)
    student = load_encoder(str(train("static", path, tmp_path / "out").model))
    texts = ["is the river a food", "is the query a food", "is the winnow a food"]  # it was regressed on these
    teacher = load_encoder(models.encoder).encode(texts)
    assert student.encode(texts) @ teacher.T == pytest.approx(teacher @ teacher.T, abs=0.1)


def test_a_static_encoder_is_trained_further(tmp_path: Path, models: Models, beir: Path) -> None:
    regression = {"teacher": models.encoder, "dimension": 16}
    path = recipe(tmp_path, "static", ("titles", beir), regression=regression, loss={"name": "mnrl"})
    done = train("static", path, tmp_path / "out")
    assert done.fitted.steps == 2
    assert load_encoder(str(done.model)).encode(["the river"]).shape == (1, 16)


def test_resuming_goes_on_and_ends_where_one_run_would(tmp_path: Path, models: Models, pairs: Path) -> None:
    def weights(folder: Path) -> np.ndarray:
        return load_encoder(str(folder / "model")).encode(["the river", "a year of food"])

    def written(epochs: int) -> Path:
        plan = {"epochs": epochs, "batch_size": 6, "learning_rate": 1e-3, "bf16": False, "save_steps": 2, "warmup": 0.0}
        return recipe(tmp_path, "encoder", ("pairs", pairs), base=models.encoder, schedule=plan)

    whole = train("encoder", written(4), tmp_path / "whole")
    again = train("encoder", written(4), tmp_path / "again")
    assert weights(tmp_path / "whole") == pytest.approx(weights(tmp_path / "again"), abs=1e-3)
    last = tmp_path / "again" / "checkpoints" / "checkpoint-8"
    assert last.is_dir() and whole.fitted.steps == again.fitted.steps == 8
    for file in sorted(last.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    last.rmdir()  # as if it had been stopped after step 6
    resumed = train("encoder", written(4), tmp_path / "again", resume=True)
    assert resumed.fitted.steps == 8
    assert weights(tmp_path / "again") == pytest.approx(weights(tmp_path / "whole"), abs=1e-3)


def test_minutes_end_the_training_and_are_remembered(tmp_path: Path, models: Models, pairs: Path) -> None:
    plan = {"minutes": 0.05, "batch_size": 6, "learning_rate": 1e-3, "bf16": False, "save_steps": 100_000}
    path = recipe(tmp_path, "encoder", ("pairs", pairs), base=models.encoder, schedule=plan)
    done = train("encoder", path, tmp_path / "out")
    assert done.fitted.steps > 2
    (clock,) = (tmp_path / "out" / "checkpoints").glob("checkpoint-*/clock.json")
    assert 3 <= json.loads(clock.read_text())["seconds"] < 30
    assert train("encoder", path, tmp_path / "out", resume=True).fitted.steps == done.fitted.steps + 1


def test_the_signs_of_soft_codes_estimate_cosines() -> None:
    from indexer.training.losses.binary import binary_loss, similarities

    generator = torch.Generator().manual_seed(0)
    teacher = torch.nn.functional.normalize(torch.randn(64, 512, generator=generator) + 1.0, dim=1)
    found = similarities(teacher, beta=1000.0)
    centred = torch.nn.functional.normalize(torch.randn(64, 512, generator=generator), dim=1)
    assert (similarities(centred, 1000.0)["symmetric"] - centred @ centred.T).abs().mean() < 0.06
    assert torch.allclose(found["float"], teacher @ teacher.T)
    exact = binary_loss(centred, centred, 1000.0, 0.1, keep=1.0)
    shuffled = binary_loss(centred.flip(0), centred, 1000.0, 0.1, keep=1.0)
    assert 0 <= exact < shuffled


def test_the_residual_is_zero_gradient_where_the_fused_list_is_right() -> None:
    from indexer.training.losses.residual import residual_loss

    logits = torch.zeros(2, 3, requires_grad=True)
    fused = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    labels = torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    present = torch.tensor([[True, True, False], [True, True, True]])
    residual_loss(logits, fused, labels, present, scale=10.0, penalty=0.01).backward()
    assert logits.grad[0].abs().max() < 1e-3  # already right: nothing to learn
    assert logits.grad[1, 0] < -0.4 and logits.grad[1, 1] > 0.4
    assert logits.grad[0, 2] == 0  # padding
    far = residual_loss(logits.detach() + 5, fused, labels, present, scale=10.0, penalty=0.01)
    near = residual_loss(logits.detach(), fused, labels, present, scale=10.0, penalty=0.01)
    assert far - near == pytest.approx(0.25, abs=1e-3)  # the size of a logit costs, its shift says nothing
