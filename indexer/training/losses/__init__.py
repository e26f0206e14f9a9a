"""The registry of losses: by name, the class and the shapes of data that it takes (the first that fits is used).

Those of sentence-transformers are used as they are; its tables say which shape each of them takes:
https://sbert.net/docs/sentence_transformer/loss_overview.html and
https://sbert.net/docs/cross_encoder/loss_overview.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from engine.errors import InvalidRecipe
from engine.models.checkpoints.presets import BUNDLED
from indexer.training.losses.modifiers import modified
from indexer.training.losses.own import is_own, own_class
from indexer.training.recipe import CROSS_ENTROPY, LATE_INTERACTION, Batches, Kind, Loss

# texts: text, teacher's embedding. parallel: text, translation, teacher's embedding. pairs: query, positive.
# tuples: query, positive, negatives. triplets: one negative each.
# margins: triplets, and what a teacher scored the one above the other. scores: tuples, [what it scored each passage].
# labelled: query, text, label. classes: text, number of its class. pair-classes: text, query, number of their class.
# lists: query, [texts], [labels]. fused: lists with the retrieval's scores.
# single: text. drawn: text, itself or another, which of the two. damaged: text less some words, text.
Shape = Literal[
    "texts",
    "parallel",
    "pairs",
    "tuples",
    "triplets",
    "margins",
    "scores",
    "labelled",
    "classes",
    "pair-classes",
    "lists",
    "fused",
    "single",
    "drawn",
    "damaged",
]

_ENCODER = "sentence_transformers.sentence_transformer.losses"
_RERANKER = "sentence_transformers.cross_encoder.losses"
_OURS = "indexer.training.losses"
_APART: Batches = "no-duplicates"  # for losses that take the other rows' texts for negatives
_GROUPED: Batches = "group-by-label"


@dataclass(frozen=True, slots=True)
class LossKind:
    """Where a loss is imported from, what it takes, and how the rows of a batch should come together."""

    module: str
    name: str
    shapes: tuple[Shape, ...]
    batches: Batches = "random"


ENCODER_LOSSES: Mapping[str, LossKind] = {
    "mnrl": LossKind(_ENCODER, "MultipleNegativesRankingLoss", ("tuples", "pairs"), _APART),
    "cached-mnrl": LossKind(_ENCODER, "CachedMultipleNegativesRankingLoss", ("tuples", "pairs"), _APART),
    "symmetric": LossKind(_ENCODER, "MultipleNegativesSymmetricRankingLoss", ("pairs",), _APART),
    "cached-symmetric": LossKind(_ENCODER, "CachedMultipleNegativesSymmetricRankingLoss", ("pairs",), _APART),
    "gist": LossKind(_ENCODER, "GISTEmbedLoss", ("triplets", "pairs"), _APART),
    "cached-gist": LossKind(_ENCODER, "CachedGISTEmbedLoss", ("triplets", "pairs"), _APART),
    "mega-batch-margin": LossKind(_ENCODER, "MegaBatchMarginLoss", ("pairs",), _APART),
    "triplet": LossKind(_ENCODER, "TripletLoss", ("triplets",)),
    "margin-mse": LossKind(_ENCODER, "MarginMSELoss", ("margins",)),
    "distill-kl": LossKind(_ENCODER, "DistillKLDivLoss", ("scores",)),
    "mse": LossKind(_ENCODER, "MSELoss", ("parallel", "texts")),
    "embed-distill": LossKind(_ENCODER, "EmbedDistillLoss", ("parallel", "texts")),
    "cosine": LossKind(_ENCODER, "CosineSimilarityLoss", ("labelled",)),
    "cosent": LossKind(_ENCODER, "CoSENTLoss", ("labelled",)),
    "angle": LossKind(_ENCODER, "AnglELoss", ("labelled",)),
    "contrastive": LossKind(_ENCODER, "ContrastiveLoss", ("labelled",)),
    "online-contrastive": LossKind(_ENCODER, "OnlineContrastiveLoss", ("labelled",)),
    "batch-all-triplet": LossKind(_ENCODER, "BatchAllTripletLoss", ("classes",), _GROUPED),
    "batch-hard-triplet": LossKind(_ENCODER, "BatchHardTripletLoss", ("classes",), _GROUPED),
    "batch-hard-soft-margin-triplet": LossKind(_ENCODER, "BatchHardSoftMarginTripletLoss", ("classes",), _GROUPED),
    "batch-semi-hard-triplet": LossKind(_ENCODER, "BatchSemiHardTripletLoss", ("classes",), _GROUPED),
    "softmax": LossKind(_ENCODER, "SoftmaxLoss", ("pair-classes",)),
    "contrastive-tension": LossKind(_ENCODER, "ContrastiveTensionLoss", ("drawn",)),
    "contrastive-tension-in-batch": LossKind(_ENCODER, "ContrastiveTensionLossInBatchNegatives", ("single",), _APART),
    "denoising": LossKind(_ENCODER, "DenoisingAutoEncoderLoss", ("damaged",)),
    "binary": LossKind(f"{_OURS}.binary", "BinaryLoss", ("texts",)),
}
RERANKER_LOSSES: Mapping[str, LossKind] = {
    "bce": LossKind(_RERANKER, "BinaryCrossEntropyLoss", ("labelled",)),
    "mse": LossKind(_RERANKER, "MSELoss", ("labelled",)),
    "mnrl": LossKind(_RERANKER, "MultipleNegativesRankingLoss", ("tuples", "pairs"), _APART),
    "cached-mnrl": LossKind(_RERANKER, "CachedMultipleNegativesRankingLoss", ("tuples", "pairs"), _APART),
    "margin-mse": LossKind(_RERANKER, "MarginMSELoss", ("margins",)),
    CROSS_ENTROPY: LossKind(_RERANKER, "CrossEntropyLoss", ("pair-classes",)),
    "lambda": LossKind(_RERANKER, "LambdaLoss", ("lists",)),
    "listnet": LossKind(_RERANKER, "ListNetLoss", ("lists",)),
    "listmle": LossKind(_RERANKER, "ListMLELoss", ("lists",)),
    "plistmle": LossKind(_RERANKER, "PListMLELoss", ("lists",)),
    "ranknet": LossKind(_RERANKER, "RankNetLoss", ("lists",)),
    "adr-mse": LossKind(_RERANKER, "ADRMSELoss", ("lists",)),
    "residual": LossKind(f"{_OURS}.residual", "ResidualLoss", ("fused",)),
    LATE_INTERACTION: LossKind(f"{_OURS}.late_interaction", "LateInteractionLoss", ("fused",)),
}
# What `auto` takes: the first whose shape the data have in themselves.
_AUTO: Mapping[str, tuple[tuple[Shape, str], ...]] = {
    "encoder": (
        ("pair-classes", "softmax"),
        ("parallel", "mse"),
        ("classes", "batch-all-triplet"),
        ("labelled", "cosent"),
        ("margins", "margin-mse"),
        ("tuples", "mnrl"),
        ("pairs", "mnrl"),
        ("texts", "mse"),
    ),
    "reranker": (
        ("pair-classes", CROSS_ENTROPY),
        ("labelled", "bce"),
        ("margins", "margin-mse"),
        ("lists", "lambda"),
        ("pairs", "mnrl"),
    ),
}


def losses_of(kind: Kind) -> Mapping[str, LossKind]:
    """The losses that a recipe of this kind may name."""
    return RERANKER_LOSSES if kind == "reranker" else ENCODER_LOSSES


def choose_loss(
    kind: Kind, name: str, native: Collection[Shape], possible: Collection[Shape], shape_of_own: str | None = None
) -> tuple[str, Shape]:
    """The loss's name and the shape to bring the data into. InvalidRecipe names the losses that fit.

    `native` are the shapes that the data have as they are given, `possible` all into which they can be brought;
    `shape_of_own` is what a loss of the user's own takes.
    """
    if is_own(name):
        own_class(name, "loss.name")
        fitting_own = next((shape for shape in possible if shape == shape_of_own), None)
        if fitting_own is None:
            raise InvalidRecipe(
                f"loss.shape: these sources cannot be brought into the shape {shape_of_own}.",
                f"Give one of: {', '.join(sorted(possible))}.",
            )
        return name, fitting_own
    known = losses_of(kind)
    if name == "auto":
        table = _AUTO["reranker" if kind == "reranker" else "encoder"]
        found = next((loss for shape, loss in table if shape in native), None)
        name = found or next((loss for shape, loss in table if shape in possible), "")
    fitting = sorted(loss for loss, entry in known.items() if set(entry.shapes) & set(possible))
    if name not in known:
        raise InvalidRecipe(f"loss.name: there is no loss {name!r} for a {kind}.", f"Known: auto, {', '.join(known)}.")
    shape = next((shape for shape in known[name].shapes if shape in possible), None)
    if shape is None:
        raise InvalidRecipe(
            f"loss.name: {name!r} takes data of the shape {' or '.join(known[name].shapes)}, "
            f"which these sources cannot be brought into ({', '.join(sorted(possible))}).",
            f"Losses that fit: {', '.join(fitting)}." if fitting else "Add `negatives`, or other data.",
        )
    return name, shape


def make_loss(kind: Kind, name: str, loss: Loss, model: Any, classes: int = 0) -> Any:
    """The loss, with the recipe's options; `classes` is how many the data have. InvalidRecipe where the loss does not
    know an option, or the model cannot have it.
    """
    if is_own(name):
        return modified(kind, name, loss, model, _made(own_class(name, "loss.name"), name, model, loss.options))
    entry = losses_of(kind)[name]
    if kind == "static" and name == "denoising":
        raise InvalidRecipe("loss.name: denoising needs a transformer to decode with.", "Choose another loss.")
    options = dict(loss.options)
    if name == "softmax":
        options |= {"embedding_dimension": model.get_embedding_dimension(), "num_labels": classes}
    if name in ("gist", "cached-gist"):  # whose guide is a model, which a recipe names
        from indexer.training.teacher import load_teacher

        options["guide"] = load_teacher(options.get("guide", BUNDLED))
    if name == "binary" and loss.matryoshka:
        options["dimensions"] = loss.matryoshka
    return modified(
        kind, name, loss, model, _made(getattr(import_module(entry.module), entry.name), name, model, options)
    )


def _made(loss: Any, name: str, model: Any, options: Mapping[str, Any]) -> Any:
    try:
        return loss(model, **options)
    except TypeError as error:
        raise InvalidRecipe(f"loss.options: {name} does not take them: {error}.", "Correct its options.") from error


def citations(loss: Any) -> tuple[str, ...]:
    """The BibTeX entries by which a loss, and the one that it modifies, ask to be cited."""
    own = str(getattr(loss, "citation", "")).strip()
    within = getattr(loss, "loss", None)
    return ((own,) if own else ()) + (citations(within) if within is not None else ())


def batches_of(kind: Kind, name: str, chosen: Batches | None) -> Batches:
    """How the rows of a batch come together. InvalidRecipe where a loss has no classes to group by."""
    wanted = "random" if is_own(name) else losses_of(kind)[name].batches
    if chosen == _GROUPED and wanted != _GROUPED:
        raise InvalidRecipe(
            f"schedule.batches: {name!r} has no classes to group by.", "Choose random or no-duplicates."
        )
    return chosen or wanted
