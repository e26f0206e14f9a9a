"""The static bi-encoder: the mean of learnt token vectors, no transformer. Thousands of texts a second.

As `StaticEmbedding` of sentence-transformers:
https://sbert.net/docs/package_reference/sentence_transformer/modules.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.fingerprint import QueryFingerprint
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.declared import declarations
from engine.models.checkpoints.weights import digest_weights, read_tensors, weight_files
from engine.models.checkpoints.words import WordTokenization
from engine.models.encoders.finish import read_finish
from engine.models.encoders.prompting import Prompting
from engine.models.encoders.token_matching import match_tokens
from engine.protocols import Prompts, Role, TokenCounter
from engine.types import Float32

# A static model has no limit but what it declares; chunkers and fingerprints need a number.
_MAX_TOKENS = 1_000_000
_WORTH_WIDENING = 100_000  # tokens, of which widening the bundled table takes the time: a command reads a few thousand


class StaticEncoder(Prompting):
    """Implements `engine.protocols.Encoder` and `MatchesTokens`. A text without tokens becomes zeros."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._files = weight_files(checkpoint.first.directory)
        self._table = _token_table(read_tensors(self._files), checkpoint.root)
        self._finish = read_finish(checkpoint, checkpoint.modules[1:], self._table.shape[1])
        self._tokenization = WordTokenization(checkpoint, max_length=None)
        self._prompts = checkpoint.prompts
        self._languages = checkpoint.languages
        self._max_tokens = int(declarations(checkpoint.extra, checkpoint.root).get("max_tokens") or _MAX_TOKENS)
        self._read = 0  # tokens so far; threads may miscount a little

    @property
    def dimension(self) -> int:
        return self._finish.dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @cached_property
    def fingerprint(self) -> QueryFingerprint:
        return QueryFingerprint(
            weights=self._weights,
            tokenizer=self._tokenization.digest,
            pooling=", ".join(["static mean", *self._finish.labels]),
            prompts=self._prompts,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
        )

    @cached_property
    def _weights(self) -> str:
        return digest_weights(self._files, self._checkpoint.first.directory)

    @cached_property
    def _wide(self) -> Float32:
        """The table in float32: means of halves take four times as long."""
        return np.asarray(self._table, np.float32)

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def tokens(self) -> TokenCounter:
        return self._tokenization

    def moved(self) -> Callable[[], StaticEncoder]:
        """Makes the same encoder in another process, which reads the table itself."""
        return partial(_again, self._checkpoint, dict(self._prompts), self._tokenization)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`."""
        prompt = self._prompts[role]
        found = self._tokenization.plain_ids([prompt + text for text in texts])
        self._read += sum(map(len, found))
        table = self._wide if self._read > _WORTH_WIDENING else self._table
        rows = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for row, ids in zip(rows, found, strict=True):
            if len(ids):
                np.add.reduce(table.take(ids, axis=0), axis=0, dtype=np.float32, out=row)
                row /= len(ids)
        return self._finish(rows)

    def match(self, query: str, passages: Sequence[str]) -> Float32:
        """How well the tokens of each passage match those of the query, one by one, shape (n,)."""
        ids = self._tokenization.plain_ids([query, *passages])
        return match_tokens(self._table, ids[0], ids[1:])


def _again(checkpoint: Checkpoint, prompts: Prompts, tokenization: WordTokenization) -> StaticEncoder:
    encoder = StaticEncoder(checkpoint).with_prompts(prompts)
    encoder._tokenization = tokenization
    return encoder


def _token_table(tensors: Mapping[str, NDArray[Any]], root: Path) -> NDArray[Any]:
    """The vector of each token id, (vocabulary, d), in the type of the file unless its tokens are weighted.

    sentence-transformers keeps them as `embedding.weight`, model2vec (https://github.com/MinishLab/model2vec) as
    `embeddings`, with a weight for each token and a mapping from token ids to rows where they were made so.
    """
    table = tensors.get("embedding.weight", tensors.get("embeddings"))
    if table is None or table.ndim != 2:
        raise UnsupportedModel(
            f"{root} has no table of token vectors: neither embedding.weight nor embeddings.",
            "Save it with sentence-transformers or model2vec.",
        )
    if "mapping" in tensors:
        table = table[tensors["mapping"].astype(np.int64)]
    if "weights" not in tensors:
        return table
    return np.asarray(table, np.float32) * np.asarray(tensors["weights"], np.float32)[:, None]
