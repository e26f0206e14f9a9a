"""Modifiers of an encoder's loss: shorter embeddings, and fewer layers.

Matryoshka (https://arxiv.org/abs/2205.13147) asks the loss of the first dimensions too, adaptive layers
(https://arxiv.org/abs/2402.14776) of the earlier layers, and both together (`Matryoshka2dLoss`) of both at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from engine.errors import InvalidRecipe
from indexer.training.recipe import Kind, Loss

_MODULE = "sentence_transformers.sentence_transformer.losses"
_CACHED = ("cached-mnrl", "cached-symmetric", "cached-gist", "mega-batch-margin")  # go back from a hook, once a batch


def modified(kind: Kind, name: str, loss: Loss, model: Any, made: Any) -> Any:
    """The loss with the modifiers that a recipe asks for. InvalidRecipe where the model or the loss cannot have one."""
    if kind == "reranker" and loss.matryoshka:
        raise InvalidRecipe("loss.matryoshka: a reranker has no embedding to shorten.", "Remove the key.")
    if loss.adaptive_layers:
        _check_layers(kind, name)
    losses = import_module(_MODULE)
    dimensions = [] if name == "binary" else loss.matryoshka  # which shortens by itself
    if dimensions:
        wrapper = losses.Matryoshka2dLoss if loss.adaptive_layers else losses.MatryoshkaLoss
        return wrapper(model, made, [model.get_embedding_dimension(), *dimensions])
    return losses.AdaptiveLayerLoss(model, made) if loss.adaptive_layers else made


def _check_layers(kind: Kind, name: str) -> None:
    if kind == "reranker":
        raise InvalidRecipe("loss.adaptive_layers: a reranker's layers are chosen by `layers`.", "Remove the key.")
    if kind == "static":
        raise InvalidRecipe("loss.adaptive_layers: a static encoder has no layers.", "Remove the key.")
    if name in _CACHED:
        raise InvalidRecipe(
            f"loss.adaptive_layers: {name} computes its gradients in parts, which cannot be asked of each layer.",
            "Choose a loss without a cache, such as mnrl, or remove the key.",
        )
