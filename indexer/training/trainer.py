"""The common part of all kinds of training: data, negatives, loss, and the trainer of sentence-transformers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InvalidRecipe, UsageError
from engine.types import Float32
from indexer.training.corpus import unlabelled
from indexer.training.evaluation import METRIC, make_evaluator
from indexer.training.examples import (
    Material,
    Row,
    Rows,
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
from indexer.training.losses import Shape, batches_of, choose_loss, citations, make_loss
from indexer.training.losses.own import own_class
from indexer.training.recipe import LATE_INTERACTION, Kind, Recipe, Schedule
from indexer.training.schedule import Clock, clock_callback, last_checkpoint, make_arguments, seconds_spent
from indexer.training.teacher import embed
from indexer.training.texts import rows_of_texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Results of a training: the loss used, rows made, steps taken, seconds spent, the development figures, and what
    the loss asks to be cited by.
    """

    loss: str
    rows: int
    steps: int = 0
    seconds: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)
    citations: tuple[str, ...] = ()


def pick_loss(recipe: Recipe, materials: Sequence[Material]) -> tuple[str, Shape]:
    """The loss's name and the shape that all sources can be brought into. InvalidRecipe, before anything is mined."""
    native = set.intersection(*(native_shapes(material.corpus) for material in materials))
    possible = set.intersection(*(possible_shapes(material.corpus, recipe.negatives) for material in materials))
    if recipe.negatives:  # who asks for negatives wants them used
        native |= possible & {"tuples", "lists"}
    return choose_loss(recipe.kind, recipe.loss.name, native, possible, recipe.loss.shape)


@dataclass(frozen=True, slots=True)
class TeacherEmbeddings:
    """Texts, and the teacher's embeddings of them (n, d)."""

    texts: Sequence[str]
    embeddings: Float32

    @staticmethod
    def of(recipe: Recipe, texts: Sequence[str], out: Path) -> TeacherEmbeddings:
        """The texts, embedded by the recipe's teacher, or else by the model as it is before the training."""
        plan, name = recipe.schedule, recipe.loss.teacher or recipe.base
        bf16, length = (plan.bf16, plan.max_length) if plan else (True, None)
        return TeacherEmbeddings(texts, embed(name, texts, out / "cache", bf16=bf16, max_length=length))


def rows_of(
    recipe: Recipe, materials: Sequence[Material], shape: Shape, out: Path, teacher: TeacherEmbeddings | None = None
) -> Rows:
    """The training rows; negatives are mined and the teacher is asked as the shape needs it."""
    if shape == "parallel":
        teacher = TeacherEmbeddings.of(recipe, sources_of_translations(materials), out)
        return rows_of_translations(materials, teacher.texts, teacher.embeddings)
    if shape in ("texts", "single", "drawn", "damaged"):
        return {"texts": _rows_of_texts(recipe, materials, shape, out, teacher)}
    if shape == "classes":
        return rows_of_classes(materials)
    if shape == "pair-classes":
        served = recipe.kind == "reranker"
        return rows_of_pair_classes(materials, labels_to_serve(materials) if served else class_names(materials))
    spec = recipe.negatives
    if spec and shape != "pairs":
        materials = [
            material if "tuples" in native_shapes(material.corpus) and shape != "fused" else mined(material, spec)
            for material in materials
        ]
    return make_rows(materials, spec, shape, recipe.seed)


def _rows_of_texts(
    recipe: Recipe, materials: Sequence[Material], shape: Shape, out: Path, teacher: TeacherEmbeddings | None
) -> list[Row]:
    """Rows of single texts, with the teacher's embeddings where the shape has them."""
    texts = unlabelled([material.corpus for material in materials])
    if shape != "texts":
        return rows_of_texts(texts, shape, recipe.seed)
    teacher = teacher or TeacherEmbeddings.of(recipe, texts, out)
    return [{"text": text, "label": row} for text, row in zip(teacher.texts, teacher.embeddings, strict=True)]


