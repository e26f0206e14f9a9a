"""The static bi-encoder: the mean of learnt token vectors, no transformer. Thousands of texts a second.

As `StaticEmbedding` of sentence-transformers: https://sbert.net/docs/package_reference/sentence_transformer/modules.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from engine.errors import UnsupportedModel
from engine.fingerprint import QueryFingerprint
from engine.models.checkpoint import Checkpoint
from engine.models.declared import declarations
from engine.models.layers import read_layers
from engine.models.tokenization import Tokenization
from engine.models.weights import digest_weights, read_tensors, weight_files
from engine.protocols import Role, TokenCounter
from engine.types import Float32

# A static model has no limit but what it declares; chunkers and fingerprints need a number.
_MAX_TOKENS = 1_000_000


class StaticEncoder:
    """Implements `engine.protocols.Encoder`. A text without tokens becomes zeros."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._files = weight_files(checkpoint.first.directory)
        tensors = read_tensors(self._files)
        if "embedding.weight" not in tensors:
            raise UnsupportedModel(
                f"{checkpoint.root} has no tensor embedding.weight.", "Save it with sentence-transformers."
            )
        self._table = np.asarray(tensors["embedding.weight"], np.float32)  # (vocabulary, d); means of halves are slow
        self._layers = read_layers(checkpoint.modules[1:])
        self._tokenization = Tokenization(checkpoint, max_length=None)
        self._prompts = checkpoint.prompts
        self._languages = checkpoint.languages
        self._max_tokens = int(declarations(checkpoint.extra, checkpoint.root).get("max_tokens") or _MAX_TOKENS)

    @cached_property
    def dimension(self) -> int:
        full = next((layer.dimension for layer in reversed(self._layers) if layer.dimension), self._table.shape[1])
        return int(min(full, self._checkpoint.extra.get("truncate_dim") or full))

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @cached_property
    def fingerprint(self) -> QueryFingerprint:
        return QueryFingerprint(
            weights=digest_weights(self._files, self._checkpoint.first.directory),
            tokenizer=self._tokenization.digest,
            pooling=", ".join(["static mean", *(layer.label for layer in self._layers)]),
            prompts=self._prompts,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
        )

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def tokens(self) -> TokenCounter:
        return self._tokenization

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`."""
        prompt = self._prompts[role]
        rows = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for row, encoding in zip(rows, self._tokenization.encode_plain([prompt + text for text in texts]), strict=True):
            if encoding.ids:
                row[:] = self._table[encoding.ids].mean(axis=0)
        for layer in self._layers:
            rows = layer.apply(rows)
        return np.ascontiguousarray(rows[:, : self.dimension], dtype=np.float32)
