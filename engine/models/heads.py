"""What turns a cross-encoder's pooled vector into one score: a classification head, or the modules after pooling."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UnsupportedModel
from engine.models.checkpoint import Checkpoint
from engine.models.layers import Activation, Layer, activation, linear, read_layers
from engine.models.pooled import split_pooling
from engine.models.pooling import Pooling
from engine.models.weights import read_tensors, weight_files


@dataclass(frozen=True, slots=True)
class Head:
    """`layers` end in one column, the logit; `activation` turns it into the score."""

    pooling: Pooling
    layers: tuple[Layer, ...]
    activation: Activation


# model_type -> (first layer, its activation, last layer) of transformers' <...>ForSequenceClassification
_CLASSIFIERS = {
    "bert": ("bert.pooler.dense", "Tanh", "classifier"),
    "roberta": ("classifier.dense", "Tanh", "classifier.out_proj"),
    "xlm-roberta": ("classifier.dense", "Tanh", "classifier.out_proj"),
    "camembert": ("classifier.dense", "Tanh", "classifier.out_proj"),
    "distilbert": ("pre_classifier", "ReLU", "classifier"),
    "electra": ("classifier.dense", "GELU", "classifier.out_proj"),
}


def read_head(checkpoint: Checkpoint) -> Head:
    """The head of either kind of cross-encoder checkpoint. Raises UnsupportedModel unless it gives one score a pair."""
    if checkpoint.first.type != "Transformer":
        raise UnsupportedModel(f"{checkpoint.root} gives vectors, not scores.", "Choose a cross-encoder.")
    if len(checkpoint.modules) > 1:
        pooling, after = split_pooling(checkpoint)
        layers = read_layers(after)
    else:
        pooling, layers = Pooling(("cls",)), _classifier(checkpoint)
    labels = next((layer.dimension for layer in reversed(layers) if layer.dimension), None)
    if labels is None:
        raise UnsupportedModel(f"{checkpoint.root} gives vectors, not scores.", "Choose a cross-encoder.")
    if labels != 1:
        raise UnsupportedModel(
            f"{checkpoint.root} gives {labels} scores for a pair.", "Choose a cross-encoder with one label."
        )
    return Head(pooling, layers, activation(_activation_path(checkpoint)))


def _classifier(checkpoint: Checkpoint) -> tuple[Layer, ...]:
    family = checkpoint.config.get("model_type")
    if family not in _CLASSIFIERS:
        raise UnsupportedModel(
            f"{checkpoint.root} is a {family} classifier, whose head Winnow does not know.",
            "Choose a cross-encoder of one of: " + ", ".join(_CLASSIFIERS) + ", or a modular one.",
        )
    first, between, last = _CLASSIFIERS[family]
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    if f"{last}.weight" not in tensors:
        raise UnsupportedModel(
            f"{checkpoint.root} has no classification head: it is not a cross-encoder.", "Choose a cross-encoder."
        )
    then = activation(f"torch.nn.{between}")
    inner = linear(tensors[f"{first}.weight"], tensors[f"{first}.bias"], then)
    outer = linear(tensors[f"{last}.weight"], tensors[f"{last}.bias"], activation("torch.nn.Identity"))
    return Layer(first, inner), Layer(last, outer, tensors[f"{last}.weight"].shape[0])


def _activation_path(checkpoint: Checkpoint) -> str:
    """Where `CrossEncoder` looks, in its order: its own file, config.json, config.json's older key, sigmoid."""
    return (
        checkpoint.extra.get("activation_fn")
        or checkpoint.config.get("sentence_transformers", {}).get("activation_fn")
        or checkpoint.config.get("sbert_ce_default_activation_function")
        or "torch.nn.modules.activation.Sigmoid"
    )
