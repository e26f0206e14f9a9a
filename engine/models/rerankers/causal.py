"""Causal language models as rerankers: asked in words whether the passage answers, and scored by the logit of a yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.runtimes.batching import TokenBudget, in_batches, pad
from engine.models.runtimes.runtime import Ids
from engine.types import Float32, Passage


class Asking(Protocol):
    """How a model is asked: what it reads, and which tokens would be its answer."""

    @property
    def special_tokens(self) -> int:
        """How many tokens are added to query and passage."""
        ...

    @property
    def answers(self) -> tuple[int, int | None]:
        """The score is the logit of the first token, less that of the second where there is one."""
        ...

    def encode(self, query: str, passages: Sequence[str]) -> list[tuple[list[int], bool]]:
        """Token ids of each pair, and whether anything of it had to be left out."""
        ...


class CausalModel(Protocol):
    """A loaded language model. Safe under threads. `at_once` is how many tokens one batch may hold."""

    @property
    def at_once(self) -> int: ...

    def run(self, input_ids: Ids, attention_mask: Ids) -> Float32:
        """Scores at the last token of each row, shape (batch,), for inputs of shape (batch, length)."""
        ...


def is_causal(checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint is a causal language model that answers, rather than one that is pooled."""
    answers = len(checkpoint.modules) == 1 or is_packaged(checkpoint)
    return answers and checkpoint.architecture.endswith("ForCausalLM")


def is_packaged(checkpoint: Checkpoint) -> bool:
    """Whether it comes with sentence-transformers' module for language models, and so with a template of its own."""
    return [module.type for module in checkpoint.modules] == ["Transformer", "LogitScore"]


class CausalReranker:
    """Implements `engine.protocols.Reranker`. Where both do not fit, the passage keeps at least half of the room."""

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        asking: Asking,
        model: CausalModel,
        tokens: Tokenization,
    ) -> None:
        self._name = name
        self._checkpoint = checkpoint
        self._asking = asking
        self._model = model
        self._budget = TokenBudget(model.at_once)
        self.tokens = tokens

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._checkpoint.max_length

    @property
    def languages(self) -> frozenset[str] | None:
        return self._checkpoint.languages

    @property
    def special_tokens(self) -> int:
        """Number of the prompt's tokens."""
        return self._asking.special_tokens

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Logits, shape (n,), in the order of `passages`."""
        rows = [ids for ids, _ in self._encode(query, passages)]
        scores = np.empty(len(rows), dtype=np.float32)

        def run(batch: NDArray[np.int64]) -> None:
            chosen = [rows[position] for position in batch]
            mask = pad([[1] * len(ids) for ids in chosen], 0)
            scores[batch] = self._model.run(pad(chosen, self._checkpoint.pad_id), mask)

        in_batches([len(ids) for ids in rows], self._budget, run)
        return scores

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many pairs are cut when scored."""
        return sum(cut for _, cut in self._encode(query, passages))

    def _encode(self, query: str, passages: Sequence[Passage]) -> list[tuple[list[int], bool]]:
        return self._asking.encode(query, [passage.text for passage in passages])