def fit(
    model: Any,
    recipe: Recipe,
    materials: Sequence[Material],
    out: Path,
    resume: bool,
    teacher: TeacherEmbeddings | None = None,
) -> Fitted:
    """Train `model` in place; the best checkpoint by the development sets is what it holds in the end.

    Losses that take a teacher's embeddings learn from `teacher`, by default from the base's.
    """
    plan = recipe.schedule
    if plan is None:
        return Fitted("none", 0)
    checkpoint = last_checkpoint(out) if resume else None
    if resume and checkpoint is None:
        raise UsageError(f"There is no checkpoint in {out} to resume from.", "Train without --resume.")
    name, shape = pick_loss(recipe, materials)
    rows = rows_of(recipe, materials, shape, out, teacher)
    count = sum(map(len, rows.values()))
    if not count:
        raise InvalidRecipe("data: the sources give no training examples.", "Add data, or loosen `negatives`.")
    log.info("%d rows of the shape %s for the loss %s", count, shape, name)
    trainer = _trainer(
        model, recipe, rows, name, out, Clock((plan.minutes or 0) * 60 or 1.0, seconds_spent(checkpoint))
    )
    trained = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    figures, seconds = _figures(trainer.state), trained.metrics["train_runtime"]
    return Fitted(name, count, trained.global_step, seconds, figures, citations(trainer.loss))


def _trainer(model: Any, recipe: Recipe, rows: Rows, name: str, out: Path, clock: Clock) -> Any:
    """The trainer of the model's kind, on everything that the recipe says."""
    from transformers.trainer_callback import PrinterCallback

    trainer_class, arguments_class = _classes(recipe.kind, name)
    plan = recipe.schedule
    assert plan is not None  # noqa: S101  # `fit` has returned without one
    if plan.max_length is not None:
        model.max_seq_length = plan.max_length
    evaluator = make_evaluator(recipe)
    arguments = make_arguments(
        recipe,
        plan,
        out,
        arguments_class,
        steps_per_epoch=_batches(rows, plan),
        evaluated=evaluator is not None,
        batches=batches_of(recipe.kind, name, plan.batches),
    )
    trainer = trainer_class(
        model=model,
        args=arguments,
        train_dataset=_dataset(rows, plan),
        loss=make_loss(recipe.kind, name, recipe.loss, model, classes=_classes_in(rows)),
        evaluator=evaluator,
        callbacks=[
            *([clock_callback(clock, plan.warmup)] if plan.minutes is not None else []),
            *(own_class(name, "schedule.callbacks")() for name in plan.callbacks),
        ],
    )
    trainer.remove_callback(PrinterCallback)  # it prints on stdout, which belongs to the command's answer
    return trainer


def _dataset(rows: Rows, plan: Schedule) -> Any:
    """One data set, or one for each source, of which every batch takes one."""
    from datasets import Dataset, DatasetDict

    if plan.by_source:
        return DatasetDict({name: Dataset.from_list(own) for name, own in rows.items()})
    return Dataset.from_list([row for own in rows.values() for row in own])


def _classes_in(rows: Rows) -> int:
    """How many classes the rows are of; 0 where their labels are no numbers of classes."""
    labels = [row.get("label") for own in rows.values() for row in own]
    return len(set(labels)) if all(isinstance(label, int) for label in labels) else 0


def _batches(rows: Rows, plan: Schedule) -> int:
    """The batches of an epoch."""
    counts = [len(own) for own in rows.values()]
    return sum(-(-count // plan.batch_size) for count in (counts if plan.by_source else [sum(counts)]))


def _classes(kind: Kind, loss: str) -> tuple[Any, Any]:
    """The trainer and its arguments; rerankers' losses, which read lists, get texts and not tokens."""
    if kind != "reranker":
        from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments

        return SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments

    if loss != LATE_INTERACTION:
        return CrossEncoderTrainer, CrossEncoderTrainingArguments
    from sentence_transformers import MultiVectorEncoderTrainer
    from sentence_transformers.cross_encoder.data_collator import CrossEncoderDataCollator
    from sentence_transformers.multi_vector_encoder import MultiVectorEncoderTrainingArguments

    class ListTrainer(MultiVectorEncoderTrainer):  # type: ignore[misc,unused-ignore]
        data_collator_class = CrossEncoderDataCollator
        collect_features = CrossEncoderTrainer.collect_features

    return ListTrainer, MultiVectorEncoderTrainingArguments


def _figures(state: Any) -> dict[str, float]:
    """The development figures of the best evaluation, without the trainer's own entries."""
    evaluated = [entry for entry in state.log_history if f"eval_{METRIC}" in entry]
    if not evaluated:
        return {}
    best = max(evaluated, key=lambda entry: float(entry[f"eval_{METRIC}"]))
    return {name.removeprefix("eval_"): float(value) for name, value in best.items() if name.endswith(METRIC)}
