"""Diversity: hits that are unlike those before them come earlier, as much as a request asks for.

Maximal marginal relevance (Carbonell, Goldstein 1998, https://doi.org/10.1145/290941.291025): each place goes to the
hit with the most of (1 - diversity) x relevance - diversity x its greatest likeness to the hits before. Relevance is
the score, mapped to [0, 1] over the hits that are reordered; likeness is the cosine of the passages' stored codes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.query.frozen import Entry
from engine.store.generation import Generation

REORDERED = 100  # hits; a page beyond is so far from the first that likeness to it matters to nobody


def diversified(generation: Generation, entries: Sequence[Entry], diversity: float) -> list[Entry]:
    """`entries`, best first, reordered; unchanged where `diversity`, in [0, 1], is 0."""
    head = entries[:REORDERED]
    if diversity == 0.0 or len(head) < 3:  # the first stays first
        return list(entries)
    codes = generation.codes([entry.row for entry in head]).astype(np.float32)
    units = codes / np.maximum(
        np.linalg.norm(codes, axis=1, keepdims=True), 1.0
    )  # codes of 0: no vector yet, unlike all
    scores = np.array([entry.score for entry in head])
    spread = (scores.max() - scores.min()) or 1.0
    relevance = (scores - scores.min()) / spread
    left = np.ones(len(head), np.bool_)
    likeness = np.zeros(len(head))
    order: list[int] = []
    while left.any():
        gain = np.where(left, (1.0 - diversity) * relevance - diversity * likeness, -np.inf)
        best = int(gain.argmax()) if order else 0  # ties go to the earlier
        order.append(best)
        left[best] = False
        likeness = np.maximum(likeness, units @ units[best])
    return [head[place] for place in order] + list(entries[REORDERED:])
