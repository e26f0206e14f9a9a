"""Heads, which turn a cross-encoder's hidden states into its outputs: a classification head, or the modules
after pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import JINA_BERT, Checkpoint, torch_only
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.checkpoints.weights import read_tensors, weight_files
from engine.models.encoders.layers import Layer, activation, layer_norm, linear, read_layers
from engine.models.encoders.pooled import PooledTransformer, split_pooling
from engine.models.encoders.pooling import Pooling
from engine.models.graphs.graph import Graph
from engine.models.runtimes.runtime import Runtime
from engine.types import Float32


@dataclass(frozen=True, slots=True)
class Head:
    """`layers` end in one column a label."""

    pooling: Pooling
    layers: tuple[Layer, ...]
    labels: int


@dataclass(frozen=True, slots=True)
class Classifier:
    """The layers of transformers' <...>ForSequenceClassification: linear, activation, perhaps a norm, linear."""

    first: str
    activation: str
    last: str
    norm: str | None = None


CLASSIFIERS = {
    "bert": Classifier("bert.pooler.dense", "Tanh", "classifier"),
    JINA_BERT: Classifier("bert.pooler.dense", "Tanh", "classifier"),
    "roberta": Classifier("classifier.dense", "Tanh", "classifier.out_proj"),
    "xlm-roberta": Classifier("classifier.dense", "Tanh", "classifier.out_proj"),
    "camembert": Classifier("classifier.dense", "Tanh", "classifier.out_proj"),
    "distilbert": Classifier("pre_classifier", "ReLU", "classifier"),
    "electra": Classifier("classifier.dense", "GELU", "classifier.out_proj"),
    "deberta-v2": Classifier("pooler.dense", "GELU", "classifier"),
    "mpnet": Classifier("classifier.dense", "Tanh", "classifier.out_proj"),
    "modernbert": Classifier("head.dense", "GELU", "classifier", norm="head.norm"),
}


def has_head(checkpoint: Checkpoint) -> bool:
    """Whether the head is one that this module knows; others run whole, by torch."""
    known = checkpoint.family in CLASSIFIERS and not checkpoint.needs_own_code
    return known or any(module.type == "Pooling" for module in checkpoint.modules)


def read_head(checkpoint: Checkpoint) -> Head:
    """The head of either kind of cross-encoder checkpoint. Raises UnsupportedModel where there is none."""
    if checkpoint.first.type != "Transformer":
        raise UnsupportedModel(f"{checkpoint.root} gives vectors, not scores.", "Choose a cross-encoder.")
    if len(checkpoint.modules) > 1:
        pooling, after = split_pooling(checkpoint)
        layers = read_layers(after)
    elif not has_head(checkpoint):
        raise torch_only(checkpoint, f"is a {checkpoint.family} classifier")
    else:
        pooling, layers = Pooling((_classifier_pooling(checkpoint),)), _classifier(checkpoint)
    labels = next((layer.dimension for layer in reversed(layers) if layer.dimension), None)
    if labels is None:
        raise UnsupportedModel(f"{checkpoint.root} gives vectors, not scores.", "Choose a cross-encoder.")
    return Head(pooling, layers, labels)


class HeadScorer:
    """Implements `cross_encoder.PairScorer`: a transformer by a runtime, and its head in NumPy."""

    def __init__(self, checkpoint: Checkpoint, head: Head, runtime: Runtime) -> None:
        self._head = head
        self._pooled = PooledTransformer(checkpoint, runtime, head.pooling)

    @property
    def labels(self) -> int:
        return self._head.labels

    @property
    def tokenization(self) -> Tokenization:
        return self._pooled.tokenization

    def run(self, pairs: Sequence[tuple[str, str]]) -> Float32:
        rows = self._pooled.run(pairs)
        for layer in self._head.layers:
            rows = layer.apply(rows)
        return rows


def add_classifier(graph: Graph, checkpoint: Checkpoint) -> None:
    """Continue the graph from the first token's hidden state to the head's logits, its new output."""
    parts = CLASSIFIERS[checkpoint.family]
    if _classifier_pooling(checkpoint) != "cls":
        raise UnsupportedModel(f"{checkpoint.root} pools by the mean.", "Export it as safetensors.")
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    rows = graph.add("Gather", graph.output, graph.constant(0), axis=1)
    rows = graph.linear(parts.first, tensors, rows, bias=f"{parts.first}.bias" in tensors)
    rows = graph.add("Gelu" if parts.activation == "GELU" else parts.activation.capitalize(), rows)
    if parts.norm:
        bias = f"{parts.norm}.bias" in tensors
        rows = graph.norm(parts.norm, tensors, rows, checkpoint.config.get("norm_eps", 1e-5), bias=bias)
    graph.finish(graph.linear(parts.last, tensors, rows), "logits")


def _classifier(checkpoint: Checkpoint) -> tuple[Layer, ...]:
    parts = CLASSIFIERS[checkpoint.family]
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    if f"{parts.last}.weight" not in tensors:
        raise UnsupportedModel(
            f"{checkpoint.root} has no classification head: it is not a cross-encoder.", "Choose a cross-encoder."
        )
    then = activation(f"torch.nn.{parts.activation}")
    layers = [Layer(parts.first, linear(tensors[f"{parts.first}.weight"], tensors.get(f"{parts.first}.bias"), then))]
    if parts.norm:
        epsilon = checkpoint.config.get("norm_eps", 1e-5)
        norm = layer_norm(tensors[f"{parts.norm}.weight"], tensors.get(f"{parts.norm}.bias"), epsilon)
        layers.append(Layer(parts.norm, norm))
    outer = linear(tensors[f"{parts.last}.weight"], tensors[f"{parts.last}.bias"], activation("torch.nn.Identity"))
    return *layers, Layer(parts.last, outer, tensors[f"{parts.last}.weight"].shape[0])


def _classifier_pooling(checkpoint: Checkpoint) -> str:
    return str(checkpoint.config.get("classifier_pooling", "cls"))  # ModernBERT's choice
