"""A static token table by regression on a teacher's sentence embeddings: closed form, no gradient steps.

A static encoder gives a text the mean of its tokens' vectors. With C the texts' token counts (each row divided by
its sum) and E the teacher's embeddings, the table T minimises

    |C T - E|^2 + ridge * |T - S|^2

where S is the start: each token sent alone through the teacher, weighted by a / (a + p(token)), so that frequent
tokens say little (smooth inverse frequency, Arora et al. 2017, https://openreview.net/forum?id=SyK00v5xx). Tokens
that the training texts hold seldom or never stay at S. The normal equations are solved by conjugate gradients.

Least squares makes S short and the tokens that it has seen long, so a text of another field would be embedded by the
words that it shares with this one. `prior` adds S once more, as long as what was learnt: the answer is between the two.
Importance weights need no place of their own: they are the norms of the learnt vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.types import Float32

SMOOTHING = 1e-3  # the a of the weights
KNOWN = 20  # texts that hold a token: its vector is learnt rather than guessed
STEPS = 30
TOLERANCE = 1e-2


def token_means(ids: Sequence[Sequence[int]], vocabulary: int) -> Any:
    """Sparse (texts, vocabulary): each text's share of each token."""
    from scipy.sparse import csr_matrix

    lengths = np.array([len(row) for row in ids])
    columns = np.fromiter((token for row in ids for token in row), dtype=np.int64, count=int(lengths.sum()))
    rows = np.repeat(np.arange(len(ids)), lengths)
    shares = np.repeat(1.0 / np.maximum(lengths, 1), lengths).astype(np.float32)
    return csr_matrix((shares, (rows, columns)), shape=(len(ids), vocabulary))


def start_table(alone: Float32, ids: Sequence[Sequence[int]]) -> Float32:
    """The tokens' own embeddings (vocabulary, d), weighted by their frequency in the texts."""
    counts = np.bincount([token for row in ids for token in row], minlength=len(alone)).astype(np.float64)
    return np.asarray(alone * (SMOOTHING / (SMOOTHING + counts / max(counts.sum(), 1)))[:, None], dtype=np.float32)


def regress(means: Any, embeddings: Float32, start: Float32, ridge: float, prior: float = 0.0) -> Float32:
    """The table (vocabulary, d). `start` is first scaled to fit as well as it can."""
    guess = means @ start
    scaled = start * np.float32((guess * embeddings).sum() / max(float((guess * guess).sum()), 1e-12))
    learnt = scaled + _solve(means, embeddings - means @ scaled, ridge)
    known = np.asarray(means.getnnz(axis=0)) >= KNOWN
    if not prior or not known.any():
        return learnt
    return np.asarray(learnt + start * np.float32(prior * _length(learnt[known]) / _length(start[known])), np.float32)


def _length(rows: Float32) -> float:
    """The median length of vectors (n, d)."""
    return float(np.median(np.linalg.norm(rows, axis=1)))


def _solve(means: Any, wanted: Float32, ridge: float) -> Float32:
    """D of (C'C + ridge I) D = C' wanted, all columns at once by conjugate gradients.

    Preconditioned by the diagonal: a frequent token's is a thousand times a rare one's.
    """
    transposed = means.T.tocsr()
    diagonal = np.asarray(means.multiply(means).sum(axis=0), dtype=np.float32).reshape(-1, 1) + np.float32(ridge)
    found = np.zeros((means.shape[1], wanted.shape[1]), dtype=np.float32)
    residual = np.asarray(transposed @ wanted, dtype=np.float32)
    direction = residual / diagonal
    size = first = (residual * direction).sum(axis=0)
    for _ in range(STEPS):
        image = transposed @ (means @ direction) + np.float32(ridge) * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-20)
        found += step * direction
        residual -= step * image
        scaled = residual / diagonal
        new = (residual * scaled).sum(axis=0)
        if float((new / np.maximum(first, 1e-20)).max()) < TOLERANCE**2:
            break
        direction = scaled + (new / np.maximum(size, 1e-20)) * direction
        size = new
    return found
