"""The bi-encoder: tokens, transformer, pooling, layers after it. One vector per text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from engine.fingerprint import QueryFingerprint
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.declared import declared_int8
from engine.models.checkpoints.published import graph_files
from engine.models.checkpoints.weights import digest_weights, weight_files
from engine.models.encoders.finish import read_finish
from engine.models.encoders.pooled import PooledTransformer, split_pooling
from engine.models.encoders.prompting import Prompting
from engine.models.runtimes.runtime import Runtime
from engine.protocols import Role, TokenCounter
from engine.types import Float32


class TransformerEncoder(Prompting):
    """Implements `engine.protocols.Encoder` and `TellsRuntimes` for a checkpoint that begins with a Transformer."""

    def __init__(self, checkpoint: Checkpoint, runtime: Runtime) -> None:
        self._checkpoint = checkpoint
        self._pooling, after = split_pooling(checkpoint)
        self._pooled = PooledTransformer(checkpoint, runtime, self._pooling)
        self._finish = read_finish(checkpoint, after, self._pooled.width)
        self._prompts = checkpoint.prompts
        self._languages = checkpoint.languages

    @property
    def in_float32(self) -> bool:
        """Whether float32 is what the model is to be run in, from its own weights."""
        return self._checkpoint.graph is None and not declared_int8(self._checkpoint)

    @property
    def dimension(self) -> int:
        return self._finish.dimension

    @cached_property
    def max_tokens(self) -> int:
        """Tokens of the model's length that special tokens and the longest prompt leave."""
        tokenization = self._pooled.tokenization
        prompts = max(tokenization.count(list(self._prompts.values())))
        return self._checkpoint.max_length - tokenization.special_tokens(pair=False) - prompts

    @cached_property
    def fingerprint(self) -> QueryFingerprint:
        return QueryFingerprint(
            weights=self._weights,
            tokenizer=self._pooled.tokenization.digest,
            pooling=", ".join([self._pooling.label, *self._finish.labels]),
            prompts=self._prompts,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
        )

    @cached_property
    def _weights(self) -> str:
        if self._checkpoint.graph is not None:
            return digest_weights(graph_files(self._checkpoint.graph), self._checkpoint.graph.parent)
        directory = self._checkpoint.first.directory
        return digest_weights(weight_files(directory), directory)

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def runtimes(self) -> frozenset[str]:
        return frozenset({self._pooled.runtime_name})

    @property
    def tokens(self) -> TokenCounter:
        return self._pooled.tokenization

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`; a text beyond `max_tokens` is cut at its end."""
        prompt = self._prompts[role]
        return self._finish(self._pooled.run([prompt + text for text in texts], prompt=prompt))
