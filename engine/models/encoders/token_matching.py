"""How well passages match a query token by token, by a table of token vectors alone: late interaction without a
transformer (MaxSim of ColBERT, Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832).

A mean of token vectors says what a passage is about; this says whether it has something for each word that was asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

_MOST = 64  # tokens of a query that are looked for, those that weigh most
_SAME = 0.999  # cosine from which a passage holds the token itself
_LEAST = 1e-9


def match_tokens(table: NDArray[np.floating], asked: NDArray[np.int32], read: Sequence[NDArray[np.int32]]) -> Float32:
    """For each passage the mean, over the query's tokens, of the cosine of the most similar token in it, shape (n,).

    `table` (vocabulary, d) holds the token vectors, `asked` and `read` are ids. A token weighs by the length of its
    vector, which training makes small for words that say little, and by how few of the passages hold it. 0 where there
    is nothing to compare.
    """
    tokens, lengths = _heaviest(table, np.unique(asked))
    scores = np.zeros(len(read), np.float32)
    filled = [place for place, ids in enumerate(read) if len(ids)]
    if not len(tokens) or not filled:
        return scores
    known, places = np.unique(np.concatenate([read[place] for place in filled]), return_inverse=True)
    others = table.take(known, axis=0).astype(np.float32)
    others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), _LEAST)
    similar = (tokens / lengths[:, None]) @ others.T
    starts = np.cumsum([0, *(len(read[place]) for place in filled[:-1])])
    best = np.maximum.reduceat(similar[:, places], starts, axis=1)
    held = (best > _SAME).sum(axis=1)
    weights = lengths * np.log1p((len(filled) - held + 0.5) / (held + 0.5))
    scores[filled] = weights @ best / weights.sum()
    return scores


def _heaviest(table: NDArray[np.floating], ids: NDArray[np.int32]) -> tuple[Float32, Float32]:
    """The vectors of tokens, shape (n, d), and their lengths, shape (n,), without those that have none."""
    vectors = table.take(ids, axis=0).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    kept = np.argsort(-lengths, kind="stable")[:_MOST]
    kept = kept[lengths[kept] > _LEAST]
    return vectors[kept], lengths[kept]
