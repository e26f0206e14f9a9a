"""The meaning of a cross-encoder's outputs: which of them says that the passage answers, and how a score is squashed.

Models for natural language inference have three outputs. Their score is the log-odds of entailment,

    logit[entailment] - log(sum of exp(logit) of the others),

so that its sigmoid is the softmax probability of entailment. They read the passage first: it is the premise, and the
query the hypothesis that it may entail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.encoders.layers import Activation, activation
from engine.types import Float32

_ENTAILMENT = "entailment"


@dataclass(frozen=True, slots=True)
class Labels:
    """`relevant` is the column of the output that counts; `activation` turns a logit into the model's own score.
    `names` are those of several labels by column, none for one.
    """

    count: int
    relevant: int
    activation: Activation
    names: tuple[str, ...] = ()

    def pairs(self, query: str, passages: list[str]) -> list[tuple[str, str]]:
        """Pairs of query and passage, in the order in which the model reads the two."""
        return [(query, passage) if self.count == 1 else (passage, query) for passage in passages]

    def logits(self, outputs: Float32) -> Float32:
        """(n, count) -> (n,)"""
        chosen = outputs[:, 0] if self.count == 1 else log_odds(outputs, self.relevant)
        return np.ascontiguousarray(chosen, dtype=np.float32)


def log_odds(outputs: Float32, column: int) -> Float32:
    """Log-odds of one label against the others, (n, labels) -> (n,), from logits or log-probabilities."""
    odds: Float32 = outputs[:, column] - np.logaddexp.reduce(np.delete(outputs, column, axis=1), axis=1)
    return odds


def entailment_in(names: Sequence[str]) -> int | None:
    """The column of entailment, None where no label is called so."""
    return next((column for column, name in enumerate(names) if name.lower() == _ENTAILMENT), None)


def read_labels(checkpoint: Checkpoint, count: int) -> Labels:
    """Read the labels. Raises UnsupportedModel where none of several labels is entailment."""
    if count == 1:
        return Labels(1, 0, activation(_activation_path(checkpoint)))
    known = {int(column): str(name) for column, name in checkpoint.config.get("id2label", {}).items()}
    names = tuple(known.get(column, f"LABEL_{column}") for column in range(count))
    relevant = entailment_in(names)
    if relevant is not None:
        return Labels(count, relevant, activation("torch.nn.Sigmoid"), names)
    raise UnsupportedModel(
        f"{checkpoint.root} gives {count} scores for a pair ({', '.join(names)}).",
        f"Choose a cross-encoder with one label, or with one that is called {_ENTAILMENT}.",
    )


def _activation_path(checkpoint: Checkpoint) -> str:
    """Where `CrossEncoder` looks, in its order: its own file, config.json, config.json's older key, sigmoid."""
    return (
        checkpoint.extra.get("activation_fn")
        or checkpoint.config.get("sentence_transformers", {}).get("activation_fn")
        or checkpoint.config.get("sbert_ce_default_activation_function")
        or "torch.nn.modules.activation.Sigmoid"
    )
